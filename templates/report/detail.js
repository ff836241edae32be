// What is behind a row: a repository with all its files, or one change and who gets it.

const narrow = matchMedia("(max-width: 62rem)");
const printed = matchMedia("print");
let split = null; // what was chosen by hand; null for what fits

function isSplit() {
  return !printed.matches && (split ?? !narrow.matches);
}

function badge(sign, tone, word) {
  return el("span", { class: `badge tone-${tone}` }, mark(sign, tone), word);
}

function stateBadge(state) {
  const one = STATES[state];
  return el("span", { class: `badge tone-${one.tone} state-${one.id}` }, mark(one.sign, one.tone), one.word);
}

function riskBadge(risk) {
  const { id, word, sign } = RISKS[risk];
  return el("span", { class: `badge risk-${id}` },
    el("span", { class: "mark", "aria-hidden": "true" }, sign), word);
}

function pullLink(row) {
  const number = /\/(?:pull|pulls)\/(\d{1,9})$/.exec(row.pull);
  if (!number || address(row.pull) === null) return null;
  return link(row.pull, { class: "pull" }, `#${number[1]}`, unheard(` pull request of ${row.name}`));
}

/** A line of a file: a link to it where its commit is known. */
function lineLinker(row, head, path) {
  const known = /^[0-9a-f]{7,64}$/.test(head ?? "") && /^[\w.-]+\/[\w.-]+$/.test(row.name);
  const file = path.split("/").map(escaped).join("/");
  return (line) =>
    known
      ? link(`${index.server}/${row.name}/blob/${head}/${file}#L${line}`, {}, `line ${line}`)
      : el("span", {}, `line ${line}`);
}

/** A piece of a path for an address, which takes no half of a surrogate pair. */
function escaped(text) {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "_"));
}

function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { class: "facts" }, shown.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function listed(title, texts, kind) {
  if (!texts?.length) return null;
  return el("section", { class: kind }, el("h4", {}, title), el("ul", {}, texts.map((text) => el("li", {}, text))));
}

function granted(grants) {
  if (grants === null) return el("i", { class: "quiet" }, "nothing stated");
  if (!grants.length) return el("i", { class: "quiet" }, "no permissions");
  return grants.map((text) => el("code", { class: "grant" }, text));
}

function jobsTable(change, lineLink) {
  // On a small screen its rows are blocks; the roles keep it a table for a screen reader.
  const head = ["Job", "Needs", "Before", "After", "Why"];
  const cell = (word, ...inside) => el("td", { role: "cell", "data-head": word }, ...inside);
  const none = () => el("span", { class: "quiet" }, "—");
  const body = change.jobs.map((job) =>
    el("tr", { role: "row" },
      el("th", { scope: "row", role: "rowheader" }, el("code", {}, job.id),
        job.added ? el("span", { class: "word" }, "new") : null,
        job.probes.map((kind) => el("span", { class: "probe" }, mark("◆", "accent"), `probe: ${kind}`))),
      cell("Needs", job.needs.length ? job.needs.join(", ") : none()),
      cell("Before", job.added ? none() : granted(job.before)),
      cell("After", granted(job.after)),
      cell("Why", job.reasons.map(([scope, why, line]) =>
        el("p", { class: "reason" }, el("code", {}, scope), " ", why, " · ", lineLink(line))))));
  const table = el("table", { class: "jobs", role: "table" },
    el("caption", { class: "sr" }, `Jobs of ${change.path}`),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
      head.map((word) => el("th", { scope: "col", role: "columnheader" }, word)))),
    el("tbody", { role: "rowgroup" }, body));
  return el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Table of the jobs" }, table,
    change.more ? el("p", { class: "quiet" }, `and ${many(change.more, "more job")}`) : null);
}

function choice() {
  const button = (word, value) =>
    el("button", { type: "button", "aria-pressed": String(isSplit() === value), onclick: () => {
      split = value;
      redrawDiffs();
    }, "data-split": String(value) }, word);
  return el("div", { class: "choice", role: "group", "aria-label": "Form of the diff" },
    button("Side by side", true), button("Unified", false));
}

const drawn = new Map(); // the place of a diff → how to draw it

function redrawDiffs() {
  for (const [place, draw] of drawn) {
    if (place.isConnected) place.replaceChildren(draw());
    else drawn.delete(place);
  }
  for (const button of document.querySelectorAll("[data-split]")) {
    button.setAttribute("aria-pressed", String((button.dataset.split === "true") === isSplit()));
  }
}

narrow.addEventListener("change", redrawDiffs);
printed.addEventListener("change", redrawDiffs);

/** A changed file: why it is risky, its diff, its jobs. */
function fileView(row, head, change, others) {
  const lineLink = lineLinker(row, head, change.path);
  const lines = withEvidence(parseDiff(change.diff), change.jobs);
  const place = el("div", { class: "diff-place", tabindex: 0, role: "group", "aria-label": `Diff of ${change.path}` });
  const draw = () => diffTable(lines, isSplit(), `Diff of ${change.path}`, lineLink);
  place.append(draw());
  drawn.set(place, draw);
  return el("section", { class: "file" },
    el("div", { class: "file-head" },
      el("h4", {}, el("code", {}, change.path)),
      riskBadge(Math.max(index.risks.indexOf(change.risk), 0)),
      others),
    change.risks.length ? el("ul", { class: "risks" }, change.risks.map((text) => el("li", {}, text))) : null,
    el("div", { class: "sub-head" }, el("h5", {}, "What changes"), choice()),
    place,
    change.cut ? el("p", { class: "quiet" }, `${many(change.cut, "more character")} of this diff are not in the report.`) : null,
    change.jobs.length ? [el("h5", {}, "Jobs"), graphs(change.jobs), jobsTable(change, lineLink)] : null);
}

function findingsTable(findings, more) {
  if (!findings?.length) return null;
  return el("section", {},
    el("h4", {}, "Findings"),
    el("ul", { class: "findings" }, findings.map(([rule, level, path, line, job, message]) =>
      el("li", {}, el("b", {}, level), " ", message, " ",
        el("span", { class: "quiet" }, `${rule} · ${path}:${line}${job ? ` · ${job}` : ""}`)))),
    more ? el("p", { class: "quiet" }, `and ${many(more, "more finding")}`) : null);
}

/** All about one repository, put into `place` as soon as it can be read. */
function showRepository(row, place, sharing) {
  place.append(el("p", { class: "quiet" }, "Reading…"));
  details([row.detail, ...row.files.map((file) => file[0])], ([detail, ...changes]) => {
    const known = /^[\w.-]+\/[\w.-]+$/.test(row.name) ? `${index.server}/${row.name}` : "";
    const same = (at) => {
      const cluster = row.files[at][1];
      const count = sharing(cluster);
      if (count < 2) return null;
      const href = `#view=changes&open=${cluster}`;
      return el("a", { class: "same-link", href }, `The same change in ${many(count, "repository", "repositories")}`);
    };
    place.replaceChildren(
      facts([
        ["Repository", known ? link(known, {}, row.name) : row.name],
        ["Why", row.why],
        ["Pull request", row.pull ? link(row.pull, {}, row.pull) : ""],
        ["Commit read", detail.head && el("code", {}, detail.head.slice(0, 12))],
        ["Branch", detail.branch && el("code", {}, detail.branch)],
        ["Took", detail.seconds && `${time(detail.seconds)}, ${many(detail.calls ?? 0, "API call")}`],
      ]),
      ...[
        listed("Alarms", detail.alarms, "alarmed"),
        listed("Notes", detail.notes, "notes"),
        ...changes.map((change, at) => fileView(row, detail.head, change, same(at))),
        detail.left ? el("p", { class: "quiet" }, `and ${many(detail.left, "more file")}`) : null,
        findingsTable(detail.findings, detail.more),
      ].filter(Boolean));
  });
}

/** A change by one of its repositories, and the list of all. */
function showChange(change, place) {
  const row = change.rows[0].files.some((file) => file[0] === change.file)
    ? change.rows[0]
    : change.rows.find((one) => one.files.some((file) => file[0] === change.file));
  place.append(el("p", { class: "quiet" }, "Reading…"));
  details([row.detail, change.file], ([detail, found]) => {
    const count = change.rows.length;
    const lead = count > 1
      ? el("p", { class: "read-one" }, el("b", {}, `${many(count, "repository", "repositories")}, the same change: read one.`),
          " Shown here: ", el("bdi", {}, row.name), ". What stands around the change may differ.")
      : el("p", { class: "read-one" }, "Only in ", el("bdi", {}, row.name), ".");
    place.replaceChildren(lead, fileView(row, detail.head, found, null), members(change));
  });
}

const MEMBERS = 60;

function members(change) {
  const list = el("ul", { class: "members" });
  const more = el("button", { type: "button" });
  let shown = 0;
  const grow = () => {
    const next = change.rows.slice(shown, shown + MEMBERS);
    list.append(...next.map((row) => {
      const { sign, tone, word, id } = STATES[row.state];
      return el("li", {}, mark(sign, tone, `state-${id}`), unheard(`${word}: `),
        el("a", { href: `#view=repositories&open=${row.number}` }, el("bdi", {}, row.name)), " ", pullLink(row));
    }));
    shown += next.length;
    more.textContent = `Show ${Math.min(MEMBERS, change.rows.length - shown)} more of ${change.rows.length - shown}`;
    more.hidden = shown >= change.rows.length;
  };
  more.addEventListener("click", grow);
  grow();
  return el("section", { class: "members-box" },
    el("h4", {}, `Repositories with this change (${change.rows.length.toLocaleString("en")})`), list, more);
}
