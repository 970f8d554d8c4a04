import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawAnswer, drawQuestion, type PlantedDrift } from "../testing/draw-texts.ts";
import { type DriftText, testDrift } from "./drift-test.ts";
import { gramChanges } from "./gram-changes.ts";
import { meanDiscrepancies } from "./mean-discrepancy.ts";
import { type Random, seededRandom } from "./random.ts";
import { gramsOf } from "./text-grams.ts";
import { twoSampleKs } from "./two-sample-ks.ts";
import { valueDistances } from "./value-distance.ts";

const textOf = (text: string, cluster: string): DriftText => ({
	cluster,
	grams: gramsOf(text),
	length: text.length,
});

const questions = (n: number, random: Random, from: string, drift: PlantedDrift | null = null, share = 1) =>
	Array.from({ length: n }, (_, at) =>
		textOf(drawQuestion(random, random() < share ? drift : null), `${from}${at}`),
	);

describe("what is compared", () => {
	it("reads words, pairs and threes of characters, in any script", () => {
		assert.equal(gramsOf("refund my order").length, 3 + 2 + 13);
		assert.deepEqual(gramsOf("Refund refund"), Int32Array.from(new Set([...gramsOf("refund refund")])));
		assert.ok(gramsOf("払い戻しはいつですか").length > 10);
		assert.equal(gramsOf("").length, 0);
	});

	it("sums squared z-scores of grams beyond 5", () => {
		// Of ten texts, four are the group, and they alone hold gram 1: z² = (4 − 1.6)² / (4 · 0.4 · 0.6) = 6; gram 2 is everybody's.
		const texts = Array.from({ length: 10 }, (_, at) => Int32Array.from(at < 4 ? [1, 2] : [2]));
		const [seen, other] = gramChanges(texts, [Int32Array.of(0, 1, 2, 3), Int32Array.of(0, 1, 5, 6)]);
		assert.ok(Math.abs((seen ?? 0) - 1) < 1e-9, String(seen));
		assert.equal(other, 0);
	});

	it("takes the distance of lengths as the two-sample test of Kolmogorov and Smirnov does", () => {
		const values = [1, 2, 2, 3, 9, 9, 4, 2];
		const [distance] = valueDistances(values, [Int32Array.of(4, 5, 6, 7)]);
		assert.ok(Math.abs((distance ?? 0) - (twoSampleKs([1, 2, 2, 3], [9, 9, 4, 2])?.distance ?? 0)) < 1e-12);
	});

	it("takes the unbiased mean discrepancy of embeddings", () => {
		// Points on a line: 0, 1 against 2, 4; median squared distance 4; by hand from the definition.
		const [seen] = meanDiscrepancies(
			[0, 1, 2, 4].map((x) => Float32Array.of(x)),
			[Int32Array.of(2, 3)],
		);
		const k = (a: number, b: number): number => Math.exp(-((a - b) ** 2) / 4);
		const expected = k(2, 4) + k(0, 1) - (k(0, 2) + k(0, 4) + k(1, 2) + k(1, 4)) / 2;
		assert.ok(Math.abs((seen ?? 0) - expected) < 1e-12, `${seen} ${expected}`);
	});
});

describe("the test of drift", () => {
	it("keeps its level: about one in twenty of equal groups, and its bets' p-values are uniform", () => {
		const random = seededRandom(3);
		const REPEATS = 300;
		let rejected = 0;
		const uniform: number[] = [];
		for (let repeat = 0; repeat < REPEATS; repeat++) {
			const test = testDrift(questions(40, random, "a"), questions(15, random, "b"), {
				random,
				permutations: 99,
			});
			if ((test.p ?? 1) <= 0.05) rejected++;
			uniform.push(test.uniformP ?? 1);
		}
		assert.ok(rejected / REPEATS <= 0.085, `${rejected} of ${REPEATS}`);
		const even = Array.from({ length: 2000 }, (_, at) => (at + 0.5) / 2000);
		assert.ok((twoSampleKs(uniform, even)?.p ?? 0) > 0.01);
	});

	it("keeps it where runs of a task belong together, of which one that does not know would be sure", () => {
		const random = seededRandom(4);
		let [rejected, naive] = [0, 0];
		for (let repeat = 0; repeat < 100; repeat++) {
			const tasks = (count: number, from: string) =>
				questions(count, random, from).flatMap((text) => Array.from({ length: 4 }, () => text));
			const [before, after] = [tasks(20, "a"), tasks(6, "b")];
			const lone = (texts: readonly DriftText[], from: string) =>
				texts.map((text, at) => ({ ...text, cluster: `${from}${at}` }));
			if ((testDrift(before, after, { random, permutations: 99 }).p ?? 1) <= 0.05) rejected++;
			const blind = testDrift(lone(before, "a"), lone(after, "b"), { random, permutations: 99 });
			if ((blind.p ?? 1) <= 0.05) naive++;
		}
		assert.ok(rejected <= 13, `${rejected} of 100`);
		assert.ok(naive >= 50, `${naive} of 100 without tasks`);
	});

	const CHANGES: [string, (random: Random) => [DriftText[], DriftText[]], "words" | "length" | "meaning"][] =
		[
			[
				"a topic in a fifth of the inputs",
				(r) => [questions(300, r, "a"), questions(60, r, "b", "new-topic", 0.2)],
				"words",
			],
			[
				"another language in a tenth",
				(r) => [questions(300, r, "a"), questions(60, r, "b", "language", 0.1)],
				"words",
			],
			[
				"longer answers",
				(r) => [
					Array.from({ length: 200 }, (_, at) => textOf(drawAnswer(r), `a${at}`)),
					Array.from({ length: 40 }, (_, at) => textOf(drawAnswer(r, "longer"), `b${at}`)),
				],
				"length",
			],
			[
				"another meaning in the same words",
				(r) => {
					const embedded = (n: number, from: string, shift: number): DriftText[] =>
						questions(n, r, from).map((text) => ({
							...text,
							embedding: Float32Array.from({ length: 16 }, (_, at) => r() - 0.5 + (at < 8 ? shift : 0)),
						}));
					return [embedded(150, "a", 0), embedded(40, "b", 0.3)];
				},
				"meaning",
			],
		];
	for (const [name, draw, aspect] of CHANGES) {
		it(`sees ${name}, and says by what`, () => {
			const random = seededRandom(6);
			const [before, after] = draw(random);
			const test = testDrift(before, after, { random, permutations: 199 });
			assert.ok((test.p ?? 1) <= 0.01, JSON.stringify(test));
			const largest = Object.entries(test.aspects).sort(([, a], [, b]) => b.z - a.z)[0];
			assert.equal(largest?.[0], aspect, JSON.stringify(test.aspects));
		});
	}

	it("sees no change where the same tasks ask the same, and a change where they are answered otherwise", () => {
		const random = seededRandom(8);
		const asked = questions(40, random, "task ");
		const same = testDrift(asked, asked, { random, permutations: 199 });
		assert.deepEqual([same.p, same.aspects], [1, {}]);
		const otherwise = asked.map(({ cluster }) => textOf(drawAnswer(random, "longer"), cluster));
		const answered = asked.map(({ cluster }) => textOf(drawAnswer(random), cluster));
		assert.ok((testDrift(answered, otherwise, { random, permutations: 199 }).p ?? 1) <= 0.01);
	});

	it("says nothing of few texts, nor of texts that were not recorded", () => {
		const random = seededRandom(7);
		assert.equal(testDrift(questions(300, random, "a"), questions(7, random, "b"), { random }).p, null);
		const silent = (from: string) => Array.from({ length: 40 }, (_, at) => textOf("", `${from}${at}`));
		assert.equal(testDrift(silent("a"), silent("b"), { random }).p, null);
	});
});
