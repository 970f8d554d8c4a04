import { sum } from "./moments.ts";

/** What two raters said of one item; categories are any text. */
export interface RatedPair {
	readonly first: string;
	readonly second: string;
	/** How many items of the population it stands for; 1 by default. */
	readonly weight?: number;
}

/**
 * Cohen's κ of two raters beyond the agreement by chance that their own shares would give (Cohen 1960), over weighted items. Null without items, and where both
 * give all items one same category: chance explains everything then.
 *
 * @throws RangeError when a weight is not positive.
 * @example
 * cohenKappa([{ first: "pass", second: "pass" }, { first: "fail", second: "pass" }]);
 */
export function cohenKappa(pairs: readonly RatedPair[]): number | null {
	const weights = pairs.map(({ weight = 1 }) => weight);
	const wrong = weights.find((weight) => !(weight > 0));
	if (wrong !== undefined) throw new RangeError(`an item weighs ${wrong}; give a positive number`);
	const whole = sum(weights);
	if (whole === 0) return null;
	const first = new Map<string, number>();
	const second = new Map<string, number>();
	let same = 0;
	pairs.forEach((pair, at) => {
		const share = (weights[at] ?? 0) / whole;
		first.set(pair.first, (first.get(pair.first) ?? 0) + share);
		second.set(pair.second, (second.get(pair.second) ?? 0) + share);
		if (pair.first === pair.second) same += share;
	});
	const chance = sum([...first].map(([category, share]) => share * (second.get(category) ?? 0)));
	return chance < 1 - 1e-12 ? (same - chance) / (1 - chance) : null;
}
