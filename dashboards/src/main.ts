import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { provisioningFiles } from "./provisioning.ts";

const out = join(import.meta.dirname, "..", "out");

await rm(out, { recursive: true, force: true });
for (const [path, text] of provisioningFiles()) {
	await mkdir(dirname(join(out, path)), { recursive: true });
	await writeFile(join(out, path), text);
	console.log(`wrote out/${path}`);
}
