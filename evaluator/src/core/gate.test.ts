import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CaseSpec, makeEvaluation, NOON_MS } from "../testing/make-evaluation.ts";
import type { EvalRun, Evaluation } from "./evaluation.ts";
import { decideGate } from "./gate.ts";
import type { GateDecision } from "./gate-decision.ts";
import { completePolicy, type WrittenPolicy } from "./gate-policy.ts";

const DAY_MS = 86_400_000;
const OUTCOME: WrittenPolicy = { rows: [{ kind: "outcome", margin: 0.05 }], earlyStop: false };

type Cell = boolean | CaseSpec;
const ERRORED: CaseSpec = { status: "errored", outcome: "unknown", error: "TypeError: no index" };
const UNKNOWN: CaseSpec = { outcome: "unknown" };

/** So many fixtures with the same trials. */
const fixtures = (count: number, ...trials: Cell[]): Cell[][] => Array.from({ length: count }, () => trials);

const baselineOf = (cells: readonly (readonly Cell[])[], run: Partial<EvalRun> = {}): Evaluation =>
	makeEvaluation(cells, {
		evalId: "baseline",
		startedAt: NOON_MS - DAY_MS,
		finishedAt: NOON_MS - DAY_MS,
		...run,
	});

const decide = (
	candidate: Evaluation,
	baseline: Evaluation | null,
	written: WrittenPolicy = OUTCOME,
): GateDecision => decideGate(candidate, baseline, completePolicy(written), { now: NOON_MS });

describe("the gate on whole runs", () => {
	const table: readonly (readonly [string, readonly Cell[][], readonly Cell[][], GateDecision["verdict"]])[] =
		[
			["nothing changed, enough fixtures", fixtures(100, true, true), fixtures(100, true, true), "pass"],
			[
				"nothing changed, 58 fixtures: one in twenty may be lost unseen",
				fixtures(58, true),
				fixtures(58, true),
				"inconclusive",
			],
			["nothing changed, 59 fixtures", fixtures(59, true), fixtures(59, true), "pass"],
			["one fixture", fixtures(1, true), fixtures(1, true), "inconclusive"],
			["one fixture that broke", fixtures(1, true), fixtures(1, false), "inconclusive"],
			[
				"five broke and none got better",
				fixtures(60, true),
				[...fixtures(55, true), ...fixtures(5, false)],
				"fail",
			],
			[
				"four broke: chance alone does that in one of sixteen",
				fixtures(60, true),
				[...fixtures(56, true), ...fixtures(4, false)],
				"inconclusive",
			],
			["all broke", fixtures(20, true, true), fixtures(20, false, false), "fail"],
			["all errored", fixtures(20, true), fixtures(20, ERRORED), "fail"],
			["all unknown", fixtures(100, true), fixtures(100, UNKNOWN), "inconclusive"],
			[
				"unknown on both sides in a few fixtures, which then say nothing",
				[...fixtures(70, true), ...fixtures(3, UNKNOWN)],
				[...fixtures(70, true), ...fixtures(3, UNKNOWN)],
				"pass",
			],
			["all failing before and after", fixtures(100, false), fixtures(100, false), "pass"],
			["all better", fixtures(100, false), fixtures(100, true), "pass"],
			[
				"worse for certain, but by less than the margin",
				fixtures(2000, true),
				[...fixtures(1980, true), ...fixtures(20, false)],
				"pass",
			],
			[
				"as many better as worse",
				[...fixtures(300, true), ...fixtures(2, true), ...fixtures(2, false)],
				[...fixtures(300, true), ...fixtures(2, false), ...fixtures(2, true)],
				"pass",
			],
			["no fixtures at all", [], [], "inconclusive"],
		];
	for (const [name, before, after, verdict] of table) {
		it(`says ${verdict}: ${name}`, () => {
			assert.equal(decide(makeEvaluation(after), baselineOf(before)).verdict, verdict);
		});
	}

	it("takes trials of one fixture for one cluster: four trials of 20 fixtures are no 80 fixtures", () => {
		const before = baselineOf(fixtures(20, true, true, true, true));
		const { rows, verdict } = decide(makeEvaluation(fixtures(20, true, true, true, true)), before);
		assert.equal(verdict, "inconclusive");
		assert.equal(rows[0]?.evidence.fixtures, 20);
		assert.equal(rows[0]?.size.fixtures, 59);
	});

	it("counts an unknown outcome against passing and not for failing", () => {
		const before = baselineOf(fixtures(100, true));
		const { verdict, rows } = decide(
			makeEvaluation([...fixtures(97, true), ...fixtures(3, UNKNOWN)]),
			before,
		);
		assert.equal(verdict, "inconclusive");
		assert.equal(rows[0]?.evidence.difference, -0.03);
		assert.equal(rows[0]?.evidence.pWorse, 1);
		assert.equal(rows[0]?.evidence.unread, 3);
	});

	it("what the baseline never tried does not make room for failures", () => {
		const missing: CaseSpec = { status: "missing", outcome: "unknown" };
		const before = baselineOf([...fixtures(96, true), ...fixtures(4, missing)]);
		const after = makeEvaluation([...fixtures(96, true), ...fixtures(4, false)]);
		assert.equal(decide(after, before).rows[0]?.evidence.difference, -0.04);
	});

	it("names the flaky fixtures of the baseline with both sides' counts", () => {
		const before = baselineOf([...fixtures(80, true, true), [true, false], [true, UNKNOWN]]);
		const after = makeEvaluation([...fixtures(80, true, true), [true, true], [true, true]]);
		assert.deepEqual(decide(after, before).flaky, [
			{ fixtureId: "f0080", baseline: { passed: 1, trials: 2 }, candidate: { passed: 2, trials: 2 } },
		]);
	});

	it("says how likely an unchanged candidate passes, and what size would settle an open row", () => {
		const some = [...fixtures(30, true, true, true), ...fixtures(10, true, false, true)];
		const { rows } = decide(makeEvaluation(some), baselineOf(some));
		const { power, fixtures: needed, trials } = rows[0]?.size ?? {};
		assert.ok(power !== null && power !== undefined && power < 0.3);
		assert.ok((needed ?? 0) > 40);
		// Forty fixtures cannot rule out one lost in twenty however often each is run.
		assert.equal(trials, null);
	});
});

describe("effective n comes first", () => {
	it("believes no row where too little was attempted, in either direction", () => {
		const before = baselineOf(fixtures(100, true));
		const after = makeEvaluation(fixtures(50, true), { planned: 100 });
		const decision = decide(after, before);
		assert.equal(decision.verdict, "inconclusive");
		assert.deepEqual(decision.shortages, [{ kind: "not-attempted", share: 0.5, allowed: 0.95 }]);
		assert.equal(decision.rows[0]?.verdict, "inconclusive");
		assert.equal(decision.rows[0]?.evidence.difference, 0);
		assert.equal(decide(after, before, { ...OUTCOME, effective: { otherwise: "fail" } }).verdict, "fail");
	});

	it("blocks by policy where too few completed or too many are unknown, and the rest looks well", () => {
		const before = baselineOf(fixtures(1000, true));
		const lenient: WrittenPolicy = { ...OUTCOME, rows: [{ kind: "outcome", margin: 0.2 }] };
		const errors = makeEvaluation([...fixtures(930, true), ...fixtures(70, ERRORED)]);
		assert.equal(decide(errors, before, lenient).verdict, "inconclusive");
		assert.equal(decide(errors, before, lenient).shortages[0]?.kind, "not-completed");
		assert.equal(decide(errors, before, { ...lenient, effective: { minCompleted: 0.9 } }).verdict, "pass");
		const unknown = makeEvaluation([...fixtures(930, true), ...fixtures(70, UNKNOWN)]);
		assert.equal(decide(unknown, before, lenient).shortages[0]?.kind, "unknown");
		assert.equal(decide(unknown, before, { ...lenient, effective: { maxUnknown: 0.1 } }).verdict, "pass");
	});

	it("nothing attempted is inconclusive", () => {
		const after = makeEvaluation(fixtures(100, { status: "missing", outcome: "unknown" }));
		const decision = decide(after, baselineOf(fixtures(100, true)));
		assert.equal(decision.verdict, "inconclusive");
		assert.equal(decision.shortages[0]?.kind, "nothing");
	});
});

describe("a baseline is refused", () => {
	const good = fixtures(100, true, true);
	const table: readonly (readonly [string, Evaluation | null, RegExp])[] = [
		["missing", null, /there is no baseline.*--save-baseline/],
		["same-evaluation", baselineOf(good, { evalId: "candidate" }), /cannot be its own baseline/],
		[
			"other-pipeline",
			baselineOf(good, { pipeline: "chat" }),
			/pipeline chat, this evaluation of docs-answer/,
		],
		["other-layer", baselineOf(good, { layer: "model" }), /model layer/],
		["other-fixtures", baselineOf(good, { fixtureSet: "cd34" }), /other fixtures \(set cd34, here ab12\)/],
		["other-fixtures", baselineOf([...good, [true, true]]), /other fixtures/],
		["other-fixtures", baselineOf(good.slice(1)), /other fixtures/],
		["other-trials", baselineOf(good.map(([first]) => [first ?? true])), /once, this evaluation 2 times/],
		["other-grader", baselineOf(good, { grader: "g0" }), /grader g0, this evaluation by g1/],
		[
			"stale",
			baselineOf(good, { finishedAt: NOON_MS - 31 * DAY_MS }),
			/31 days old, and the policy allows 30/,
		],
		[
			"from-the-future",
			baselineOf(good, { finishedAt: NOON_MS + 2 * DAY_MS }),
			/in the future; check the clocks/,
		],
		["incomplete", baselineOf(good, { planned: 300 }), /completed 200 of 300 planned/],
		["incomplete", baselineOf(fixtures(100, true, UNKNOWN)), /100 of them without an outcome/],
	];
	for (const [kind, baseline, text] of table) {
		it(`${kind}: ${text.source}`, () => {
			const decision = decide(makeEvaluation(good), baseline);
			assert.equal(decision.verdict, "inconclusive");
			assert.ok(
				decision.refusals.some((refusal) => refusal.kind === kind && text.test(refusal.text)),
				JSON.stringify(decision.refusals),
			);
			assert.equal(decision.rows[0]?.evidence.pMargin, null);
		});
	}

	it("that holds a case twice", () => {
		const baseline = baselineOf(good);
		const damaged = { ...baseline, cases: [...baseline.cases, ...baseline.cases.slice(0, 3)] };
		const decision = decide(makeEvaluation(good), damaged);
		assert.equal(decision.verdict, "inconclusive");
		assert.match(decision.refusals.at(-1)?.text ?? "", /holds 3 cases twice/);
	});

	it("but an absolute row fails without any baseline", () => {
		const cells = [...fixtures(80, true), ...fixtures(20, false)];
		const policy: WrittenPolicy = {
			rows: [
				{ kind: "outcome", margin: 0.05 },
				{ kind: "floor", atLeast: 0.95 },
			],
		};
		assert.equal(decide(makeEvaluation(cells), null, policy).verdict, "fail");
	});
});

describe("the gate's other rows", () => {
	const stepped = (kept: Readonly<Record<string, boolean | null>>, passed = true): CaseSpec => ({
		outcome: passed ? "pass" : "fail",
		steps: kept,
	});

	it("judges every step, and blames the one that broke its contracts", () => {
		const before = baselineOf(fixtures(100, stepped({ search: true, render: true })));
		const after = makeEvaluation([
			...fixtures(88, stepped({ search: true, render: true })),
			...fixtures(12, stepped({ search: true, render: false })),
		]);
		const { rows, verdict } = decide(after, before, {
			rows: [
				{ kind: "outcome", margin: 0.05 },
				{ kind: "steps", margin: 0.05 },
			],
		});
		assert.equal(verdict, "fail");
		assert.deepEqual(
			rows.map((row) => [row.subject.kind === "step" ? row.subject.step : row.subject.kind, row.verdict]),
			[
				["outcome", "pass"],
				["search", "pass"],
				["render", "fail"],
			],
		);
	});

	it("a step that a run does not reach did not break; one that cannot be judged counts against passing", () => {
		const before = baselineOf(fixtures(100, stepped({ search: true })));
		const policy: WrittenPolicy = { rows: [{ kind: "steps", margin: 0.05 }] };
		assert.equal(decide(makeEvaluation(fixtures(100, stepped({}))), before, policy).verdict, "pass");
		assert.equal(
			decide(makeEvaluation(fixtures(100, stepped({ search: null }))), before, policy).verdict,
			"inconclusive",
		);
		assert.equal(
			decide(makeEvaluation(fixtures(100, stepped({ search: false }))), before, {
				rows: [{ kind: "steps", margin: 0.05, except: ["search"] }],
			}).verdict,
			"inconclusive",
		);
	});

	const measured = (metric: string, value: number | null): CaseSpec => ({ metrics: { [metric]: value } });
	const wave = (count: number, metric: string, scale: number): Cell[][] =>
		Array.from({ length: count }, (_, at) => [measured(metric, scale * (1 + 0.05 * Math.sin(at)))]);

	const metricTable: readonly (readonly [
		string,
		readonly Cell[][],
		readonly Cell[][],
		GateDecision["verdict"],
	])[] = [
		["the same latency", wave(60, "ms", 100), wave(60, "ms", 100), "pass"],
		["a tenth of the margin slower", wave(60, "ms", 100), wave(60, "ms", 101), "pass"],
		["a third slower", wave(60, "ms", 100), wave(60, "ms", 133), "fail"],
		["faster", wave(60, "ms", 100), wave(60, "ms", 50), "pass"],
		["NaN", wave(60, "ms", 100), fixtures(60, measured("ms", Number.NaN)), "inconclusive"],
		[
			"partly NaN",
			wave(60, "ms", 100),
			[...wave(30, "ms", 100), ...fixtures(30, measured("ms", Number.NaN))],
			"inconclusive",
		],
		["null", wave(60, "ms", 100), fixtures(60, measured("ms", null)), "inconclusive"],
		["not measured", wave(60, "ms", 100), fixtures(60, {}), "inconclusive"],
		["not measured before", fixtures(60, {}), wave(60, "ms", 100), "inconclusive"],
	];
	for (const [name, before, after, verdict] of metricTable) {
		it(`compares latency by its ratio: ${name} is ${verdict}`, () => {
			const policy: WrittenPolicy = {
				rows: [{ kind: "metric", metric: "ms", better: "lower", margin: 0.1, scale: { kind: "ratio" } }],
			};
			const decision = decide(makeEvaluation(after), baselineOf(before), policy);
			assert.equal(decision.verdict, verdict, JSON.stringify(decision.rows[0]?.evidence));
		});
	}

	it("compares a score on its scale, in the direction that is declared", () => {
		const scores = (level: number): Cell[][] =>
			Array.from({ length: 150 }, (_, at) => [measured("score", level + 0.05 * Math.sin(at))]);
		const verdict = (better: "higher" | "lower", from: number, to: number): GateDecision["verdict"] =>
			decide(makeEvaluation(scores(to)), baselineOf(scores(from)), {
				rows: [{ kind: "metric", metric: "score", better, margin: 0.05 }],
			}).verdict;
		assert.equal(verdict("higher", 0.8, 0.8), "pass");
		assert.equal(verdict("higher", 0.8, 0.6), "fail");
		assert.equal(verdict("lower", 0.6, 0.8), "fail");
		assert.equal(verdict("lower", 0.8, 0.6), "pass");
		const nan = decide(
			makeEvaluation(fixtures(150, measured("score", Number.NaN))),
			baselineOf(scores(0.8)),
			{ rows: [{ kind: "metric", metric: "score", better: "higher", margin: 0.05 }] },
		);
		assert.equal(nan.verdict, "inconclusive");
		const lower = decide(makeEvaluation(scores(0.6)), baselineOf(scores(0.8)), {
			rows: [{ kind: "metric", metric: "score", better: "lower", margin: 0.05 }],
		});
		assert.ok((lower.rows[0]?.evidence.candidate ?? 0) > 0.5, "levels are the metric's own, not negated");
	});

	it("holds a safety bound by Clopper and Pearson's limit: 299 fixtures without an event for one in a hundred", () => {
		const verdict = (clean: number, leaks: number, nulls = 0): GateDecision["verdict"] => {
			const cells = [
				...fixtures(clean, measured("leak", 0)),
				...fixtures(leaks, measured("leak", 1)),
				...fixtures(nulls, measured("leak", null)),
			];
			return decide(makeEvaluation(cells), baselineOf(cells), {
				rows: [{ kind: "safety", metric: "leak", atMost: 0.01 }],
			}).verdict;
		};
		assert.equal(verdict(298, 0), "inconclusive");
		assert.equal(verdict(299, 0), "pass");
		assert.equal(verdict(299, 1), "inconclusive");
		assert.equal(verdict(299, 0, 1), "inconclusive");
		assert.equal(verdict(290, 10), "fail");
		assert.equal(verdict(0, 0, 300), "inconclusive");
	});

	it("passes only where every row passes", () => {
		const cells = fixtures(100, { outcome: "pass", metrics: { leak: 0 } });
		const policy: WrittenPolicy = {
			rows: [
				{ kind: "outcome", margin: 0.05 },
				{ kind: "safety", metric: "leak", atMost: 0.01 },
			],
		};
		const { verdict, rows } = decide(makeEvaluation(cells), baselineOf(cells), policy);
		assert.deepEqual(
			rows.map((row) => row.verdict),
			["pass", "inconclusive"],
		);
		assert.equal(verdict, "inconclusive");
		assert.equal(rows[1]?.size.fixtures, 299);
	});
});
