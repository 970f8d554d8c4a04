/**
 * Simulates the gate's decision on fixtures whose trials depend on each other, and writes the tables of its error rates into docs/gate.md.
 * The same in every run. One command:
 *
 *     npm run bench:gate-error-rates
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { clusterBootstrap } from "../evaluator/src/core/bootstrap.ts";
import { decideGate } from "../evaluator/src/core/gate.ts";
import type { GateDecision, GateVerdict } from "../evaluator/src/core/gate-decision.ts";
import { completePolicy, type PolicyRow } from "../evaluator/src/core/gate-policy.ts";
import { cautiousSpread, fixturesToPass } from "../evaluator/src/core/gate-power.ts";
import { lookEarly } from "../evaluator/src/core/gate-stop.ts";
import { tango } from "../evaluator/src/core/interval.ts";
import { mean, variance } from "../evaluator/src/core/moments.ts";
import { type Random, seededRandom } from "../evaluator/src/core/random.ts";
import { type DrawOptions, drawEvaluations } from "../evaluator/src/testing/draw-evaluations.ts";
import { NOON_MS } from "../evaluator/src/testing/make-evaluation.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "400" } } });
const SEEDS = Number(values.seeds);
/** Small rates need more. */
const AT_MARGIN = Math.ceil(2.5 * SEEDS);
const DOC = new URL("../docs/gate.md", import.meta.url);

type Design = Pick<DrawOptions, "fixtures" | "trials" | "flaky" | "shared"> & { readonly margin: number };
type Change = Pick<DrawOptions, "loss" | "how">;
type Tally = Record<GateVerdict, number> & { readonly decisions: GateDecision[] };

const percent = (share: number): string => `${(100 * Math.max(0, share)).toFixed(1)} %`;

function simulate(
	{ margin, ...design }: Design,
	change: Change,
	{
		rows,
		steps = [],
		seeds = SEEDS,
		first = 1,
		earlyStop = false,
	}: { rows?: PolicyRow[]; steps?: string[]; seeds?: number; first?: number; earlyStop?: boolean } = {},
): Tally {
	const policy = completePolicy({ rows: rows ?? [{ kind: "outcome", margin }], earlyStop });
	const tally: Tally = { pass: 0, fail: 0, inconclusive: 0, decisions: [] };
	for (let seed = first; seed < first + seeds; seed++) {
		const { baseline, candidate } = drawEvaluations(
			{ ...design, ...change, failing: 0.05, steps },
			seededRandom(seed),
		);
		const look = earlyStop ? looks(baseline, candidate) : null;
		const decision = decideGate(candidate, baseline, policy, { now: NOON_MS, sizes: false, stopped: look });
		tally[decision.verdict] += 1 / seeds;
		tally.decisions.push(decision);
	}
	return tally;
}

/** Looks after every case, first trials first, as the evaluation runs them. */
function looks(
	...[baseline, candidate]: Parameters<typeof lookEarly> extends [infer A, infer B, unknown] ? [A, B] : never
): ReturnType<typeof lookEarly> | null {
	const first = candidate.cases.filter((one) => one.trial === 0);
	for (let count = 1; count <= first.length; count++) {
		const look = lookEarly(baseline, { ...candidate, cases: first.slice(0, count) }, { falseBlock: 0.05 });
		if (look.stop) return look;
	}
	return null;
}

/** What the gate itself would print as the chance that an unchanged candidate passes, averaged over a few baselines. */
function promised(design: Design): number {
	const policy = completePolicy({ rows: [{ kind: "outcome", margin: design.margin }] });
	const powers = Array.from({ length: 12 }, (_, at) => {
		const drawn = drawEvaluations(
			{ ...design, loss: 0, how: "break", failing: 0.05 },
			seededRandom(10_000 + at),
		);
		// Null where the row failed, and one trial does not say how it scatters.
		return decideGate(drawn.candidate, drawn.baseline, policy, { now: NOON_MS }).rows[0]?.size.power ?? [];
	}).flat();
	return mean(powers) ?? Number.NaN;
}

const DESIGNS: readonly Design[] = [
	{ fixtures: 60, trials: 1, flaky: 0, margin: 0.05 },
	{ fixtures: 106, trials: 2, flaky: 0.1, margin: 0.05 },
	{ fixtures: 106, trials: 4, flaky: 0.1, margin: 0.05 },
	{ fixtures: 106, trials: 4, flaky: 0.1, shared: 0.5, margin: 0.05 },
	{ fixtures: 106, trials: 4, flaky: 0.3, margin: 0.05 },
	{ fixtures: 200, trials: 1, flaky: 0.2, margin: 0.05 },
	{ fixtures: 300, trials: 3, flaky: 0.3, margin: 0.05 },
	{ fixtures: 500, trials: 1, flaky: 0.1, margin: 0.03 },
	{ fixtures: 40, trials: 5, flaky: 0.2, margin: 0.1 },
	{ fixtures: 106, trials: 3, flaky: 0.3, margin: 0.1 },
];

const describeFlaky = ({
	flaky,
	shared,
}: {
	readonly flaky: number;
	readonly shared?: number | undefined;
}): string => `${percent(flaky)}${shared === undefined ? "" : ", half by the side"}`;

const nameOf = ({ fixtures, trials, flaky, shared, margin }: Design): string =>
	`| ${fixtures} × ${trials} | ${describeFlaky({ flaky, shared })} | ${100 * margin} pt`;

function oneRow(): string[] {
	return [
		"| fixtures × trials | flaky | margin | unchanged: fails | inconclusive | passes | passes, promised | worse by the margin, some break: passes | all erode: passes | worse by twice the margin: blocked | fails |",
		"|---|---|---|---|---|---|---|---|---|---|---|",
		...DESIGNS.map((design) => {
			const same = simulate(design, { loss: 0, how: "break" });
			const some = simulate(design, { loss: design.margin, how: "break" }, { seeds: AT_MARGIN });
			const all = simulate(design, { loss: design.margin, how: "erode" }, { seeds: AT_MARGIN });
			const twice = simulate(design, { loss: 2 * design.margin, how: "break" });
			const row = `${nameOf(design)} | ${percent(same.fail)} | ${percent(same.inconclusive)} | ${percent(same.pass)} | ${percent(promised(design))} | ${percent(some.pass)} | ${percent(all.pass)} | ${percent(1 - twice.pass)} | ${percent(twice.fail)} |`;
			console.error(row);
			return row;
		}),
	];
}

/** The sizes that the power calculation names for 95 %, and what an unchanged candidate then gets. */
function planned(): string[] {
	const pilots: readonly Omit<Design, "fixtures">[] = [
		{ trials: 1, flaky: 0, margin: 0.05 },
		{ trials: 4, flaky: 0.1, margin: 0.05 },
		{ trials: 4, flaky: 0.3, margin: 0.05 },
		{ trials: 4, flaky: 0.1, shared: 0.5, margin: 0.05 },
		{ trials: 2, flaky: 0.2, margin: 0.08 },
		{ trials: 3, flaky: 0.3, margin: 0.1 },
	];
	const seeds = Math.ceil(SEEDS / 2);
	return [
		"| trials | flaky | margin | fixtures named for 95 %, by five pilots | unchanged: blocked (fails or inconclusive), mean | by pilot | worse by the margin: passes, mean |",
		"|---|---|---|---|---|---|---|",
		...pilots.map((pilot) => {
			const trials = Array.from({ length: PILOTS }, (_, at) => {
				const fixtures = nameSize(pilot, 20_000 + at);
				const first = 1 + at * seeds;
				const same = simulate({ ...pilot, fixtures }, { loss: 0, how: "break" }, { seeds, first });
				const worse = simulate(
					{ ...pilot, fixtures },
					{ loss: pilot.margin, how: "break" },
					{ seeds, first },
				);
				return { fixtures, blocked: 1 - same.pass, passed: worse.pass };
			});
			const list = (values: readonly (number | string)[]): string => values.join(", ");
			const average = (values: readonly number[]): string => percent(mean(values) ?? Number.NaN);
			const row = `| ${pilot.trials} | ${describeFlaky(pilot)} | ${100 * pilot.margin} pt | ${list(trials.map(({ fixtures }) => fixtures))} | ${average(trials.map(({ blocked }) => blocked))} | ${list(trials.map(({ blocked }) => percent(blocked)))} | ${average(trials.map(({ passed }) => passed))} |`;
			console.error(row);
			return row;
		}),
	];
}

const PILOTS = 5;

/** The size that one pilot evaluation of 600 fixtures leads to, as an open row names it. */
function nameSize(pilot: Omit<Design, "fixtures">, seed: number): number {
	const drawn = simulate({ ...pilot, fixtures: 600 }, { loss: 0, how: "break" }, { seeds: 1, first: seed });
	const spread = cautiousSpread(drawn.decisions[0]?.rows[0]?.evidence.values ?? []);
	const design = { spread, truth: 0, margin: pilot.margin, lowest: -1, falsePass: 0.05 };
	const fixtures = fixturesToPass(design, 0.95, { random: seededRandom(1), draws: 1000 });
	if (fixtures === null) throw new Error("no size suffices; choose a wider margin");
	return fixtures;
}

/** All rows of the default policy at once, with looks after every case. */
function manyRows(): string[] {
	const steps = ["search", "tool", "prompt", "model", "parse", "render"];
	return [
		"| fixtures × trials | flaky | margin | unchanged: fails | of them stopped early | inconclusive | passes | worse by the margin: passes | worse by three margins: fails | of them stopped early |",
		"|---|---|---|---|---|---|---|---|---|---|",
		...DESIGNS.filter(
			({ fixtures, shared }) => fixtures === 106 || fixtures === 300 || shared !== undefined,
		).map((design) => {
			const rows: PolicyRow[] = [
				{ kind: "outcome", margin: design.margin },
				{ kind: "steps", margin: design.margin },
			];
			const options = { rows, steps, earlyStop: true };
			const same = simulate(design, { loss: 0, how: "break" }, options);
			const worse = simulate(design, { loss: design.margin, how: "break" }, options);
			const broken = simulate(design, { loss: 3 * design.margin, how: "break" }, options);
			const early = (tally: Tally): string =>
				percent(tally.decisions.filter(({ stopped }) => stopped !== null).length / SEEDS);
			const row = `${nameOf(design)} | ${percent(same.fail)} | ${early(same)} | ${percent(same.inconclusive)} | ${percent(same.pass)} | ${percent(worse.pass)} | ${percent(broken.fail)} | ${early(broken)} |`;
			console.error(row);
			return row;
		}),
	];
}

/** Chance of passing at a loss of exactly the margin, by the methods that were not taken. */
function alternatives(): string[] {
	const seeds = AT_MARGIN;
	const designs: readonly (Design & Change)[] = [
		{ fixtures: 60, trials: 1, flaky: 0, margin: 0.05, loss: 0.05, how: "erode" },
		{ fixtures: 52, trials: 1, flaky: 0, margin: 0.05, loss: 0.05, how: "break" },
		{ fixtures: 200, trials: 1, flaky: 0.2, margin: 0.05, loss: 0.05, how: "erode" },
		{ fixtures: 40, trials: 4, flaky: 0.3, margin: 0.05, loss: 0.05, how: "break" },
		{ fixtures: 106, trials: 4, flaky: 0.1, margin: 0.05, loss: 0.05, how: "break" },
	];
	return [
		"| fixtures × trials | flaky | loss of 5 points | Gaffke (used) | Tango | t-test over fixtures | bootstrap over fixtures |",
		"|---|---|---|---|---|---|---|",
		...designs.map(({ loss, how, ...design }) => {
			const { decisions, pass } = simulate(design, { loss, how }, { seeds });
			const evidence = decisions.flatMap(({ rows }) => rows[0]?.evidence ?? []);
			const share = (test: (one: (typeof evidence)[number]) => boolean): string =>
				percent(evidence.filter(test).length / seeds);
			const random = seededRandom(1);
			const tangoPasses =
				design.trials > 1
					? "–"
					: share(
							(one) =>
								(tango(
									{ improved: one.improved, worsened: one.worsened, n: one.fixtures },
									{ confidence: 0.9 },
								)?.low ?? -1) > -design.margin,
						);
			const row = `| ${design.fixtures} × ${design.trials} | ${percent(design.flaky)} | ${how === "break" ? "some break" : "all erode"} | ${percent(pass)} | ${tangoPasses} | ${share((one) => studentPasses(one.values, design.margin))} | ${share((one) => bootstrapPasses(one.values, design.margin, random))} |`;
			console.error(row);
			return row;
		}),
	];
}

function studentPasses(differences: readonly number[], margin: number): boolean {
	const spread = variance(differences) ?? 0;
	const distance = (mean(differences) ?? 0) + margin;
	// scipy.stats.t.ppf(0.95, n − 1) for n of 40, 52, 60, 106 and 200
	const quantile =
		{ 40: 1.684_875, 52: 1.675_285, 60: 1.671_093, 106: 1.659_495, 200: 1.652_547 }[differences.length] ??
		1.645;
	return spread === 0 ? distance > 0 : distance / Math.sqrt(spread / differences.length) > quantile;
}

function bootstrapPasses(differences: readonly number[], margin: number, random: Random): boolean {
	const { low, estimate } = clusterBootstrap(differences, mean, {
		random,
		resamples: 400,
		confidence: 0.9,
		method: "percentile",
	});
	return (low ?? estimate ?? -1) > -margin;
}

const TABLES = { "one-row": oneRow, planned, "many-rows": manyRows, alternatives } as const;

let doc = await readFile(DOC, "utf8");
for (const [name, build] of Object.entries(TABLES)) {
	const [open, close] = [`<!-- ${name}: npm run bench:gate-error-rates -->`, `<!-- /${name} -->`];
	const [start, end] = [doc.indexOf(open), doc.indexOf(close)];
	if (start < 0 || end < start)
		throw new Error(`docs/gate.md has no place for the table ${name}: ${open} … ${close}`);
	doc = `${doc.slice(0, start + open.length)}\n\n${build().join("\n")}\n\n${doc.slice(end)}`;
}
await writeFile(DOC, doc);
