import assert from "node:assert/strict";
import { test } from "node:test";
import { nextItem, placesLeft, progressOfQueue, type QueueItem } from "./rating-queue.ts";

const item = (traceId: string, order: number, rest: Partial<QueueItem> = {}): QueueItem => ({
	traceId,
	order,
	double: false,
	raters: [],
	leases: [],
	...rest,
});

test("everybody gets the first run that nobody has, and keeps it when the page is loaded again", () => {
	const queue = [
		item("b", 0.2),
		item("a", 0.1, { leases: [{ rater: "ann", untilMs: 1000 }] }),
		item("c", 0.3),
	];
	assert.equal(nextItem(queue, "ann", 500)?.traceId, "a");
	assert.equal(nextItem(queue, "bob", 500)?.traceId, "b");
	assert.equal(nextItem(queue, "bob", 1500)?.traceId, "a", "a lease ends");
	assert.equal(nextItem(queue, "bob", 500, new Set(["b"]))?.traceId, "c");
	const held = [item("a", 0.1), item("z", 0.9, { leases: [{ rater: "ann", untilMs: 1000 }] })];
	assert.equal(nextItem(held, "ann", 500)?.traceId, "z");
});

test("a run for two is given to two different people and to no third", () => {
	const cases: [Partial<QueueItem>, string, number][] = [
		[{}, "ann", 1],
		[{ double: true }, "ann", 2],
		[{ double: true, raters: ["ann"] }, "ann", 0],
		[{ double: true, raters: ["ann"] }, "bob", 1],
		[{ double: true, raters: ["ann", "bob"] }, "eve", 0],
		[{ double: true, raters: ["ann"], leases: [{ rater: "bob", untilMs: 9 }] }, "eve", 0],
		[{ double: true, raters: ["ann"], leases: [{ rater: "ann", untilMs: 9 }] }, "eve", 1],
		[{ leases: [{ rater: "ann", untilMs: 9 }] }, "bob", 0],
		[{ leases: [{ rater: "ann", untilMs: 9 }] }, "ann", 1],
	];
	for (const [rest, rater, places] of cases) assert.equal(placesLeft(item("a", 0, rest), rater, 5), places);
});

test("progress counts second ratings", () => {
	assert.deepEqual(
		progressOfQueue([
			item("a", 0, { raters: ["ann"] }),
			item("b", 0, { double: true, raters: ["ann"] }),
			item("c", 0, { double: true, raters: ["ann", "bob"] }),
			item("d", 0),
		]),
		{ chosen: 4, rated: 3, open: 2, double: 2, doubleDone: 1 },
	);
	assert.equal(nextItem([item("a", 0, { raters: ["ann"] })], "ann", 0), null);
});
