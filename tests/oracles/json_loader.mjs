// Loads a JSON file as a module with a default export: the package @actions/workflow-parser imports
// its schemas without the attribute that Node asks for.

import { readFile } from "node:fs/promises";

export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  const source = `export default ${await readFile(new URL(url), "utf8")};`;
  return { format: "module", source, shortCircuit: true };
}
