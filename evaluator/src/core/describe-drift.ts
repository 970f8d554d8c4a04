import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import type { DriftText } from "./drift-test.ts";
import { fisherExact } from "./fisher.ts";
import { clusterTexts } from "./input-clusters.ts";
import type { Count } from "./interval.ts";
import { quantile } from "./quantile.ts";
import { wordsOf } from "./words.ts";

/** A text with the run it is of. */
export interface DescribedText extends DriftText {
	readonly traceId: string;
	readonly text: string;
}

/** A share that moved: of tasks whose texts hold a word, or are of a cluster. */
export interface MovedShare {
	readonly name: string;
	readonly before: Count;
	readonly after: Count;
	readonly p: number;
	/** Corrected for all words, or all clusters, that were tested. */
	readonly q: number;
}

/** What changed between two groups of texts, to be read by people. */
export interface DriftDescription {
	/** Those with q at most 0.05, the surest first, at most 12. */
	readonly words: readonly MovedShare[];
	readonly wordsTested: number;
	/** Every cluster of like texts; empty where the texts fall into none, or it was not asked for. */
	readonly clusters: readonly MovedShare[];
	/** Median characters. */
	readonly length: { readonly before: number | null; readonly after: number | null };
	/** Runs of the later group that show the change most. */
	readonly examples: readonly { readonly traceId: string; readonly text: string }[];
}

const SURE = 0.05;
const MOST_WORDS = 12;
/** A word of fewer tasks cannot be told from chance. */
const FEWEST_TASKS = 4;
const MAX_CHARACTERS = 4000;
const EXAMPLES = 3;
const EXCERPT = 160;

/**
 * Says which words and clusters moved: Fisher's exact test on the share of tasks (a task counts once in a group, however many runs it has), with
 * Benjamini and Hochberg's correction over everything tested.
 *
 * @param clusters whether to look for clusters, which costs most of the time.
 * @example
 * describeDrift(lastWeek, today).words[0]; // { name: "voucher", before: { successes: 0, n: 300 }, after: { successes: 12, n: 90 }, … }
 */
export function describeDrift(
	before: readonly DescribedText[],
	after: readonly DescribedText[],
	{ clusters = true }: { readonly clusters?: boolean } = {},
): DriftDescription {
	const words = new Map([...before, ...after].map((text) => [text, wordSetOf(text.text)]));
	const held = (text: DescribedText): ReadonlySet<string> => words.get(text) ?? new Set();
	const moved = compareShares(
		holders(before, held),
		holders(after, held),
		{ before: tasksOf(before), after: tasksOf(after) },
		FEWEST_TASKS,
	);
	const sure = moved.filter(({ q }) => q <= SURE).slice(0, MOST_WORDS);
	const lengths = (texts: readonly DescribedText[]): number | null =>
		quantile(
			texts.map(({ length }) => length),
			0.5,
		);
	const length = { before: lengths(before), after: lengths(after) };
	return {
		words: sure,
		wordsTested: moved.length,
		clusters: clusters ? compareClusters(before, after, held) : [],
		length,
		examples: examplesOf(after, sure, held, length.before ?? 0),
	};
}

const wordSetOf = (text: string): ReadonlySet<string> => new Set(wordsOf(text.slice(0, MAX_CHARACTERS)));

const tasksOf = (texts: readonly DescribedText[]): number =>
	new Set(texts.map(({ cluster }) => cluster)).size;

/** Name → the tasks that hold it. */
function holders(
	texts: readonly DescribedText[],
	namesOf: (text: DescribedText) => Iterable<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
	const tasks = new Map<string, Set<string>>();
	for (const text of texts) {
		for (const name of namesOf(text)) {
			const known = tasks.get(name);
			if (known === undefined) tasks.set(name, new Set([text.cluster]));
			else known.add(text.cluster);
		}
	}
	return tasks;
}

function compareShares(
	before: ReadonlyMap<string, ReadonlySet<string>>,
	after: ReadonlyMap<string, ReadonlySet<string>>,
	tasks: { readonly before: number; readonly after: number },
	fewest: number,
): MovedShare[] {
	const tested = [...new Set([...before.keys(), ...after.keys()])]
		.map((name) => ({
			name,
			before: { successes: before.get(name)?.size ?? 0, n: tasks.before },
			after: { successes: after.get(name)?.size ?? 0, n: tasks.after },
		}))
		.filter((share) => share.before.successes + share.after.successes >= fewest)
		.map((share) => ({ ...share, p: Math.min(1, fisherExact(share.before, share.after).exact) }));
	const qValues = benjaminiHochberg(tested.map(({ p }) => p));
	return tested
		.map((share, at) => ({ ...share, q: qValues[at] ?? 1 }))
		.sort((a, b) => a.p - b.p || (a.name < b.name ? -1 : 1));
}

function compareClusters(
	before: readonly DescribedText[],
	after: readonly DescribedText[],
	held: (text: DescribedText) => ReadonlySet<string>,
): readonly MovedShare[] {
	const texts = [...before, ...after];
	const names = new Map(clusterTexts(texts.map(held)).map((name, at) => [texts[at], name] as const));
	if (new Set(names.values()).size < 2) return [];
	const clusterOf = (text: DescribedText): string[] => [
		names.get(text) || "(no words in common with others)",
	];
	return compareShares(
		holders(before, clusterOf),
		holders(after, clusterOf),
		{ before: tasksOf(before), after: tasksOf(after) },
		0,
	);
}

/** Texts that hold most of the words that became more frequent; where no word did, those whose length is farthest from what was usual. */
function examplesOf(
	after: readonly DescribedText[],
	words: readonly MovedShare[],
	held: (text: DescribedText) => ReadonlySet<string>,
	usualLength: number,
): DriftDescription["examples"] {
	const risen = words.filter(
		(word) => word.after.successes / word.after.n > word.before.successes / word.before.n,
	);
	const showing = (text: DescribedText): number =>
		risen.length > 0
			? risen.filter(({ name }) => held(text).has(name)).length
			: Math.abs(Math.log2((1 + text.length) / (1 + usualLength)));
	const seen = new Set<string>();
	return after
		.map((text) => ({ text, shown: showing(text) }))
		.filter(({ shown }) => shown > 0)
		.sort((a, b) => b.shown - a.shown || (a.text.traceId < b.text.traceId ? -1 : 1))
		.filter(({ text }) => !seen.has(text.cluster) && seen.add(text.cluster))
		.slice(0, EXAMPLES)
		.map(({ text }) => ({ traceId: text.traceId, text: excerptOf(text.text, risen) }));
}

/** The part of a text that begins shortly before the first of the words. */
function excerptOf(text: string, words: readonly MovedShare[]): string {
	const lower = text.toLowerCase();
	const places = words.map(({ name }) => lower.indexOf(name)).filter((at) => at >= 0);
	const first = places.length === 0 ? 0 : Math.min(...places);
	if (first < EXCERPT / 2) return text.slice(0, EXCERPT);
	// From the beginning of a word.
	const from = text.lastIndexOf(" ", first - EXCERPT / 4) + 1;
	return `… ${text.slice(from, from + EXCERPT)}`;
}
