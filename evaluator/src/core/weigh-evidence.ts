import { binShares, DECLARED_CHECK, readingBin } from "./evidence-ratio.ts";
import type { ReadRun } from "./read-run.ts";
import { keyAt, type Scales, strangenessOf } from "./scale.ts";
import { type Reading, SORTS, type Sort } from "./score.ts";
import { type Distribution, distributionOf, pOfSurprise, surprise } from "./surprise.ts";
import type { Run } from "./trace.ts";

/** A reading with how strange it is for its component. */
export interface Finding extends Reading {
	/** Standard deviations from healthy, at least 0; null where there is nothing to compare with. */
	readonly z: number | null;
	/** How seldom healthy executions are as strange as this, by this check alone. */
	readonly p: number | null;
	/** How much it speaks for a fault here: the logarithm of how much more often it is so where a fault began, at least 0. */
	readonly weight: number;
}

/** What a run's evidence amounts to: one p-value per node and sort, each uniform or larger for healthy nodes. */
export interface EvidenceRun extends Omit<ReadRun, "readings"> {
	readonly findings: readonly (readonly Finding[])[];
	/** p-values beside the reference, and beside the deploy's own healthy runs, where what the whole deploy does otherwise is ordinary. */
	readonly p: ByBeside;
	/** Per node, what its own readings come to: among executions of one component it tells which is the stranger. */
	readonly strength: readonly number[];
}

/** What a node is compared with. */
export type Beside = "reference" | "own";

/** How often each check is how strange: at intact executions of a component, and where faults began. */
export interface CheckRates {
	/** `scorer component` → share of reference executions per bin of strangeness. */
	readonly reference: ReadonlyMap<string, readonly number[]>;
	/** `version scorer component` → the same among that deploy's other runs that are not known to have failed. */
	readonly deploys: ReadonlyMap<string, readonly number[]>;
	/** Scorer → share of faulty executions per bin. */
	readonly atFault: ReadonlyMap<string, readonly number[]>;
}

/** `sort component` → the sums of weights that reference executions come to. */
export type Sums = ReadonlyMap<string, Distribution>;

const MAX_Z = 6;
const REFERENCE_WEIGHT = 20;
const DEPLOY_WEIGHT = 10;
const AT_FAULT_WEIGHT = 20;
const MIN_REFERENCE = 20;
/** Checks of one step see the same thing twice: the strongest counts whole, the next ones less and less. */
const DAMPING = 0.6;

/** A run's readings with their strangeness, from which everything else is weighed. */
export interface StrangeRun {
	readonly read: ReadRun;
	readonly member: boolean;
	readonly zs: readonly (readonly (number | null)[])[];
}

/** How strange each reading of a run is. */
export function strangenessOfRun(read: ReadRun, scales: Scales, reference: ReadonlySet<string>): StrangeRun {
	const member = reference.has(read.run.traceId);
	const zs = read.readings.map((readings, index) =>
		readings.map((reading) => {
			const z = strangenessOf(reading, keyAt(read.steps, index), scales, member);
			return z === null ? null : Math.min(MAX_Z, z);
		}),
	);
	return { read, member, zs };
}

const nameOf = (reading: Reading): string => reading.scorer.split("@")[0] ?? reading.scorer;
const binAt = ({ reads, value }: Reading, z: number): number => readingBin(reads, value, z);
const checkKey = (reading: Reading, component: string): string =>
	`${nameOf(reading)} ${reading.yardstick ?? component}`;

/** Learns how often checks are strange where nothing is wrong: in the reference, and in each deploy's own runs that did not fail. */
export function learnIntactChecks(runs: readonly StrangeRun[]): Pick<CheckRates, "reference" | "deploys"> {
	const reference = new Map<string, number[]>();
	const deploys = new Map<string, number[]>();
	const priors = new Map<string, string>();
	const reads = new Map<string, Reading["reads"]>();
	eachReading(runs, ({ read, member }, reading, z, component) => {
		if (read.run.outcome === "fail") return;
		const key = checkKey(reading, component);
		if (member) {
			if (reading.yardstick === undefined) tally(reference, key, binAt(reading, z), 1);
			reads.set(key, reading.reads);
			return;
		}
		const own = `${read.run.serviceVersion} ${key}`;
		priors.set(own, key);
		reads.set(own, reading.reads);
		tally(deploys, own, binAt(reading, z), 1);
	});
	const declared = (key: string): readonly number[] => DECLARED_CHECK[reads.get(key) ?? "measure"].intact;
	const shares = new Map(
		[...reference].map(([key, counts]) => [key, binShares(counts, declared(key), REFERENCE_WEIGHT)] as const),
	);
	return {
		reference: shares,
		deploys: new Map(
			[...deploys].map(([own, counts]) => [
				own,
				binShares(counts, shares.get(priors.get(own) ?? "") ?? declared(own), DEPLOY_WEIGHT),
			]),
		),
	};
}

/**
 * Learns how strange checks are where faults began, from how probable it is that a fault began there.
 *
 * @param blame per run and node, the probability that the run's fault began there.
 */
export function learnFaultyChecks(
	runs: readonly StrangeRun[],
	blame: readonly (readonly number[] | null)[],
): CheckRates["atFault"] {
	const counts = new Map<string, number[]>();
	const reads = new Map<string, Reading["reads"]>();
	for (const [at, run] of runs.entries()) {
		const shares = blame[at];
		if (shares === null || shares === undefined) continue;
		for (const [index, readings] of run.read.readings.entries()) {
			const share = shares[index] ?? 0;
			if (share < 0.01) continue;
			for (const [place, reading] of readings.entries()) {
				const z = run.zs[index]?.[place] ?? null;
				if (z === null) continue;
				reads.set(nameOf(reading), reading.reads);
				tally(counts, nameOf(reading), binAt(reading, z), share);
			}
		}
	}
	return new Map(
		[...counts].map(([name, list]) => [
			name,
			binShares(list, DECLARED_CHECK[reads.get(name) ?? "measure"].atFault, AT_FAULT_WEIGHT),
		]),
	);
}

/** One reading, ready to be weighed again and again while hit rates are learned. */
interface WeighedReading {
	readonly sort: Sort;
	readonly reads: Reading["reads"];
	readonly scorer: string;
	readonly bin: number;
	/** Logarithm of how often healthy readings are so strange: in the reference, and in the deploy's own runs that did not fail. */
	readonly usual: Readonly<Record<Beside, number>>;
}

/** A run whose readings wait for hit rates. */
export interface PreparedRun {
	readonly strange: StrangeRun;
	/** Per node, the component's key, and the readings that could tell. */
	readonly nodes: readonly { readonly component: string; readonly readings: readonly WeighedReading[] }[];
}

/** Looks up once what does not change while hit rates are learned. */
export function prepareRun(
	strange: StrangeRun,
	rates: Pick<CheckRates, "reference" | "deploys">,
): PreparedRun {
	const { read, zs } = strange;
	const nodes = read.readings.map((readings, index) => {
		const component = keyAt(read.steps, index);
		return {
			component,
			readings: readings.flatMap((reading, place): WeighedReading[] => {
				const z = zs[index]?.[place] ?? null;
				if (z === null) return [];
				const bin = binAt(reading, z);
				const key = checkKey(reading, component);
				const reference = (rates.reference.get(key) ?? DECLARED_CHECK[reading.reads].intact)[bin] ?? 1;
				const own = rates.deploys.get(`${read.run.serviceVersion} ${key}`)?.[bin] ?? reference;
				const usual = { reference: Math.log(reference), own: Math.log(Math.max(own, reference)) };
				return [{ sort: reading.sort, reads: reading.reads, scorer: nameOf(reading), bin, usual }];
			}),
		};
	});
	return { strange, nodes };
}

/** How much a reading speaks for a fault: log of hit rate over false-alarm rate, at least 0. */
const weightOf = (
	{ reads, scorer, bin, usual }: WeighedReading,
	beside: Beside,
	atFault: CheckRates["atFault"],
): number =>
	Math.max(0, Math.log((atFault.get(scorer) ?? DECLARED_CHECK[reads].atFault)[bin] ?? 0) - usual[beside]);

/** Per sort, a number per node; null where nothing could be told. */
export type BySort = Readonly<Record<Sort, readonly (number | null)[]>>;
export type ByBeside = Readonly<Record<Beside, BySort>>;

const bySort = (of: (sort: Sort) => readonly (number | null)[]): BySort => ({
	firm: of("firm"),
	local: of("local"),
	inherited: of("inherited"),
});

/** Per node and sort, what its readings come to: the damped sum of their weights; null where nothing could be told. */
export function sumWeights({ nodes }: PreparedRun, atFault: CheckRates["atFault"]): ByBeside {
	const of = (beside: Beside, sort: Sort): (number | null)[] =>
		nodes.map(({ readings }) =>
			dampedSum(
				readings
					.filter((reading) => reading.sort === sort)
					.map((reading) => weightOf(reading, beside, atFault)),
			),
		);
	const all = (beside: Beside): BySort => bySort((sort) => of(beside, sort));
	return { reference: all("reference"), own: all("own") };
}

/** The own evidence of each node beside the reference. */
export const strengthOf = ({ reference: { firm, local } }: ByBeside): number[] =>
	firm.map((sum, index) => (sum ?? 0) + (local[index] ?? 0));

function dampedSum(weights: number[]): number | null {
	if (weights.length === 0) return null;
	let factor = 1;
	let sum = 0;
	for (const weight of weights.sort((a, b) => b - a)) {
		if (weight <= 0) break;
		sum += factor * weight;
		factor *= DAMPING;
	}
	return sum;
}

/**
 * Learns what the weights of healthy executions come to, so that a step with many checks is no more suspect than one with few: those of
 * the reference, and those of each deploy's own runs that did not fail.
 */
export function learnSums(runs: readonly PreparedRun[], found: readonly ByBeside[]): Sums {
	const sums = new Map<string, number[]>();
	for (const [at, { strange, nodes }] of runs.entries()) {
		if (strange.read.run.outcome === "fail") continue;
		const besides: readonly Beside[] = strange.member ? ["reference", "own"] : ["own"];
		for (const [beside, sort] of besides.flatMap((one) => SORTS.map((sort) => [one, sort] as const))) {
			for (const [index, sum] of (found[at]?.[beside][sort] ?? []).entries())
				if (sum !== null)
					append(sums, sumKey(beside, sort, nodes[index]?.component ?? "", strange.read.run), sum);
		}
	}
	// Where all healthy sums are 0, a little more is not yet far beyond.
	const scaled = (sum: Distribution): Distribution => ({ ...sum, scale: Math.max(1.2, sum.scale) });
	return new Map([...sums].map(([key, list]) => [key, scaled(distributionOf(list))]));
}

function append(lists: Map<string, number[]>, key: string, value: number): void {
	const list = lists.get(key);
	if (list === undefined) lists.set(key, [value]);
	else list.push(value);
}

const sumKey = (beside: Beside, sort: Sort, component: string, run: Run): string =>
	`${sort} ${component} ${beside === "own" ? `in ${run.serviceVersion}` : ""}`;

/** The p-values of a run's nodes, beside the reference and beside the deploy's own healthy runs, by sort. */
export function pValuesOf(run: PreparedRun, found: ByBeside, sums: Sums): ByBeside {
	const { member, read } = run.strange;
	const calibrated = (beside: Beside, sort: Sort): (number | null)[] =>
		found[beside][sort].map((sum, index) => {
			if (sum === null) return null;
			const healthy = sums.get(sumKey(beside, sort, run.nodes[index]?.component ?? "", read.run));
			if (healthy === undefined || healthy.ascending.length < MIN_REFERENCE) {
				// A likelihood ratio of x or more has at most 1/x probability where nothing is wrong (Ville 1939).
				return Math.exp(-sum);
			}
			const isMember = beside === "own" ? read.run.outcome !== "fail" : member;
			return pOfSurprise(surprise(sum, "high", healthy, { member: isMember }));
		});
	const all = (beside: Beside): BySort => bySort((sort) => calibrated(beside, sort));
	return { reference: all("reference"), own: all("own") };
}

/** The readings of a run as evidence that a person can read. */
export function evidenceOf(strange: StrangeRun, rates: CheckRates, sums: Sums): EvidenceRun {
	const { read, zs } = strange;
	const prepared = prepareRun(strange, rates);
	const findings = read.readings.map((readings, index) => {
		const weighed = prepared.nodes[index]?.readings.values();
		return readings.map((reading, place): Finding => {
			const z = zs[index]?.[place] ?? null;
			if (z === null) return { ...reading, z, p: null, weight: 0 };
			const next = weighed?.next().value;
			return {
				...reading,
				z,
				p: pOfSurprise(z),
				weight: next === undefined ? 0 : weightOf(next, "reference", rates.atFault),
			};
		});
	});
	const { run, steps, sources, edges, matters } = read;
	const found = sumWeights(prepared, rates.atFault);
	const p = pValuesOf(prepared, found, sums);
	return { run, steps, sources, edges, matters, findings, p, strength: strengthOf(found) };
}

function eachReading(
	runs: readonly StrangeRun[],
	visit: (run: StrangeRun, reading: Reading, z: number, component: string) => void,
): void {
	for (const run of runs) {
		for (const [index, readings] of run.read.readings.entries()) {
			for (const [place, reading] of readings.entries()) {
				const z = run.zs[index]?.[place] ?? null;
				if (z !== null) visit(run, reading, z, keyAt(run.read.steps, index));
			}
		}
	}
}

function tally(counts: Map<string, number[]>, key: string, bin: number, weight: number): void {
	const list = counts.get(key) ?? DECLARED_CHECK.measure.intact.map(() => 0);
	list[bin] = (list[bin] ?? 0) + weight;
	counts.set(key, list);
}
