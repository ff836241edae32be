// Elements out of text. Text of a record only ever becomes a text node or the value of an attribute
// that can't act; there is no way from here to HTML.

const SVG = "http://www.w3.org/2000/svg";
const LONGEST = 2000;

// What can't be seen is spelled out, as bot.report.escape does: controls, bidirectional marks,
// odd blanks.
const UNSEEN = /(?! )[\p{C}\p{Z}]/gu;

function visible(text, longest = LONGEST) {
  const shown = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return shown.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0).toString(16);
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, "0")}`;
  });
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child === null || child === "") continue;
    node.append(child instanceof Node ? child : visible(String(child)));
  }
  return node;
}

/** An element. `attributes`: `onclick` and the like are listeners; false and null are left out. */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** An address that may be linked: of the web, with nothing unseen in it; else null. */
function address(text) {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(text)) return null;
  try {
    const url = new URL(text);
    return url.username || url.password ? null : url.href;
  } catch {
    return null;
  }
}

/** A link to the web, or its content alone where the address is none. */
function link(to, attributes, ...children) {
  const href = address(to);
  if (href === null) return el("span", {}, ...children);
  return el("a", { ...attributes, href, rel: "noreferrer" }, ...children);
}

function mark(sign, tone, more = "") {
  return el("span", { class: `mark tone-${tone} ${more}`, "aria-hidden": "true" }, sign);
}

function unheard(...children) {
  return el("span", { class: "sr" }, ...children);
}

function many(count, word, words = `${word}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : words}`;
}

function time(seconds) {
  return seconds < 100 ? `${Math.round(seconds * 10) / 10} s` : `${Math.round(seconds / 60)} min`;
}
