/** An import in a process of its own, to be killed: `import-process.ts DATA_DIR FILE STATE_FILE`. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { migrate } from "../migrate.ts";
import { type ImportState, importOtlpFile } from "../otlp/import-otlp-file.ts";
import { openStore } from "../store/open-store.ts";

const [dataDir = "", file = "", stateFile = ""] = process.argv.slice(2);
let resume: ImportState | undefined;
try {
	resume = JSON.parse(readFileSync(stateFile, "utf8")) as ImportState;
} catch {
	resume = undefined;
}
const store = await openStore({ dataDir });
await migrate(store);
const options = { batchRows: 400, ...(resume === undefined ? {} : { resume }) };
for await (const { line, prefix, spans, logs } of importOtlpFile(store, file, options)) {
	writeFileSync(`${stateFile}.part`, JSON.stringify({ line, prefix, spans, logs }));
	renameSync(`${stateFile}.part`, stateFile);
	process.send?.({ line });
}
await store.close();
process.send?.("done");
