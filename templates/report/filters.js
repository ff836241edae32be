// What is shown: a view, a search, and for each facet the values of which a row must have one. All
// of it stands in the address after `#`, so that a view can be linked and Back works.

const FACETS = [
  { key: "state", title: "State", values: STATES.map((one) => one.word) },
  { key: "risk", title: "Risk", values: RISKS.map((one) => one.word) },
  { key: "remedy", title: "Remedy", values: index.remedies },
  { key: "why", title: "Why", values: index.whys },
  { key: "owner", title: "Owner", values: index.owners },
  { key: "alarm", title: "Alarms", values: ["With an alarm"] },
];
const VIEWS = ["changes", "repositories"];
const SORTS = {
  changes: { count: "Most repositories first", risk: "Highest risk first" },
  repositories: { state: "What wants a look first", name: "By name", risk: "Highest risk first" },
};

function fresh(view) {
  const picked = Object.fromEntries(FACETS.map(({ key }) => [key, new Set()]));
  return { view, query: "", page: 0, sort: Object.keys(SORTS[view])[0], picked, open: null };
}

/** The state that an address (without its `#`) tells of; whatever is odd in it is left out. */
function fromHash(hash) {
  const given = new URLSearchParams(hash);
  const view = VIEWS.includes(given.get("view"))
    ? given.get("view")
    : VIEWS[index.headlines.length ? 0 : 1];
  const state = fresh(view);
  state.query = given.get("q") ?? "";
  state.page = whole(given.get("page"), 1e6) ?? 0;
  if (Object.hasOwn(SORTS[view], given.get("sort") ?? "")) state.sort = given.get("sort");
  state.open = whole(given.get("open"), view === "changes" ? index.headlines.length : rows.length);
  for (const { key, values } of FACETS) {
    if (!given.get(key)) continue;
    for (const text of given.get(key).split(",").slice(0, 1000)) {
      const named = key === "state" ? STATES.findIndex((one) => one.id === text) : -1;
      const value = named >= 0 ? named : whole(text, values.length);
      if (value !== null) state.picked[key].add(value);
    }
  }
  return state;
}

function whole(text, end) {
  return /^\d{1,7}$/.test(text ?? "") && Number(text) < end ? Number(text) : null;
}

function toHash(state) {
  const parts = [["view", state.view]];
  if (state.query) parts.push(["q", state.query]);
  for (const { key } of FACETS) {
    const values = [...state.picked[key]];
    const texts = key === "state" ? values.map((value) => STATES[value].id) : values;
    if (values.length) parts.push([key, texts.join(",")]);
  }
  if (state.sort !== Object.keys(SORTS[state.view])[0]) parts.push(["sort", state.sort]);
  if (state.page) parts.push(["page", state.page]);
  if (state.open !== null) parts.push(["open", state.open]);
  return new URLSearchParams(parts).toString();
}

function isNarrowed(state) {
  return state.query.trim() !== "" || FACETS.some(({ key }) => state.picked[key].size);
}

/**
 * The rows that pass, the changes in them (number → rows), and for each facet how many rows each
 * of its values would leave if the facet alone were set to it.
 */
function pass(state) {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const active = FACETS.filter(({ key }) => state.picked[key].size);
  const counts = Object.fromEntries(FACETS.map(({ key }) => [key, new Map()]));
  const passing = [];
  const changes = new Map();
  for (const row of rows) {
    if (words.length && !words.every((word) => hay(row).includes(word))) continue;
    const failing = active.filter(({ key }) => !hits(state.picked[key], row.values[key]));
    if (failing.length > 1) continue;
    const counted = failing.length ? failing : FACETS;
    for (const { key } of counted) {
      for (const value of row.values[key]) {
        counts[key].set(value, (counts[key].get(value) ?? 0) + 1);
      }
    }
    if (failing.length) continue;
    passing.push(row);
    collect(state, row, changes);
  }
  return { passing, changes, counts };
}

function hits(picked, values) {
  return values.some((value) => picked.has(value));
}

function collect(state, row, changes) {
  const { risk, remedy } = state.picked;
  for (const [file, cluster, path, bits, fileRisk] of row.files) {
    if (risk.size && !risk.has(fileRisk)) continue;
    if (remedy.size && !hits(remedy, bitsOf(bits))) continue;
    const change = changes.get(cluster);
    if (!change) {
      const only = { cluster, file, path, bits, risk: fileRisk, rows: [row], paths: new Set([path]) };
      changes.set(cluster, only);
    } else {
      if (change.rows.at(-1) !== row) change.rows.push(row);
      change.paths.add(path);
      // A change is as risky as the riskiest of its repositories; that one is the one to read.
      if (fileRisk < change.risk) Object.assign(change, { risk: fileRisk, file, path });
    }
  }
}

const RANKED = {
  state: (one, other) => byAlarm(one, other) || one.state - other.state || byName(one, other),
  name: byName,
  risk: (one, other) =>
    riskOf(one) - riskOf(other) || one.state - other.state || byName(one, other),
};

function byAlarm(one, other) {
  return Math.sign(other.alarms) - Math.sign(one.alarms);
}

function byName(one, other) {
  if (one.name === other.name) return one.number - other.number;
  return one.name < other.name ? -1 : 1;
}

function riskOf(row) {
  return row.values.risk[0] ?? RISKS.length;
}

const RANKED_CHANGES = {
  count: (one, other) => other.rows.length - one.rows.length || one.risk - other.risk,
  risk: (one, other) => one.risk - other.risk || other.rows.length - one.rows.length,
};
