/**
 * The local model's mind: it answers a prompt with the prompt's own best lines, and knows nothing besides.
 *
 * @module
 */
import { stemAnalyser } from "./analyser.ts";
import { seededRandom } from "./random.ts";

/** What distinguishes one local model from another. */
export interface ModelTraits {
	/** Whether words that are rare in the prompt count for more, as they should. */
	readonly weighsRareWords: boolean;
	/** How much of the documents it reads, 0..1. */
	readonly attention: number;
	/** How far its judgement of a line strays, at temperature 1. */
	readonly noise: number;
	/** How often it takes a lesser line for the best, at temperature 1. */
	readonly slips: number;
	/** How many lines that follow one another it takes together. */
	readonly passageLines: number;
	readonly maxStatements: number;
}

/** The local models by id. */
export const LOCAL_MODELS: Readonly<Record<string, ModelTraits>> = {
	"extractive-large": {
		weighsRareWords: true,
		attention: 1,
		noise: 0.15,
		slips: 0.06,
		passageLines: 4,
		maxStatements: 3,
	},
	"extractive-small": {
		weighsRareWords: false,
		attention: 0.6,
		noise: 0.5,
		slips: 0.1,
		passageLines: 1,
		maxStatements: 1,
	},
};

/** A line of the prompt, or some that follow one another, that could be a statement of the answer. */
interface Passage {
	readonly text: string;
	readonly marker: string;
	readonly terms: ReadonlySet<string>;
	/** Terms of the document's title and of the line before. */
	readonly around: ReadonlySet<string>;
	/** Positions in the prompt of its first line and of the line after its last. */
	readonly from: number;
	readonly until: number;
}

interface Scored {
	readonly passage: Passage;
	readonly score: number;
}

const REFUSAL = "I cannot answer that from the documentation.";

/** What the lines around a line count for, against its own words. */
const CONTEXT_WEIGHT = 0.45;
/** The least share of the question's weight that a line has to match. */
const LEAST_MATCH = 0.3;
/** How close to the best passage another has to come to be said as well. */
const CLOSE = 0.8;
/** Longer passages than this are not put together from lines. */
const PASSAGE_CHARACTERS = 320;
/** A line as short as this is not said alone where another follows it. */
const SHORT_LINE_CHARACTERS = 70;
/** What every line beyond the first, and being nothing but code, takes from a passage's score. */
const LENGTH_PRICE = 0.03;
const CODE_PRICE = 0.15;

/**
 * Answers the prompt. The same prompt, seed and temperature give the same answer.
 *
 * @example answerPrompt(messages.at(-1).content, traits, { seed: 1, temperature: 0.3 }) // "Use `npm install ajv`. [1]"
 */
export function answerPrompt(
	prompt: string,
	traits: ModelTraits,
	{ seed = 0, temperature = 1 }: { seed?: number | undefined; temperature?: number | undefined } = {},
): string {
	const asked = prompt.lastIndexOf("Question:");
	const question = new Set(stemAnalyser.terms(asked < 0 ? prompt : prompt.slice(asked + "Question:".length)));
	const material = asked < 0 ? "" : prompt.slice(0, asked);
	const passages = readPassages(
		material.slice(0, Math.floor(material.length * traits.attention)),
		traits.passageLines,
	);
	const weights = weighTerms(question, passages, traits.weighsRareWords);
	const random = seededRandom(`${seed}\n${prompt}`);
	const spread = traits.noise * temperature;
	const ranked = passages
		.map((passage) => ({
			passage,
			score: scorePassage(passage, weights) * (1 + spread * (random() + random() - 1)),
		}))
		.sort((a, b) => b.score - a.score || a.passage.from - b.passage.from);
	const best = ranked[0];
	const slips = random() < traits.slips * temperature;
	return writeAnswer(
		slips && best ? ranked.filter((other) => !overlaps(other, best)) : ranked,
		traits.maxStatements,
	);
}

function writeAnswer(ranked: readonly Scored[], maxStatements: number): string {
	const best = ranked[0];
	if (best === undefined || best.score < LEAST_MATCH) return REFUSAL;
	const said: Scored[] = [];
	for (const candidate of ranked) {
		if (said.length === maxStatements || candidate.score < best.score * CLOSE) break;
		if (!said.some((other) => overlaps(candidate, other))) said.push(candidate);
	}
	return said.map(({ passage }) => `${passage.text} ${passage.marker}`).join("\n");
}

function overlaps({ passage: one }: Scored, { passage: other }: Scored): boolean {
	return one.from < other.until && other.from < one.until;
}

/** Each question term's share of the question, rarer ones in the prompt more. */
function weighTerms(
	question: ReadonlySet<string>,
	passages: readonly Passage[],
	weighsRareWords: boolean,
): Map<string, number> {
	const raw = [...question].map((term): [string, number] => {
		const holders = passages.filter(({ terms, around }) => terms.has(term) || around.has(term)).length;
		const rarity = Math.log(1 + passages.length / (1 + holders));
		return [term, weighsRareWords ? rarity : 1 / (0.2 + rarity)];
	});
	const total = raw.reduce((sum, [, weight]) => sum + weight, 0);
	return new Map(raw.map(([term, weight]) => [term, weight / total]));
}

function scorePassage(passage: Passage, weights: ReadonlyMap<string, number>): number {
	let score = 0;
	for (const [term, weight] of weights) {
		if (passage.terms.has(term)) score += weight;
		else if (passage.around.has(term)) score += weight * CONTEXT_WEIGHT;
	}
	const length = 1 - LENGTH_PRICE * (passage.until - passage.from - 1);
	return score * length * (/^`[^`]*`$/.test(passage.text) ? 1 - CODE_PRICE : 1);
}

interface Line {
	readonly text: string;
	readonly terms: readonly string[];
}

/** Cuts the prompt's documents into passages that can stand alone. */
function readPassages(material: string, maxLines: number): Passage[] {
	const passages: Passage[] = [];
	let position = 0;
	for (const source of material.split(/(?=<(?:document|package) marker=)/)) {
		const head = /^<\w+ marker="(?<marker>\[[^\]]+\])"[^>]*?(?:title|name)="(?<title>[^"]*)"[^>]*>/.exec(
			source,
		);
		const title = stemAnalyser.terms(head?.groups?.["title"] ?? "");
		const content = source.slice(head?.[0].length ?? 0).replace(/<\/(document|package)>?/g, "");
		const lines = readLines(content).map((text): Line => ({ text, terms: stemAnalyser.terms(text) }));
		for (const [index, line] of lines.entries()) {
			const around = new Set([...title, ...(lines[index - 1]?.terms ?? [])]);
			const marker = head?.groups?.["marker"] ?? "";
			const from = position + index;
			for (const taken of growPassage(line, lines.slice(index + 1, index + maxLines))) {
				const text = taken.map((part) => part.text).join(" ");
				const terms = new Set(taken.flatMap((part) => part.terms));
				passages.push({ text, marker, terms, around, from, until: from + taken.length });
			}
		}
		position += lines.length;
	}
	return passages;
}

/** The line alone, then with the next ones; what announces another line, or is very short, is not left without it. */
function growPassage(line: Line, next: readonly Line[]): Line[][] {
	const needsMore = line.text.endsWith(":") || line.text.length < SHORT_LINE_CHARACTERS;
	const grown: Line[][] = needsMore && next.length > 0 ? [] : [[line]];
	let taken = [line];
	for (const following of next) {
		taken = [...taken, following];
		if (taken.reduce((sum, { text }) => sum + text.length, 0) > PASSAGE_CHARACTERS) break;
		if (!following.text.endsWith(":")) grown.push(taken);
	}
	return grown.length > 0 ? grown : [[line]];
}

/** Prose by sentence, lists by item, tables by row, code by line. */
function readLines(content: string): string[] {
	return content
		.split(/^\s*```.*$/m)
		.flatMap((part, index) => (index % 2 === 1 ? codeLines(part) : proseLines(part)));
}

function codeLines(code: string): string[] {
	return code
		.split("\n")
		.map((line) => line.trim().replaceAll("`", "'"))
		.filter((line) => /[\p{L}\p{N}]{2}/u.test(line))
		.map((line) => `\`${line}\``);
}

function proseLines(prose: string): string[] {
	return prose
		.split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|\|)\s)|\n(?=[A-Z][\w.]*: )/)
		.flatMap((block) => (/^\s*(?:[-*+]|\d+\.|\|)\s/.test(block) ? [block] : sentences(block)))
		.map((line) => plain(line))
		.filter((line) => /[\p{L}\p{N}]{2}/u.test(line));
}

function sentences(block: string): string[] {
	return block.split(/(?<=[.!?:])\s+(?=[\p{Lu}`*(])/u);
}

function plain(line: string): string {
	return line
		.replace(/^\s*(?:[-*+>]|\d+\.)\s+/, "")
		.replace(/^\s*\||\|\s*$/g, "")
		.replace(/\*\*/g, "")
		.replace(/\s*\|\s*/g, " | ")
		.replace(/\s+/g, " ")
		.trim();
}
