import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { clusterBootstrap } from "./bootstrap.ts";
import { adjustedRandIndex, clusterRuns, clusterTexts, NO_CLUSTER } from "./input-clusters.ts";
import { decomposeRates } from "./kitagawa.ts";
import { drawIndex, type Random, seededRandom } from "./random.ts";

/** A question in words of its topic, words of every topic, and one word that nothing else holds. */
function question(topic: number, random: Random, vocabulary = 25): string {
	const own = Array.from({ length: 5 }, () => `topic${topic}word${Math.floor(vocabulary * random() ** 1.5)}`);
	const common = Array.from({ length: 6 }, () => `common${Math.floor(40 * random() ** 2)}`);
	return [...own, ...common, `only${random()}`].join(" ");
}

const wordSet = (text: string): ReadonlySet<string> => new Set(text.split(" "));

test("agreement beyond chance is scikit-learn's", () => {
	// The example of sklearn.metrics.adjusted_rand_score, and one worked by hand: 4 pairs together in each, 1 in both, of 15.
	assert.ok(Math.abs(adjustedRandIndex([0, 0, 1, 2], [0, 0, 1, 1]) - 0.5714285714285714) < 1e-12);
	assert.ok(
		Math.abs(adjustedRandIndex([0, 0, 1, 1, 1, 2], [1, 0, 0, 0, 2, 2]) + 0.02272727272727273) < 1e-12,
	);
	assert.equal(adjustedRandIndex(["a", "a", "b"], [1, 1, 2]), 1);
});

test("finds planted topics, the same ones with other seeds, and none where there are none", (t) => {
	const cases = [
		{ topics: 1, texts: 400 },
		{ topics: 2, texts: 120 },
		{ topics: 4, texts: 400 },
		{ topics: 8, texts: 600 },
	];
	for (const { topics, texts } of cases) {
		const random = seededRandom(100 + topics);
		const truth = Array.from({ length: texts }, () => drawIndex(topics, random));
		const words = truth.map((topic) => wordSet(question(topic, random)));
		const found = clusterTexts(words);
		const other = clusterTexts(words, { random: seededRandom(77) });
		t.diagnostic(
			`${topics} topics, ${texts} texts: found ${new Set(found).size}, agreement with the truth ${adjustedRandIndex(truth, found).toFixed(3)}, between seeds ${adjustedRandIndex(found, other).toFixed(3)}`,
		);
		assert.equal(new Set(found).size, topics);
		assert.ok(adjustedRandIndex(truth, found) > 0.95);
		assert.ok(adjustedRandIndex(found, other) > 0.95);
		assert.deepEqual(clusterTexts(words), found, "the same texts give the same clusters");
	}
});

test("names a cluster by its words, and puts runs without an input nowhere", () => {
	const random = seededRandom(5);
	const asked = ["refund my paid invoice please", "reset my forgotten password please"];
	const runs = Array.from({ length: 60 }, (_, at) =>
		makeRun({
			traceId: `t${at}`,
			input: { question: `${asked[at % 2]} number${Math.floor(1e6 * random())}` },
		}),
	);
	const clusters = clusterRuns([...runs, makeRun({ traceId: "silent" })]);
	assert.equal(new Set([...clusters.values()]).size, 3);
	assert.match(clusters.get("t0") ?? "", /refund/);
	assert.match(clusters.get("t1") ?? "", /password/);
	assert.equal(clusters.get("silent"), NO_CLUSTER);
	assert.equal(clusterRuns([]).size, 0);
	assert.equal(clusterRuns(runs.slice(0, 3)).get("t0"), "all", "too few to tell apart");
});

test("without a shared task, a changed mix is blamed on the mix and a changed response on the response", (t) => {
	const random = seededRandom(6);
	type Item = { side: "before" | "after"; cluster: string; failed: boolean };
	const trials = 25;
	/** Two topics, one of which fails often; the share of the easy one, and its failure rate, on both sides. */
	const simulate = (easyShares: readonly number[], easyRates: readonly number[]): [number, number] => {
		let [mix, response] = [0, 0];
		for (let trial = 0; trial < trials; trial++) {
			const asked = [0, 1].flatMap((side) =>
				Array.from({ length: 150 }, () => {
					const easy = random() < (easyShares[side] ?? 0);
					const failed = random() < (easy ? (easyRates[side] ?? 0) : 0.5);
					return { side, failed, words: wordSet(question(easy ? 0 : 1, random)) };
				}),
			);
			const clusters = clusterTexts(
				asked.map(({ words }) => words),
				{ most: 4 },
			);
			const items = asked.map(
				({ side, failed }, at): Item => ({
					side: side === 0 ? "before" : "after",
					failed,
					cluster: clusters[at] ?? "",
				}),
			);
			const part = (name: "mix" | "response"): boolean => {
				const { low, high } = clusterBootstrap(items, (sample) => split(sample)?.[name] ?? null, {
					random,
					resamples: 99,
					method: "percentile",
					stratum: ({ side }) => side,
				});
				return (low ?? -1) > 0 || (high ?? 1) < 0;
			};
			if (part("mix")) mix++;
			if (part("response")) response++;
		}
		return [mix / trials, response / trials];
	};
	const split = (items: readonly Item[]) =>
		decomposeRates(
			[...Map.groupBy(items, ({ cluster }) => cluster)].map(([name, group]) => {
				const count = (side: Item["side"]) => {
					const inside = group.filter((item) => item.side === side);
					return { successes: inside.filter(({ failed }) => failed).length, n: inside.length };
				};
				return { name, before: count("before"), after: count("after") };
			}),
		);
	const [mixFound, responseBlamed] = simulate([0.8, 0.5], [0.05, 0.05]);
	const [mixBlamed, responseFound] = simulate([0.6, 0.6], [0.05, 0.4]);
	t.diagnostic(`the mix changed: mix found ${mixFound}, response blamed ${responseBlamed}`);
	t.diagnostic(`the response changed: response found ${responseFound}, mix blamed ${mixBlamed}`);
	assert.ok(mixFound > 0.85 && responseBlamed <= 0.12);
	assert.ok(responseFound > 0.85 && mixBlamed <= 0.12);
});
