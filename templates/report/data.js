// The index: what there is to list (bot/report/html/index.py says how it is written), and the
// details, which are read part by part when somebody opens one.

const index = JSON.parse(document.getElementById("index").textContent);

const STATES = index.states.map(([id, word, sign, tone]) => ({ id, word, sign, tone }));
// A risk that this page has no words for is shown as it came.
const KNOWN_RISKS = new Map([
  ["high", ["High risk", "●●●"]],
  ["medium", ["Medium risk", "●●○"]],
  ["low", ["Low risk", "●○○"]],
]);
const RISKS = index.risks.map((id) => {
  const [word, sign] = KNOWN_RISKS.get(id) ?? [id, "?"];
  return { id: KNOWN_RISKS.has(id) ? id : "other", name: id, word, sign };
});

function bitsOf(bits) {
  return index.remedies.flatMap((_, number) => (bits & (1 << number) ? [number] : []));
}

const rows = index.rows.map(([name, owner, state, why, pull, detail, alarms, files], number) => {
  const risks = new Set();
  let bits = 0;
  for (const file of files) {
    bits |= file[3];
    risks.add(file[4]);
  }
  return {
    number,
    name,
    state,
    pull,
    detail,
    files,
    why: index.whys[why],
    alarms,
    // The values that it has of each facet.
    values: {
      state: [state],
      risk: [...risks].sort(),
      remedy: bitsOf(bits),
      why: why === 0 ? [] : [why],
      owner: [owner],
      alarm: alarms ? [0] : [],
    },
    hay: null,
  };
});

/** All that a search looks through, in small letters. */
function hay(row) {
  row.hay ??= [row.name, row.why, row.pull, ...row.files.map((file) => index.paths[file[2]])]
    .join("\n")
    .toLowerCase();
  return row.hay;
}

const parsed = new Map();
const PARSED_PARTS = 12;

function partOf(number) {
  let low = 0;
  let high = index.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (index.starts[middle] <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Once the details of these numbers are in the page, they are handed on, in this order. */
function details(numbers, use) {
  const parts = numbers.map(partOf);
  const there = parts.every((part) => document.getElementById(`part-${part}`) !== null);
  if (!there && document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => details(numbers, use), { once: true });
    return;
  }
  use(numbers.map((number, at) => read(parts[at])[number - index.starts[parts[at]]]));
}

function read(part) {
  const known = parsed.get(part);
  if (known) return known;
  const items = JSON.parse(document.getElementById(`part-${part}`).textContent);
  if (parsed.size >= PARSED_PARTS) parsed.delete(parsed.keys().next().value);
  parsed.set(part, items);
  return items;
}
