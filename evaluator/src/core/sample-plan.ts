/** Why a run was drawn: like any other of its stratum, or more often because it is likelier to tell something. */
export type SampleReason = "uniform" | "rare" | "low-score" | "uncertain";

/** A group of runs that is drawn from at a rate of its own; of several that fit a run, the first counts. */
export interface SampleStratum {
	readonly name: string;
	/** Field → value. Fields: pipeline, outcome, service.name, service.version, deployment.environment.name, or an attribute of the run's root span. */
	readonly where: Readonly<Record<string, string>>;
	/** Share (0..1] of its runs. */
	readonly rate: number;
}

/** How many times as often as its stratum's other runs a run is drawn that is likelier to tell something. 1: not at all. */
export interface SampleLifts {
	/** At most, for a run of a rare cluster of inputs: so often as to make up for the cluster's size. */
	readonly rare: number;
	/** Where a score of any of its steps is below `scoreBelow`. */
	readonly lowScore: number;
	/** Where the verdict is ambiguous, or its origin less probable than `sureFrom`. */
	readonly uncertain: number;
	readonly scoreBelow: number;
	readonly sureFrom: number;
}

/** How production is sampled for the behavioural layer. */
export interface SamplePlan {
	/** Share (0..1] of the runs that belong to no stratum. */
	readonly rate: number;
	readonly strata: readonly SampleStratum[];
	/** At most so many runs a day (UTC); null: as many as the rates give. */
	readonly budgetPerDay: number | null;
	readonly lifts: SampleLifts;
	/** Another salt draws another sample. */
	readonly salt: string;
}

/** One in a hundred, each run with the same chance. */
export const DEFAULT_SAMPLE_PLAN: SamplePlan = {
	rate: 0.01,
	strata: [],
	budgetPerDay: null,
	lifts: { rare: 1, lowScore: 1, uncertain: 1, scoreBelow: 0.1, sureFrom: 0.8 },
	salt: "faultline",
};

/** The highest chance that a plan gives any run: runs whose place is beyond it need not be looked at. */
export function highestChance({ rate, strata, lifts }: SamplePlan): number {
	const highest = Math.max(rate, ...strata.map((stratum) => stratum.rate));
	return Math.min(1, highest * Math.max(lifts.rare, lifts.lowScore, lifts.uncertain));
}
