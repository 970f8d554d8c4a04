import { rounded } from "./present-verdict.ts";
import type { SamplePlan, SampleReason } from "./sample-plan.ts";
import type { Outcome } from "./trace.ts";
import { type WeightedObservation, type WeightedRate, weightedRate } from "./weighted-rate.ts";

/** A drawn run with what is known of it. */
export interface SampledOutcome {
	readonly traceId: string;
	readonly startMs: number;
	readonly probability: number;
	readonly stratum: string;
	readonly reason: SampleReason;
	readonly outcome: Outcome;
	/** Kind of the evaluator's verdict; empty where the run was not judged. */
	readonly verdict: string;
	/** Empty where no step is named. */
	readonly origin: string;
}

/** A share of all runs of the window in the shape of `--json`. */
export interface PresentedRate {
	/** Drawn runs that say how they ended, and those that do not. */
	readonly runs: number;
	readonly unknown: number;
	readonly failed: number;
	/** Null where no run says how it ended. */
	readonly rate: number | null;
	readonly interval: readonly [number, number] | null;
	readonly effective_n: number | null;
}

/** What a sample says, in the shape of `eval behavioural --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedSample {
	readonly pipeline: string;
	readonly since: string;
	readonly until: string;
	readonly rate: number;
	readonly budget_per_day: number | null;
	readonly runs: number;
	readonly drawn: number;
	/** How many runs the drawn ones stand for: near `runs`. */
	readonly stands_for: number;
	/** What started since is drawn when its part of the day is over; null where nothing waits. */
	readonly waits_from: string | null;
	readonly groups: readonly {
		readonly stratum: string;
		readonly reason: SampleReason;
		readonly drawn: number;
		readonly probability: readonly [number, number];
	}[];
	readonly as_it_stands: PresentedRate;
	readonly judged: number;
	/** Of all runs, the share whose fault began there; most first. */
	readonly origins: readonly {
		readonly step: string;
		readonly runs: number;
		readonly rate: number;
		readonly interval: readonly [number, number];
	}[];
	readonly replay: PresentedReplay | null;
}

/** The drawn runs' inputs through the pipeline as it is now. */
export interface PresentedReplay extends PresentedRate {
	readonly eval_id: string;
	/** Runs that were not recorded whole enough, by reason, and cases that errored. */
	readonly unreplayable: Readonly<Record<string, number>>;
	readonly errored: number;
	/** Runs that failed as they stood and pass now, and the other way. */
	readonly mended: number;
	readonly broken: number;
}

/**
 * Weights what is known of a sample back to all runs of its window.
 *
 * @example
 * io.out(JSON.stringify(presentSample(window, sample, plan)));
 */
export function presentSample(
	window: { readonly pipeline: string; readonly sinceMs: number; readonly untilMs: number },
	sample: {
		readonly runs: number;
		readonly drawn: readonly SampledOutcome[];
		readonly waitsFromMs: number | null;
	},
	plan: SamplePlan,
	replay: PresentedReplay | null = null,
): PresentedSample {
	const { drawn } = sample;
	const groups = [...Map.groupBy(drawn, ({ stratum, reason }) => JSON.stringify([stratum, reason]))];
	const iso = (ms: number): string => new Date(ms).toISOString();
	return {
		pipeline: window.pipeline,
		since: iso(window.sinceMs),
		until: iso(window.untilMs),
		rate: plan.rate,
		budget_per_day: plan.budgetPerDay,
		runs: sample.runs,
		drawn: drawn.length,
		stands_for: Math.round(drawn.reduce((sum, { probability }) => sum + 1 / probability, 0)),
		waits_from: sample.waitsFromMs === null ? null : iso(sample.waitsFromMs),
		groups: groups.flatMap(([, members]) => {
			const chances = members.map(({ probability }) => probability).sort((a, b) => a - b);
			const [first] = members;
			return first === undefined
				? []
				: [
						{
							stratum: first.stratum,
							reason: first.reason,
							drawn: members.length,
							probability: [rounded(chances[0] ?? 0), rounded(chances.at(-1) ?? 0)] as const,
						},
					];
		}),
		as_it_stands: presentOutcomes(drawn),
		judged: drawn.filter(({ verdict }) => verdict !== "").length,
		origins: presentOrigins(drawn),
		replay,
	};
}

/** The failure rate that outcomes of drawn runs say. */
export function presentOutcomes(
	runs: readonly { readonly outcome: Outcome; readonly probability: number }[],
): PresentedRate {
	const stated = runs.filter(({ outcome }) => outcome !== "unknown");
	const rate = weightedRate(
		stated.map(({ outcome, probability }) => ({ hit: outcome === "fail", probability })),
	);
	return {
		runs: stated.length,
		unknown: runs.length - stated.length,
		failed: stated.filter(({ outcome }) => outcome === "fail").length,
		rate: rate === null ? null : rounded(rate.rate),
		interval: rate === null ? null : intervalOf(rate),
		effective_n: rate === null ? null : rounded(rate.effectiveN),
	};
}

const intervalOf = ({ interval }: WeightedRate): readonly [number, number] => [
	rounded(interval.low),
	rounded(interval.high),
];

function presentOrigins(drawn: readonly SampledOutcome[]): PresentedSample["origins"] {
	const judged = drawn.filter(({ verdict }) => verdict !== "" && verdict !== "no-coverage");
	const steps = new Set(judged.map(({ origin }) => origin).filter((step) => step !== ""));
	return [...steps]
		.flatMap((step) => {
			const seen: WeightedObservation[] = judged.map(({ origin, probability }) => ({
				hit: origin === step,
				probability,
			}));
			const rate = weightedRate(seen);
			const runs = seen.filter(({ hit }) => hit).length;
			return rate === null ? [] : [{ step, runs, rate: rounded(rate.rate), interval: intervalOf(rate) }];
		})
		.sort((a, b) => b.rate - a.rate || (a.step < b.step ? -1 : 1));
}
