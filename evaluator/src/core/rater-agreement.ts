import { type BootstrapEstimate, clusterBootstrap } from "./bootstrap.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { type AlphaLevel, krippendorffAlpha } from "./krippendorff-alpha.ts";
import { mean } from "./moments.ts";
import type { Random } from "./random.ts";

/** What one person said of one run; who could not tell is left out. */
export interface GivenRating {
	readonly item: string;
	readonly rater: string;
	readonly failed: boolean;
	/** 1 (worst) to 5; null where no scale was used. */
	readonly scale: number | null;
	/** The step that is to blame; empty where none was named. */
	readonly blame: string;
}

/** A coefficient with its interval; null ends where the resamples cannot tell. */
export interface Coefficient {
	readonly estimate: number | null;
	readonly low: number | null;
	readonly high: number | null;
	/** Items with two ratings or more that it is over. */
	readonly items: number;
}

export interface RaterAgreement {
	/** Runs with ratings, and those with two or more. */
	readonly rated: number;
	readonly double: number;
	/** Share of doubly rated runs on which all say the same. */
	readonly same: number | null;
	/** Krippendorff's α of pass and fail, of the scale, and of the blamed step where all fail the run. */
	readonly alpha: Coefficient;
	readonly alphaScale: { readonly ordinal: Coefficient; readonly interval: Coefficient };
	readonly alphaBlame: Coefficient;
	/** Cohen's κ of every two people who share runs. */
	readonly pairs: readonly ({ readonly raters: readonly [string, string] } & Coefficient)[];
	/** How each rater stands to the others. */
	readonly raters: readonly {
		readonly rater: string;
		readonly ratings: number;
		readonly failed: number;
		/** Share of the others' ratings of the same runs that say the same; null where there are none. */
		readonly same: number | null;
	}[];
}

export interface AgreementOptions {
	readonly random: Random;
	/** Of the bootstrap, 1000 by default. */
	readonly resamples?: number;
}

/**
 * Agreement of people over the runs that several of them rated: Krippendorff's α and Cohen's κ, with bootstrap intervals over runs (Hayes, Krippendorff 2007
 * resample pairs; a run is what is independent here).
 *
 * @example
 * rateAgreement(ratings, { random: seededRandom(1) }).alpha.low;
 */
export function rateAgreement(ratings: readonly GivenRating[], options: AgreementOptions): RaterAgreement {
	const items = [...Map.groupBy(ratings, ({ item }) => item).values()];
	const double = items.filter((given) => given.length > 1);
	const alpha = (groups: readonly (readonly number[])[], level: AlphaLevel): Coefficient =>
		coefficient(
			groups.filter((values) => values.length > 1),
			(sample) => krippendorffAlpha(sample, level),
			options,
		);
	const scales = double.map((given) => given.flatMap(({ scale }) => scale ?? []));
	return {
		rated: items.length,
		double: double.length,
		same: mean(double.map((given) => (given.every(({ failed }) => failed === given[0]?.failed) ? 1 : 0))),
		alpha: alpha(
			double.map((given) => given.map(({ failed }) => Number(failed))),
			"nominal",
		),
		alphaScale: { ordinal: alpha(scales, "ordinal"), interval: alpha(scales, "interval") },
		alphaBlame: alpha(blames(double), "nominal"),
		pairs: pairsOf(double, options),
		raters: [...Map.groupBy(ratings, ({ rater }) => rater)]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([rater, own]) => ({
				rater,
				ratings: own.length,
				failed: own.filter(({ failed }) => failed).length,
				same: mean(comparisons(rater, double)),
			})),
	};
}

/** Steps as numbers, over the runs that everybody fails. */
function blames(double: readonly (readonly GivenRating[])[]): number[][] {
	const numbers = new Map<string, number>();
	const numberOf = (step: string): number => {
		const known = numbers.get(step) ?? numbers.size;
		numbers.set(step, known);
		return known;
	};
	return double
		.filter((given) => given.every(({ failed }) => failed))
		.map((given) => given.flatMap(({ blame }) => (blame === "" ? [] : [numberOf(blame)])));
}

function comparisons(rater: string, double: readonly (readonly GivenRating[])[]): number[] {
	return double.flatMap((given) => {
		const own = given.find((rating) => rating.rater === rater);
		return own === undefined
			? []
			: given.filter((other) => other !== own).map((other) => (other.failed === own.failed ? 1 : 0));
	});
}

function pairsOf(
	double: readonly (readonly GivenRating[])[],
	options: AgreementOptions,
): RaterAgreement["pairs"] {
	const shared = new Map<
		string,
		{ raters: readonly [string, string]; pairs: { first: string; second: string }[] }
	>();
	for (const given of double) {
		const sorted = given.toSorted((a, b) => (a.rater < b.rater ? -1 : 1));
		sorted.forEach((one, at) => {
			for (const other of sorted.slice(at + 1)) {
				const key = JSON.stringify([one.rater, other.rater]);
				const entry = shared.get(key) ?? { raters: [one.rater, other.rater] as const, pairs: [] };
				entry.pairs.push({ first: `${one.failed}`, second: `${other.failed}` });
				shared.set(key, entry);
			}
		});
	}
	return [...shared.values()].map(({ raters, pairs }) => ({
		raters,
		...coefficient(pairs, cohenKappa, options),
	}));
}

function coefficient<Item>(
	items: readonly Item[],
	statistic: (sample: readonly Item[]) => number | null,
	{ random, resamples = 1000 }: AgreementOptions,
): Coefficient {
	const none: Pick<BootstrapEstimate, "estimate" | "low" | "high"> = {
		estimate: null,
		low: null,
		high: null,
	};
	const { estimate, low, high } =
		items.length === 0
			? none
			: clusterBootstrap(items, statistic, { random, resamples, method: "percentile" });
	return { estimate, low, high, items: items.length };
}
