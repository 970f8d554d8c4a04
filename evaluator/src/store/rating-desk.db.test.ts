import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { drawRatings } from "./draw-ratings.ts";
import { openRatingDesk, readDesk } from "./rating-desk.ts";
import { readRatings } from "./ratings.ts";
import { readChosen } from "./read-rating-frame.ts";

const START_MS = Date.now() - 3_600_000;
const SCOPE = { sinceMs: START_MS - 1000, untilMs: Date.now() + 60_000 };

const answer = (traceId: string) =>
	({ traceId, rating: "fail", scale: null, blameStep: "answer", comment: "it says nothing" }) as const;

describe("rating desk", () => {
	let store: Store;
	let discard: () => Promise<void>;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		await insertRuns(store, { prefix: "a", count: 120, startMs: START_MS });
	});
	after(() => discard());

	it("draws the same runs again, and more of them for a larger target, with the chance they have by then", async () => {
		const first = await drawRatings(store, SCOPE, { target: 20, doubleShare: 0.5 });
		const chosen = await readChosen(store, SCOPE);
		assert.equal(first.runs, 120);
		assert.equal(first.added, chosen.length);
		assert.deepEqual(await drawRatings(store, SCOPE, { target: 20, doubleShare: 0.5 }), {
			...first,
			added: 0,
		});
		await drawRatings(store, SCOPE, { target: 40, doubleShare: 0.5 });
		const more = await readChosen(store, SCOPE);
		const ids = new Set(more.map(({ traceId }) => traceId));
		assert.ok(more.length > chosen.length && chosen.every(({ traceId }) => ids.has(traceId)));
		assert.ok(more.every(({ probability }) => Math.abs(probability - 40 / 120) < 1e-9));
		await drawRatings(store, SCOPE, { target: 10 });
		assert.deepEqual(await readChosen(store, SCOPE), more, "a smaller target takes nothing back");
	});

	it("never hands a run to more people than it is for, whoever asks at once, in one process and in several", async () => {
		const desks = [openRatingDesk(store), openRatingDesk(store), openRatingDesk(store)];
		const raters = ["ann", "bob", "eve", "kim", "lou", "max"];
		const taken = await Promise.all(
			raters.map((rater, at) => desks[at % desks.length]?.take(rater, SCOPE) ?? null),
		);
		const held = new Map<string, number>();
		for (const run of taken) {
			assert.ok(run !== null);
			held.set(run.traceId, (held.get(run.traceId) ?? 0) + 1);
		}
		const double = new Map((await readChosen(store, SCOPE)).map((run) => [run.traceId, run.double]));
		for (const [traceId, people] of held) assert.ok(people <= (double.get(traceId) ? 2 : 1));
		const again = await desks[2]?.take("ann", SCOPE);
		assert.equal(again?.traceId, taken[0]?.traceId, "a page loaded again shows the same run, on any server");
	});

	it("is rated to the end by people who work at once, the double share by two different ones", async () => {
		const draw = { target: 40, doubleShare: 0.5 };
		const desks = [openRatingDesk(store, draw), openRatingDesk(store, draw)];
		const work = async (rater: string, at: number): Promise<void> => {
			const desk = desks[at % 2];
			for (let run = await desk?.take(rater, SCOPE); run; run = await desk?.take(rater, SCOPE))
				await desk?.save(rater, answer(run.traceId), Date.now());
		};
		await Promise.all(["ann", "bob", "eve"].map(work));
		// Those who only looked in the test before go on holding their runs until their time is over.
		const { items, ratings, chosen } = await readDesk(store, SCOPE);
		for (const item of items) {
			assert.ok(item.raters.length <= (item.double ? 2 : 1), `${item.traceId} by ${item.raters}`);
			assert.equal(new Set(item.raters).size, item.raters.length);
		}
		const open = items.filter((item) => item.raters.length < (item.double ? 2 : 1));
		assert.ok(open.every((item) => item.leases.some(({ rater }) => ["kim", "lou", "max"].includes(rater))));
		assert.ok(ratings.length > 30);
		const [rating] = ratings;
		assert.equal(rating?.probability, chosen.get(rating?.traceId ?? "")?.probability);
		assert.equal(rating?.serviceVersion, "1");
	});

	it("a rating that is sent twice is one, and the last word counts", async () => {
		const desk = openRatingDesk(store);
		const [first] = await readRatings(store, SCOPE.sinceMs);
		assert.ok(first !== undefined);
		const count = (await readRatings(store, SCOPE.sinceMs)).length;
		const changed = {
			...answer(first.traceId),
			rating: "pass",
			scale: 5,
			blameStep: "",
			comment: "",
		} as const;
		const nowMs = Date.now() + 1000;
		await desk.save(first.rater, changed, nowMs);
		await desk.save(first.rater, changed, nowMs);
		const after = await readRatings(store, SCOPE.sinceMs);
		assert.equal(after.length, count);
		const own = after.find(({ traceId, rater }) => traceId === first.traceId && rater === first.rater);
		assert.deepEqual([own?.rating, own?.scale, own?.comment], ["pass", 5, ""]);
	});
});
