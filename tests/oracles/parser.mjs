// Reads [[name, text], …] as JSON from stdin and writes, for each, the errors that the package
// @actions/workflow-parser finds in it, without their places: [[message, …], …].
// Usage: node parser.mjs <directory of the package>

import { register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

register("./json_loader.mjs", import.meta.url);
const index = path.join(process.argv[2], "dist", "index.js");
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  pathToFileURL(index).href
);
const convert = path.join(process.argv[2], "dist", "model", "convert.js");
const { ErrorPolicy } = await import(pathToFileURL(convert).href);

async function errors([name, content]) {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value) {
    const options = { errorPolicy: ErrorPolicy.TryConversion };
    await convertWorkflowTemplate(context, value, undefined, options);
  }
  return context.errors.getErrors().map((error) => error.rawMessage);
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const files = JSON.parse(Buffer.concat(chunks).toString("utf8"));
process.stdout.write(JSON.stringify(await Promise.all(files.map(errors))));
