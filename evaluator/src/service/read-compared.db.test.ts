import assert from "node:assert/strict";
import { it } from "node:test";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { readCompared } from "./read-compared.ts";

const HOUR_MS = 3_600_000;

it("still finds runs of the good deploy after a flood of the bad one, each once, and no more than asked for", async () => {
	const { store, discard } = await openTemporaryStore();
	try {
		const now = Date.now();
		await insertRuns(store, { prefix: "aa", count: 100, startMs: now - 60 * HOUR_MS, version: "good" });
		await insertRuns(store, { prefix: "bb", count: 1_500, startMs: now - HOUR_MS, version: "bad" });
		const runs = await readCompared(store, now, 400);
		const good = runs.filter(({ serviceVersion }) => serviceVersion === "good");
		assert.equal(good.length, 50);
		assert.ok(runs.length <= 400 && runs.length >= 250, `${runs.length}`);
		assert.equal(new Set(runs.map(({ traceId }) => traceId)).size, runs.length);
		assert.deepEqual(
			runs.map(({ startUs }) => startUs),
			runs.map(({ startUs }) => startUs).toSorted((a, b) => a - b),
		);
	} finally {
		await discard();
	}
});
