import { sumOverDependents } from "./data-flow.ts";
import { binOf, binShares, DECLARED_AT_FAULT, DECLARED_INTACT, P_BINS } from "./evidence-ratio.ts";
import { SORTS, type Sort } from "./score.ts";
import { componentKey, INPUT, type Run, type Step } from "./trace.ts";
import type { ByBeside } from "./weigh-evidence.ts";

/** What no check sees, as a place where a fault can begin. */
export const UNKNOWN = "unknown";

/** How likely evidence passes on from a faulty node to what depends on it (DESIGN, section 5). */
const PASSES_ON: Readonly<Record<Sort, number>> = { firm: 0.005, local: 0.3, inherited: 0.8 };
/** How likely a component that is broken in one execution of a run is broken in another. */
const REPEATS = 0.7;
/** Loops longer than this are taken to depend on themselves in order. */
const MAX_GROUP = 40;
/** How much less likely a step makes a run fail on which the final output does not seem to depend. */
const SIDE_STEP = 0.05;
const LARGEST_LOG = 600;
const STRENGTH_COUNTS = 0.5;
const MAX_STRENGTH = 40;
const INTACT_STRENGTH = 40;
/**
 * However few intact nodes were seen to be as strange, this share will be. Among the nodes of a run that failed more would only make the
 * loudest voice decide; a run of which nobody said that it failed must be told from healthy ones, of which there are many.
 */
const RAREST = { failed: 0.01, unstated: 0.001 } as const;
const AT_FAULT_STRENGTH = 30;
const PRIOR_STRENGTH = 2;
/** Failures that the shares of all deploys, and the declared ones, weigh as much as: a handful of runs must not talk itself into one component. */
const PRIOR_FAILURES = 5;
/** Share of runs without a stated outcome that are taken for failed before any evidence. */
const UNSTATED_FAILURES = 0.05;
/** Before anything is known, what a deploy does otherwise is harmless far more often than not. */
const DECLARED_HARMLESS = 0.99;
const HARMLESS_STRENGTH = 10;
/** p-values up to this count as strange where a deploy's harmless changes are told from harmful ones. */
const STRANGE = 0.01;

/** Declared hazards, relative to each other: the model and what feeds it break more often than what prints the result. */
const DECLARED_HAZARD: Readonly<Record<string, number>> = {
	model: 3,
	retrieval: 2,
	tool_call: 1.5,
	custom: 1,
	agent: 1,
	prompt_build: 0.8,
	post_process: 0.8,
	render: 0.6,
	edge: 0.8,
	[INPUT]: 0.4,
	[UNKNOWN]: 0.5,
};

/** A run's evidence: a p-value per node and sort. */
export interface NodeEvidence {
	readonly run: Run;
	readonly steps: readonly Step[];
	readonly sources: readonly (readonly number[])[];
	readonly p: ByBeside;
	readonly strength: readonly number[];
	/** Whether the run's final output depends on the node. */
	readonly matters: readonly boolean[];
}

/** How often nodes show evidence of which strength: where intact, and where faults began. */
export interface NodeRates {
	/** `sort component` → shares per bin of the p-value beside the reference, in its deploy's passing runs. */
	readonly intact: ReadonlyMap<string, readonly number[]>;
	/** `version sort component` → shares per bin of the p-value beside the deploy's own passing runs, in these. */
	readonly deploys: ReadonlyMap<string, readonly number[]>;
	/** `version component` → share of its strange executions in that deploy that are a harmless change. */
	readonly harmless: ReadonlyMap<string, number>;
	readonly atFault: Readonly<Record<Sort, readonly number[]>>;
}

/** Component (or `unknown`) → share of runs whose fault began there. */
export type Shares = ReadonlyMap<string, number>;

/** For one run: the likelihood of its evidence if the fault began at each node, relative to no fault at all. */
export interface RunLikelihood {
	readonly evidence: NodeEvidence;
	readonly perStep: readonly number[];
}

/** Posterior of one run: where its fault began. All probabilities with `none` add up to 1. */
export interface OriginPosterior {
	readonly perStep: readonly number[];
	readonly unknown: number;
	readonly none: number;
}

/** Declared shares of faults over the components of a pipeline and `unknown`; they add up to 1. */
export function declaredShares(components: readonly string[]): Shares {
	const weights = [...new Set([...components, UNKNOWN])].map(
		(key) => [key, DECLARED_HAZARD[key.split("/")[0] ?? key] ?? 1] as const,
	);
	const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
	return new Map(weights.map(([key, weight]) => [key, weight / total]));
}

/** Shares to start from, for every deploy alike. */
export const startShares = (prior: Shares): Shares =>
	new Map([...prior].map(([key, share]) => [key, share * UNSTATED_FAILURES]));

/**
 * How nodes look where nothing is wrong.
 *
 * @param reference trace ids of the reference runs.
 */
export function learnIntactNodes(
	runs: readonly NodeEvidence[],
	reference: ReadonlySet<string>,
): Pick<NodeRates, "intact" | "deploys"> {
	const intact = new Map<string, number[]>();
	const deploys = new Map<string, number[]>();
	for (const { run, steps, p } of runs) {
		if (run.outcome !== "pass") continue;
		for (const [index, step] of steps.entries()) {
			for (const sort of SORTS) {
				const bin = binOf(p.reference[sort][index] ?? null);
				const ownBin = binOf(p.own[sort][index] ?? null);
				const key = `${sort} ${componentKey(step)}`;
				if (bin !== null && reference.has(run.traceId)) tally(intact, key, bin, 1);
				if (ownBin !== null) tally(deploys, `${run.serviceVersion} ${key}`, ownBin, 1);
			}
		}
	}
	const shares = (counts: ReadonlyMap<string, readonly number[]>) =>
		new Map([...counts].map(([key, list]) => [key, binShares(list, DECLARED_INTACT, INTACT_STRENGTH)]));
	return { intact: shares(intact), deploys: shares(deploys) };
}

function tally(counts: Map<string, number[]>, key: string, bin: number, weight: number): void {
	const list = counts.get(key) ?? P_BINS.map(() => 0);
	list[bin] = (list[bin] ?? 0) + weight;
	counts.set(key, list);
}

/** Log-likelihood ratios of one node: of all its evidence, of what speaks of its own doing, and of what it may have inherited. */
interface NodeRatios {
	readonly all: number;
	readonly own: number;
	readonly inherited: number;
	/** Its own evidence is of the firm sort, which hardly ever comes from elsewhere. */
	readonly firm: boolean;
}

const INTACT: NodeRatios = { all: 0, own: 0, inherited: 0, firm: false };

/** The likelihood of a run's evidence for each node as the origin, relative to "every node intact". */
export function likelihoodOf(evidence: NodeEvidence, rates: NodeRates): RunLikelihood {
	const { steps, sources } = evidence;
	const nodes = steps.map((step, index) => nodeRatios(evidence, index, step, rates));
	const passedOn = Float64Array.from(
		nodes,
		(node) =>
			passedOnBy(node.own, node.firm ? PASSES_ON.firm : PASSES_ON.local) +
			Math.log(1 - PASSES_ON.inherited + PASSES_ON.inherited * Math.exp(node.inherited)),
	);
	const downstream = sumOverDependents(sources, passedOn);
	const repeated = sumOverRepetitions(steps, sources, nodes);
	const logs = nodes.map((node, index) => node.all + (downstream[index] ?? 0) + (repeated[index] ?? 0));
	// A run of thousands of strange steps is likelier than any number can say; among its steps only the ratios count.
	const tooMuch = Math.max(0, ...logs.map((log) => log - LARGEST_LOG));
	return { evidence, perStep: logs.map((log) => Math.exp(log - tooMuch)) };
}

/** Whether what a deploy does otherwise does harm is not known, only how probably: both ways of reading it are mixed. */
function nodeRatios({ p, run }: NodeEvidence, index: number, step: Step, rates: NodeRates): NodeRatios {
	const component = componentKey(step);
	const { serviceVersion: version } = run;
	const rarest = run.outcome === "fail" ? RAREST.failed : RAREST.unstated;
	const ratio = (beside: "reference" | "own", sort: Sort): number => {
		const bin = binOf(p[beside][sort][index] ?? null);
		if (bin === null) return 0;
		const healthy =
			beside === "reference"
				? rates.intact.get(`${sort} ${component}`)
				: rates.deploys.get(`${version} ${sort} ${component}`);
		return Math.log(
			(rates.atFault[sort][bin] ?? 0) / Math.max(rarest, (healthy ?? DECLARED_INTACT)[bin] ?? 1),
		);
	};
	const of = (beside: "reference" | "own") => {
		const firm = ratio(beside, "firm");
		const own = overlapping(firm, ratio(beside, "local"), 0.5);
		const inherited = softened(ratio(beside, "inherited"));
		// What a deploy does in all its runs is one change, however many checks see it; what only its failing runs do counts whole.
		const all = beside === "own" ? own + inherited : overlapping(own, inherited, 0.25);
		return { firm, own, inherited, all };
	};
	const [reference, own] = [of("reference"), of("own")];
	const harmless = rates.harmless.get(`${version} ${component}`) ?? DECLARED_HARMLESS;
	const mixed = (a: number, b: number): number =>
		Math.log((1 - harmless) * Math.exp(a) + harmless * Math.exp(b));
	return {
		all: mixed(reference.all, own.all),
		own: mixed(reference.own, own.own),
		inherited: mixed(reference.inherited, own.inherited),
		firm: mixed(reference.firm, own.firm) > 0,
	};
}

/** Quality that looks as usual speaks only half against a fault: instructions may be lost without a word of the content. */
const softened = (log: number): number => (log < 0 ? Math.log(0.5 + 0.5 * Math.exp(log)) : log);

/** Two kinds of evidence against one node see much the same thing: where both speak against it, the weaker one counts only in part. */
const overlapping = (a: number, b: number, part: number): number =>
	a > 0 && b > 0 ? Math.max(a, b) + part * Math.min(a, b) : a < 0 && b < 0 ? Math.min(a, b) : a + b;

/** A node's own evidence as a symptom. One that stays silent says nothing: a step that does its own work well has nothing to show. */
const passedOnBy = (own: number, how: number): number => Math.log(Math.max(1, 1 - how + how * Math.exp(own)));

/**
 * A component that is broken in one execution is probably broken in the others of the run, whether they depend on it or not: without this,
 * two strange calls of one tool would be blamed on what both depend on.
 */
function sumOverRepetitions(
	steps: readonly Step[],
	sources: readonly (readonly number[])[],
	nodes: readonly NodeRatios[],
): Float64Array {
	const sums = new Float64Array(steps.length);
	const executions = Map.groupBy(steps.keys(), (index) =>
		componentKey(steps[index] ?? { name: "", kind: "" }),
	);
	for (const group of executions.values()) {
		const strange = group.filter((index) => (nodes[index] ?? INTACT).own > 0);
		if (group.length < 2 || strange.length === 0) continue;
		if (group.length > MAX_GROUP) addInOrder(sums, group, nodes);
		else for (const index of group) addOthers(sums, index, strange, { nodes, sources });
	}
	return sums;
}

function addOthers(
	sums: Float64Array,
	index: number,
	strange: readonly number[],
	{
		nodes,
		sources,
	}: { readonly nodes: readonly NodeRatios[]; readonly sources: readonly (readonly number[])[] },
): void {
	const dependent = dependentsOf(sources, index);
	for (const other of strange) {
		if (other === index) continue;
		const { repeated, asDependent } = repeatedBy(nodes[other] ?? INTACT);
		sums[index] = (sums[index] ?? 0) + repeated - (dependent.has(other) ? asDependent : 0);
	}
}

/** In a long loop every execution is taken to depend on those before it: two running sums do. */
function addInOrder(sums: Float64Array, group: readonly number[], nodes: readonly NodeRatios[]): void {
	const found = group.map((index) => {
		const node = nodes[index] ?? INTACT;
		return node.own > 0 ? repeatedBy(node) : { repeated: 0, asDependent: 0 };
	});
	const all = found.reduce((sum, { repeated }) => sum + repeated, 0);
	let later = found.reduce((sum, { asDependent }) => sum + asDependent, 0);
	for (const [at, index] of group.entries()) {
		const mine = found[at] ?? { repeated: 0, asDependent: 0 };
		later -= mine.asDependent;
		sums[index] = (sums[index] ?? 0) + all - mine.repeated - later;
	}
}

/** What a strange execution adds to others of its component, and what of that was counted already where it depends on them. */
const repeatedBy = ({
	own,
	firm,
}: NodeRatios): { readonly repeated: number; readonly asDependent: number } => ({
	repeated: passedOnBy(own, REPEATS),
	asDependent: passedOnBy(own, firm ? PASSES_ON.firm : PASSES_ON.local),
});

function dependentsOf(sources: readonly (readonly number[])[], start: number): ReadonlySet<number> {
	const found = new Set([start]);
	for (let at = start + 1; at < sources.length; at++)
		if (sources[at]?.some((from) => found.has(from))) found.add(at);
	return found;
}

/** Posterior of one run under given shares; `boost` raises nodes, for instance those whose version changed. */
export function posteriorOf(
	{ evidence, perStep }: RunLikelihood,
	shares: Shares,
	boost: (index: number) => number = () => 1,
): OriginPosterior {
	const { outcome } = evidence.run;
	const none = { perStep: perStep.map(() => 0), unknown: 0, none: 1 };
	if (outcome === "pass") return none;
	const parts = partsOfExecutions(evidence);
	const weights = evidence.steps.map((step, index) => {
		const share = shares.get(componentKey(step)) ?? 0;
		const part = (parts[index] ?? 1) * (evidence.matters[index] === false ? SIDE_STEP : 1);
		return share * part * boost(index) * (perStep[index] ?? 1);
	});
	const unknown = shares.get(UNKNOWN) ?? 0;
	const faulty = [...shares.values()].reduce((sum, share) => sum + share, 0);
	const healthy = outcome === "fail" ? 0 : Math.max(0, 1 - faulty);
	const total = weights.reduce((sum, weight) => sum + weight, unknown + healthy);
	if (!(total > 0)) return { ...none, unknown: 1, none: 0 };
	return {
		perStep: weights.map((weight) => weight / total),
		unknown: unknown / total,
		none: healthy / total,
	};
}

/**
 * As `posteriorOf`, with the run's evidence and the shares that were learned from others like it raised to a power below 1, because neither is as
 * independent as multiplying takes it for (power posteriors: Holmes and Walker 2017; Grünwald and van Ommen 2017). Whether the run has
 * a fault at all is not touched by it.
 */
export function cautiousPosterior(
	likelihood: RunLikelihood,
	shares: Shares,
	boost: (index: number) => number,
	power: number,
): OriginPosterior {
	const { none } = posteriorOf(likelihood, shares, boost);
	const perStep = likelihood.perStep.map((one) => one ** power);
	const cautious = posteriorOf({ ...likelihood, perStep }, flattened(shares, power), boost);
	if (none === 1 || cautious.none === 1) return { ...cautious, none };
	const scale = (1 - none) / (1 - cautious.none);
	return {
		perStep: cautious.perStep.map((share) => share * scale),
		unknown: cautious.unknown * scale,
		none,
	};
}

/** Shares raised to a power, with the same sum as before. */
function flattened(shares: Shares, power: number): Shares {
	const raised = [...shares].map(([key, share]) => [key, share ** power] as const);
	const sum = (list: Iterable<number>): number => [...list].reduce((total, share) => total + share, 0);
	const scale = sum(shares.values()) / sum(raised.map(([, share]) => share));
	return new Map(raised.map(([key, share]) => [key, share * scale]));
}

/**
 * How a component's share is split over its executions in a run: evenly, but the stranger ones get more. Their p-values are all as small as they
 * can be; which of them lost what mattered only shows in what their readings come to.
 */
function partsOfExecutions({ steps, strength }: NodeEvidence): number[] {
	const totals = new Map<string, number>();
	const weights = steps.map((step, index) => {
		const weight = Math.exp(STRENGTH_COUNTS * Math.min(strength[index] ?? 0, MAX_STRENGTH));
		totals.set(componentKey(step), (totals.get(componentKey(step)) ?? 0) + weight);
		return weight;
	});
	return steps.map((step, index) => (weights[index] ?? 1) / (totals.get(componentKey(step)) ?? 1));
}

/**
 * Shares of origins, per deploy, from posteriors: drawn towards those of all deploys, and these towards the declared ones. The share of
 * `unknown` stays as declared: no evidence speaks against it, so learned it would swallow all weak runs.
 */
export function learnShares(
	runs: readonly NodeEvidence[],
	posteriors: readonly OriginPosterior[],
	prior: Shares,
): ReadonlyMap<string, Shares> {
	const all = newCounts();
	const deploys = new Map<string, ReturnType<typeof newCounts>>();
	for (const [at, posterior] of posteriors.entries()) {
		const run = runs[at];
		if (run === undefined) continue;
		const own = deploys.get(run.run.serviceVersion) ?? newCounts();
		deploys.set(run.run.serviceVersion, own);
		for (const counts of [all, own]) {
			counts.runs++;
			counts.failed += 1 - posterior.none;
			for (const [index, step] of run.steps.entries()) {
				const key = componentKey(step);
				// A question that nothing speaks against must not swallow the weak runs either.
				if (key === INPUT && !((run.strength[index] ?? 0) > 0)) continue;
				counts.byComponent.set(key, (counts.byComponent.get(key) ?? 0) + (posterior.perStep[index] ?? 0));
			}
		}
	}
	const pooled = drawn(all, prior, PRIOR_FAILURES);
	return new Map(
		[...deploys].map(([version, counts]) => {
			const shares = drawn(counts, pooled, PRIOR_FAILURES);
			const failing = (counts.failed + PRIOR_STRENGTH * UNSTATED_FAILURES) / (counts.runs + PRIOR_STRENGTH);
			return [version, new Map([...shares].map(([key, share]) => [key, failing * share]))];
		}),
	);
}

const newCounts = () => ({ runs: 0, failed: 0, byComponent: new Map<string, number>() });

/** Counts as shares that add up to 1, drawn towards `prior` by so many failures; `unknown` keeps its declared share. */
function drawn(counts: ReturnType<typeof newCounts>, prior: Shares, strength: number): Shares {
	const unknown = prior.get(UNKNOWN) ?? 0;
	const weights = [...prior]
		.filter(([key]) => key !== UNKNOWN)
		.map(([key, share]) => [key, (counts.byComponent.get(key) ?? 0) + strength * share] as const);
	const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
	const shares = new Map(weights.map(([key, weight]) => [key, ((1 - unknown) * weight) / total]));
	return shares.set(UNKNOWN, unknown);
}

/** How strange nodes are where faults began, from posteriors. */
export function learnFaultyNodes(
	runs: readonly NodeEvidence[],
	posteriors: readonly OriginPosterior[],
): NodeRates["atFault"] {
	const learn = (sort: Sort): readonly number[] => {
		const counts = P_BINS.map(() => 0);
		for (const [at, posterior] of posteriors.entries()) {
			for (const [index, probability] of posterior.perStep.entries()) {
				const bin = binOf(runs[at]?.p.reference[sort][index] ?? null);
				if (bin !== null) counts[bin] = (counts[bin] ?? 0) + probability;
			}
		}
		return binShares(counts, DECLARED_AT_FAULT, AT_FAULT_STRENGTH);
	};
	return { firm: learn("firm"), local: learn("local"), inherited: learn("inherited") };
}

/**
 * Of a deploy's strange executions of a component, the share that did no harm: those in runs that passed, or whose fault is better
 * explained elsewhere. A new version that always answers otherwise is strange in every run; whether that breaks runs is another question.
 */
export function learnHarmless(
	runs: readonly NodeEvidence[],
	posteriors: readonly OriginPosterior[],
): NodeRates["harmless"] {
	const counts = new Map<string, { strange: number; blamed: number }>();
	for (const [at, run] of runs.entries()) {
		const blamed = posteriors[at]?.perStep ?? [];
		for (const [index, step] of run.steps.entries()) {
			const p = Math.min(run.p.reference.firm[index] ?? 1, run.p.reference.local[index] ?? 1);
			if (p > STRANGE) continue;
			const key = `${run.run.serviceVersion} ${componentKey(step)}`;
			const count = counts.get(key) ?? { strange: 0, blamed: 0 };
			counts.set(key, count);
			count.strange++;
			count.blamed += blamed[index] ?? 0;
		}
	}
	return new Map(
		[...counts].map(([key, { strange, blamed }]) => [
			key,
			Math.max(0, 1 - (blamed + (1 - DECLARED_HARMLESS) * HARMLESS_STRENGTH) / (strange + HARMLESS_STRENGTH)),
		]),
	);
}
