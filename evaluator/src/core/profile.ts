import { type Content, type Leaf, shareHeld } from "./content.ts";
import type { StepContent } from "./data-flow.ts";
import { type Distribution, distributionOf, surprise } from "./surprise.ts";

/** What healthy executions of a component pass on and give, part by part of their structure: a contract that nobody had to write. */
export interface Profile {
	readonly executions: number;
	/** Path of the input → shares of its words that went on into the output. */
	readonly kept: ReadonlyMap<string, Distribution>;
	/** Path of the output → what stands there. */
	readonly values: ReadonlyMap<string, ValueProfile>;
}

interface ValueProfile {
	/** Executions that had the path. */
	readonly present: number;
	/** Type or pattern of characters → executions in which it stood there; null where there are too many to be a pattern. */
	readonly patterns: ReadonlyMap<string, number> | null;
	/** Value → executions; null where there are too many. */
	readonly values: ReadonlyMap<Leaf, number> | null;
	/** Numbers, as signed logarithms, and lengths of texts, in doublings. */
	readonly sizes: Distribution;
	/** How many leaves stood there, in doublings. */
	readonly counts: Distribution;
}

const MAX_SAMPLE = 400;
const MAX_PATTERNS = 12;
const MAX_VALUES = 12;
const MIN_EXECUTIONS = 20;
/** A path must have been there in this many executions before what stands there is usual. */
const MIN_PRESENT = 20;

/** Collects executions into a profile. */
export class ProfileBuilder {
	private executions = 0;
	private readonly kept = new Map<string, number[]>();
	private readonly values = new Map<string, MutableValues>();

	add({ input, output }: StepContent): void {
		this.executions++;
		if (output.raw === "") return;
		for (const [path, { words }] of input.parts) {
			const share = shareHeld(words, output.words);
			if (share !== null) sample(this.kept, path, share);
		}
		for (const [path, { leaves }] of output.parts) {
			const values = this.values.get(path) ?? newValues();
			this.values.set(path, values);
			addLeaves(values, leaves);
		}
	}

	finish(): Profile {
		return {
			executions: this.executions,
			kept: new Map([...this.kept].map(([path, shares]) => [path, distributionOf(shares)])),
			values: new Map(
				[...this.values].map(([path, { present, patterns, values, sizes, counts }]) => [
					path,
					{ present, patterns, values, sizes: distributionOf(sizes), counts: distributionOf(counts) },
				]),
			),
		};
	}
}

interface MutableValues {
	present: number;
	patterns: Map<string, number> | null;
	values: Map<Leaf, number> | null;
	readonly sizes: number[];
	readonly counts: number[];
}

const newValues = (): MutableValues => ({
	present: 0,
	patterns: new Map(),
	values: new Map(),
	sizes: [],
	counts: [],
});

function addLeaves(into: MutableValues, leaves: readonly Leaf[]): void {
	into.present++;
	into.patterns = addDistinct(into.patterns, leaves.map(patternOf), MAX_PATTERNS);
	into.values = addDistinct(into.values, leaves, MAX_VALUES);
	if (into.counts.length >= MAX_SAMPLE) return;
	into.counts.push(Math.log2(1 + leaves.length));
	const sizes = leaves.map(sizeOf).filter((size) => size !== null);
	if (sizes.length > 0) into.sizes.push(Math.max(...sizes));
}

/** Counts distinct values once an execution; null as soon as there are too many. */
function addDistinct<Value>(
	counts: Map<Value, number> | null,
	found: readonly Value[],
	limit: number,
): Map<Value, number> | null {
	if (counts === null) return null;
	for (const value of new Set(found)) counts.set(value, (counts.get(value) ?? 0) + 1);
	return counts.size > limit ? null : counts;
}

/**
 * How a value is written: its type, or for text the order of its kinds of characters, so that dates, codes and prose can be told apart.
 *
 * @example
 * patternOf("2026-01-31"); // "9-9-9"
 * patternOf("two words"); // "text"
 */
export function patternOf(leaf: Leaf): string {
	if (typeof leaf !== "string") return leaf === null ? "null" : typeof leaf;
	if (leaf === "") return "empty";
	if (leaf.length > 40 || /\p{L}+\s+\p{L}/u.test(leaf)) return "text";
	return leaf.replace(/\p{L}+/gu, "a").replace(/\p{N}+/gu, "9");
}

/** Numbers as signed logarithms (a factor of a hundred is as far for small ones as for large ones), texts by length. */
function sizeOf(leaf: Leaf): number | null {
	if (typeof leaf === "string") return Math.log2(1 + leaf.length);
	if (typeof leaf !== "number" || !Number.isFinite(leaf)) return null;
	return Math.sign(leaf) * Math.log2(1 + Math.abs(leaf));
}

/** The strangest part of an execution, in standard deviations from what is usual there. */
export interface Strangest {
	readonly z: number;
	readonly text: string;
}

/** The part that was passed on least. */
export interface LeastKept extends Strangest {
	/** The median share that healthy executions pass on of it. */
	readonly usual: number;
}

/**
 * Which part of the input was passed on least, compared with what healthy executions pass on of it.
 *
 * @param own the execution is itself one of the profile's, so it must not vouch for itself.
 * @returns null where too little is known of every part.
 */
export function leastKept(
	{ input, output }: Pick<StepContent, "input" | "output">,
	profile: Profile,
	own: boolean,
): LeastKept | null {
	if (profile.executions < MIN_EXECUTIONS || output.raw === "") return null;
	let worst: LeastKept | null = null;
	for (const [path, { words }] of input.parts) {
		const usual = profile.kept.get(path);
		const share = usual === undefined ? null : shareHeld(words, output.words);
		if (usual === undefined || share === null || usual.ascending.length < MIN_PRESENT) continue;
		const z = surprise(share, "low", usual, { member: own });
		if (worst !== null && worst.z >= z) continue;
		const middle = usual.ascending[usual.ascending.length >> 1] ?? 0;
		const where = path === "" ? "its input" : `\`${path}\` of its input`;
		worst = {
			z,
			usual: middle,
			text: `${percent(share)} of the words of ${where} are in what it passed on (usually ${percent(middle)})`,
		};
	}
	return worst;
}

/** Which value of the output is least like what stands there in healthy executions: type, form, value, size, number. */
export function strangestValue(output: Content, profile: Profile, own: boolean): Strangest | null {
	if (profile.executions < MIN_EXECUTIONS || output.raw === "") return null;
	let worst: Strangest | null = null;
	for (const [path, { leaves }] of output.parts) {
		const usual = profile.values.get(path);
		if (usual === undefined || usual.present < MIN_PRESENT) continue;
		const found = strangeLeaves(leaves, usual, own, path === "" ? "its output" : `\`${path}\``);
		if (worst === null || found.z > worst.z) worst = found;
	}
	return worst;
}

function strangeLeaves(leaves: readonly Leaf[], usual: ValueProfile, own: boolean, where: string): Strangest {
	const found: Strangest[] = [{ z: 0, text: "its values are as usual" }];
	const mine = own ? 1 : 0;
	const n = usual.present - mine;
	const unusual = <Value>(value: Value, counts: ReadonlyMap<Value, number> | null, what: string): void => {
		if (counts === null) return;
		const seen = Math.max(0, (counts.get(value) ?? 0) - mine);
		const z = rarity(seen, n, counts.size);
		if (z > 0) found.push({ z, text: `${where} is ${what}, seen there in ${seen} of ${n} executions` });
	};
	for (const leaf of new Set(leaves)) {
		unusual(patternOf(leaf), usual.patterns, `written as “${patternOf(leaf)}”`);
		unusual(leaf, usual.values, `“${String(leaf).slice(0, 40)}”`);
	}
	const sizes = leaves.map(sizeOf).filter((size) => size !== null);
	if (sizes.length > 0 && usual.sizes.ascending.length >= MIN_PRESENT) {
		const z = surprise(Math.max(...sizes), "both", usual.sizes, { member: own });
		found.push({ z, text: `${where} is unusually ${sizeWord(sizes, usual.sizes)}` });
	}
	const z = surprise(Math.log2(1 + leaves.length), "both", usual.counts, { member: own });
	found.push({ z, text: `${where} stands there ${leaves.length} times` });
	return found.reduce((best, one) => (one.z > best.z ? one : best));
}

function sizeWord(sizes: readonly number[], usual: Distribution): string {
	const middle = usual.ascending[usual.ascending.length >> 1] ?? 0;
	return Math.max(...sizes) > middle ? "large or long" : "small or short";
}

/** A category's strangeness: the normal score of its frequency, discounted by how many categories there are to be surprised by. */
function rarity(seen: number, n: number, categories: number): number {
	const p = ((seen + 1) / (n + 1)) * categories;
	return p >= 0.5 ? 0 : Math.sqrt(Math.max(0, -2 * Math.log(2 * p)));
}

function sample(lists: Map<string, number[]>, key: string, value: number): void {
	const list = lists.get(key);
	if (list === undefined) lists.set(key, [value]);
	else if (list.length < MAX_SAMPLE) list.push(value);
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
