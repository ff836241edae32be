// The jobs of a workflow as boxes and lines, before and after. A table beside it tells the same, so
// the picture is one image to a screen reader.

const MOST_DRAWN = 60;
const STACK_FROM = 10;
const MOST_GRANTS = 4;

function grantsOf(job, after) {
  return after ? job.after : job.before;
}

function isChanged(job) {
  return job.added || job.probes.length > 0 || JSON.stringify(job.before) !== JSON.stringify(job.after);
}

/** Jobs that nothing tells apart in a picture become one box, where there are many. */
function stacked(jobs, after) {
  if (jobs.length < STACK_FROM) return jobs.map((job) => ({ ...job, members: [job.id] }));
  const behind = new Map();
  for (const job of jobs) for (const id of job.needs) behind.set(id, `${behind.get(id) ?? ""}\n${job.id}`);
  const stacks = new Map();
  for (const job of jobs) {
    const alike = [job.needs, behind.get(job.id), grantsOf(job, after), job.probes, isChanged(job)];
    const key = JSON.stringify([...alike, job.probes.length ? job.id : ""]);
    const stack = stacks.get(key);
    if (stack) stack.members.push(job.id);
    else stacks.set(key, { ...job, members: [job.id] });
  }
  const leader = new Map();
  for (const one of stacks.values()) for (const id of one.members) leader.set(id, one.id);
  return [...stacks.values()].map((one) => ({
    ...one,
    needs: [...new Set(one.needs.map((id) => leader.get(id) ?? id))],
  }));
}

/** The lines of text in a job's box: [class, text]. */
function linesOf(job, after) {
  const more = job.members.length - 1;
  const lines = [["job-id", cutTo(job.id, after && isChanged(job) ? 13 : 20)]];
  if (more) lines.push(["job-more", `and ${many(more, "more job")} like it`]);
  const grants = grantsOf(job, after);
  if (grants === null) lines.push(["job-none", "nothing stated"]);
  else if (!grants.length) lines.push(["job-grant", "no permissions"]);
  else {
    const shown = grants.length > MOST_GRANTS ? grants.slice(0, MOST_GRANTS - 1) : grants;
    lines.push(...shown.map((text) => ["job-grant", cutTo(text, 23)]));
    if (shown.length < grants.length) lines.push(["job-grant", `+ ${grants.length - shown.length} more`]);
  }
  if (after) lines.push(...job.probes.slice(0, 3).map((kind) => ["job-probe", `◆ probe: ${cutTo(kind, 15)}`]));
  return lines;
}

function cutTo(text, longest) {
  const shown = visible(text);
  return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown;
}

function curve(points) {
  return points.slice(1).reduce((path, [x, y], n) => {
    const [fromX, fromY] = points[n];
    const bend = Math.max((x - fromX) / 2, 0);
    return `${path} C${fromX + bend} ${fromY} ${x - bend} ${y} ${x} ${y}`;
  }, `M${points[0].join(" ")}`);
}

function box(node, after) {
  const changed = after && isChanged(node);
  const classes = ["job", changed ? "job-changed" : "", after && node.added ? "job-added" : ""];
  const group = svg("g", { class: classes.join(" "), transform: `translate(${node.x} ${node.y})` });
  if (node.members.length > 1) {
    group.append(svg("rect", { class: "job-behind", x: 4, y: 4, width: BOX.width, height: node.height, rx: 6 }));
  }
  group.append(svg("rect", { class: "job-box", width: BOX.width, height: node.height, rx: 6 }));
  let y = BOX.pad + 10;
  for (const [name, text] of node.lines) {
    group.append(svg("text", { class: name, x: 12, y }, text));
    y += BOX.line + (name === "job-id" ? 2 : 0);
  }
  const word = node.added ? "new" : "changed";
  if (changed) group.append(svg("text", { class: "job-word", x: BOX.width - 10, y: BOX.pad + 10 }, word));
  group.append(svg("title", {}, node.members.slice(0, 40).join(", ")));
  return group;
}

function picture(jobs, after, label) {
  const nodes = stacked(jobs, after).map((job) => {
    const lines = linesOf(job, after);
    return { ...job, lines, height: 2 * BOX.pad + lines.length * BOX.line + 1 };
  });
  const plan = layered(nodes);
  const [width, height] = [plan.width + 12, plan.height + 12];
  const made = svg("svg", { class: "graph", role: "img", "aria-label": label, width, height,
    viewBox: `-4 -4 ${width} ${height}` },
    plan.edges.map((points) => svg("path", { class: "edge", d: curve(points) })),
    plan.edges.map((points) => {
      const [x, y] = points.at(-1);
      return svg("path", { class: "tip", d: `M${x} ${y} l-7 -4 v8 z` });
    }),
    plan.nodes.map((node) => box(node, after)));
  // A little smaller, where that shows all of it; below that it scrolls.
  made.style.minWidth = `${Math.round(width * 0.85)}px`;
  return made;
}

function frame(title, jobs, after) {
  const label = `Jobs ${title.toLowerCase()}; the table below says the same`;
  const inner = jobs.length > MOST_DRAWN
    ? el("p", { class: "quiet" }, `${many(jobs.length, "job")} are too many to draw; the table has them.`)
    : picture(jobs, after, label);
  const made = el("figure", { class: "graph-frame" },
    el("figcaption", {}, title),
    el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${title}: picture of the jobs` }, inner));
  // Beside one another where both have room, else below.
  made.style.flexBasis = `${Math.max(Number(inner.getAttribute("width")) + 32, 280)}px`;
  return made;
}

/** Both pictures of a change's jobs. */
function graphs(jobs) {
  const added = new Set(jobs.filter((job) => job.added).map((job) => job.id));
  const before = jobs
    .filter((job) => !job.added)
    .map((job) => ({ ...job, needs: job.needs.filter((id) => !added.has(id)) }));
  return el("div", { class: "graphs" },
    before.length ? frame("Before", before, false) : null,
    frame("After", jobs, true));
}
