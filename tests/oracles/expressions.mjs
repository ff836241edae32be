// Reads {contexts, names, texts} as JSON from stdin and writes, for each text, what the package
// @actions/expressions makes of it: {error} or {tree, value}, {tree, failed}.
// Usage: node expressions.mjs <directory of the package>

import path from "node:path";
import { pathToFileURL } from "node:url";

const load = (file) => import(pathToFileURL(path.join(process.argv[2], "dist", file)).href);
const { Lexer, Parser, Evaluator, data, wellKnownFunctions } = await load("index.js");
const nodes = await load("ast.js");

const RETURNS = { always: true, cancelled: false, failure: false, success: true };
const functions = Object.keys(RETURNS).map((name) => ({
  name,
  minArgs: 0,
  maxArgs: 255,
  call: () => new data.BooleanData(RETURNS[name]),
}));
const byName = new Map(functions.map((each) => [each.name, each]));

function value(found) {
  switch (found.kind) {
    case data.Kind.Null:
      return ["null"];
    case data.Kind.Number:
      return ["number", String(found.value)];
    case data.Kind.Array:
      return ["array", found.values().map(value)];
    case data.Kind.Dictionary:
      return ["object", found.pairs().map((pair) => [pair.key, value(pair.value)])];
    default:
      return [typeof found.value, found.value];
  }
}

function tree(node) {
  if (node instanceof nodes.Grouping) return tree(node.group);
  if (node instanceof nodes.Literal) return ["literal", value(node.literal)];
  if (node instanceof nodes.ContextAccess) return ["context", node.name.lexeme.toLowerCase()];
  if (node instanceof nodes.IndexAccess) return ["index", tree(node.expr), tree(node.index)];
  if (node instanceof nodes.Star) return ["star"];
  if (node instanceof nodes.Unary) return ["not", tree(node.expr)];
  if (node instanceof nodes.FunctionCall) {
    return ["call", node.functionName.lexeme.toLowerCase(), node.args.map(tree)];
  }
  if (node instanceof nodes.Logical) {
    return ["logical", node.operator.lexeme, node.args.map(tree)];
  }
  return ["binary", node.operator.lexeme, tree(node.left), tree(node.right)];
}

function answer(text, names, contexts) {
  let parsed;
  try {
    parsed = new Parser(new Lexer(text).lex().tokens, names, functions).parse();
    if (parsed === undefined) return { error: "empty" };
  } catch (error) {
    return { error: error.message };
  }
  const shape = tree(parsed);
  try {
    return { tree: shape, value: value(new Evaluator(parsed, contexts, byName).evaluate()) };
  } catch (error) {
    return { tree: shape, failed: error.message };
  }
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const contexts = wellKnownFunctions.fromjson.call(
  new data.StringData(JSON.stringify(input.contexts)),
);
process.stdout.write(
  JSON.stringify(input.texts.map((text) => answer(text, input.names, contexts))),
);
