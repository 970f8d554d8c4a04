import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvidenceSpec, makeEvidence } from "../testing/make-evidence.ts";
import type { EvidenceRun } from "./calibrate.ts";
import { DECLARED_AT_FAULT, P_BINS } from "./evidence-ratio.ts";
import { locateRun, type Verdict } from "./locate-run.ts";
import {
	declaredShares,
	INPUT,
	learnOrigins,
	likelihoodOf,
	type OriginMixture,
	type OriginPosterior,
	posteriorOf,
	UNKNOWN,
} from "./origin-mixture.ts";
import { type Random, seededRandom } from "./random.ts";
import { componentKey, type Outcome } from "./trace.ts";

const KINDS = ["retrieval", "prompt_build", "model", "post_process", "render"] as const;
const STEPS = KINDS.map((kind) => ({ kind }));

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
	const local = KINDS.map((_, at) => (at === origin ? drawAtFault(random) : random()));
	const inherited = KINDS.map((_, at) => {
		const affected = origin >= 0 && (at === origin || (at > origin && random() < 0.8));
		return affected ? drawAtFault(random) : random();
	});
	return makeEvidence({ steps: STEPS, outcome, local, inherited, ...spec });
}

const total = ({ perStep, input, unknown, none }: OriginPosterior): number =>
	perStep.reduce((sum, share) => sum + share, input + unknown + none);

/** Plain evidence of a fault at one step: nothing strange before it, everything after it bad in itself. */
const plain = (origin: number, outcome: Outcome): EvidenceRun =>
	makeEvidence({
		steps: STEPS,
		outcome,
		local: KINDS.map((_, at) => (at === origin ? 1e-5 : 0.6)),
		inherited: KINDS.map((_, at) => (at >= origin ? 1e-3 : 0.6)),
	});

const passing = (random: Random, size: number): EvidenceRun[] =>
	Array.from({ length: size }, () => draw(-1, "pass", random));

function locate(evidence: EvidenceRun, mixture: OriginMixture): Verdict {
	return locateRun(likelihoodOf(evidence, mixture.ratios), mixture);
}

for (const [origin, kind] of KINDS.entries()) {
	for (const outcome of ["fail", "unknown"] as const) {
		test(`names a plain fault at ${kind} in a run that says ${outcome}`, () => {
			const evidence = plain(origin, outcome);
			const runs = [...passing(seededRandom(31), 200), evidence];
			const verdict = locate(evidence, learnOrigins(runs));
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
		const { shares } = learnOrigins(runs);
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
			steps: Array.from({ length: Math.floor(7 * random()) }, (_, step) => ({
				kind: KINDS[(step + at) % 3] ?? "custom",
			})),
			outcome: (["pass", "fail", "unknown"] as const)[at % 3] ?? "unknown",
			local: Array.from({ length: 7 }, p),
			inherited: Array.from({ length: 7 }, p),
		}),
	);
	const { likelihoods, shares } = learnOrigins(runs);
	for (const known of [shares, new Map<string, number>(), new Map([["model/model", 1]])]) {
		for (const likelihood of likelihoods) {
			const posterior = posteriorOf(likelihood, known);
			assert.ok(Math.abs(total(posterior) - 1) < 1e-9, JSON.stringify(posterior));
			assert.ok(
				[...posterior.perStep, posterior.input, posterior.unknown, posterior.none].every(
					(share) => share >= 0,
				),
			);
		}
	}
});

test("evidence of a hundred steps at once neither overflows nor is lost", () => {
	const size = 2000;
	const evidence = makeEvidence({
		steps: Array.from({ length: size }, () => ({ kind: "tool_call" })),
		outcome: "fail",
		local: Array.from({ length: size }, () => 1e-9),
		inherited: Array.from({ length: size }, () => 1e-9),
	});
	const { likelihoods, shares } = learnOrigins([evidence]);
	const posterior = likelihoods[0] && posteriorOf(likelihoods[0], shares);
	assert.ok(posterior && Math.abs(total(posterior) - 1) < 1e-9);
	const best = posterior.perStep.indexOf(Math.max(...posterior.perStep));
	assert.equal(best, 0, "the first of many strange steps explains the others");
});

test("a run that passed has no fault, and one that failed has one", () => {
	const random = seededRandom(34);
	const mixture = learnOrigins(passing(random, 100));
	for (const origin of [-1, 0, 4]) {
		const pass = posteriorOf(likelihoodOf(draw(origin, "pass", random), mixture.ratios), mixture.shares);
		assert.equal(pass.none, 1);
		const fail = posteriorOf(likelihoodOf(draw(origin, "fail", random), mixture.ratios), mixture.shares);
		assert.equal(fail.none, 0);
	}
});

test("of two executions of a component the strange one is at fault, and together they are no likelier than one", () => {
	const steps = [{ kind: "tool_call" }, { kind: "tool_call" }, { kind: "model" }] as const;
	const mixture = learnOrigins(passing(seededRandom(35), 50));
	const shares = declaredShares(["tool_call/tool_call", "model/model"]);
	const at = (local: readonly number[]) =>
		posteriorOf(likelihoodOf(makeEvidence({ steps, outcome: "fail", local }), mixture.ratios), shares);
	const [first = 0, second = 0] = at([0.6, 1e-5, 0.6]).perStep;
	assert.ok(second > 5 * first);
	const [one = 0, other = 0, model = 0] = posteriorOf(
		likelihoodOf(makeEvidence({ steps, outcome: "fail" }), mixture.ratios),
		shares,
	).perStep;
	assert.ok(Math.abs((one + other) / model - 0.5) < 1e-9, "1.5 against 3, as declared");
});

test("declared shares add up to 1 and know the places that no step shows", () => {
	const shares = declaredShares(["model/model", "render/page", "custom/x"]);
	assert.ok(Math.abs([...shares.values()].reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
	assert.ok((shares.get("model/model") ?? 0) > (shares.get("render/page") ?? 1));
	assert.deepEqual([...shares.keys()].slice(-2), [INPUT, UNKNOWN]);
});

test("learns nothing from nothing, and nothing of runs without steps", () => {
	assert.deepEqual(learnOrigins([]).likelihoods, []);
	const { likelihoods, shares } = learnOrigins([makeEvidence({ outcome: "fail" })]);
	const posterior = likelihoods[0] && posteriorOf(likelihoods[0], shares);
	assert.ok(posterior && Math.abs(posterior.input + posterior.unknown - 1) < 1e-9);
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
		const mixture = learnOrigins(runs);
		const verdicts = mixture.likelihoods.slice(600).map((likelihood) => locateRun(likelihood, mixture));
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
		assert.ok(Math.abs(meant - right / said.length) < 0.08, `said ${meant}, right ${right / said.length}`);
	});
}

test("every component of the population is known by its key", () => {
	const { shares } = learnOrigins([plain(0, "fail")]);
	assert.deepEqual([...shares.keys()], [...plain(0, "fail").steps.map(componentKey), INPUT, UNKNOWN]);
});
