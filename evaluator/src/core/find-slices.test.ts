import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { readSliceKey, sliceKey, slicesOf } from "./candidate-slices.ts";
import { findSlices, type SlicedRun } from "./find-slices.ts";
import { type Random, seededRandom } from "./random.ts";

/** Dimensions with their number of values: 26 slices in all. */
const DIMENSIONS = { tenant: 12, route: 5, language: 4, model: 3, region: 2 };

/** Values of a dimension are unevenly frequent: the first is the commonest. */
const drawSlices = (random: Random): string[] =>
	Object.entries(DIMENSIONS).map(([dimension, values]) =>
		sliceKey({ dimension, value: `${dimension}-${Math.floor(values * random() ** 1.6)}` }),
	);

interface Population {
	readonly tasks: number;
	readonly trials?: number;
	readonly rate: (slices: readonly string[], side: SlicedRun["side"]) => number;
	/** How alike the trials of a task are: 0 not at all. */
	readonly taskSpread?: number;
}

function population({ tasks, trials = 1, rate, taskSpread = 0 }: Population, random: Random): SlicedRun[] {
	return (["baseline", "candidate"] as const).flatMap((side) =>
		Array.from({ length: tasks }, (_, task) => {
			const slices = drawSlices(random);
			const hard = random() < 0.5 ? taskSpread : -taskSpread;
			const cluster = `${side}-${task}`;
			return Array.from({ length: trials }, () => {
				const failed = random() < Math.min(1, Math.max(0, rate(slices, side) + hard));
				return { failed, side, cluster, slices };
			});
		}).flat(),
	);
}

const isIn = (slices: readonly string[], dimension: string, value: string): boolean =>
	slices.includes(sliceKey({ dimension, value }));

const NEW = "a language is new, and all fail more";
const isNewcomer = ({ side, slices }: SlicedRun): boolean =>
	side === "baseline" && isIn(slices, "language", "language-2");

test("shows no slice in 95% and more of populations in which nothing is concentrated", (t) => {
	const nulls: Readonly<Record<string, Population>> = {
		"nothing changed": { tasks: 300, rate: () => 0.08 },
		"all runs fail more": { tasks: 300, rate: (_, side) => (side === "baseline" ? 0.05 : 0.3) },
		"one language is harder on both sides, and all fail more": {
			tasks: 300,
			rate: (slices, side) =>
				(isIn(slices, "language", "language-2") ? 0.3 : 0.05) + (side === "baseline" ? 0 : 0.15),
		},
		"trials of a task are alike": { tasks: 80, trials: 4, taskSpread: 0.2, rate: () => 0.22 },
		[NEW]: { tasks: 300, rate: (_, side) => (side === "baseline" ? 0.05 : 0.3) },
	};
	for (const [number, [name, spec]] of Object.entries(nulls).entries()) {
		const random = seededRandom(70 + number);
		const trials = 100;
		let shown = 0;
		for (let trial = 0; trial < trials; trial++) {
			const runs = population(spec, random).filter((run) => !(name === NEW && isNewcomer(run)));
			const { slices } = findSlices(runs, { random, permutations: 199 });
			if (slices.length > 0) shown++;
		}
		t.diagnostic(`${name}: shown in ${(shown / trials).toFixed(3)}`);
		assert.ok(shown / trials <= 0.085, `${name}: ${shown / trials}`);
	}
});

test("finds a fault that is concentrated, the right slice first", (t) => {
	const cases = [
		{ dimension: "language", value: "language-2", rise: 0.4 },
		{ dimension: "tenant", value: "tenant-1", rise: 0.5 },
		{ dimension: "region", value: "region-1", rise: 0.25 },
	];
	for (const [number, { dimension, value, rise }] of cases.entries()) {
		const random = seededRandom(80 + number);
		const trials = 40;
		let [found, first, covered] = [0, 0, 0];
		for (let trial = 0; trial < trials; trial++) {
			const runs = population(
				{
					tasks: 400,
					rate: (slices, side) => 0.06 + (side === "candidate" && isIn(slices, dimension, value) ? rise : 0),
				},
				random,
			);
			const { slices, tried } = findSlices(runs, { random, permutations: 199 });
			assert.ok(tried >= 15 && tried <= 26);
			if (slices.length > 0) found++;
			if (slices[0]?.dimension !== dimension || slices[0].value !== value) continue;
			first++;
			const { interval, newFailures } = slices[0];
			if (interval.low <= rise && rise <= interval.high) covered++;
			assert.ok(newFailures.inside > 0.4 * newFailures.all);
		}
		t.diagnostic(
			`${value} +${rise}: found ${(found / trials).toFixed(2)}, right first ${(first / trials).toFixed(2)}, interval holds ${(covered / first).toFixed(3)}`,
		);
		assert.ok(first / trials >= 0.9, `${value}: ${first / trials}`);
		assert.ok(covered / first >= 0.85);
	}
});

test("finds the slice of the failures without a baseline, and one that is new", () => {
	const random = seededRandom(90);
	const spec: Population = {
		tasks: 300,
		rate: (slices) => (isIn(slices, "language", "language-2") ? 0.5 : 0.05),
	};
	const candidate = population(spec, random).filter((run) => run.side === "candidate");
	const [alone] = findSlices(candidate, { random }).slices;
	assert.deepEqual([alone?.dimension, alone?.value], ["language", "language-2"]);
	assert.equal(alone?.newFailures.all, candidate.filter((run) => run.failed).length);
	const withoutIt = population({ ...spec, rate: () => 0.05 }, random).filter(
		(run) => run.side === "baseline" && !isIn(run.slices, "language", "language-2"),
	);
	const [fresh] = findSlices([...withoutIt, ...candidate], { random }).slices;
	assert.deepEqual([fresh?.dimension, fresh?.value], ["language", "language-2"]);
	assert.equal(fresh?.inside.baseline.runs, 0);
});

test("two faults in two slices are both found, and slices of the same runs are told together", () => {
	const random = seededRandom(91);
	const runs = population(
		{
			tasks: 600,
			rate: (slices, side) =>
				side === "candidate" && (isIn(slices, "language", "language-2") || isIn(slices, "tenant", "tenant-1"))
					? 0.6
					: 0.04,
		},
		random,
	).map((run) => ({
		...run,
		slices: isIn(run.slices, "language", "language-2")
			? [...run.slices, sliceKey({ dimension: "topic", value: "passwort" })]
			: run.slices,
	}));
	const { slices } = findSlices(runs, { random });
	assert.deepEqual(slices.map(({ value, same }) => [value, ...same.map((one) => one.value)].sort()).sort(), [
		["language-2", "passwort"],
		["tenant-1"],
	]);
});

test("too few runs, and no failures, show nothing", () => {
	const random = seededRandom(92);
	assert.deepEqual(findSlices([], { random }), { tried: 0, slices: [] });
	assert.deepEqual(findSlices(population({ tasks: 15, rate: () => 0.5 }, random), { random }).slices, []);
	assert.deepEqual(findSlices(population({ tasks: 100, rate: () => 0 }, random), { random }).slices, []);
});

test("runs are sliced by what they carry, not by how they went", () => {
	const asked = ["Wie kann ich mein Passwort ändern?", "How do I change my password?"];
	const runs = Array.from({ length: 60 }, (_, at) =>
		makeRun({
			traceId: `t${at}`,
			serviceName: "docs",
			input: asked[at % 2],
			attributes: {
				"app.tenant": `tenant-${at % 4}`,
				"app.request_id": `request-${at}`,
				"app.trace_note": "the same everywhere",
				"http.response.status_code": at % 2 === 0 ? "200" : "500",
				"faultline.outcome": at % 2 === 0 ? "pass" : "fail",
			},
			steps: [
				{
					kind: "model",
					name: "answer",
					attributes: { "gen_ai.request.model": `model-${at % 2}`, "gen_ai.usage.input_tokens": `${at % 5}` },
				},
			],
		}),
	);
	const dimensions = new Set(
		slicesOf(runs)
			.flat()
			.map((key) => readSliceKey(key).dimension),
	);
	assert.deepEqual([...dimensions].sort(), ["answer gen_ai.request.model", "app.tenant", "language"]);
	assert.deepEqual(
		slicesOf(runs)[0]
			?.map(readSliceKey)
			.filter((slice) => slice.dimension === "language"),
		[{ dimension: "language", value: "de" }],
	);
});
