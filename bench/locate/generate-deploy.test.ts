import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { generateDeploy } from "./generate-deploy.ts";
import { pipelines } from "./pipelines.ts";
import { type Case, drawCases, playCase } from "./play-case.ts";
import { type DeployOptions, type GeneratedRun, type Half, MAGNITUDES, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const SEPARATE: DeployOptions = { runs: 200, tasks: "separate", trials: 1, seed: 11 };

const rateOf = (runs: readonly GeneratedRun[]): number =>
	runs.filter(({ truth }) => truth !== null).length / runs.length;

const healthyOf = (pipeline: string): Scenario => {
	const found = scenarios.find(({ name }) => name === `${pipeline}/healthy`);
	assert.ok(found);
	return found;
};

/** The healthy deploys of each pipeline, generated once. */
const healthyRuns = new Map(
	pipelines.map(({ name }) => {
		const options: DeployOptions = { ...SEPARATE, runs: 800 };
		const scenario = healthyOf(name);
		return [
			name,
			{ a: generateDeploy(scenario, "A", options), b: generateDeploy(scenario, "B", options) },
		] as const;
	}),
);

test("the same seed gives the same runs, another seed gives others", () => {
	for (const { name } of pipelines) {
		const scenario = scenarios.find(({ pipeline, fault }) => pipeline === name && fault !== null);
		assert.ok(scenario);
		const options: DeployOptions = { runs: 20, tasks: "shared", trials: 4, seed: 5 };
		const first = generateDeploy(scenario, "B", options);
		assert.deepEqual(generateDeploy(scenario, "B", options), first);
		assert.notDeepEqual(generateDeploy(scenario, "B", { ...options, seed: 6 }), first);
	}
});

test("each half has 24 faults or more, over every kind and hand-offs", () => {
	for (const half of ["dev", "held-out"] satisfies Half[]) {
		const faults = scenarios.flatMap((scenario) => (scenario.half === half ? (scenario.fault ?? []) : []));
		const names = new Set(
			scenarios.flatMap(({ half: own, pipeline, fault }) =>
				own === half && fault !== null ? `${pipeline}/${fault.name}` : [],
			),
		);
		assert.ok(names.size >= 24, `${half}: ${names.size} faults`);
		const kinds = new Set(faults.map(({ kind }) => kind));
		for (const kind of [
			"prompt_build",
			"retrieval",
			"model",
			"tool_call",
			"post_process",
			"render",
			"custom",
		]) {
			assert.ok(kinds.has(kind), `${half} has no fault in ${kind}`);
		}
		assert.ok(faults.some(({ edge }) => edge));
	}
});

test("the truth names spans of the run, and without their events, all else alike, the run passes", () => {
	for (const scenario of scenarios) {
		const options: DeployOptions = { ...SEPARATE, runs: 12 };
		const generated = generateDeploy(scenario, "B", options);
		for (const [at, what] of drawCases(scenario, "B", options).entries()) {
			const { run, truth } = generated[at] ?? assert.fail();
			assert.equal(run.outcome, truth === null ? "pass" : "fail");
			if (truth === null) continue;
			for (const { spanId, step, kind } of truth.origins) {
				const span = run.spans.find((candidate) => candidate.spanId === spanId);
				assert.deepEqual([step, kind], spanId === null ? ["input", "input"] : [span?.name, span?.kind]);
			}
			const spans = new Set(truth.origins.map(({ spanId }) => spanId));
			const events = playCase(what).played.events();
			const others = events.filter(({ places }) => !places.some(({ spanId }) => spans.has(spanId)));
			assert.ok(others.length < events.length, `${scenario.name}: a failure without an origin`);
			const without = playCase(what, new Set(others.map(({ id }) => id)));
			assert.equal(without.passed, true, `${scenario.name}: ${truth.event} did not decide the run`);
		}
	}
});

test("spans start in order, lie inside their run, and link and nest among themselves", () => {
	for (const { name, linked } of pipelines) {
		for (const { run } of generateDeploy(healthyOf(name), "A", { ...SEPARATE, runs: 20 })) {
			const ids = new Set(run.spans.map(({ spanId }) => spanId));
			assert.equal(ids.size, run.spans.length);
			assert.ok(run.spans.length >= 5 && run.spans.length <= 16, `${name}: ${run.spans.length} spans`);
			let last = run.startUs;
			for (const span of run.spans) {
				assert.ok(span.startUs >= last, `${name}: ${span.name} starts before the span before it`);
				last = span.startUs;
				assert.ok(span.startUs + span.durationUs <= run.startUs + run.durationUs);
				assert.ok(span.parentSpanId === run.rootSpanId || ids.has(span.parentSpanId));
				assert.ok(span.links.every((link) => ids.has(link) && link !== span.spanId));
			}
			assert.equal(
				run.spans.some(({ links }) => links.length > 0),
				linked,
			);
		}
	}
});

test("a healthy pipeline fails in 3 to 12 % of its runs, in both deploys alike, and each failure has an origin", () => {
	for (const [name, { a, b }] of healthyRuns) {
		const [rateA, rateB] = [rateOf(a), rateOf(b)];
		assert.ok(rateA > 0.03 && rateA < 0.12, `${name}: ${rateA}`);
		// Four standard errors of the difference of two rates over 800 runs each.
		const most = 4 * Math.sqrt((2 * rateA * (1 - rateA)) / 800);
		assert.ok(Math.abs(rateA - rateB) < most, `${name}: ${rateA} ${rateB}`);
		const truths = [...a, ...b].flatMap(({ truth }) => truth ?? []);
		assert.ok(
			truths.every(({ origins }) => origins.length > 0),
			name,
		);
		const kinds = new Set(truths.flatMap(({ origins }) => origins.map(({ kind }) => kind)));
		assert.ok(kinds.has("input") && kinds.has("model"), `${name}: ${[...kinds]}`);
	}
});

test("decoys alone make no run fail", () => {
	for (const { name, decoys } of pipelines) {
		const scenario = scenarios.find((candidate) => candidate.name === `${name}/decoys/all`);
		assert.ok(scenario);
		assert.deepEqual(scenario.decoys, decoys);
		for (const what of drawCases(scenario, "B", SEPARATE)) {
			const without = playCase({ ...what, decoys: new Set() });
			assert.equal(playCase(what).passed, without.passed, `${name}: a decoy decides a run`);
		}
	}
});

test("blatant and visible faults in every run raise the failure rate by 5 points, and no fault by more than a stronger one", (t) => {
	const failing = (cases: readonly Case[]): number =>
		cases.filter((what) => !playCase(what).passed).length / cases.length;
	// The same runs with and without each fault, so that chance does not blur the difference.
	const without = new Map(
		pipelines.map(({ name }) => {
			const cases = drawCases(healthyOf(name), "B", SEPARATE);
			return [name, { cases, rate: failing(cases) }] as const;
		}),
	);
	const raised = new Map<string, number>();
	for (const scenario of scenarios) {
		const { name, pipeline, fault } = scenario;
		if (fault === null) continue;
		const { cases, rate: a } = without.get(pipeline) ?? assert.fail();
		const [{ fault: active } = assert.fail()] = drawCases(scenario, "B", { ...SEPARATE, runs: 1 });
		const b = failing(cases.map((what) => ({ ...what, fault: active })));
		t.diagnostic(
			`${name.padEnd(64)} ${(100 * a).toFixed(1).padStart(5)} % ${(100 * b).toFixed(1).padStart(5)} %`,
		);
		if (fault.share < 1) continue;
		if (fault.magnitude === "blatant" || fault.magnitude === "visible") {
			assert.ok(b - a >= 0.05, `${name}: ${a} → ${b}`);
		}
		raised.set(`${pipeline}/${fault.name}/${fault.magnitude}`, b - a);
	}
	for (const { pipeline, fault } of scenarios) {
		const rises = MAGNITUDES.flatMap(
			(magnitude) => raised.get(`${pipeline}/${fault?.name}/${magnitude}`) ?? [],
		);
		for (const [at, rise] of rises.entries()) {
			assert.ok(at === 0 || rise <= (rises[at - 1] ?? 0) + 0.08, `${pipeline}/${fault?.name}: ${rises}`);
		}
	}
});

test("models know nothing but their prompt: shown empty ones, no run passes", () => {
	for (const { name } of pipelines) {
		for (const what of drawCases(healthyOf(name), "A", { ...SEPARATE, runs: 60 })) {
			assert.equal(playCase(what, null, { emptyPrompts: true }).passed, false, name);
		}
	}
});

test("tasks that deploys share, and what users type in them, are the same in both", () => {
	for (const { name } of pipelines) {
		const options: DeployOptions = { runs: 40, tasks: "shared", trials: 4, seed: 9 };
		const tasksOf = (deploy: "A" | "B"): unknown[] =>
			drawCases(healthyOf(name), deploy, options).map((what) => [what.taskId, playCase(what).input]);
		assert.deepEqual(tasksOf("A"), tasksOf("B"));
		assert.deepEqual(tasksOf("A")[0], tasksOf("A")[3]);
		assert.equal(new Set(tasksOf("A").map((task) => JSON.stringify(task))).size > 5, true);
	}
});

test("outcomes can be left unstated, the truth stays", () => {
	for (const { name } of pipelines) {
		const scenario = healthyOf(name);
		const stated = generateDeploy(scenario, "A", { ...SEPARATE, runs: 60 });
		const unstated = generateDeploy(scenario, "A", { ...SEPARATE, runs: 60, outcomes: "unstated" });
		assert.ok(unstated.every(({ run }) => run.outcome === "unknown"));
		assert.deepEqual(
			unstated.map(({ truth }) => truth),
			stated.map(({ truth }) => truth),
		);
	}
});

test("a number of runs that is none is refused", () => {
	const [scenario] = scenarios;
	assert.ok(scenario);
	assert.throws(
		() => generateDeploy(scenario, "A", { ...SEPARATE, runs: 0 }),
		/runs is 0; give an integer from 1/,
	);
});

test("the README tells every fault's story", async () => {
	const text = await readFile(new URL("README.md", import.meta.url), "utf8");
	for (const { fault } of scenarios) {
		if (fault === null) continue;
		assert.ok(text.includes(`\`${fault.name}\``), fault.name);
		for (const [source] of fault.story.matchAll(/https:\S+?(?=[.,]?(?:\s|$))/g))
			assert.ok(text.includes(source), source);
	}
});
