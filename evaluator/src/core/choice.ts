import type { Content, Leaf } from "./content.ts";
import type { StepContent } from "./data-flow.ts";

/**
 * Learns what a component chooses given its input, where its output holds a value out of a few: a router's route, an agent's next tool, a
 * flag. Naive Bayes over the input's words (McCallum, Nigam 1998, Bernoulli model restricted to present words).
 */
export interface ChoiceModel {
	readonly executions: number;
	/** Path of the output → what was chosen there. */
	readonly choices: ReadonlyMap<string, Choice>;
}

interface Choice {
	readonly counts: ReadonlyMap<Leaf, number>;
	/** Word of the input → value → executions in which both stood. */
	readonly words: ReadonlyMap<number, ReadonlyMap<Leaf, number>>;
}

const MAX_VALUES = 8;
const MIN_EXECUTIONS = 40;
const MAX_WORDS = 20_000;
/** Words of the input that decide; the others of a long input would only repeat them. */
const DECIDING_WORDS = 12;

export class ChoiceBuilder {
	private executions = 0;
	private readonly choices = new Map<
		string,
		{ counts: Map<Leaf, number>; words: Map<number, Map<Leaf, number>> } | null
	>();

	add({ input, output }: StepContent): void {
		this.executions++;
		for (const [path, { leaves }] of output.parts) {
			const known = this.choices.get(path);
			if (known === null) continue;
			const [value] = leaves;
			const choice = known ?? { counts: new Map(), words: new Map() };
			if (leaves.length !== 1 || value === undefined || isLong(value)) {
				this.choices.set(path, null);
				continue;
			}
			choice.counts.set(value, (choice.counts.get(value) ?? 0) + 1);
			this.choices.set(path, choice.counts.size > MAX_VALUES ? null : choice);
			for (const word of input.words) {
				const counts = choice.words.get(word) ?? new Map<Leaf, number>();
				if (choice.words.size < MAX_WORDS) choice.words.set(word, counts);
				counts.set(value, (counts.get(value) ?? 0) + 1);
			}
		}
	}

	finish(): ChoiceModel {
		const choices = new Map<string, Choice>();
		for (const [path, choice] of this.choices) {
			if (choice !== null && choice.counts.size > 1 && this.executions >= MIN_EXECUTIONS)
				choices.set(path, choice);
		}
		return { executions: this.executions, choices };
	}
}

const isLong = (value: Leaf): boolean => typeof value === "string" && value.length > 40;

/** The least expected choice of an execution: how probable it was given the input. */
export interface LeastExpected {
	readonly probability: number;
	readonly text: string;
}

/**
 * How probable the choices of an execution were, given its input; the least probable one.
 *
 * @param own the execution is itself one of those learned from, so it is taken out.
 * @returns null where the component does not choose.
 */
export function leastExpectedChoice(
	{ input, output }: { readonly input: Content; readonly output: Content },
	model: ChoiceModel,
	own: boolean,
): LeastExpected | null {
	let least: LeastExpected | null = null;
	for (const [path, choice] of model.choices) {
		const value = output.parts.get(path)?.leaves[0];
		if (value === undefined || !choice.counts.has(value)) continue;
		const posterior = posteriorOf(input, choice, own ? value : undefined);
		const probability = posterior.get(value) ?? 0;
		if (least !== null && least.probability <= probability) continue;
		const [best = value] = [...posterior].sort((a, b) => b[1] - a[1])[0] ?? [];
		const name = path === "" ? "its choice" : `\`${path}\``;
		least = {
			probability,
			text:
				best === value
					? `${name} is “${String(value)}”, as for inputs like this`
					: `${name} is “${String(value)}”, where inputs like this get “${String(best)}” (probability ${probability.toPrecision(2)})`,
		};
	}
	return least;
}

function posteriorOf(input: Content, choice: Choice, own: Leaf | undefined): Map<Leaf, number> {
	const values = [...choice.counts.keys()];
	const counts = values.map((value) => (choice.counts.get(value) ?? 0) - (value === own ? 1 : 0));
	const total = counts.reduce((sum, count) => sum + count, 0);
	const logs = counts.map((count) => Math.log((count + 0.5) / (total + 0.5 * values.length)));
	const ratios: number[][] = [];
	for (const word of input.words) {
		const seen = choice.words.get(word);
		if (seen === undefined) continue;
		const shares = values.map((value, at) => {
			const both = (seen.get(value) ?? 0) - (value === own ? 1 : 0);
			return Math.log((both + 0.5) / ((counts[at] ?? 0) + 1));
		});
		ratios.push(shares);
	}
	// The words that separate the values most; the rest is noise that naive Bayes would count as independent.
	const spread = (shares: readonly number[]): number => Math.max(...shares) - Math.min(...shares);
	for (const shares of ratios.sort((a, b) => spread(b) - spread(a)).slice(0, DECIDING_WORDS))
		for (const [at, share] of shares.entries()) logs[at] = (logs[at] ?? 0) + share;
	const most = Math.max(...logs);
	const weights = logs.map((log) => Math.exp(log - most));
	const sum = weights.reduce((all, weight) => all + weight, 0);
	return new Map(values.map((value, at) => [value, (weights[at] ?? 0) / sum]));
}
