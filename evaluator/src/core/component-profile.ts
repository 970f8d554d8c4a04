/**
 * What healthy executions of a component look like, in a form that can be kept, merged and read by people: the shape of what goes in and out, small
 * sets of values, vocabulary, and distributions of lengths, counts, scores and times.
 *
 * @module
 */

import { readContent } from "./content.ts";
import { readDocuments } from "./retrieved-documents.ts";
import type { Step } from "./trace.ts";
import { wordsOf } from "./words.ts";

/** Bin → executions. Bins are quarters of a doubling: they add up when profiles are merged, and SQL can count them. */
export type Histogram = Readonly<Record<string, number>>;

/** What is measured of an execution; times in microseconds, lengths in characters. */
export const MEASURES = [
	"duration",
	"self_time",
	"input_length",
	"output_length",
	"output_tokens",
	"documents",
	"top_score",
] as const;
export type Measure = (typeof MEASURES)[number];

/** How long things take depends on the machine: it is kept and shown, and never makes an execution strange or a reference drift. */
export const TIMES: ReadonlySet<Measure> = new Set(["duration", "self_time"]);

export interface ComponentProfile {
	readonly format: 1;
	readonly executions: number;
	/** Version of the component → executions. */
	readonly versions: Readonly<Record<string, number>>;
	/** `path: type` → executions that had it. */
	readonly inputShape: Readonly<Record<string, number>>;
	readonly outputShape: Readonly<Record<string, number>>;
	/** Path of the output → value → executions; null where there are too many to list. */
	readonly values: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
	readonly measures: Readonly<Partial<Record<Measure, Histogram>>>;
	/** Word → executions, the commonest. */
	readonly words: Readonly<Record<string, number>>;
	/** How strange executions were among the others, the latest ones: what novelty is held against. */
	readonly strangeness: readonly number[];
}

/** One execution as a profile sees it. */
export interface Execution {
	readonly version: string;
	readonly inputShape: readonly string[];
	readonly outputShape: readonly string[];
	/** Path of the output → the values that stood there. */
	readonly values: ReadonlyMap<string, readonly string[]>;
	readonly measures: Readonly<Partial<Record<Measure, number>>>;
	readonly words: readonly string[];
}

const MAX_VALUES = 12;
const MAX_VALUE_LENGTH = 60;
const MAX_PATHS = 100;
const MAX_WORDS = 200;
const MAX_WORDS_READ = 400;
const MAX_STRANGENESS = 500;

/**
 * The bin of a value.
 *
 * @example
 * binOf(1023); // 40: ten doublings, four bins each
 */
export const binOf = (value: number): number =>
	Math.sign(value) * Math.floor(4 * Math.log2(1 + Math.abs(value)));

/** The middle of a bin, for people. */
export const valueOfBin = (bin: number): number => Math.sign(bin) * (2 ** ((Math.abs(bin) + 0.5) / 4) - 1);

/** Reads an execution. `selfUs`: its duration less what its children took. */
export function readExecution(step: Step, selfUs: number): Execution {
	const [input, output] = [readContent(step.input), readContent(step.output)];
	const values = new Map<string, readonly string[]>();
	for (const [path, { leaves }] of output.parts) {
		if (values.size >= MAX_PATHS) break;
		values.set(path, [...new Set(leaves.map((leaf) => String(leaf).slice(0, MAX_VALUE_LENGTH)))]);
	}
	const documents = readDocuments(step, output);
	const scores = documents?.flatMap(({ score }) => score ?? []) ?? [];
	const tokens = Number(step.attributes["gen_ai.usage.output_tokens"] ?? Number.NaN);
	return {
		version: step.version,
		inputShape: [...input.shape],
		outputShape: [...output.shape],
		values,
		measures: {
			duration: step.durationUs,
			self_time: selfUs,
			input_length: step.input.length,
			output_length: step.output.length,
			...(Number.isFinite(tokens) ? { output_tokens: tokens } : {}),
			...(documents === null ? {} : { documents: documents.length }),
			...(scores.length === 0 ? {} : { top_score: Math.max(...scores) }),
		},
		words: [...new Set(wordsOf(output.text.slice(0, 4_000)).slice(0, MAX_WORDS_READ))],
	};
}

/** Learns a profile from executions. */
export function learnProfile(executions: readonly Execution[]): ComponentProfile {
	const counted = countProfile(executions);
	// Each is held against all, itself among them, as a new one will be with itself counted in: so they are exchangeable.
	const strangeness = executions
		.slice(-MAX_STRANGENESS)
		.map((execution) => strangestOf(execution, counted, 0).score);
	return { ...counted, strangeness };
}

/** Only the counts of a profile, which is most of it and quickly done: enough to compare profiles, not to judge an execution. */
export function countProfile(executions: readonly Execution[]): ComponentProfile {
	const builder = new ProfileCounts();
	for (const execution of executions) builder.add(execution);
	return { ...builder.finish(executions.length), strangeness: [] };
}

type Counts = Record<string, number>;

class ProfileCounts {
	private readonly versions: Counts = {};
	private readonly inputShape: Counts = {};
	private readonly outputShape: Counts = {};
	private readonly values: Record<string, Counts | null> = {};
	private readonly measures: Partial<Record<Measure, Counts>> = {};
	private readonly words: Counts = {};

	add({ version, inputShape, outputShape, values, measures, words }: Execution): void {
		count(this.versions, version);
		for (const path of inputShape) count(this.inputShape, path);
		for (const path of outputShape) count(this.outputShape, path);
		for (const word of words) count(this.words, word);
		for (const [path, found] of values) {
			const known = this.values[path] === undefined ? {} : this.values[path];
			if (known !== null) for (const value of found) count(known, value);
			this.values[path] = known === null || Object.keys(known).length > MAX_VALUES ? null : known;
		}
		for (const measure of MEASURES) {
			const value = measures[measure];
			if (value === undefined) continue;
			const histogram = this.measures[measure] ?? {};
			this.measures[measure] = histogram;
			count(histogram, String(binOf(value)));
		}
	}

	finish(executions: number): Omit<ComponentProfile, "strangeness"> {
		const { versions, inputShape, outputShape, values, measures } = this;
		const words = commonest(this.words);
		return { format: 1, executions, versions, inputShape, outputShape, values, measures, words };
	}
}

function count(counts: Counts, key: string): void {
	counts[key] = (Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0) + 1;
}

const commonest = (words: Readonly<Counts>): Counts =>
	Object.fromEntries(
		Object.entries(words)
			.sort((a, b) => b[1] - a[1])
			.slice(0, MAX_WORDS),
	);

/**
 * Adds what newer executions showed to what is known.
 *
 * @param executions those that `newer` was learned from: how strange they are is told among all, because among a few nothing is.
 */
export function mergeProfiles(
	known: ComponentProfile,
	newer: ComponentProfile,
	executions: readonly Execution[],
): ComponentProfile {
	const merged = mergeCounts(known, newer);
	const strangeness = executions
		.slice(-MAX_STRANGENESS)
		.map((execution) => strangestOf(execution, merged, 0).score);
	return { ...merged, strangeness: [...known.strangeness, ...strangeness].slice(-MAX_STRANGENESS) };
}

function mergeCounts(
	known: ComponentProfile,
	newer: ComponentProfile,
): Omit<ComponentProfile, "strangeness"> {
	const values = Object.fromEntries(
		[...new Set([...Object.keys(known.values), ...Object.keys(newer.values)])].map((path) => {
			const [a, b] = [known.values[path], newer.values[path]];
			if (a === null || b === null) return [path, null];
			const sum = addCounts(a ?? {}, b ?? {});
			return [path, Object.keys(sum).length > MAX_VALUES ? null : sum];
		}),
	);
	const measures = Object.fromEntries(
		MEASURES.flatMap((measure) => {
			const [a, b] = [known.measures[measure], newer.measures[measure]];
			return a === undefined && b === undefined ? [] : [[measure, addCounts(a ?? {}, b ?? {})]];
		}),
	);
	return {
		format: 1,
		executions: known.executions + newer.executions,
		versions: addCounts(known.versions, newer.versions),
		inputShape: addCounts(known.inputShape, newer.inputShape),
		outputShape: addCounts(known.outputShape, newer.outputShape),
		values,
		measures,
		words: commonest(addCounts(known.words, newer.words)),
	};
}

function addCounts(a: Readonly<Counts>, b: Readonly<Counts>): Counts {
	const sum: Counts = { ...a };
	for (const [key, value] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + value;
	return sum;
}

/** How new an execution is to a profile. */
export interface Novelty {
	/** Share of healthy executions that are as strange: a conformal p-value (Vovk, Gammerman and Shafer 2005). */
	readonly p: number;
	/** What is strangest about it, for a person. */
	readonly text: string;
}

const MIN_EXECUTIONS = 20;

/**
 * How seldom a healthy execution of the component is as strange as this one; null where too little is known.
 *
 * @example
 * noveltyOf(readExecution(step, selfUs), profile)?.p; // 0.002
 */
export function noveltyOf(execution: Execution, profile: ComponentProfile): Novelty | null {
	const { strangeness } = profile;
	if (profile.executions < MIN_EXECUTIONS || strangeness.length < MIN_EXECUTIONS) return null;
	const { score, text } = strangestOf(execution, profile, 1);
	const asStrange = strangeness.filter((other) => other >= score - 1e-9).length;
	return { p: (1 + asStrange) / (strangeness.length + 1), text };
}

/** @param own 1 where the execution is not counted in the profile itself, so that it is counted in here. */
function strangestOf(
	{ inputShape, outputShape, values, measures }: Execution,
	profile: Omit<ComponentProfile, "strangeness">,
	own: 0 | 1,
): { readonly score: number; readonly text: string } {
	const n = profile.executions + own;
	let best = { score: 0, text: "it is as usual" };
	const see = (seen: number, of: number, text: () => string): void => {
		const score = -Math.log2(Math.min(1, seen / of));
		if (score > best.score + 1e-9) best = { score, text: text() };
	};
	for (const [side, shape, known] of [
		["input", inputShape, profile.inputShape],
		["output", outputShape, profile.outputShape],
	] as const) {
		const has = new Set(shape);
		for (const path of shape)
			see(
				(known[path] ?? 0) + own,
				n,
				() => `its ${side} has ${pathOf(path)}, as in ${known[path] ?? 0} of ${n - own}`,
			);
		for (const [path, seen] of Object.entries(known))
			if (!has.has(path))
				see(
					n - own - seen + own,
					n,
					() => `its ${side} lacks ${pathOf(path)}, which ${seen} of ${n - own} have`,
				);
	}
	for (const [path, found] of values) {
		const known = profile.values[path];
		if (known === undefined || known === null) continue;
		const present = Object.values(known).reduce((sum, one) => sum + one, own);
		for (const value of found)
			see(
				(known[value] ?? 0) + own,
				present,
				() => `\`${path}\` is “${value}”, as in ${known[value] ?? 0} of ${n - own}`,
			);
	}
	for (const measure of MEASURES) {
		const [value, histogram] = [measures[measure], profile.measures[measure]];
		if (value === undefined || histogram === undefined || TIMES.has(measure)) continue;
		const { low, high, all } = tailsOf(histogram, binOf(value));
		see(
			2 * (Math.min(low, high) + own),
			all + own,
			() => `its ${measure.replace("_", " ")} is ${Math.round(value)}`,
		);
	}
	return best;
}

/** Executions in the bin or below it, and in it or above it. */
function tailsOf(histogram: Histogram, bin: number): { low: number; high: number; all: number } {
	let [low, high, all] = [0, 0, 0];
	for (const [other, seen] of Object.entries(histogram)) {
		all += seen;
		if (Number(other) <= bin) low += seen;
		if (Number(other) >= bin) high += seen;
	}
	return { low, high, all };
}

/** A path with its type, as people write it. */
export const pathOf = (path: string): string => `\`${path.replace(/^: /, "")}\``;

/** The value below which a share of the executions lies, to the width of a bin; null for an empty histogram. */
export function quantileOf(histogram: Histogram, share: number): number | null {
	const bins = Object.entries(histogram)
		.map(([bin, seen]) => ({ bin: Number(bin), seen }))
		.sort((a, b) => a.bin - b.bin);
	const total = bins.reduce((sum, { seen }) => sum + seen, 0);
	let below = 0;
	for (const { bin, seen } of bins) {
		below += seen;
		if (below >= share * total) return valueOfBin(bin);
	}
	return null;
}
