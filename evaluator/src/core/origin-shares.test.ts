import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEvidence } from "../testing/make-evidence.ts";
import { UNKNOWN } from "./origin-mixture.ts";
import { fitOriginShares, hazardsOf, type OriginCase, originCase, originsOf } from "./origin-shares.ts";
import { type Random, seededRandom } from "./random.ts";
import { INPUT, type Outcome } from "./trace.ts";

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

test("hazards and the failure rate are one: Π(1 − h) = 1 − Σ shares, for any shares", () => {
	const random = seededRandom(41);
	for (let trial = 0; trial < 2000; trial++) {
		const raw = Float64Array.from({ length: 1 + Math.floor(12 * random()) }, () =>
			random() < 0.2 ? 0 : random(),
		);
		const rate = trial % 50 === 0 ? 1 : random();
		const scale = sum(raw) > 0 ? rate / sum(raw) : 0;
		const shares = raw.map((share) => share * scale);
		const hazards = hazardsOf(shares);
		const intact = hazards.reduce((product, hazard) => product * (1 - hazard), 1);
		assert.ok(Math.abs(intact - (1 - sum(shares))) < 1e-9, `${intact} and ${1 - sum(shares)}`);
		assert.ok(hazards.every((hazard) => hazard >= 0 && hazard <= 1));
	}
});

test("gives the hazards that were worked out by hand", () => {
	assert.deepEqual(
		[...hazardsOf(Float64Array.of(0.1, 0.18))].map((hazard) => Number(hazard.toFixed(12))),
		[0.1, 0.2],
	);
	assert.deepEqual([...hazardsOf(Float64Array.of(1, 0, 0))], [1, 0, 0]);
	assert.deepEqual([...hazardsOf(new Float64Array(0))], []);
});

/** `input`, four components, `unknown`. */
const PRIOR = Float64Array.of(0.01, 0.3, 0.2, 0.3, 0.14, 0.05);

/** A run whose fault began at `origin`, null for none: evidence points at the origin with the strength of log-normal ratios. */
function draw(origin: number | null, random: Random, strength: number, stated = true): OriginCase {
	const outcome: Outcome = stated ? (origin === null ? "pass" : "fail") : "unknown";
	const normal = (): number => sum(Array.from({ length: 12 }, random)) - 6;
	// The ratio of N(d, 1) to N(0, 1) at x is exp(d·x − d²/2): exact likelihoods, so that the shares can be recovered.
	const likelihoods = PRIOR.map((_, at) => {
		if (at === 0 || at === PRIOR.length - 1) return 1;
		const x = normal() + (at === origin ? strength : 0);
		return Math.exp(strength * x - strength ** 2 / 2);
	});
	return { task: "", outcome, likelihoods };
}

function population(
	shares: readonly number[],
	size: number,
	random: Random,
	strength: number,
	stated = true,
): OriginCase[] {
	return Array.from({ length: size }, () => {
		let left = random();
		for (const [at, share] of shares.entries()) {
			if (left < share) return draw(at, random, strength, stated);
			left -= share;
		}
		return draw(null, random, strength, stated);
	});
}

for (const [title, strength, stated, tolerance] of [
	["plain evidence", 5, true, 0.02],
	["weak evidence", 2, true, 0.03],
	["plain evidence of runs that nobody judged", 5, false, 0.03],
] as const) {
	test(`recovers the shares that runs were drawn with: ${title}`, () => {
		const truth = [0, 0.15, 0.02, 0.08, 0.05, 0];
		const found = fitOriginShares(population(truth, 4000, seededRandom(42), strength, stated), PRIOR);
		for (const [at, share] of truth.entries()) {
			assert.ok(Math.abs((found[at] ?? 9) - share) < tolerance, `${at}: ${found[at]} for ${share}`);
		}
	});
}

test("the shares add up to the failure rate, exactly where every run says how it ended", () => {
	const random = seededRandom(43);
	for (const strength of [0, 1, 4]) {
		const cases = population([0, 0.1, 0.1, 0.1, 0.1, 0], 300, random, strength);
		const failed = cases.filter((one) => one.outcome === "fail").length / cases.length;
		const shares = fitOriginShares(cases, PRIOR);
		assert.ok(Math.abs(sum(shares) - failed) < 1e-9);
		const intact = hazardsOf(shares).reduce((product, hazard) => product * (1 - hazard), 1);
		assert.ok(Math.abs(intact - (1 - failed)) < 1e-9);
	}
});

for (const [title, cases, total] of [
	["no runs", [], 0],
	["nothing but passing runs", [{ task: "", outcome: "pass", likelihoods: PRIOR.map(() => 1) }], 0],
	["one failing run", [{ task: "", outcome: "fail", likelihoods: PRIOR.map(() => 1) }], 1],
	[
		"evidence against every component",
		[{ task: "", outcome: "fail", likelihoods: Float64Array.of(1, 0, 0, 0, 0, 1) }],
		1,
	],
	[
		"enormous evidence",
		[{ task: "", outcome: "fail", likelihoods: Float64Array.of(1, 1e260, 1, 0, 1, 1) }],
		1,
	],
] as const satisfies readonly (readonly [string, readonly OriginCase[], number])[]) {
	test(`gives shares that are numbers: ${title}`, () => {
		const shares = fitOriginShares(cases, PRIOR);
		assert.equal(shares.length, PRIOR.length);
		assert.ok(
			shares.every((share) => share >= 0 && share <= 1),
			String(shares),
		);
		assert.ok(Math.abs(sum(shares) - total) < 1e-9);
	});
}

test("candidates stand in the order of the data flow, between the input and what no span shows", () => {
	const run = (kinds: readonly ("retrieval" | "model" | "render")[]) => ({
		evidence: makeEvidence({ steps: kinds.map((kind) => ({ kind })) }),
		perStep: [1, ...kinds.map((_, at) => at + 1)],
	});
	const likelihoods = [run(["retrieval", "model", "model", "render"]), run(["model", "render"])];
	const origins = originsOf(likelihoods);
	assert.deepEqual(origins, [INPUT, "retrieval/retrieval", "model/model", "render/render", UNKNOWN]);
	const folded = likelihoods.map((likelihood) => [...originCase(likelihood, origins, "t").likelihoods]);
	assert.deepEqual(folded, [
		[1, 1, 2.5, 4, 1],
		[1, 0, 1, 2, 1],
	]);
	assert.deepEqual(originsOf([]), [INPUT, UNKNOWN]);
});
