import { findChangePoint } from "./change-point.ts";
import type { Random } from "./random.ts";

/** How to look for changes. */
export interface FindChangesOptions {
	readonly random: Random;
	/** What each observation depends on, usually its task. */
	readonly clusters?: readonly string[];
	/** Chance of any change where there is none; 0.01 by default. */
	readonly alpha?: number;
	/** At most this many changes; 3 by default. */
	readonly most?: number;
	/** Fewest observations between two changes; 10 by default. */
	readonly shortest?: number;
	readonly permutations?: number;
}

/** One of the changes of a stream. */
export interface StreamChange {
	/** The first observation after the change, counted from 0. */
	readonly index: number;
	/** The places that the data allow with 95 % confidence. */
	readonly place: { readonly first: number; readonly last: number };
	/** Means between the former change and this one, and between this one and the next. */
	readonly before: number;
	readonly after: number;
	/** Corrected for the stretches that were looked through. */
	readonly p: number;
}

/** Random orders by default, and so many times more than the smallest corrected level needs to be reached at all. */
const ORDERS = 1999;
const RESERVE = 3;
/** Long streams get by with fewer orders: observations times orders. */
const MOST_WORK = 1e8;

/**
 * The changes of a rate (booleans) or a level (numbers) in a stream, in order: binary segmentation (Scott and Knott 1974; Vostrikova 1981),
 * where a stretch is split only if its clearest split is significant at `alpha` divided by the number of stretches
 * then open (Bonferroni), after which every place is looked for again between its neighbours (Bai 1997).
 *
 * @throws RangeError as `findChangePoint`.
 * @example
 * findChanges(runs.map((run) => run.outcome === "fail"), { random, clusters: runs.map(taskKey) });
 */
export function findChanges(
	observations: readonly boolean[] | readonly number[],
	options: FindChangesOptions,
): readonly StreamChange[] {
	const { alpha = 0.01, most = 3 } = options;
	const n = observations.length;
	const found: { index: number; p: number }[] = [];
	const bounds = (): number[] => [0, ...found.map((change) => change.index).sort((a, b) => a - b), n];
	const tested = new Map<string, { index: number; p: number } | null>();
	while (found.length < most) {
		const edges = bounds();
		const stretches = edges.slice(1).map((to, at) => [edges[at] ?? 0, to] as const);
		const candidates = stretches.flatMap(([from, to]) => {
			const key = `${from}-${to}`;
			if (!tested.has(key)) tested.set(key, locate(observations, from, to, options));
			const candidate = tested.get(key);
			return candidate === null || candidate === undefined ? [] : [candidate];
		});
		const clearest = candidates.toSorted((a, b) => a.p - b.p)[0];
		if (clearest === undefined || clearest.p * stretches.length > alpha) break;
		found.push({ index: clearest.index, p: clearest.p * stretches.length });
	}
	return refine(observations, found, options);
}

function locate(
	observations: readonly boolean[] | readonly number[],
	from: number,
	to: number,
	{ random, clusters, shortest = 10, alpha = 0.01, most = 3, permutations }: FindChangesOptions,
): { index: number; place: { first: number; last: number }; p: number } | null {
	const orders = permutations ?? Math.max(ORDERS, Math.ceil((RESERVE * most) / alpha));
	const change = findChangePoint(sliceOf(observations, from, to), {
		random,
		shortest,
		permutations: Math.min(orders, Math.max(499, Math.floor(MOST_WORK / (to - from)))),
		...(clusters === undefined ? {} : { clusters: clusters.slice(from, to) }),
	});
	if (change === null) return null;
	return {
		index: from + change.index,
		place: { first: from + change.place.first, last: from + change.place.last },
		p: change.p,
	};
}

function refine(
	observations: readonly boolean[] | readonly number[],
	found: readonly { readonly index: number; readonly p: number }[],
	options: FindChangesOptions,
): readonly StreamChange[] {
	const ordered = found.toSorted((a, b) => a.index - b.index);
	const indexes = ordered.map((change) => change.index);
	const places = ordered.map((_, at) => {
		const from = indexes[at - 1] ?? 0;
		const to = ordered[at + 1]?.index ?? observations.length;
		// The place alone is wanted, not the p-value: a few orders do.
		const again = locate(observations, from, to, { ...options, permutations: 99 });
		indexes[at] = again?.index ?? indexes[at] ?? from;
		return again?.place ?? { first: from, last: to };
	});
	const mean = (from: number, to: number): number =>
		sliceOf(observations, from, to).reduce<number>((sum, value) => sum + Number(value), 0) / (to - from);
	return ordered.map(({ p }, at) => {
		const index = indexes[at] ?? 0;
		return {
			index,
			place: places[at] ?? { first: index, last: index },
			before: mean(indexes[at - 1] ?? 0, index),
			after: mean(index, indexes[at + 1] ?? observations.length),
			p,
		};
	});
}

/** A slice that stays a list of one type. */
const sliceOf = (
	observations: readonly boolean[] | readonly number[],
	from: number,
	to: number,
): readonly boolean[] | readonly number[] => observations.slice(from, to) as boolean[] | number[];
