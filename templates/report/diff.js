// A unified diff as a table, side by side or in one column, with the evidence at its lines.

const MOST_LINES = 1200;

/** Lines of a unified diff: {kind: hunk|same|gone|new|end, old, now, text}. */
function parseDiff(text) {
  const lines = [];
  let old = 0;
  let now = 0;
  let inside = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const head = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/.exec(line);
    if (head) {
      // A range of no lines is told by the line before it.
      old = Number(head[1]) + (head[2] === "0" ? 1 : 0);
      now = Number(head[3]) + (head[4] === "0" ? 1 : 0);
      inside = true;
      lines.push({ kind: "hunk", old, now, text: line });
    } else if (inside) {
      const kind = { "+": "new", "-": "gone", "\\": "end" }[line[0]] ?? "same";
      const one = { kind, text: line.slice(1) };
      if (kind === "same" || kind === "gone") one.old = old++;
      if (kind === "same" || kind === "new") one.now = now++;
      lines.push(one);
    }
  }
  return lines;
}

/**
 * Evidence put after the line that it is about; where the diff doesn't show that line, after the
 * line that grants the scope. Returns lines with `why`: [{scope, why, line, job}].
 */
function withEvidence(lines, jobs) {
  const shown = new Map();
  for (const line of lines) if (line.old !== undefined && line.kind !== "hunk") shown.set(line.old, line);
  const elsewhere = new Map();
  for (const job of jobs) {
    for (const [scope, why, at] of job.reasons) {
      const one = { scope, why, line: at, job: job.id };
      const target = shown.get(at);
      if (target) (target.why ??= []).push(one);
      else {
        const key = `${job.id}\n${scope}`;
        elsewhere.set(key, [...(elsewhere.get(key) ?? []), one]);
      }
    }
  }
  const starts = jobs.filter((job) => !job.added).sort((one, other) => one.line - other.line);
  let at = -1;
  for (const line of lines) {
    while (line.old !== undefined && at + 1 < starts.length && starts[at + 1].line <= line.old) at++;
    if (line.kind !== "new" || at < 0) continue;
    const key = `${starts[at].id}\n${line.text.replace(/#.*/, "").trim()}`;
    const found = elsewhere.get(key);
    if (found) {
      line.why = found;
      elsewhere.delete(key);
    }
  }
  return lines;
}

/** Lines side by side: [[left, right]...]; a hunk or what stands across is [line]. */
function paired(lines) {
  const pairs = [];
  let gone = [];
  let fresh = [];
  const flush = () => {
    for (let n = 0; n < Math.max(gone.length, fresh.length); n++) {
      pairs.push([gone[n] ?? null, fresh[n] ?? null]);
    }
    gone = [];
    fresh = [];
  };
  for (const line of lines) {
    if (line.kind === "gone") {
      if (fresh.length) flush();
      gone.push(line);
    } else if (line.kind === "new") fresh.push(line);
    else {
      flush();
      pairs.push(line.kind === "same" ? [line, line] : [line]);
    }
  }
  flush();
  return pairs;
}

function code(text) {
  const cr = text.endsWith("\r");
  const plain = cr ? text.slice(0, -1) : text;
  // A tab is no more than a blank in a browser, and often stands in a script.
  const parts = plain.slice(0, LONGEST).split("\t").flatMap((part, n) => (n ? ["\t", part] : [part]));
  const nodes = parts.map((part) => document.createTextNode(part === "\t" ? "\t" : visible(part)));
  if (plain.length > LONGEST) nodes.push(el("i", {}, ` … ${many(plain.length - LONGEST, "more character")}`));
  if (cr) nodes.push(el("span", { class: "cr", title: "carriage return" }, "␍"));
  return nodes;
}

/** The two texts' nodes, with what differs between them marked. */
function compared(left, right) {
  if (!left || !right || left.kind === "same") return [left && code(left.text), right && code(right.text)];
  const [a, b] = [left.text, right.text];
  if (Math.max(a.length, b.length) > LONGEST || /[\t\r]/.test(a + b)) return [code(a), code(b)];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  // Lines that have little in common are only harder to read with marks.
  if (start + end < Math.max(a.length, b.length) / 3) return [code(a), code(b)];
  const cut = (text) => [
    text.slice(0, start),
    el("mark", {}, text.slice(start, text.length - end)),
    text.slice(text.length - end),
  ];
  return [cut(a), cut(b)];
}

const SIGNS = { gone: "−", new: "+", same: " " };

function codeCell(line, nodes) {
  if (!line) return [el("td", { class: "no none" }), el("td", { class: "code none" })];
  const word = { gone: "removed: ", new: "added: " }[line.kind];
  const sign = el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[line.kind]);
  return [
    el("td", { class: `no ${line.kind}` }, line.kind === "new" ? line.now : line.old),
    el("td", { class: `code ${line.kind}` }, word ? unheard(word) : null, sign, nodes),
  ];
}

function across(line, width, link) {
  if (line.kind === "hunk") {
    return el("tr", { class: "hunk" }, el("td", { colspan: width }, `from line ${line.old}`));
  }
  return el("tr", { class: "end" }, el("td", { colspan: width }, "No line end at the end of the file"));
}

function whyRow(notes, width, lineLink) {
  const items = notes.map((note) =>
    el("p", { class: "why-note" },
      el("span", { class: "why-tag" }, "Why"), " ", el("code", {}, note.scope), " for ",
      el("code", {}, note.job), " · ", note.why, " · ", lineLink(note.line)),
  );
  return el("tr", { class: "why-row" }, el("td", { colspan: width }, items));
}

function splitRows(lines, lineLink) {
  const made = [];
  for (const pair of paired(lines)) {
    if (pair.length === 1) made.push(across(pair[0], 4));
    else {
      const [left, right] = pair;
      const old = left && { ...left, kind: left.kind };
      const now = right && (right.kind === "same" ? { ...right, old: right.now } : right);
      const [one, other] = compared(left, right);
      made.push(el("tr", {}, codeCell(old, one), codeCell(now, other)));
    }
    const notes = [...new Set(pair)].flatMap((line) => line?.why ?? []);
    if (notes.length) made.push(whyRow(notes, 4, lineLink));
  }
  return made;
}

function unifiedRows(lines, lineLink) {
  const made = [];
  for (const line of lines) {
    if (line.kind === "hunk" || line.kind === "end") made.push(across(line, 3));
    else {
      const [, cell] = codeCell(line, code(line.text));
      const number = (value) => el("td", { class: `no ${line.kind}` }, value ?? "");
      made.push(el("tr", {}, number(line.old), number(line.now), cell));
    }
    if (line.why) made.push(whyRow(line.why, 3, lineLink));
  }
  return made;
}

/** The table of a diff. `lineLink`: a line's number → a node that names it. */
function diffTable(lines, split, caption, lineLink) {
  const shown = lines.slice(0, MOST_LINES);
  const build = split ? splitRows : unifiedRows;
  const body = el("tbody", {}, build(shown, lineLink));
  const widths = split ? ["no", "code", "no", "code"] : ["no", "no", "code"];
  const table = el("table", { class: `diff ${split ? "split" : "unified"}` },
    el("caption", { class: "sr" }, caption),
    el("colgroup", {}, widths.map((name) => el("col", { class: `col-${name}` }))),
    body);
  let rest = lines.slice(MOST_LINES);
  if (!rest.length) return table;
  const more = el("button", { type: "button", onclick: () => {
    body.append(...build(rest.slice(0, MOST_LINES), lineLink));
    rest = rest.slice(MOST_LINES);
    label();
  } });
  const label = () => {
    more.textContent = `Show more of ${many(rest.length, "line")}`;
    more.hidden = !rest.length;
  };
  label();
  return el("div", { class: "long" }, table, more);
}
