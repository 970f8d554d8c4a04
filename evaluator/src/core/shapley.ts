import { type Random, shuffle } from "./random.ts";

/** How to compute the values when the players are too many for the exact sum. */
export interface ShapleyOptions {
	/** Needed above `exactUpTo` players only. */
	readonly random?: Random;
	/** Orders of the players to walk, each also backwards; 1000 by default. */
	readonly orders?: number;
	/** Up to this many players every subset is evaluated; 8 by default, 16 at most. */
	readonly exactUpTo?: number;
}

/** One value per player, in the unit of the value function. */
export interface ShapleyValues {
	readonly values: readonly number[];
	/** Error of each value from sampling orders; 0 when exact. */
	readonly standardErrors: readonly number[];
	readonly exact: boolean;
}

/**
 * Shapley values: each player's share of value(all) − value(none), the mean of what it adds over all orders of arrival
 * (Shapley 1953). The shares sum to the whole, also when orders are sampled, because each order adds up by itself
 * (Castro, Gómez and Tejada 2009; orders walked in both directions: Mitchell et al. 2022).
 *
 * @param players how many; player k is bit k of a subset.
 * @param value of a subset given as a bit mask: 0 for none, 2 ** players − 1 for all. Each subset is asked once.
 * @throws RangeError when players is not in 0..30, a value is not finite, or sampling is needed without `random`.
 * @example
 * shapleyValues(2, (subset) => [0, 1, 3, 6][subset] ?? 0).values; // [2, 4]
 */
export function shapleyValues(
	players: number,
	value: (subset: number) => number,
	options: ShapleyOptions = {},
): ShapleyValues {
	const { exactUpTo = 8, orders = 1000, random } = options;
	if (!(Number.isInteger(players) && players >= 0 && players <= 30)) {
		throw new RangeError(`${players} players; a subset is a bit mask of 0 to 30 players`);
	}
	const remembered = new Map<number, number>();
	const worth = (subset: number): number => {
		const known = remembered.get(subset) ?? value(subset);
		if (!Number.isFinite(known))
			throw new RangeError(`the value of subset ${subset} is ${known}; give a finite one`);
		remembered.set(subset, known);
		return known;
	};
	if (players <= Math.min(exactUpTo, 16)) {
		const values = exactValues(players, worth);
		return { values, standardErrors: values.map(() => 0), exact: true };
	}
	if (random === undefined) throw new RangeError(`${players} players need sampled orders; give \`random\``);
	if (!(Number.isInteger(orders) && orders >= 2))
		throw new RangeError(`cannot walk ${orders} orders; give 2 or more`);
	return sampledValues(players, worth, { orders, random });
}

function exactValues(players: number, worth: (subset: number) => number): number[] {
	const weights = arrivalWeights(players);
	const values = new Array<number>(players).fill(0);
	for (let subset = 0; subset < 2 ** players; subset++) {
		const weight = weights[countBits(subset)] ?? 0;
		const without = worth(subset);
		for (let player = 0; player < players; player++) {
			if ((subset & (1 << player)) !== 0) continue;
			values[player] = (values[player] ?? 0) + weight * (worth(subset | (1 << player)) - without);
		}
	}
	return values;
}

/** By size of the subset already there: the share of orders in which exactly that subset arrives before a player. */
function arrivalWeights(players: number): number[] {
	const weights = [1 / players];
	for (let size = 1; size < players; size++)
		weights.push(((weights[size - 1] ?? 0) * size) / (players - size));
	return weights;
}

function countBits(subset: number): number {
	let bits = 0;
	for (let rest = subset; rest !== 0; rest &= rest - 1) bits++;
	return bits;
}

function sampledValues(
	players: number,
	worth: (subset: number) => number,
	{ orders, random }: { readonly orders: number; readonly random: Random },
): ShapleyValues {
	const everyone = Array.from({ length: players }, (_, player) => player);
	const means = everyone.map(() => 0);
	const squares = everyone.map(() => 0);
	for (let walked = 1; walked <= orders; walked++) {
		const order = shuffle(everyone, random);
		const added = everyone.map(() => 0);
		for (const walk of [order, [...order].reverse()]) {
			let subset = 0;
			for (const player of walk) {
				const grown = subset | (1 << player);
				added[player] = (added[player] ?? 0) + (worth(grown) - worth(subset)) / 2;
				subset = grown;
			}
		}
		added.forEach((gain, player) => {
			const off = gain - (means[player] ?? 0);
			means[player] = (means[player] ?? 0) + off / walked;
			squares[player] = (squares[player] ?? 0) + off * (gain - (means[player] ?? 0));
		});
	}
	const standardErrors = squares.map((square) => Math.sqrt(square / (orders - 1) / orders));
	return { values: means, standardErrors, exact: false };
}
