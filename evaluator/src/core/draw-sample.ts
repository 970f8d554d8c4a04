import type { SamplePlan, SampleReason } from "./sample-plan.ts";

/** A run of production that may be drawn, as far as the draw needs it. */
export interface SampleCandidate {
	readonly traceId: string;
	/** Milliseconds since the epoch. */
	readonly startMs: number;
	/** The run's own place in [0, 1), made from its trace id: the same for everybody who asks, and for ever. */
	readonly place: number;
	/** Field → value, as far as the plan's strata ask for them. */
	readonly fields: Readonly<Record<string, string>>;
	/** Share of the runs whose inputs are like this one's, times the number of clusters: below 1 is rarer than usual. Null where nobody knows. */
	readonly commonness: number | null;
	/** Lowest score of any step; null where there is none. */
	readonly lowestScore: number | null;
	/** Whether the verdict leaves open where the fault began; null where the run was not judged. */
	readonly uncertain: boolean | null;
}

/** A run that was drawn. */
export interface SampledRun {
	readonly traceId: string;
	readonly startMs: number;
	/** The chance it had, in (0, 1]: it stands for 1 / probability runs. */
	readonly probability: number;
	/** Empty: no stratum, so all other runs. */
	readonly stratum: string;
	readonly reason: SampleReason;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * HOUR_MS;
/** Parts of a day, in hours, over which a budget is spread. */
const PART_HOURS = [1, 2, 3, 4, 6, 8, 12, 24];
/** A part of a day must be able to draw so many runs, or what it draws would tell nothing of it. */
const RUNS_PER_PART = 10;

/**
 * Over how many hours a day's budget is spread: the sample of such a part is fixed when the part is over, and never changes.
 *
 * @example
 * hoursPerPart(240); // 1
 */
export function hoursPerPart(budgetPerDay: number): number {
	return PART_HOURS.find((hours) => (budgetPerDay * hours) / DAY_HOURS >= RUNS_PER_PART) ?? DAY_HOURS;
}

/**
 * Draws the sample of whole days. A run is drawn when its place, a hash of its trace id, lies below the chance it is given, so every worker draws the
 * same runs without asking another (Poisson sampling with permanent random numbers: Ohlsson 1995). The chance is its stratum's rate, raised for runs
 * that are likelier to tell something; raised only, so that no run stands for more than its stratum's rate says.
 *
 * Under a budget each part of the day may draw what of the day's budget is due by its end and not spent. Where more would be drawn, those with the
 * lowest place / chance are (sequential Poisson sampling: Ohlsson 1998), and the probability that is stored is the one below which the run would have been drawn
 * given all others: chance × the first place / chance that was left out. Weighting by its inverse is unbiased (priority sampling: Duffield, Lund and
 * Thorup 2007).
 *
 * @param candidates every run of the days, less those whose place is beyond `highestChance`.
 * @example
 * drawSample(candidates, { ...DEFAULT_SAMPLE_PLAN, budgetPerDay: 200 }).length; // at most 200 a day
 */
export function drawSample(candidates: readonly SampleCandidate[], plan: SamplePlan): SampledRun[] {
	const intended = candidates.map((candidate) => intend(candidate, plan)).filter(({ key }) => key < 1);
	const { budgetPerDay } = plan;
	if (budgetPerDay === null) return intended.map((run) => sampled(run, 1)).sort(byStart);
	const partMs = hoursPerPart(budgetPerDay) * HOUR_MS;
	const days = Map.groupBy(intended, ({ startMs }) => Math.floor(startMs / DAY_MS));
	return [...days.values()].flatMap((runs) => drawDay(runs, budgetPerDay, partMs)).sort(byStart);
}

const byStart = (a: SampledRun, b: SampledRun): number =>
	a.startMs - b.startMs || (a.traceId < b.traceId ? -1 : 1);

interface Intended {
	readonly traceId: string;
	readonly startMs: number;
	readonly stratum: string;
	readonly reason: SampleReason;
	readonly chance: number;
	/** place / chance: below 1 the run is drawn where nothing limits the draw. */
	readonly key: number;
}

function drawDay(runs: readonly Intended[], budget: number, partMs: number): SampledRun[] {
	const parts = Map.groupBy(runs, ({ startMs }) => Math.floor((startMs % DAY_MS) / partMs));
	const drawn: SampledRun[] = [];
	for (const [part, members] of [...parts].sort(([a], [b]) => a - b)) {
		const due = Math.floor((budget * (part + 1) * partMs) / DAY_MS);
		const left = due - drawn.length;
		const ordered = members.toSorted((a, b) => a.key - b.key || (a.traceId < b.traceId ? -1 : 1));
		const threshold = ordered[left]?.key ?? 1;
		drawn.push(...ordered.filter(({ key }) => key < threshold).map((run) => sampled(run, threshold)));
	}
	return drawn;
}

const sampled = ({ traceId, startMs, stratum, reason, chance }: Intended, threshold: number): SampledRun => ({
	traceId,
	startMs,
	stratum,
	reason,
	probability: Math.min(1, chance * threshold),
});

function intend(candidate: SampleCandidate, plan: SamplePlan): Intended {
	const stratum = plan.strata.find(({ where }) =>
		Object.entries(where).every(([field, value]) => candidate.fields[field] === value),
	);
	const rate = stratum?.rate ?? plan.rate;
	const lifts = liftsOf(candidate, plan).filter(({ lift }) => lift > 1);
	const { lift, reason } = lifts.reduce((best, one) => (one.lift > best.lift ? one : best), {
		lift: 1,
		reason: "uniform",
	});
	const chance = Math.min(1, rate * lift);
	return {
		traceId: candidate.traceId,
		startMs: candidate.startMs,
		stratum: stratum?.name ?? "",
		reason: chance > rate ? reason : "uniform",
		chance,
		key: candidate.place / chance,
	};
}

/** A cluster counts as rare below half the share that it would have if all were alike. */
const RARE_BELOW = 0.5;

function liftsOf(
	{ commonness, lowestScore, uncertain }: SampleCandidate,
	{ lifts }: SamplePlan,
): { readonly lift: number; readonly reason: SampleReason }[] {
	const isRare = commonness !== null && commonness < RARE_BELOW;
	return [
		{ lift: isRare ? Math.min(lifts.rare, 1 / commonness) : 1, reason: "rare" },
		{
			lift: lowestScore !== null && lowestScore < lifts.scoreBelow ? lifts.lowScore : 1,
			reason: "low-score",
		},
		{ lift: uncertain === true ? lifts.uncertain : 1, reason: "uncertain" },
	];
}
