import assert from "node:assert/strict";
import { test } from "node:test";
import { learnFromEvidence, locateWith } from "../testing/learn-from-evidence.ts";
import { type EvidenceSpec, makeEvidence } from "../testing/make-evidence.ts";
import { DECLARED_AT_FAULT, P_BINS } from "./evidence-ratio.ts";
import {
	declaredShares,
	likelihoodOf,
	type OriginPosterior,
	posteriorOf,
	type Shares,
	UNKNOWN,
} from "./origin-mixture.ts";
import { type Random, seededRandom } from "./random.ts";
import { componentKey, INPUT, type Outcome } from "./trace.ts";
import type { EvidenceRun } from "./weigh-evidence.ts";

const KINDS = ["retrieval", "prompt_build", "model", "post_process", "render"] as const;
const STEPS = KINDS.map((kind) => ({ kind }));
let traces = 0;

/** A p-value as a faulty step gives it: from the declared bins, uniform within. */
function drawAtFault(random: Random): number {
	let left = random();
	for (const [bin, share] of DECLARED_AT_FAULT.entries()) {
		const from = P_BINS[bin - 1] ?? 0;
		if (left < share) return from + random() * ((P_BINS[bin] ?? 1) - from);
		left -= share;
	}
	return random();
}

/** Evidence of one run whose fault began at step `origin`; -1 for none. What depends on it looks faulty in itself four times in five. */
function draw(origin: number, outcome: Outcome, random: Random, spec: EvidenceSpec = {}): EvidenceRun {
	const firm = KINDS.map((_, at) => (at === origin ? drawAtFault(random) : random()));
	const inherited = KINDS.map((_, at) => {
		const affected = origin >= 0 && (at === origin || (at > origin && random() < 0.8));
		return affected ? drawAtFault(random) : random();
	});
	return makeEvidence({ traceId: `t${traces++}`, steps: STEPS, outcome, firm, inherited, ...spec });
}

const total = ({ perStep, unknown, none }: OriginPosterior): number =>
	perStep.reduce((sum, share) => sum + share, unknown + none);

const sharesOf = ({ shares }: ReturnType<typeof learnFromEvidence>): Shares => shares.get("1") ?? new Map();

/** Plain evidence of a fault at one step: nothing strange before it, everything after it bad in itself. */
const plain = (origin: number, outcome: Outcome): EvidenceRun =>
	makeEvidence({
		traceId: `t${traces++}`,
		steps: STEPS,
		outcome,
		local: KINDS.map((_, at) => (at === origin ? 1e-5 : 0.6)),
		inherited: KINDS.map((_, at) => (at >= origin ? 1e-3 : 0.6)),
	});

const passing = (random: Random, size: number): EvidenceRun[] =>
	Array.from({ length: size }, () => draw(-1, "pass", random));

for (const [origin, kind] of KINDS.entries()) {
	for (const outcome of ["fail", "unknown"] as const) {
		test(`names a plain fault at ${kind} in a run that says ${outcome}`, () => {
			const evidence = plain(origin, outcome);
			const runs = [...passing(seededRandom(31), 200), evidence];
			const verdict = locateWith(evidence, learnFromEvidence(runs));
			assert.equal(verdict.kind, "fault");
			assert.equal(verdict.origin?.spanId, `s${origin}`);
			assert.equal(verdict.origin?.kind, kind);
			assert.ok(verdict.set90.includes(`s${origin}`));
			assert.equal(verdict.evidence[0]?.step, kind);
		});
	}

	test(`learns that most faults begin at ${kind}`, () => {
		const random = seededRandom(32);
		const runs = [
			...passing(random, 300),
			...Array.from({ length: 60 }, () => draw(origin, "fail", random)),
			...KINDS.map((_, at) => draw(at, "fail", random)),
		];
		const shares = sharesOf(learnFromEvidence(runs));
		const most = [...shares].sort((a, b) => b[1] - a[1])[0];
		assert.equal(most?.[0], `${kind}/${kind}`);
		assert.ok((most?.[1] ?? 0) > (0.5 * 65) / 365);
		const failing = [...shares.values()].reduce((sum, share) => sum + share, 0);
		assert.ok(Math.abs(failing - 65 / 365) < 0.01, "the shares add up to the failure rate");
	});
}

test("probabilities add up to 1 whatever the evidence, the outcome and the shares", () => {
	const random = seededRandom(33);
	const p = (): number | null => (random() < 0.2 ? null : random() ** 6);
	const runs = Array.from({ length: 300 }, (_, at) =>
		makeEvidence({
			traceId: `r${at}`,
			steps: Array.from({ length: Math.floor(7 * random()) }, (_, step) => ({
				kind: KINDS[(step + at) % 3] ?? "custom",
			})),
			outcome: (["pass", "fail", "unknown"] as const)[at % 3] ?? "unknown",
			local: Array.from({ length: 7 }, p),
			inherited: Array.from({ length: 7 }, p),
		}),
	);
	const model = learnFromEvidence(runs);
	for (const known of [sharesOf(model), new Map<string, number>(), new Map([["model/model", 1]])]) {
		for (const run of runs) {
			const posterior = posteriorOf(likelihoodOf(run, model.nodes), known);
			assert.ok(Math.abs(total(posterior) - 1) < 1e-9, JSON.stringify(posterior));
			assert.ok([...posterior.perStep, posterior.unknown, posterior.none].every((share) => share >= 0));
		}
	}
});

test("evidence of a hundred steps at once neither overflows nor is lost", () => {
	const size = 300;
	const evidence = makeEvidence({
		steps: Array.from({ length: size }, () => ({ kind: "tool_call" })),
		outcome: "fail",
		local: Array.from({ length: size }, () => 1e-9),
		inherited: Array.from({ length: size }, () => 1e-9),
	});
	const model = learnFromEvidence([evidence]);
	const posterior = posteriorOf(likelihoodOf(evidence, model.nodes), sharesOf(model));
	assert.ok(Math.abs(total(posterior) - 1) < 1e-9);
	const best = posterior.perStep.indexOf(Math.max(...posterior.perStep));
	assert.equal(best, 1, "the first of many strange steps (after the question) explains the others");
});

test("a run that passed has no fault, and one that failed has one", () => {
	const random = seededRandom(34);
	const model = learnFromEvidence(passing(random, 100));
	for (const origin of [-1, 0, 4]) {
		const pass = posteriorOf(likelihoodOf(draw(origin, "pass", random), model.nodes), sharesOf(model));
		assert.equal(pass.none, 1);
		const fail = posteriorOf(likelihoodOf(draw(origin, "fail", random), model.nodes), sharesOf(model));
		assert.equal(fail.none, 0);
	}
});

test("of two executions of a component the strange one is at fault, and together they are no likelier than one", () => {
	const steps = [{ kind: "tool_call" }, { kind: "tool_call" }, { kind: "model" }] as const;
	const { nodes } = learnFromEvidence(passing(seededRandom(35), 50));
	const shares = declaredShares(["tool_call/tool_call", "model/model"]);
	const at = (local: readonly number[]) =>
		posteriorOf(likelihoodOf(makeEvidence({ steps, outcome: "fail", local }), nodes), shares);
	const [, first = 0, second = 0] = at([0.6, 1e-5, 0.6]).perStep;
	assert.ok(second > 1.2 * first, `${second} ${first}`);
	const [, one = 0, other = 0, model = 0] = posteriorOf(
		likelihoodOf(makeEvidence({ steps, outcome: "fail" }), nodes),
		shares,
	).perStep;
	assert.ok(Math.abs((one + other) / model - 0.5) < 1e-9, "1.5 against 3, as declared");
});

test("declared shares add up to 1 and know the places that no step shows", () => {
	const shares = declaredShares(["model/model", "render/page", "custom/x", INPUT]);
	assert.ok(Math.abs([...shares.values()].reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
	assert.ok((shares.get("model/model") ?? 0) > (shares.get("render/page") ?? 1));
	assert.deepEqual([...shares.keys()].slice(-2), [INPUT, UNKNOWN]);
});

test("learns nothing from nothing, and nothing of runs without steps", () => {
	assert.equal(learnFromEvidence([]).shares.size, 0);
	const run = makeEvidence({ outcome: "fail" });
	const model = learnFromEvidence([run]);
	const posterior = posteriorOf(likelihoodOf(run, model.nodes), sharesOf(model));
	assert.ok(Math.abs(total(posterior) - 1) < 1e-9);
});

test("a person's labels anchor what is learned", () => {
	const random = seededRandom(37);
	const weak = Array.from({ length: 40 }, () =>
		makeEvidence({
			traceId: `t${traces++}`,
			steps: STEPS,
			outcome: "fail",
			local: KINDS.map(() => random()),
			inherited: KINDS.map(() => random()),
		}),
	);
	const runs = [...passing(random, 200), ...weak];
	const labels = new Map(weak.slice(0, 25).map(({ run }) => [run.traceId, "render"]));
	const share = (model: ReturnType<typeof learnFromEvidence>) => sharesOf(model).get("render/render") ?? 0;
	assert.ok(share(learnFromEvidence(runs, labels)) > 2 * share(learnFromEvidence(runs)));
});

test("what a deploy does in all its runs is no evidence against the step where another one explains which of them fail", () => {
	const random = seededRandom(38);
	const deploy = Array.from({ length: 200 }, (_, at) => {
		const fails = at % 3 === 0;
		// Step 0 is strange beside the reference in every run, and ordinary beside the deploy's own; step 3 is strange where the run fails.
		const strange = (step: number): number =>
			step === 0 ? 1e-5 : step === 3 && fails ? 1e-5 : 0.2 + 0.8 * random();
		const firm = KINDS.map((_, step) => strange(step));
		return makeEvidence({
			traceId: `t${traces++}`,
			serviceVersion: "2",
			steps: STEPS,
			outcome: fails ? "fail" : "pass",
			firm,
			own: { firm: firm.map((p, step) => (step === 0 ? 0.5 : p)) },
		});
	});
	const model = learnFromEvidence([...passing(random, 200), ...deploy]);
	const named = deploy
		.filter(({ run }) => run.outcome === "fail")
		.map((run) => locateWith(run, model).candidates[0]?.kind);
	assert.ok(
		named.filter((kind) => kind === "post_process").length > 0.95 * named.length,
		JSON.stringify(named.slice(0, 5)),
	);
});

for (const [title, hazards] of [
	["evenly spread faults", [1, 1, 1, 1, 1]],
	["faults at one step mostly", [1, 1, 10, 1, 1]],
	["faults as declared", [2, 0.8, 3, 0.8, 0.6]],
] as const) {
	test(`the set that is said to hold the origin with 90 % holds it: ${title}`, (t) => {
		const random = seededRandom(36);
		const sum = hazards.reduce((all, hazard) => all + hazard, 0);
		const bounds = hazards.map((_, at) => hazards.slice(0, at + 1).reduce((all, hazard) => all + hazard, 0));
		const origins = Array.from({ length: 400 }, () => {
			const drawn = random() * sum;
			return bounds.findIndex((bound) => drawn < bound);
		});
		const runs = [...passing(random, 600), ...origins.map((origin) => draw(origin, "fail", random))];
		const model = learnFromEvidence(runs);
		// The pieces of evidence drawn here are independent of each other, so all of them count in full.
		const verdicts = runs.slice(600).map((run) => locateWith(run, model, { power: 1 }));
		const hits = verdicts.filter((verdict, at) => verdict.set90.includes(`s${origins[at]}`)).length;
		const said = verdicts.filter((verdict) => verdict.kind === "fault");
		const right = said.filter(
			(verdict) => verdict.origin?.spanId === `s${origins[verdicts.indexOf(verdict)]}`,
		).length;
		const sizes = verdicts.reduce((all, verdict) => all + verdict.set90.length, 0) / verdicts.length;
		t.diagnostic(
			`held ${hits / 400}, mean size ${sizes.toFixed(2)}, said fault ${said.length / 400}, of those right ${(right / said.length).toFixed(3)}`,
		);
		assert.ok(hits / 400 >= 0.9 - 0.02, String(hits / 400));
		assert.ok(sizes < 5, "a set of everything would hold it too");
		const meant = said.reduce((all, verdict) => all + (verdict.origin?.probability ?? 0), 0) / said.length;
		// Evidence of one step is taken to overlap; here it does not, so the probabilities are cautious, and never boastful.
		assert.ok(meant - right / said.length < 0.05, `said ${meant}, right ${right / said.length}`);
		assert.ok(right / said.length - meant < 0.15, `said ${meant}, right ${right / said.length}`);
	});
}

test("stated probabilities are held back, the order of the candidates and whether there is a fault are not", () => {
	const random = seededRandom(39);
	const runs = [...passing(random, 200), ...Array.from({ length: 60 }, () => draw(2, "fail", random))];
	const model = learnFromEvidence(runs);
	for (const outcome of ["fail", "unknown"] as const) {
		const run = draw(2, outcome, random);
		const [bold, held] = [locateWith(run, model, { power: 1 }), locateWith(run, model)];
		assert.equal(held.candidates[0]?.step, bold.candidates[0]?.step);
		assert.ok(Math.abs(held.none - bold.none) < 1e-12);
		assert.ok((held.candidates[0]?.probability ?? 1) <= (bold.candidates[0]?.probability ?? 0));
		const total = held.candidates.reduce((sum, { probability }) => sum + probability, held.none);
		assert.ok(Math.abs(total - 1) < 1e-9, String(total));
	}
});

test("every component of the population is known by its key", () => {
	const run = plain(0, "fail");
	assert.deepEqual([...sharesOf(learnFromEvidence([run])).keys()], [...run.steps.map(componentKey), UNKNOWN]);
});
