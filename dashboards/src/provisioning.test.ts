import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { provisioningFiles } from "./provisioning.ts";

const out = join(import.meta.dirname, "..", "out");

it("gives the files that are committed: run `npm run build -w @faultline/dashboards` after a change", async () => {
	const files = provisioningFiles();
	const entries = await readdir(out, { recursive: true, withFileTypes: true });
	const committed = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1));
	assert.deepEqual(committed.sort(), [...files.keys()].sort());
	for (const [path, text] of files) assert.equal(await readFile(join(out, path), "utf8"), text, path);
});

it("puts no password into a file", () => {
	const source = provisioningFiles().get("provisioning/datasources/faultline.yaml") ?? "";
	assert.match(source, /password: \$GRAFANA_CLICKHOUSE_PASSWORD\n/);
});
