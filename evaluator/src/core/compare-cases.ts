import { clusterBootstrap } from "./bootstrap.ts";
import type { EvalCase } from "./evaluation.ts";
import { tango } from "./interval.ts";
import { mcnemar } from "./mcnemar.ts";
import { rounded } from "./present-verdict.ts";
import type { Random } from "./random.ts";

/** Two evaluations of the same fixtures, case by case. Only cases that both judged are pairs. */
export interface PairedCases {
	/** Pairs of cases, and fixtures that have any. */
	readonly pairs: number;
	readonly fixtures: number;
	readonly improved: number;
	readonly worsened: number;
	/** Share of passes after less before, among the pairs; null without pairs. */
	readonly difference: number | null;
	readonly interval: readonly [number, number] | null;
	/** Exact McNemar; null with several trials a fixture, which are no independent pairs. */
	readonly p: number | null;
	/** Fixtures in which more trials failed than before, and fewer. */
	readonly worse: readonly string[];
	readonly better: readonly string[];
}

/**
 * Compares two evaluations on the fixtures that they share. With one trial each: Tango's interval and the exact McNemar test. With
 * several, the fixtures and not the trials are independent: a bootstrap over fixtures.
 *
 * @example
 * compareCases(before.cases, after.cases, seededRandom(1)).difference;
 */
export function compareCases(
	before: readonly EvalCase[],
	after: readonly EvalCase[],
	random: Random,
): PairedCases {
	const key = ({ fixtureId, trial }: EvalCase): string => `${trial} ${fixtureId}`;
	const known = new Map(before.map((one) => [key(one), one]));
	const pairs = after.flatMap((one) => {
		const other = known.get(key(one));
		const [from, to] = [passOf(other), passOf(one)];
		return from === null || to === null ? [] : [{ fixtureId: one.fixtureId, change: to - from }];
	});
	const byFixture = [...Map.groupBy(pairs, ({ fixtureId }) => fixtureId)];
	const changes = byFixture.map(([id, group]) => ({ id, change: sumOf(group), n: group.length }));
	const improved = pairs.filter(({ change }) => change > 0).length;
	const worsened = pairs.filter(({ change }) => change < 0).length;
	const single = pairs.length === byFixture.length;
	return {
		pairs: pairs.length,
		fixtures: byFixture.length,
		improved,
		worsened,
		difference: pairs.length === 0 ? null : rounded((improved - worsened) / pairs.length),
		interval: single ? pairInterval(improved, worsened, pairs.length) : clusterInterval(changes, random),
		p: single && pairs.length > 0 ? rounded(mcnemar({ improved, worsened }).exact) : null,
		worse: changes.filter(({ change }) => change < 0).map(({ id }) => id),
		better: changes.filter(({ change }) => change > 0).map(({ id }) => id),
	};
}

/** 1 or 0; null where the case did not complete or nobody could judge it. */
function passOf(one: EvalCase | undefined): number | null {
	if (one?.status !== "completed" || one.outcome === "unknown") return null;
	return one.outcome === "pass" ? 1 : 0;
}

const sumOf = (group: readonly { readonly change: number }[]): number =>
	group.reduce((sum, { change }) => sum + change, 0);

function pairInterval(improved: number, worsened: number, n: number): readonly [number, number] | null {
	const interval = tango({ improved, worsened, n });
	return interval === null ? null : [rounded(interval.low), rounded(interval.high)];
}

function clusterInterval(
	clusters: readonly { readonly change: number; readonly n: number }[],
	random: Random,
): readonly [number, number] | null {
	const { low, high } = clusterBootstrap(
		clusters,
		(sample) => sumOf(sample) / sample.reduce((sum, { n }) => sum + n, 0),
		{ random },
	);
	return low === null || high === null ? null : [rounded(low), rounded(high)];
}
