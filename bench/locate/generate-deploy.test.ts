import assert from "node:assert/strict";
import { test } from "node:test";
import { generateDeploy } from "./generate-deploy.ts";
import { pipelines } from "./pipelines.ts";
import { drawCases, playCase } from "./play-case.ts";
import type { DeployOptions, GeneratedRun, Half, Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const SEPARATE: DeployOptions = { runs: 300, tasks: "separate", trials: 1, seed: 11 };

const rateOf = (runs: readonly GeneratedRun[]): number =>
	runs.filter(({ truth }) => truth !== null).length / runs.length;

const healthyOf = (pipeline: string): Scenario => {
	const found = scenarios.find(({ name }) => name === `${pipeline}/healthy`);
	assert.ok(found);
	return found;
};

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

test("a failed run passes without the events that the truth names, and not with them", () => {
	for (const scenario of scenarios) {
		const options: DeployOptions = { ...SEPARATE, runs: 40 };
		const generated = generateDeploy(scenario, "B", options);
		for (const [at, what] of drawCases(scenario, "B", options).entries()) {
			const truth = generated[at]?.truth ?? null;
			const whole = playCase(what);
			assert.equal(whole.passed, truth === null);
			if (truth === null) continue;
			const spans = new Set(truth.origins.map(({ spanId }) => spanId));
			const events = whole.played.events();
			const named = events.filter(({ places }) => places.some(({ spanId }) => spans.has(spanId)));
			assert.ok(named.length > 0, `${scenario.name}: a failure without an origin`);
			const others = events.filter((event) => !named.includes(event));
			assert.equal(playCase(what, new Set(others.map(({ id }) => id))).passed, true, scenario.name);
		}
	}
});

test("every origin is a span of its run, with its step and kind", () => {
	for (const scenario of scenarios) {
		for (const { run, truth } of generateDeploy(scenario, "B", { ...SEPARATE, runs: 30 })) {
			assert.equal(run.outcome, truth === null ? "pass" : "fail");
			for (const { spanId, step, kind } of truth?.origins ?? []) {
				if (spanId === null) {
					assert.equal(kind, "input");
					continue;
				}
				const span = run.spans.find((candidate) => candidate.spanId === spanId);
				assert.equal(span?.name, step);
				assert.equal(span?.kind, kind);
			}
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

test("a healthy pipeline fails in 2 to 14 % of its runs, in both deploys alike, and each failure has an origin", () => {
	for (const { name } of pipelines) {
		const options: DeployOptions = { ...SEPARATE, runs: 2000 };
		const a = generateDeploy(healthyOf(name), "A", options);
		const b = generateDeploy(healthyOf(name), "B", options);
		const [rateA, rateB] = [rateOf(a), rateOf(b)];
		assert.ok(rateA > 0.02 && rateA < 0.14, `${name}: ${rateA}`);
		// Four standard errors of the difference of two rates of about 6 % over 2000 runs each.
		assert.ok(
			Math.abs(rateA - rateB) < 4 * Math.sqrt((2 * rateA * (1 - rateA)) / 2000),
			`${name}: ${rateA} ${rateB}`,
		);
		assert.ok(
			[...a, ...b].every(({ truth }) => truth?.origins.length !== 0),
			name,
		);
		const inputs = [...a, ...b].filter(({ truth }) => truth?.origins.some(({ kind }) => kind === "input"));
		assert.ok(inputs.length > 0, `${name}: nobody asks badly`);
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

test("blatant and visible faults that touch every run raise the failure rate by 5 points, others by less than those", (t) => {
	for (const scenario of scenarios) {
		if (scenario.fault === null) continue;
		const { magnitude, share } = scenario.fault;
		const a = rateOf(generateDeploy(scenario, "A", SEPARATE));
		const b = rateOf(generateDeploy(scenario, "B", SEPARATE));
		t.diagnostic(
			`${scenario.name.padEnd(64)} ${(100 * a).toFixed(1).padStart(5)} % ${(100 * b).toFixed(1).padStart(5)} %`,
		);
		if (share === 1 && (magnitude === "blatant" || magnitude === "visible")) {
			assert.ok(b - a >= 0.05, `${scenario.name}: ${a} → ${b}`);
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

test("tasks that deploys share are the same in both", () => {
	for (const { name } of pipelines) {
		const options: DeployOptions = { runs: 40, tasks: "shared", trials: 4, seed: 9 };
		const tasksOf = (deploy: "A" | "B"): unknown[] =>
			drawCases(healthyOf(name), deploy, options).map(({ task, taskId }) => [taskId, task.question]);
		assert.deepEqual(tasksOf("A"), tasksOf("B"));
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
