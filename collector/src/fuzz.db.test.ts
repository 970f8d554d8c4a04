import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzReceiver } from "./testing/fuzz-receiver.ts";
import { fuzzRequests } from "./testing/fuzz-requests.ts";
import { makeRandom } from "./testing/make-random.ts";
import { openTemporaryStore } from "./testing/open-temporary-store.ts";

test("hostile bodies are refused or become the rows that two readers agree on, in bounded time and memory", async () => {
	const result = await fuzzRequests({ count: 2_000, random: makeRandom(20_261_125) });
	assert.deepEqual(result.wrong, []);
	assert.ok(result.stored > 500 && result.refused > 500, JSON.stringify(result));
	assert.ok(result.slowestMs < 2_000, `one body took ${result.slowestMs} ms`);
});

test("a receiver answers hostile bodies as they deserve, and stores exactly the rows of the others", async () => {
	const { store, discard } = await openTemporaryStore();
	try {
		const result = await fuzzReceiver(store, { count: 300, random: makeRandom(1) });
		assert.deepEqual(result.wrong, []);
		assert.equal(result.storedRows, result.expectedRows);
		assert.ok((result.answered[200] ?? 0) > 50 && (result.answered[400] ?? 0) > 50, JSON.stringify(result));
	} finally {
		await discard();
	}
});
