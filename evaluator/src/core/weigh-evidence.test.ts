import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun, type StepSpec } from "../testing/make-run.ts";
import { type Random, seededRandom } from "./random.ts";
import { type ReadRun, readRun } from "./read-run.ts";
import { learnScales } from "./scale.ts";
import type { Scorer } from "./score.ts";
import type { Outcome } from "./trace.ts";
import {
	type EvidenceRun,
	evidenceOf as evidenceOfRun,
	learnIntactChecks,
	learnSums,
	prepareRun,
	strangenessOfRun,
	sumWeights,
} from "./weigh-evidence.ts";

/** The steps' evidence beside the reference and beside the deploy's own runs, under declared hit rates. */
interface Calibrated extends Pick<EvidenceRun, "run" | "findings"> {
	readonly local: readonly (number | null)[];
	readonly inherited: readonly (number | null)[];
	readonly own: readonly (number | null)[];
}

function calibrate(runs: readonly ReadRun[], reference: ReadonlySet<string>): Calibrated[] {
	const scales = learnScales(runs, reference);
	const strange = runs.map((run) => strangenessOfRun(run, scales, reference));
	const rates = { ...learnIntactChecks(strange), atFault: new Map() };
	const prepared = strange.map((run) => prepareRun(run, rates));
	const sums = learnSums(
		prepared,
		prepared.map((run) => sumWeights(run, rates.atFault)),
	);
	// The user's input comes first, and no scorer of these tests reads it.
	return strange.map((run) => {
		const evidence = evidenceOfRun(run, rates, sums);
		return {
			run: evidence.run,
			findings: evidence.findings.slice(1),
			local: evidence.p.reference.local.slice(1),
			inherited: evidence.p.reference.inherited.slice(1),
			own: evidence.p.own.local.slice(1),
		};
	});
}

/** A scorer that gives the number that a test put on the step: "null" for one that could not tell, nothing where there is none. */
const given = (name: string, spec: Partial<Scorer> = {}): Scorer => ({
	name,
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	...spec,
	read({ step }) {
		if (step.kind === "input") return null;
		const value = step.attributes[name];
		if (value === undefined) return null;
		const depends = step.attributes["given"];
		return {
			value: value === "null" ? null : Number(value),
			text: value,
			...(depends === undefined ? {} : { given: Number(depends) }),
		};
	},
});
const SCORERS = [
	given("first"),
	given("second", { strange: "both" }),
	given("whole", { sort: "inherited", strange: "high" }),
	given("contract", { reads: "contract" }),
	given("declared", { declared: () => [...Array<number>(38).fill(1), 0.9, 0.8] }),
];

interface Spec {
	readonly traceId: string;
	readonly outcome?: Outcome;
	readonly version?: string;
	readonly steps: readonly Readonly<Record<string, number | string>>[];
}

const read = ({ traceId, outcome = "pass", version = "1", steps }: Spec): ReadRun =>
	readRun(
		makeRun({
			traceId,
			outcome,
			serviceVersion: version,
			steps: steps.map(
				(values): StepSpec => ({
					kind: "render",
					attributes: Object.fromEntries(
						Object.entries(values).map(([name, value]) => [name, String(value)]),
					),
				}),
			),
		}),
		SCORERS,
		null,
	);

const healthy = (random: Random) => ({
	first: random(),
	second: random() + random(),
	whole: random() ** 2,
	contract: random() < 0.03 ? 0 : 1,
});
const referenceRuns = (random: Random, size = 200): ReadRun[] =>
	Array.from({ length: size }, (_, at) => read({ traceId: `r${at}`, steps: [healthy(random)] }));
const idsOf = (runs: readonly ReadRun[]): ReadonlySet<string> => new Set(runs.map(({ run }) => run.traceId));

/** Evidence of one more run beside a reference and other runs. */
function evidenceOf(
	spec: Omit<Spec, "traceId">,
	reference: readonly ReadRun[],
	others: readonly ReadRun[] = [],
) {
	const found = calibrate([...reference, ...others, read({ traceId: "x", ...spec })], idsOf(reference)).at(
		-1,
	);
	assert.ok(found !== undefined);
	return found;
}

const find = (evidence: Pick<EvidenceRun, "findings">, scorer: string, step = 0) =>
	evidence.findings[step]?.find((finding) => finding.scorer === scorer);

for (const [title, outcome, version] of [
	["newcomers that failed", "fail", "1"],
	["newcomers nobody judged", "unknown", "2"],
	["newcomers of a new deploy that passed", "pass", "2"],
] as const) {
	test(`healthy steps have evidence as seldom as its p-value says: the reference, and ${title}`, (t) => {
		const random = seededRandom(21);
		const rates = new Map<string, number>();
		for (let trial = 0; trial < 10; trial++) {
			const reference = referenceRuns(random);
			const more = Array.from({ length: 200 }, (_, at) =>
				read({ traceId: `n${at}`, outcome, version, steps: [healthy(random)] }),
			);
			for (const { run, local, inherited } of calibrate([...reference, ...more], idsOf(reference))) {
				for (const [sort, p] of [
					["local", local[0]],
					["inherited", inherited[0]],
				] as const) {
					for (const alpha of [0.2, 0.05, 0.02]) {
						const key = `${run.traceId.slice(0, 1)} ${sort} ${alpha}`;
						rates.set(key, (rates.get(key) ?? 0) + ((p ?? 1) <= alpha ? 1 / 2000 : 0));
					}
				}
			}
		}
		t.diagnostic(JSON.stringify([...rates].map(([key, rate]) => `${key}: ${rate.toFixed(3)}`)));
		for (const [key, rate] of rates) {
			const alpha = Number(key.split(" ")[2]);
			assert.ok(rate <= alpha + 4 * Math.sqrt((alpha * (1 - alpha)) / 2000), `${key}: ${rate}`);
		}
	});
}

test("finds what is strange, and the step that it is strange at", () => {
	const random = seededRandom(22);
	const evidence = evidenceOf(
		{ outcome: "fail", steps: [healthy(random), { ...healthy(random), first: -2 }] },
		referenceRuns(random),
	);
	assert.ok((evidence.local[1] ?? 1) < 0.001);
	assert.ok((evidence.local[0] ?? 0) > 0.01);
	assert.ok((find(evidence, "first", 1)?.z ?? 0) > 3);
	assert.ok((find(evidence, "first", 1)?.p ?? 1) < 0.001);
});

test("a change that passing runs of the deploy show as well is strange beside the reference and ordinary beside them", () => {
	const random = seededRandom(23);
	const reference = referenceRuns(random);
	const changed = { ...healthy(random), first: -2, contract: 1 };
	const failing = { outcome: "fail", version: "2", steps: [changed] } as const;
	const passing = Array.from({ length: 60 }, (_, at) =>
		read({ traceId: `p${at}`, version: "2", steps: [{ ...healthy(random), first: -2 + 0.01 * random() }] }),
	);
	const beside = evidenceOf(failing, reference, passing);
	assert.ok((find(beside, "first")?.z ?? 0) > 4);
	assert.ok((beside.local[0] ?? 1) < 0.001, String(beside.local[0]));
	assert.ok((beside.own[0] ?? 0) > 0.05, String(beside.own[0]));
	const broken = { ...failing, steps: [{ ...changed, second: 9 }] };
	assert.ok(
		(evidenceOf(broken, reference, passing).own[0] ?? 1) < 0.02,
		"what else is strange keeps its weight",
	);
});

test("a contract that healthy runs break often says little when it is broken", () => {
	const reference = (share: number) =>
		Array.from({ length: 100 }, (_, at) =>
			read({ traceId: `r${at}`, steps: [{ contract: at < share * 100 ? 0 : 1 }] }),
		);
	const z = (share: number) =>
		find(evidenceOf({ outcome: "fail", steps: [{ contract: 0 }] }, reference(share)), "contract")?.z ?? 0;
	assert.ok(z(0) > z(0.05) && z(0.05) > z(0.3));
	assert.ok(z(0) > 2.5);
	assert.equal(z(0.7), 0);
	assert.equal(find(evidenceOf({ steps: [{ contract: 1 }] }, reference(0)), "contract")?.z, 0);
});

test("a little more than nothing is weak evidence, also where the reference had nothing at all", () => {
	const reference = Array.from({ length: 100 }, (_, at) =>
		read({ traceId: `r${at}`, steps: [{ contract: 1 }] }),
	);
	const p = (contract: number) =>
		evidenceOf({ outcome: "fail", steps: [{ contract }] }, reference).local[0] ?? 1;
	assert.ok(p(0.7) > 0.001, `half a breach: ${p(0.7)}`);
	assert.ok(p(0) < p(0.7));
});

test("a broken contract speaks without any reference, a declared measure too, any other measure not", () => {
	const evidence = evidenceOf({ outcome: "fail", steps: [{ contract: 0, first: -9, declared: 0.1 }] }, []);
	assert.ok((find(evidence, "contract")?.z ?? 0) > 2);
	assert.ok((find(evidence, "declared")?.z ?? 0) > 2);
	assert.equal(find(evidence, "first")?.z, null);
	assert.ok((evidence.local[0] ?? 1) < 0.1);
	assert.equal(evidence.inherited[0], null);
});

for (const [title, steps, local] of [
	["no steps", [], []],
	["steps that no scorer reads", [{}, {}], [null, null]],
	["scorers that could not tell", [{ first: "null", contract: "null" }], [null]],
] as const) {
	test(`"could not tell" stays null: ${title}`, () => {
		const reference = referenceRuns(seededRandom(24));
		assert.deepEqual(evidenceOf({ outcome: "fail", steps }, reference).local, local);
		assert.deepEqual(evidenceOf({ outcome: "fail", steps }, []).local, local);
	});
}

test("a step of which nothing is strange has nothing against it", () => {
	const reference = referenceRuns(seededRandom(24));
	const [local] = evidenceOf({ outcome: "fail", steps: [{ contract: 1, first: "null" }] }, reference).local;
	assert.ok((local ?? 0) >= 0.5);
});

test("no runs give no evidence", () => {
	assert.deepEqual(calibrate([], new Set()), []);
});

test("an execution is compared with executions alike in what its measure depends on", () => {
	const random = seededRandom(25);
	const at = (level: number) => ({ second: level + 0.1 * random(), given: level });
	const reference = Array.from({ length: 300 }, (_, index) =>
		read({ traceId: `r${index}`, steps: [at(5 * random())] }),
	);
	const z = (values: Record<string, number>) =>
		find(evidenceOf({ outcome: "fail", steps: [values] }, reference), "second")?.z;
	assert.ok((z({ second: 1.05, given: 1 }) ?? 9) < 1.5);
	assert.ok((z({ second: 4, given: 1 }) ?? 0) > 3, "ordinary for long inputs, strange for short ones");
	assert.equal(z({ second: 9, given: 9 }), null, "nothing like it in the reference");
});

test("members stay ordinary where all of the reference depends on the same", () => {
	const random = seededRandom(26);
	const reference = Array.from({ length: 200 }, (_, at) =>
		read({ traceId: `r${at}`, steps: [{ second: random(), given: 3 }] }),
	);
	const zs = calibrate(reference, idsOf(reference)).map((evidence) => find(evidence, "second")?.z ?? 0);
	assert.ok(Math.max(...zs) < 4, String(Math.max(...zs)));
	assert.ok(zs.filter((z) => z > 2).length <= 15);
});
