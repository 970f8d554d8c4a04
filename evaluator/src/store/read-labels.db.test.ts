import assert from "node:assert/strict";
import { test } from "node:test";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { readLabels } from "./read-labels.ts";

test("a run is labelled with the step that most people blame, by their last word", async () => {
	const { store, discard } = await openTemporaryStore();
	try {
		const rating = (trace_id: string, rater: string, blame_step: string, second: number) => ({
			trace_id,
			rater,
			rating: "fail",
			blame_step,
			created_at: (Math.floor(Date.now() / 1000) - 1_000 + second).toFixed(3),
		});
		await store.insert("ratings", [
			rating("a", "ann", "model", 0),
			rating("a", "ann", "search", 100),
			rating("a", "bob", "search", 50),
			rating("a", "eve", "model", 60),
			rating("b", "bob", "", 60),
			rating("c", "bob", "input", 60),
		]);
		assert.deepEqual([...(await readLabels(store, ["a", "b", "c", "d"]))].sort(), [
			["a", "search"],
			["c", "input"],
		]);
		assert.equal((await readLabels(store, ["d"])).size, 0);
		assert.equal((await readLabels(store, [])).size, 0);
	} finally {
		await discard();
	}
});
