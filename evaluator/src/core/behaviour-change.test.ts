import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { behaviourChange } from "./behaviour-change.ts";
import { type Random, seededRandom } from "./random.ts";
import { readBehaviour } from "./read-behaviour.ts";
import type { Run } from "./trace.ts";

/** What one side's runs do; the defaults are healthy. */
interface Conduct {
	readonly modelSlower?: number;
	readonly gapMs?: number;
	readonly toolErrors?: number;
	readonly emptySearches?: number;
	readonly renderReached?: number;
	readonly loops?: number;
	readonly longer?: number;
}

/** Skewed times, as real ones are: the logarithm is uniform over two doublings. */
const lasting = (ms: number, random: Random): number => Math.round(1000 * ms * 2 ** (2 * random() - 1));

/** A task has its own pace and length, which its trials share. */
function agentRun(traceId: string, task: string, own: number, conduct: Conduct, random: Random): Run {
	const { modelSlower = 1, gapMs = 3, toolErrors = 0.05, emptySearches = 0.02 } = conduct;
	const { renderReached = 0.97, loops = 0.3, longer = 1 } = conduct;
	const steps: StepSpec[] = [];
	let now = 1_700_000_000_000_000;
	const add = (spec: StepSpec, ms: number): void => {
		now += lasting(gapMs, random);
		const durationUs = lasting(ms, random);
		steps.push({ ...spec, spanId: `${traceId}-${steps.length}`, startUs: now, durationUs });
		now += durationUs;
	};
	add({ kind: "retrieval", name: "search", output: random() < emptySearches ? [] : ["a page of text"] }, 20);
	do {
		add({ kind: "model", name: "plan", output: "call the tool" }, 300 * own * modelSlower);
		add({ kind: "tool_call", name: "stock", output: "12", failed: random() < toolErrors }, 40);
	} while (random() < loops);
	add(
		{
			kind: "model",
			name: "answer",
			output: "word ".repeat(Math.ceil(60 * own * longer * (0.5 + random()))),
		},
		500,
	);
	if (random() < renderReached) add({ kind: "render", name: "page", output: "<p>done</p>" }, 5);
	return makeRun({
		traceId,
		taskId: task,
		startUs: 1_700_000_000_000_000,
		durationUs: now - 1_700_000_000_000_000,
		steps,
	});
}

interface Sides {
	readonly tasks: number;
	readonly trials: number;
	readonly isPaired: boolean;
}

function sides({ tasks, trials, isPaired }: Sides, conduct: Conduct, random: Random): [Run[], Run[]] {
	const own = Array.from({ length: 2 * tasks }, () => 2 ** (2 * random() - 1));
	const side = (name: string, first: number, does: Conduct): Run[] =>
		Array.from({ length: tasks * trials }, (_, at) => {
			const task = first + (at % tasks);
			return agentRun(`${name}${at}`, `task-${task}`, own[task] ?? 1, does, random);
		});
	return [side("a", 0, {}), side("b", isPaired ? 0 : tasks, conduct)];
}

test("where nothing changed, hardly a population shows anything, and z-scores have spread 1", (t) => {
	const cases: readonly Sides[] = [
		{ tasks: 60, trials: 1, isPaired: false },
		{ tasks: 25, trials: 3, isPaired: false },
		{ tasks: 25, trials: 3, isPaired: true },
	];
	const squares: number[] = [];
	for (const [number, spec] of cases.entries()) {
		const random = seededRandom(110 + number);
		const trials = 80;
		let [shown, tested, beyond] = [0, 0, 0];
		for (let trial = 0; trial < trials; trial++) {
			const found = behaviourChange(...sides(spec, {}, random), { random, alpha: 0.05 });
			if (found.changes.length > 0) shown++;
			tested += found.measures.length;
			squares.push(...found.measures.map(({ z }) => z * z));
			beyond += found.measures.filter(({ p }) => p <= 0.05).length;
		}
		t.diagnostic(
			`${JSON.stringify(spec)}: shown in ${(shown / trials).toFixed(3)}; p at most 0.05 in ${(beyond / tested).toFixed(4)} of ${tested} measures`,
		);
		assert.ok(shown / trials <= 0.1, String(shown / trials));
		assert.ok(Math.abs(beyond / tested - 0.05) <= 0.02, String(beyond / tested));
	}
	const spread = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
	t.diagnostic(`spread of z ${spread.toFixed(3)}`);
	assert.ok(Math.abs(spread - 1) < 0.08);
});

test("finds what changed, at the component that changed", (t) => {
	const cases: readonly { name: string; conduct: Conduct; component: string; measure: string }[] = [
		{ name: "slower planning", conduct: { modelSlower: 1.6 }, component: "model/plan", measure: "self-time" },
		{ name: "failing tool", conduct: { toolErrors: 0.3 }, component: "tool_call/stock", measure: "errors" },
		{
			name: "empty searches",
			conduct: { emptySearches: 0.25 },
			component: "retrieval/search",
			measure: "content",
		},
		{
			name: "page not reached",
			conduct: { renderReached: 0.7 },
			component: "model/answer",
			measure: "followed-by",
		},
		{ name: "more loops", conduct: { loops: 0.6 }, component: "model/plan", measure: "executions" },
		{ name: "longer answers", conduct: { longer: 1.5 }, component: "model/answer", measure: "output-length" },
		{ name: "slow hand-offs", conduct: { gapMs: 20 }, component: "model/plan", measure: "gap" },
	];
	for (const [number, { name, conduct, component, measure }] of cases.entries()) {
		const random = seededRandom(130 + number);
		const trials = 3;
		let [found, others, first] = [0, 0, 0];
		for (let trial = 0; trial < trials; trial++) {
			const populations = sides({ tasks: 200, trials: 1, isPaired: false }, conduct, random);
			const { changes, components } = behaviourChange(...populations, { random });
			if (changes.some((change) => change.component === component && change.measure === measure)) found++;
			others += changes.filter((change) => change.measure !== measure).length;
			if (components[0]?.component === component) first++;
		}
		t.diagnostic(
			`${name}: found ${found} of ${trials}, its component first ${first}, other measures shown ${(others / trials).toFixed(1)} a time`,
		);
		assert.equal(found, trials, name);
	}
});

test("sees a time that grew by 30 % in most comparisons of 200 runs with 200", (t) => {
	const random = seededRandom(140);
	const trials = 20;
	let found = 0;
	for (let trial = 0; trial < trials; trial++) {
		const populations = sides({ tasks: 200, trials: 1, isPaired: false }, { modelSlower: 1.3 }, random);
		const { changes } = behaviourChange(...populations, { random });
		if (changes.some((change) => change.component === "model/plan" && change.measure === "self-time"))
			found++;
	}
	t.diagnostic(`found ${(found / trials).toFixed(2)}`);
	assert.ok(found / trials >= 0.6);
});

test("says the values on both sides, the ratio of times and the difference of shares", () => {
	const random = seededRandom(150);
	const populations = sides(
		{ tasks: 300, trials: 1, isPaired: true },
		{ modelSlower: 2, toolErrors: 0.4 },
		random,
	);
	const { changes } = behaviourChange(...populations, { random });
	const slower = changes.find(
		(change) => change.component === "model/plan" && change.measure === "self-time",
	);
	assert.ok(slower && slower.interval.low < 2 && slower.interval.high > 1.9, JSON.stringify(slower));
	assert.ok(slower.candidate.value > 1.7 * slower.baseline.value && slower.baseline.value > 200);
	const failing = changes.find(
		(change) => change.component === "tool_call/stock" && change.measure === "errors",
	);
	assert.ok(failing && failing.interval.low < 0.35 && failing.interval.high > 0.35, JSON.stringify(failing));
	assert.equal(failing.candidate.runs, 300);
	assert.ok(slower.z > 5 && slower.q <= 0.01);
});

test("reads self time without its children, and what is missing against the step before it", () => {
	const runs = Array.from({ length: 20 }, (_, at) =>
		makeRun({
			traceId: `t${at}`,
			durationUs: 100_000,
			startUs: 0,
			steps: [
				{
					spanId: "a",
					kind: "retrieval",
					name: "search",
					startUs: 0,
					durationUs: 40_000,
					output: at < 5 ? "[]" : "text",
				},
				{ spanId: "b", kind: "", name: "GET /index", parentSpanId: "a", startUs: 5_000, durationUs: 20_000 },
				{ spanId: "c", kind: "", name: "GET /index", parentSpanId: "a", startUs: 10_000, durationUs: 20_000 },
				...(at < 15
					? [{ spanId: "d", kind: "model", name: "answer", startUs: 47_000, durationUs: 50_000 } as const]
					: []),
			],
		}),
	);
	const rows = readBehaviour(runs);
	const mean = (component: string, measure: string, to: string | null = null): number => {
		const row = rows.find((one) => one.component === component && one.measure === measure && one.to === to);
		const total = (values: Iterable<number> = []): number =>
			[...values].reduce((sum, value) => sum + value, 0);
		return total(row?.sums) / total(row?.weights);
	};
	const near = (actual: number, expected: number): void =>
		assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);
	near(mean("retrieval/search", "self-time"), Math.log2(1 + 15));
	near(mean("run/docs-answer", "self-time"), (15 * Math.log2(1 + 10) + 5 * Math.log2(1 + 60)) / 20);
	near(mean("retrieval/search", "content"), 0.75);
	near(mean("retrieval/search", "followed-by", "model/answer"), 0.75);
	near(mean("retrieval/search", "gap", "model/answer"), Math.log2(1 + 7));
	near(mean("retrieval/search", "child", "GET /index"), 1);
	near(mean("retrieval/search", "executions"), 1);
});
