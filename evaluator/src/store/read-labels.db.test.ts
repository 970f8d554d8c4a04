import assert from "node:assert/strict";
import { test } from "node:test";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { readLabels } from "./read-labels.ts";

test("a run is labelled with the step that most people blame, by their last word", async () => {
	const { store, discard } = await openTemporaryStore();
	try {
		const rating = (trace_id: string, rater: string, blame_step: string, created_at: number) => ({
			trace_id,
			rater,
			rating: "fail",
			blame_step,
			created_at,
		});
		await store.insert("ratings", [
			rating("a", "ann", "model", 1_790_000_000),
			rating("a", "ann", "search", 1_790_000_100),
			rating("a", "bob", "search", 1_790_000_050),
			rating("a", "eve", "model", 1_790_000_060),
			rating("b", "bob", "", 1_790_000_060),
			rating("c", "bob", "input", 1_790_000_060),
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
