// Jobs in layers from left to right: what a job needs stands left of it. Only numbers come from
// here; graph.js draws.

const BOX = { width: 172, gap: 16, between: 42, line: 15, pad: 11, dummy: 8 };

/**
 * Nodes in layers. `nodes`: [{id, needs, height}]; ids that nobody has, and needs that close a
 * circle, are left out. Returns {nodes: [{...node, x, y}], edges: [[point...]...], width, height}.
 */
function layered(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, { ...node, real: true }]));
  const all = [...byId.values()];
  const needs = new Map(all.map((node) => [node, forward(node, byId)]));
  breakCircles(all, needs);
  const layer = depths(all, needs);
  const chains = reduced(all, needs).map(([from, to]) => chain(from, to, layer));
  const columns = inColumns(all, chains, layer);
  arrange(columns, chains);
  place(columns, chains);
  const height = Math.max(...columns.map((column) => column.at(-1).y + column.at(-1).height));
  const width = columns.length * BOX.width + (columns.length - 1) * BOX.between;
  return { nodes: all, edges: chains.map(route), width, height };
}

function forward(node, byId) {
  const found = new Set(node.needs.map((id) => byId.get(id)).filter((one) => one && one !== node));
  return [...found];
}

function breakCircles(all, needs) {
  const state = new Map();
  const visit = (node) => {
    state.set(node, "open");
    needs.set(node, needs.get(node).filter((before) => {
      if (!state.has(before)) visit(before);
      return state.get(before) === "done";
    }));
    state.set(node, "done");
  };
  for (const node of all) if (!state.has(node)) visit(node);
}

function depths(all, needs) {
  const layer = new Map();
  const depth = (node) => {
    if (!layer.has(node)) layer.set(node, Math.max(-1, ...needs.get(node).map(depth)) + 1);
    return layer.get(node);
  };
  all.forEach(depth);
  return layer;
}

/** Pairs [before, after] without those that others imply: what runs before what stays the same. */
function reduced(all, needs) {
  const reach = new Map();
  const reached = (node) => {
    if (!reach.has(node)) {
      reach.set(node, new Set(needs.get(node).flatMap((one) => [one, ...reached(one)])));
    }
    return reach.get(node);
  };
  return all.flatMap((node) => {
    const direct = needs.get(node);
    const implied = (one) => direct.some((other) => other !== one && reached(other).has(one));
    return direct.filter((one) => !implied(one)).map((one) => [one, node]);
  });
}

/** An edge as nodes, with one without a body in each layer that it crosses. */
function chain(from, to, layer) {
  const between = [];
  for (let at = layer.get(from) + 1; at < layer.get(to); at++) {
    const node = { real: false, height: BOX.dummy };
    layer.set(node, at);
    between.push(node);
  }
  return [from, ...between, to];
}

function inColumns(all, chains, layer) {
  const everything = [...all, ...chains.flatMap((one) => one.slice(1, -1))];
  const columns = [];
  for (const node of everything) (columns[layer.get(node)] ??= []).push(node);
  return columns;
}

/** Neighbours of each node in the layer before and in the one behind. */
function neighbours(chains) {
  const before = new Map();
  const behind = new Map();
  const push = (map, key, value) => map.set(key, [...(map.get(key) ?? []), value]);
  for (const one of chains) {
    for (let n = 1; n < one.length; n++) {
      push(before, one[n], one[n - 1]);
      push(behind, one[n - 1], one[n]);
    }
  }
  return { before, behind };
}

/** Order in each layer: again and again by the middle of the neighbours, so that few lines cross. */
function arrange(columns, chains) {
  const { before, behind } = neighbours(chains);
  const rank = new Map();
  const number = (column) => column.forEach((node, n) => rank.set(node, n / column.length));
  columns.forEach(number);
  const middle = (node, side) => {
    const near = side.get(node);
    return near ? near.reduce((sum, one) => sum + rank.get(one), 0) / near.length : rank.get(node);
  };
  for (let round = 0; round < 6; round++) {
    const right = round % 2 === 0;
    for (const column of right ? columns : [...columns].reverse()) {
      const side = right ? before : behind;
      const keys = new Map(column.map((node) => [node, middle(node, side)]));
      column.sort((one, other) => keys.get(one) - keys.get(other));
      number(column);
    }
  }
}

function place(columns, chains) {
  const { before } = neighbours(chains);
  const tall = (column) =>
    column.reduce((sum, node) => sum + node.height + BOX.gap, 0) - BOX.gap;
  const height = Math.max(...columns.map(tall));
  columns.forEach((column, at) => {
    let y = 0;
    let rest = tall(column);
    for (const node of column) {
      // As near to the middle of what is before it as its column leaves room.
      const near = before.get(node) ?? [];
      const wish = near.length
        ? near.reduce((sum, one) => sum + one.y + one.height / 2, 0) / near.length - node.height / 2
        : (height - tall(column)) / 2;
      node.y = Math.min(Math.max(wish, y), Math.max(height - rest, y));
      node.x = at * (BOX.width + BOX.between);
      y = node.y + node.height + BOX.gap;
      rest -= node.height + BOX.gap;
    }
  });
}

/** The points of an edge: out of the first node, through those without a body, into the last. */
function route(one) {
  const points = [];
  one.forEach((node, n) => {
    const y = node.y + node.height / 2;
    if (n > 0) points.push([node.x, y]);
    if (n < one.length - 1) points.push([node.x + BOX.width, y]);
  });
  return points;
}
