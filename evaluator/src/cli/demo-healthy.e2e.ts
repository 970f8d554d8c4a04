import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runFaultline } from "../testing/run-faultline.ts";

describe("faultline demo --fault none", { timeout: 120_000 }, () => {
	it("says that nothing changed, although versions did", async () => {
		const folder = await mkdtemp(join(tmpdir(), "faultline-demo-"));
		try {
			const { code, out, err } = await runFaultline(
				["demo", "--fault", "none", "--data-dir", "demo"],
				folder,
			);
			assert.equal(code, 0, err);
			assert.match(out, /=> Nothing changed/);
			assert.match(out, /version render-html@/);
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});
});
