import { type Random, shuffle } from "./random.ts";

/** One observation: which cluster (usually a task) it belongs to, and on which side it stands where there are sides. */
export interface Exchangeable {
	readonly cluster: string;
	readonly side?: string;
}

/**
 * Random rearrangements of observations that keep dependent ones together: within a cluster values change places, and clusters that are
 * alike in size (on every side) change places as a whole. Under the null hypothesis that only the cluster matters, every such
 * rearrangement is as likely as the data themselves, so a permutation test made of them holds its level however alike the trials of a task are
 * (restricted permutations: Good 2005, chapter 3; whole-block exchange: Winkler et al. 2015). Observations that are clusters of their
 * own are permuted freely; a cluster without another of its size stays where it is.
 *
 * @returns a function that draws one rearrangement: for each observation, the index of the one whose value it gets.
 * @example
 * const draw = exchangeClusters(runs.map((run) => ({ cluster: taskKey(run) })));
 * const from = draw(random); // outcomes.map((_, at) => outcomes[from[at]])
 */
export function exchangeClusters(observations: readonly Exchangeable[]): (random: Random) => Int32Array {
	const clusters = Map.groupBy(observations.keys(), (at) => observations[at]?.cluster ?? "");
	const blocks = [...clusters.values()].map((places) => {
		const sides = Map.groupBy(places, (at) => observations[at]?.side ?? "");
		return [...sides].sort(([a], [b]) => (a < b ? -1 : 1));
	});
	const alike = [
		...Map.groupBy(blocks, (block) =>
			JSON.stringify(block.map(([side, places]) => [side, places.length])),
		).values(),
	].map((group) => group.map((block) => block.map(([, places]) => places)));
	// The common case, observations that are clusters of their own, is kept flat: it is drawn thousands of times.
	const isLone = (group: (typeof alike)[number]): boolean =>
		group[0]?.length === 1 && group[0][0]?.length === 1;
	const lone = alike.filter(isLone).map((group) => group.map((block) => block[0]?.[0] ?? 0));
	const grouped = alike.filter((group) => !isLone(group));
	return (random) => {
		const from = new Int32Array(observations.length);
		for (const places of lone) {
			const order = shuffle(places, random);
			for (let at = 0; at < places.length; at++) from[places[at] ?? 0] = order[at] ?? 0;
		}
		for (const group of grouped) exchange(group, from, random);
		return from;
	};
}

function exchange(
	group: readonly (readonly (readonly number[])[])[],
	from: Int32Array,
	random: Random,
): void {
	const order = shuffle(group, random);
	group.forEach((block, at) => {
		block.forEach((places, side) => {
			const given = order[at]?.[side] ?? places;
			const values = given.length === 1 ? given : shuffle(given, random);
			places.forEach((place, index) => {
				from[place] = values[index] ?? place;
			});
		});
	});
}
