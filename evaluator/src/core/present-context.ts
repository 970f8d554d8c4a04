import type { BehaviourChange } from "./behaviour-change.ts";
import type { ChangeContext } from "./change-context.ts";
import type { ClusterMix } from "./cluster-mix.ts";
import type { ConcentratedSlice, SliceSearch } from "./find-slices.ts";
import type { Interval } from "./interval.ts";
import { rounded } from "./present-verdict.ts";
import type { BehaviourMeasure } from "./read-behaviour.ts";
import type { DatedChange, SinceWhen, StreamSide } from "./since-when.ts";

type Pair = readonly [number, number];

/** What stands beside the attribution, in the shape of `compare --json` (docs/json.md). */
export interface PresentedContext {
	readonly behaviour: PresentedBehaviour;
	readonly since: PresentedSince | null;
	readonly since_named: readonly (PresentedSince & { readonly step: string; readonly kind: string })[];
	readonly slices: PresentedSlices;
	readonly cluster_mix: {
		readonly inputs: number;
		readonly inputs_interval: Pair | null;
		readonly response: number;
		readonly response_interval: Pair | null;
		readonly clusters: readonly {
			readonly name: string;
			readonly inputs: number;
			readonly response: number;
		}[];
	} | null;
}

export interface PresentedBehaviour {
	readonly tested: number;
	readonly components: readonly { readonly step: string; readonly kind: string; readonly score: number }[];
	readonly changes: readonly PresentedBehaviourChange[];
}

export interface PresentedBehaviourChange {
	readonly step: string;
	readonly kind: string;
	readonly measure: BehaviourMeasure;
	readonly to: string | null;
	readonly unit: "ms" | "characters" | "share" | "count";
	readonly baseline: { readonly runs: number; readonly value: number };
	readonly candidate: { readonly runs: number; readonly value: number };
	readonly change: number;
	readonly interval: Pair;
	readonly z: number;
	readonly p: number;
	readonly q: number;
}

export interface PresentedSince {
	readonly runs: number;
	readonly untold: number;
	readonly overall: PresentedSide | null;
	readonly changes: readonly PresentedChange[];
}

export interface PresentedSide {
	readonly runs: number;
	readonly value: number;
	readonly interval: Pair | null;
}

export interface PresentedChange {
	readonly at: string;
	readonly interval: readonly [string, string];
	readonly before: PresentedSide;
	readonly after: PresentedSide;
	readonly p: number;
	readonly deploys: readonly {
		readonly what: string;
		readonly from: string;
		readonly to: string;
		readonly at: string;
		readonly runs_apart: number;
		readonly minutes_apart: number;
	}[];
	readonly chance: number | null;
}

interface PresentedCell {
	readonly runs: number;
	readonly failed: number;
}

export interface PresentedSlices {
	readonly tried: number;
	readonly found: readonly PresentedSlice[];
}

export interface PresentedSlice {
	readonly dimension: string;
	readonly value: string;
	readonly same: readonly { readonly dimension: string; readonly value: string }[];
	readonly inside: { readonly baseline: PresentedCell; readonly candidate: PresentedCell };
	readonly outside: { readonly baseline: PresentedCell; readonly candidate: PresentedCell };
	readonly excess: number;
	readonly interval: Pair;
	readonly p: number;
	readonly new_failures: { readonly inside: number; readonly all: number };
	readonly share_of_runs: number;
}

/** The surroundings of a change in the documented JSON shape. */
export function presentContext(context: ChangeContext): PresentedContext {
	const { behaviour, since, sinceNamed, slices, clusterMix: mix } = context;
	return {
		behaviour: {
			tested: behaviour.measures.length,
			components: behaviour.components.map(({ component, score }) => ({
				...nameOf(component),
				score: rounded(score),
			})),
			changes: behaviour.changes.map(presentBehaviourChange),
		},
		since: since === null ? null : presentSince(since),
		since_named: sinceNamed.map(({ component, since: own }) => ({ ...component, ...presentSince(own) })),
		slices: presentSlices(slices),
		cluster_mix: presentClusterMix(mix),
	};
}

/** The split of a change of the failure rate over topics. */
export function presentClusterMix(mix: ClusterMix | null): PresentedContext["cluster_mix"] {
	if (mix === null) return null;
	return {
		inputs: rounded(mix.inputs),
		inputs_interval: pairOf(mix.inputsInterval),
		response: rounded(mix.response),
		response_interval: pairOf(mix.responseInterval),
		clusters: mix.clusters.map(({ name, inputs, response }) => ({
			name,
			inputs: rounded(inputs),
			response: rounded(response),
		})),
	};
}

const UNITS: Readonly<Record<BehaviourMeasure, PresentedBehaviourChange["unit"]>> = {
	"self-time": "ms",
	gap: "ms",
	"output-length": "characters",
	executions: "count",
	errors: "share",
	content: "share",
	"followed-by": "share",
	child: "share",
};

/** The unit of a measure's values. */
export const unitOf = (measure: BehaviourMeasure): PresentedBehaviourChange["unit"] => UNITS[measure];

/** A measure that changed, in the documented shape. */
export function presentBehaviourChange(change: BehaviourChange): PresentedBehaviourChange {
	const { component, measure, to, baseline, candidate } = change;
	return {
		...nameOf(component),
		measure,
		to: farEnd(measure, to),
		unit: unitOf(measure),
		baseline: { runs: baseline.runs, value: rounded(baseline.value) },
		candidate: { runs: candidate.runs, value: rounded(candidate.value) },
		change: rounded(change.change),
		interval: [rounded(change.interval.low), rounded(change.interval.high)],
		z: rounded(change.z),
		p: rounded(change.p),
		q: rounded(change.q),
	};
}

/** The name of an edge's other end: of a step, or of a span below. */
export const farEnd = (measure: BehaviourMeasure, to: string | null): string | null =>
	to === null || measure === "child" ? to : nameOf(to).step;

/** The parts of a component key `kind/name`. */
export function nameOf(component: string): { readonly step: string; readonly kind: string } {
	const at = component.indexOf("/");
	return { step: component.slice(at + 1), kind: component.slice(0, at) };
}

export function presentSince({ runs, untold, overall, changes }: SinceWhen): PresentedSince {
	return {
		runs,
		untold,
		overall: overall === null ? null : presentSide(overall),
		changes: changes.map(presentChange),
	};
}

function presentChange(change: DatedChange): PresentedChange {
	return {
		at: isoOf(change.startUs),
		interval: [isoOf(change.earliestUs), isoOf(change.latestUs)],
		before: presentSide(change.before),
		after: presentSide(change.after),
		p: rounded(change.p),
		deploys: change.deploys.map(({ deploy, runsApart, minutesApart }) => ({
			what: deploy.what === "service.version" ? deploy.what : nameOf(deploy.what).step,
			from: deploy.from,
			to: deploy.to,
			at: isoOf(deploy.startUs),
			runs_apart: runsApart,
			minutes_apart: rounded(minutesApart),
		})),
		chance: change.chance === null ? null : rounded(change.chance),
	};
}

export const presentSlices = ({ tried, slices }: SliceSearch): PresentedSlices => ({
	tried,
	found: slices.map(presentSlice),
});

function presentSlice(slice: ConcentratedSlice): PresentedSlice {
	return {
		dimension: slice.dimension,
		value: slice.value,
		same: slice.same,
		inside: slice.inside,
		outside: slice.outside,
		excess: rounded(slice.excess),
		interval: [rounded(slice.interval.low), rounded(slice.interval.high)],
		p: rounded(slice.p),
		new_failures: { inside: rounded(slice.newFailures.inside), all: rounded(slice.newFailures.all) },
		share_of_runs: rounded(slice.shareOfRuns),
	};
}

const presentSide = ({ runs, value, interval }: StreamSide): PresentedSide => ({
	runs,
	value: rounded(value),
	interval: pairOf(interval),
});

const pairOf = (interval: Interval | null): Pair | null =>
	interval === null ? null : [rounded(interval.low), rounded(interval.high)];

const isoOf = (us: number): string => new Date(us / 1000).toISOString();
