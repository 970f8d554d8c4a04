import type { FailureRate, OriginChange } from "./attribute-change.ts";
import type { ChangeContext } from "./change-context.ts";
import type { Comparison } from "./compare-runs.ts";
import type { Interval } from "./interval.ts";
import { type PresentedContext, presentContext } from "./present-context.ts";
import { rounded } from "./present-verdict.ts";

/** The document of `compare --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedComparison {
	readonly pipeline: string;
	readonly reference: string;
	readonly paired_tasks: number;
	readonly end_to_end: {
		readonly baseline: PresentedRate;
		readonly candidate: PresentedRate;
		readonly difference: PresentedDifference;
	};
	readonly components: readonly PresentedComponent[];
	readonly evidence: readonly {
		readonly step: string;
		readonly check: string;
		readonly candidate: { readonly judged: number; readonly strange: number };
		readonly baseline: { readonly judged: number; readonly strange: number };
		readonly text: string;
	}[];
	readonly mix: { readonly inputs: number | null; readonly response: number | null };
	readonly verdict: {
		readonly kind: string;
		readonly steps: readonly string[];
		readonly needed_runs: number | null;
	};
	/** What stands beside it; null where it was not asked for. */
	readonly context: PresentedContext | null;
}

interface PresentedRate {
	readonly runs: number;
	readonly stated: number;
	readonly failed: number;
	readonly rate: number | null;
	readonly interval: readonly [number, number] | null;
}

interface PresentedDifference {
	readonly value: number;
	readonly interval: readonly [number, number] | null;
	readonly p: number | null;
}

interface PresentedComponent {
	readonly step: string;
	readonly kind: string;
	readonly hazard: {
		readonly baseline: number;
		readonly candidate: number;
		readonly difference: number;
		readonly interval: readonly [number, number] | null;
		readonly p: number | null;
		readonly q: number | null;
	};
	readonly contribution: number;
	readonly place: number;
	readonly share: number | null;
	readonly versions: { readonly baseline: readonly string[]; readonly candidate: readonly string[] };
}

/** A comparison in the documented JSON shape, components ranked by the size of their contribution. */
export function presentComparison(
	pipeline: string,
	{ change, judgement, evidence, versions, mix }: Comparison,
	context: ChangeContext | null = null,
): PresentedComparison {
	const { verdict } = change;
	return {
		pipeline,
		reference: judgement.reference.text,
		paired_tasks: change.pairedTasks,
		end_to_end: {
			baseline: rate(change.baseline),
			candidate: rate(change.candidate),
			difference: {
				value: rounded(change.difference.value),
				interval: pair(change.difference.interval),
				p: change.difference.p,
			},
		},
		components: change.origins.map((origin) => component(origin, versions)),
		evidence: evidence.map(({ origin, scorer, candidate, baseline, text }) => ({
			step: stepOf(origin),
			check: scorer,
			candidate,
			baseline,
			text,
		})),
		mix: {
			inputs: mix === null ? null : rounded(mix.inputs),
			response: mix === null ? null : rounded(mix.response),
		},
		verdict: {
			kind: verdict.kind,
			steps: "origins" in verdict ? verdict.origins.map(stepOf) : [],
			needed_runs: verdict.kind === "inconclusive" ? verdict.neededRuns : null,
		},
		context: context === null ? null : presentContext(context),
	};
}

/** The step's name in a component key `kind/name`; `input` and `unknown` name themselves. */
const stepOf = (origin: string): string => origin.slice(origin.indexOf("/") + 1);

const kindOf = (origin: string): string => origin.split("/")[0] ?? origin;

function component(origin: OriginChange, versions: Comparison["versions"]): PresentedComponent {
	return {
		step: stepOf(origin.origin),
		kind: kindOf(origin.origin),
		hazard: {
			baseline: rounded(origin.baseline),
			candidate: rounded(origin.candidate),
			difference: rounded(origin.difference),
			interval: pair(origin.interval),
			p: origin.p,
			q: origin.q,
		},
		contribution: rounded(origin.contribution),
		place: origin.place,
		share: origin.share === null ? null : rounded(origin.share),
		versions: versions.get(origin.origin) ?? { baseline: [], candidate: [] },
	};
}

const rate = ({ runs, stated, failed, rate: value, interval }: FailureRate): PresentedRate => ({
	runs,
	stated,
	failed: rounded(failed),
	rate: value === null ? null : rounded(value),
	interval: pair(interval),
});

const pair = (interval: Interval | null): readonly [number, number] | null =>
	interval === null ? null : [rounded(interval.low), rounded(interval.high)];
