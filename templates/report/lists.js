// The two lists, page by page: changes that many repositories share, and repositories.

const PAGE = 50;

function disclosure(key, open, title, cells, build) {
  const id = `detail-${key}`;
  const button = el("button", { type: "button", class: "opener", "aria-expanded": String(open),
    "aria-controls": id, onclick: () => toggle(key, !item.classList.contains("is-open")) }, title);
  const place = el("div", { class: "detail", id, hidden: true });
  const item = el("li", { class: "item" },
    el("div", { class: "row" }, el("h3", {}, button), cells), place);
  item.setOpen = (value) => {
    item.classList.toggle("is-open", value);
    button.setAttribute("aria-expanded", String(value));
    place.hidden = !value;
    place.replaceChildren();
    if (value) build(place);
  };
  item.opener = button;
  item.key = key;
  if (open) item.setOpen(true);
  return item;
}

function cell(name, ...children) {
  return el("div", { class: `cell cell-${name}` }, ...children);
}

function remediesText(bits) {
  return bitsOf(bits).map((number) => index.remedies[number]).join(", ");
}

function changeItem(change, open) {
  const count = change.rows.length;
  const paths = change.paths.size > 1 ? `${change.paths.size} different paths` : index.paths[change.path];
  const title = [el("span", { class: "count" }, el("b", {}, count.toLocaleString("en")), count === 1 ? " repository" : " repositories"),
    el("span", { class: "headline" }, index.headlines[change.cluster])];
  return disclosure(change.cluster, open, title,
    [cell("sub", remediesText(change.bits), " · ", paths), cell("risk", riskBadge(change.risk))],
    (place) => showChange(change, place));
}

function repositoryItem(row, open, sharing) {
  const [owner, name] = row.name.includes("/") ? row.name.split(/\/(.*)/s) : ["", row.name];
  const title = el("bdi", { class: "name" }, owner ? el("span", { class: "owner" }, `${owner}/`) : null, el("b", {}, name));
  const bits = row.files.reduce((all, file) => all | file[3], 0);
  const what = row.files.length
    ? `${many(row.files.length, "file")}: ${remediesText(bits)}`
    : "";
  return disclosure(row.number, open, title,
    [cell("state", stateBadge(row.state), row.alarms ? badge("▲", "bad", "Alarm") : null),
      cell("why", row.why || what),
      cell("risk", row.values.risk.length ? riskBadge(row.values.risk[0]) : null),
      cell("pull", pullLink(row))],
    (place) => showRepository(row, place, sharing));
}

function pager(page, pages, go) {
  if (pages < 2) return null;
  const button = (word, to, off) =>
    el("button", { type: "button", disabled: off, onclick: () => go(to) }, word);
  return el("nav", { class: "pager", "aria-label": "Pages" },
    button("Previous", page - 1, page === 0),
    el("span", {}, `Page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`),
    button("Next", page + 1, page === pages - 1));
}

const FEW = 7;
const MOST_VALUES = 300;

/** The boxes of a facet. `pick`: what to do with a value that was ticked or not. */
function facetBox(facet, expanded, picked, counts, totals, { pick, expand }) {
  const values = [...totals.keys()].sort((one, other) =>
    facet.key === "state" || facet.key === "risk" ? one - other : totals.get(other) - totals.get(one) || one - other);
  const limit = expanded ? MOST_VALUES : FEW;
  const few = values.length <= FEW + 2 ? values : values.slice(0, limit);
  const shown = [...few, ...[...picked].filter((value) => !few.includes(value))];
  const boxes = shown.map((value) => {
    const text = facet.values[value];
    const input = el("input", { type: "checkbox", "data-key": `${facet.key}-${value}`, onchange: (event) => pick(value, event.target.checked) });
    input.checked = picked.has(value);
    const count = counts.get(value) ?? 0;
    return el("label", { class: count || input.checked ? "" : "is-empty" }, input, facetSign(facet.key, value),
      el("span", { class: "facet-word" }, text), el("span", { class: "facet-count" }, count.toLocaleString("en")));
  });
  const hidden = values.length - few.length;
  const more = hidden > 0 || expanded
    ? el("button", { type: "button", class: "plain", "data-key": `${facet.key}-more`, "aria-expanded": String(expanded), onclick: expand },
        expanded ? "Show fewer" : `Show ${hidden.toLocaleString("en")} more`)
    : null;
  const beyond = expanded && hidden > 0
    ? el("p", { class: "quiet" }, `${hidden.toLocaleString("en")} more can be found by the search.`)
    : null;
  return el("fieldset", { class: "facet" }, el("legend", {}, facet.title), boxes, beyond, more);
}

function facetSign(key, value) {
  if (key === "state") return mark(STATES[value].sign, STATES[value].tone, `state-${STATES[value].id}`);
  if (key === "alarm") return mark("▲", "bad");
  return null;
}
