// Puts the page together, and keeps it in step with the address.

let state = fromHash(location.hash.slice(1));
const expanded = new Set();
const sharers = new Map();
for (const row of rows) {
  for (const cluster of new Set(row.files.map((file) => file[1]))) {
    sharers.set(cluster, (sharers.get(cluster) ?? 0) + 1);
  }
}
const sharing = (cluster) => sharers.get(cluster) ?? 0;
const everything = pass(fresh("repositories"));
let items = [];

const wide = matchMedia("(min-width: 56rem)");
const search = el("input", { type: "search", id: "search", placeholder: "Search", autocomplete: "off", spellcheck: "false", oninput: () => {
  clearTimeout(search.timer);
  search.timer = setTimeout(() => change({ query: search.value.slice(0, 200), page: 0, open: null }, "replace"), 80);
} });
const sort = el("select", { id: "sort", onchange: () => change({ sort: sort.value, page: 0 }) });
const told = el("p", { role: "status", class: "told" });
const list = el("ul", { class: "items" });
const pages = el("div", { class: "pages" });
const tabs = el("nav", { class: "tabs", "aria-label": "Lists" });
const clear = el("button", { type: "button", class: "plain", onclick: () => {
  change({ ...fresh(state.view), sort: state.sort });
  search.focus();
} }, "Clear all filters");
const facets = el("div", { class: "facet-boxes" });
const filterBox = el("details", { class: "filters", open: wide.matches }, el("summary", {}, "Filters"), facets);
wide.addEventListener("change", () => (filterBox.open = wide.matches));

document.getElementById("app").replaceChildren(
  el("section", { class: "browse", "aria-labelledby": "list" },
    el("h2", { id: "list", tabindex: -1, class: "sr" }, "Changes and repositories"),
    el("div", { class: "controls" }, tabs,
      el("div", { class: "tools" },
        el("label", { for: "search", class: "sr" }, "Search in names, reasons and paths"), search,
        el("label", { for: "sort", class: "sr" }, "Order"), sort)),
    el("div", { class: "columns" }, el("aside", { "aria-label": "Filters" }, filterBox),
      el("div", { class: "results" }, el("div", { class: "told-line" }, told, clear), list, pages))));

/** Takes on a part of the state; the address follows. `how`: "replace" makes no entry in Back. */
function change(part, how = "push") {
  state = { ...state, ...part };
  const hash = `#${toHash(state)}`;
  if (how === "replace") history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  show();
}

function toggle(key, open) {
  const before = items.find((item) => item.key === state.open);
  if (before && before.key !== key) before.setOpen(false);
  state = { ...state, open: open ? key : null };
  history.replaceState(null, "", `#${toHash(state)}`);
  items.find((item) => item.key === key).setOpen(open);
}

/** Draws everything that depends on the state. */
function show() {
  const found = pass(state);
  const changes = [...found.changes.values()].sort(RANKED_CHANGES[state.view === "changes" ? state.sort : "count"]);
  const entries = state.view === "changes" ? changes : found.passing.sort(RANKED[state.sort]);
  const keyOf = state.view === "changes" ? (one) => one.cluster : (one) => one.number;
  const opened = state.open === null ? -1 : entries.findIndex((one) => keyOf(one) === state.open);
  const count = Math.max(Math.ceil(entries.length / PAGE), 1);
  const page = opened >= 0 ? Math.floor(opened / PAGE) : Math.min(state.page, count - 1);
  const make = state.view === "changes" ? changeItem : repositoryItem;
  items = entries.slice(page * PAGE, (page + 1) * PAGE).map((one) => make(one, keyOf(one) === state.open, sharing));
  list.className = `items items-${state.view}`;
  list.replaceChildren(...items);
  if (!items.length) list.append(el("li", { class: "nothing" }, isNarrowed(state) ? "Nothing fits these filters." : "There is nothing here."));
  pages.replaceChildren(...[pager(page, count, (to) => {
    change({ page: to, open: null });
    document.getElementById("list").focus();
    tabs.scrollIntoView();
  })].filter(Boolean));
  showControls(found, changes.length, entries.length, page);
}

function showControls(found, changes, count, page) {
  const tab = (view, word, number) =>
    el("a", { href: `#${toHash({ ...state, view, sort: Object.keys(SORTS[view])[0], page: 0, open: null })}`,
      "aria-current": state.view === view ? "page" : null }, word, " ", el("span", { class: "tab-count" }, number.toLocaleString("en")));
  tabs.replaceChildren(tab("changes", "Changes", changes), tab("repositories", "Repositories", found.passing.length));
  if (search.value !== state.query && document.activeElement !== search) search.value = state.query;
  sort.replaceChildren(...Object.entries(SORTS[state.view]).map(([value, word]) => el("option", { value }, word)));
  sort.value = state.sort;
  const narrowed = isNarrowed(state);
  clear.hidden = !narrowed;
  const words = state.view === "changes" ? ["change"] : ["repository", "repositories"];
  const range = count > PAGE ? `${page * PAGE + 1}–${Math.min((page + 1) * PAGE, count)} of ` : "";
  const text = `${range}${many(count, ...words)}${narrowed ? " that fit the filters" : ""}`;
  if (told.textContent !== text) told.textContent = text;
  showFacets(found.counts);
}

function showFacets(counts) {
  const focused = facets.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  facets.replaceChildren(...FACETS.filter(({ key }) => everything.counts[key].size).map((facet) =>
    facetBox(facet, expanded.has(facet.key), state.picked[facet.key], counts[facet.key], everything.counts[facet.key], {
      pick: (value, on) => {
        const values = new Set(state.picked[facet.key]);
        if (on) values.add(value);
        else values.delete(value);
        change({ picked: { ...state.picked, [facet.key]: values }, page: 0, open: null });
      },
      expand: () => {
        if (!expanded.delete(facet.key)) expanded.add(facet.key);
        showFacets(counts);
      },
    })));
  if (focused) facets.querySelector(`[data-key="${focused}"]`)?.focus();
}

function follow() {
  const hash = location.hash.slice(1);
  if (hash === "list") {
    history.replaceState(null, "", `#${toHash(state)}`);
    document.getElementById("list").focus();
    return;
  }
  state = fromHash(hash);
  search.value = state.query;
  show();
  const item = items.find((one) => one.key === state.open);
  if (item) {
    item.opener.focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  } else if (hash) document.querySelector(".browse").scrollIntoView({ block: "start" });
}

window.addEventListener("hashchange", follow);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };
const theme = el("select", { id: "theme", onchange: () => document.documentElement.setAttribute("data-theme", theme.value) },
  Object.entries(THEMES).map(([value, word]) => el("option", { value }, word)));
document.getElementById("tools").append(el("label", { for: "theme" }, "Theme"), theme);

search.value = state.query;
if (location.hash.length > 1) follow();
else show();
