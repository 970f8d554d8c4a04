import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawQuestion, type PlantedDrift } from "../testing/draw-texts.ts";
import { describeDrift } from "./describe-drift.ts";
import { type DriftDay, watchDrift } from "./drift-watch.ts";
import { type Random, seededRandom } from "./random.ts";
import { gramsOf } from "./text-grams.ts";

const DAY_MS = 86_400_000;
const randomOf = (startMs: number): Random => seededRandom(startMs);

interface Planned {
	readonly days: number;
	readonly perDay: number;
	readonly drift?: PlantedDrift;
	readonly share?: number;
	readonly from?: number;
}

function drawDays({ days, perDay, drift, share = 1, from = 0 }: Planned, random: Random) {
	return Array.from(
		{ length: days },
		(_, day): DriftDay<ReturnType<typeof textOf>> => ({
			startMs: day * DAY_MS,
			texts: Array.from({ length: perDay }, (_, at) =>
				textOf(
					drawQuestion(random, drift !== undefined && day >= from && random() < share ? drift : null),
					`${day}-${at}`,
				),
			),
		}),
	);
}

const textOf = (text: string, id: string) => ({
	cluster: id,
	traceId: id,
	text,
	grams: gramsOf(text),
	length: text.length,
});

describe("the watch for drift", () => {
	it("alarms in at most one of twenty streams in which nothing changes, though it looks every day", () => {
		const random = seededRandom(11);
		const STREAMS = 100;
		let alarms = 0;
		for (let stream = 0; stream < STREAMS; stream++) {
			const points = watchDrift(drawDays({ days: 15, perDay: 20 }, random), null, {
				randomOf: () => random,
				permutations: 99,
				most: 120,
			});
			if (points.some(({ alarm }) => alarm)) alarms++;
		}
		assert.ok(alarms <= 0.05 * STREAMS, `${alarms} of ${STREAMS}`);
	});

	it("alarms soon after a topic comes up, begins anew with that day, and says which words", () => {
		const days = drawDays(
			{ days: 20, perDay: 80, drift: "new-topic", share: 0.2, from: 12 },
			seededRandom(1),
		);
		const points = watchDrift(days, null, { randomOf, permutations: 399 });
		const alarms = points.filter(({ alarm }) => alarm);
		const [first] = alarms;
		assert.ok(
			first !== undefined && first.startMs >= 12 * DAY_MS && first.startMs <= 14 * DAY_MS,
			String(first?.startMs),
		);
		assert.ok(first.logWealth >= Math.log(20));
		assert.equal(first.state.sinceMs, first.startMs, "the new state of things is the new past");
		assert.ok(first.lowestMs >= 9 * DAY_MS && first.lowestMs < first.startMs, String(first.lowestMs));
		const described = describeDrift(
			days.filter(({ startMs }) => startMs <= first.lowestMs).flatMap(({ texts }) => texts),
			days
				.filter(({ startMs }) => startMs > first.lowestMs && startMs <= first.startMs)
				.flatMap(({ texts }) => texts),
		);
		const named = described.words.slice(0, 5).map(({ name }) => name);
		assert.ok(named.length >= 3, named.join());
		const topic = "voucher gift birthday coupon redeem expired balance shop friend present".split(" ");
		assert.ok(
			named.every((name) => topic.includes(name)),
			named.join(),
		);
		const [word] = described.words;
		assert.ok(word !== undefined && word.before.n > word.after.n && word.q <= 0.05);
		assert.equal(described.examples.length, 3);
		assert.match(described.examples[0]?.text ?? "", new RegExp(topic.join("|")));
	});

	it("goes on from where it stood, day by day, as if it had never stopped", () => {
		const days = drawDays({ days: 12, perDay: 30, drift: "longer", share: 0.3, from: 6 }, seededRandom(2));
		const options = { randomOf, permutations: 99, streams: 4 };
		const whole = watchDrift(days, null, options);
		const first = watchDrift(days.slice(0, 7), null, options);
		const state = first.at(-1)?.state;
		assert.ok(state !== undefined);
		const rest = watchDrift(days, { startMs: 7 * DAY_MS, state }, options);
		assert.deepEqual([...first, ...rest], whole);
		assert.ok(Math.abs((whole[0]?.logThreshold ?? 0) - Math.log(80)) < 1e-12, "four streams share alpha");
	});

	it("waits until there is a past, and is not moved by a day of few texts", () => {
		const [one, two, three] = drawDays({ days: 3, perDay: 40 }, seededRandom(3));
		assert.ok(one !== undefined && two !== undefined && three !== undefined);
		const few = { ...two, texts: two.texts.slice(0, 3) };
		const points = watchDrift([one, few, three], null, { randomOf, permutations: 99 });
		assert.deepEqual(
			points.map(({ test }) => test.p === null),
			[true, true, false],
		);
		assert.deepEqual(points[1]?.state, points[0]?.state);
	});
});

describe("what is said of a drift", () => {
	it("counts a task once, however many runs it has", () => {
		const before = Array.from({ length: 30 }, (_, at) => textOf("how do i get my money", `b${at}`));
		const one = { ...textOf("where is my voucher", "x"), cluster: "one user" };
		const described = describeDrift(before, [
			...Array.from({ length: 20 }, (_, at) => textOf("how do i get my money", `a${at}`)),
			...Array.from({ length: 20 }, () => one),
		]);
		assert.deepEqual(described.words, []);
	});

	it("names the clusters that grew and shrank", () => {
		const random = seededRandom(8);
		const draw = (n: number, from: string, share: number) =>
			Array.from({ length: n }, (_, at) =>
				textOf(drawQuestion(random, random() < share ? "language" : null), `${from}${at}`),
			);
		const { clusters } = describeDrift(draw(200, "b", 0.05), draw(100, "a", 0.5));
		const [first] = clusters;
		assert.ok(first !== undefined && first.q < 1e-4, JSON.stringify(clusters));
		const total = clusters.reduce((sum, { after }) => sum + after.successes, 0);
		assert.equal(total, 100);
	});
});
