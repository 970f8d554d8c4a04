import { parseJson, readContent, shareHeld } from "../core/content.ts";
import {
	type Figures,
	figuresIn,
	figuresOf,
	holdsNumber,
	holdsWritten,
	tellingNumbers,
} from "../core/figures.ts";
import { readModelInput, readModelTurn } from "../core/model-turn.ts";
import { isUsual } from "../core/reference.ts";
import { documentWords, readDocuments } from "../core/retrieved-documents.ts";
import type { Scorer, StepView } from "../core/score.ts";
import { hashWord, wordsOf } from "../core/words.ts";

/** Years and the like are said without having been told. */
const isYear = (value: number): boolean => Number.isInteger(value) && value >= 1900 && value <= 2100;
/** Of more numbers, sums and products come out by chance. */
const MAX_OPERANDS = 40;

/** A number in the answer that no tool gave, nothing told, and that is no sum, difference or product of two that were: the result contradicted. */
export const resultsContradicted: Scorer = {
	name: "results-contradicted",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const answer = lastAnswer(view);
		if (answer === null || answer.results.length === 0) return null;
		const said = tellingNumbers(figuresIn(answer.text)).filter(([value]) => !isYear(value));
		if (said.length === 0) return null;
		const unknown = said.filter((number) => !isGiven(number, view));
		if (unknown.length === 0) return { value: 1, text: "its numbers are those that it was given" };
		const operands = tellingOperands(answer.results);
		if (operands === null)
			return { value: null, text: "its numbers may be worked out of many that it was given" };
		const wrong = unknown.filter(([value]) => !isWorkedOut(value, operands));
		const [first] = wrong;
		if (first === undefined) return { value: 1, text: "its numbers follow from those that it was given" };
		const nearest = nearestOf(first[0], answer.results);
		const told = nearest === null ? "" : ` (a tool said “${nearest}”)`;
		return {
			value: 0,
			text: `no tool's result and nothing else that it was told explains “${first[1]}” in its answer${told}`,
		};
	},
};

/** As it is written, which is quickly said, or as another notation of the same number. */
const isGiven = ([value, written]: readonly [number, string], { input, question }: StepView): boolean =>
	holdsWritten(input.text, written) || holdsNumber([figuresOf(input), figuresOf(question)], value);

/** The share of the numbers and codes in an answer that stand in what the model was given; measured beside what is usual. */
export const answerFigures: Scorer = {
	name: "answer-figures",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		const { step, input, output, question } = view;
		if (step.kind !== "model" || output.raw === "" || input.raw === "") return null;
		const { text, calls } = readModelTurn(output);
		if (calls.length > 0) return null;
		const said = figuresIn(text);
		const numbers = tellingNumbers(said);
		const total = numbers.length + said.codes.size;
		if (total === 0) return null;
		const held =
			numbers.filter((number) => isGiven(number, view)).length +
			[...said.codes.values()].filter(
				(code) => holdsWritten(input.text, code) || holdsWritten(question.text, code),
			).length;
		const value = held / total;
		return {
			value,
			text: `${held} of the ${total} numbers and codes in its answer stand in what it was given`,
		};
	},
};

/** Shorter words stand in anything. */
const MIN_WORD = 4;

/** The share of the tools' results of which the answer takes something up: a result that was ignored. */
export const resultsUsed: Scorer = {
	name: "results-used",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		const answer = lastAnswer(view);
		if (answer === null || answer.results.length === 0) return null;
		const words = wordsOf(answer.text).filter((word) => {
			const hash = hashWord(word);
			return word.length >= MIN_WORD && !view.question.words.has(hash) && !isUsual(hash, view.reference);
		});
		const figures = figuresIn(answer.text);
		const used = answer.results.map((result) => {
			const text = result.toLowerCase();
			if (words.some((word) => text.includes(word))) return true;
			return tellingNumbers(figuresIn(result)).some(([number]) => holdsNumber([figures], number));
		});
		const value = used.filter(Boolean).length / used.length;
		return {
			value,
			text: `its answer takes up ${used.filter(Boolean).length} of the ${used.length} results that its tools gave`,
		};
	},
};

/** Of a long conversation, the latest results. */
const MAX_RESULTS = 12;

/** The final answer of a model that had tools; null while it still calls them. */
function lastAnswer({ step, input, output }: StepView): {
	readonly text: string;
	readonly results: readonly string[];
} | null {
	if (step.kind !== "model" || output.raw === "" || input.raw === "") return null;
	const { text, calls } = readModelTurn(output);
	if (calls.length > 0 || text.trim() === "") return null;
	return { text, results: readModelInput(input).results.slice(-MAX_RESULTS) };
}

function tellingOperands(results: readonly string[]): readonly number[] | null {
	const values = new Set<number>();
	for (const result of results) for (const value of figuresIn(result).numbers.keys()) values.add(value);
	return values.size > MAX_OPERANDS ? null : [...values];
}

/** A sum, a difference, a product or a quotient of two that were given, to the cent; or the sum of all of one list. */
function isWorkedOut(value: number, operands: readonly number[]): boolean {
	const near = (other: number): boolean => Math.abs(other - value) < 0.0051;
	for (const [at, a] of operands.entries())
		for (const b of operands.slice(at))
			if (near(a + b) || near(Math.abs(a - b)) || near(a * b) || near(a / b) || near(b / a)) return true;
	return false;
}

function nearestOf(value: number, results: readonly string[]): string | null {
	let best: { readonly written: string; readonly distance: number } | null = null;
	for (const result of results) {
		for (const [other, written] of tellingNumbers(figuresIn(result))) {
			const distance = Math.abs(other - value);
			if (best === null || distance < best.distance) best = { written, distance };
		}
	}
	return best?.written ?? null;
}

/** Fields of a JSON answer that name sources. */
const SOURCE_FIELDS = new Set([
	"sources",
	"citations",
	"references",
	"source_ids",
	"cited",
	"quellen",
	"fuentes",
	"doc_ids",
]);
/** `[3]`, `[doc-7]`, `【12】`: markers as prompts give them. */
const MARKER = /[[【]([\p{L}\p{N}][\p{L}\p{N}_.#-]{0,40})[\]】](?!\()/gu;
const MAX_MARKERS = 200;

/** Citations of what was never retrieved: a source or a marker that the model was not shown. */
export const citations: Scorer = {
	name: "citations",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, input, output } = view;
		if (step.kind !== "model" || output.raw === "" || input.raw === "") return null;
		const { text, calls } = readModelTurn(output);
		if (calls.length > 0) return null;
		const cited = citedFields(text);
		const markers = citedMarkers(text, input.text);
		if (cited.length + markers.said.length === 0) return null;
		const known = retrievedIds(view);
		const unknown = [
			...cited.filter((id) => !known.has(id) && !input.text.includes(id)),
			...markers.said.filter((marker) => !markers.given.has(marker)).map((marker) => `[${marker}]`),
		];
		const [first] = unknown;
		if (first === undefined) return { value: 1, text: "what it cites was shown to it" };
		return { value: 0, text: `it cites “${first}”, which was not retrieved or shown to it` };
	},
};

function citedFields(text: string): string[] {
	const json = parseJson(text.trim().replace(/^```(?:json)?\s*|```$/g, ""));
	if (typeof json !== "object" || json === null || Array.isArray(json)) return [];
	return Object.entries(json).flatMap(([name, value]) => {
		if (!SOURCE_FIELDS.has(name.toLowerCase()) || !Array.isArray(value)) return [];
		return value.flatMap((item: unknown) => {
			const id = typeof item === "object" && item !== null ? (item as { id?: unknown }).id : item;
			return typeof id === "string" || typeof id === "number" ? [String(id).replace(/^\[(.*)\]$/, "$1")] : [];
		});
	});
}

/** Markers count where the prompt has some of the same sort: brackets mean many things. */
function citedMarkers(
	text: string,
	prompt: string,
): { readonly said: readonly string[]; readonly given: ReadonlySet<string> } {
	const said = markersIn(text).filter(isNumbered);
	const given = new Set(said.length === 0 ? [] : markersIn(prompt).filter(isNumbered));
	// A single one is an example of how to cite. Lists are numbered in other ways too.
	if (given.size < 2) return { said: [], given };
	for (const marker of said) if (isListed(marker, prompt)) given.add(marker);
	return { said, given };
}

const isListed = (marker: string, prompt: string): boolean =>
	prompt.includes(`(${marker})`) ||
	prompt.includes(`\n${marker}.`) ||
	prompt.includes(`\n${marker})`) ||
	prompt.includes(`#${marker}`);

const isNumbered = (marker: string): boolean => /^\d{1,3}$/.test(marker);

const markersIn = (text: string): string[] =>
	text.includes("[") || text.includes("【")
		? [...text.matchAll(MARKER)].slice(0, MAX_MARKERS).map(([, marker]) => marker ?? "")
		: [];

const idsOfRuns = new WeakMap<StepView["run"], ReadonlySet<string>>();

/** Ids of all that was retrieved in the run. */
function retrievedIds({ run }: StepView): ReadonlySet<string> {
	const known = idsOfRuns.get(run);
	if (known !== undefined) return known;
	const ids = new Set<string>();
	idsOfRuns.set(run, ids);
	for (const span of run.spans) {
		if (span.kind !== "retrieval") continue;
		for (const { id } of readDocuments(span, readContent(span.output)) ?? []) if (id !== null) ids.add(id);
	}
	return ids;
}

const PASSES_ON = new Set(["post_process", "render"]);

/** The share of the numbers that go out which came in: a number that a later step changed or added. Measured beside what is usual. */
export const figuresKept: Scorer = {
	name: "figures-kept",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output }) {
		if (!PASSES_ON.has(step.kind) || output.raw === "" || input.raw === "") return null;
		const numbers = tellingNumbers(figuresOf(output));
		if (numbers.length === 0) return null;
		const given: readonly Figures[] = [figuresOf(input)];
		const changed = numbers.filter(([value]) => !holdsNumber(given, value));
		const value = 1 - changed.length / numbers.length;
		const told = changed.length === 0 ? "" : `; “${changed[0]?.[1]}” did not come in`;
		return {
			value,
			text: `${numbers.length - changed.length} of the ${numbers.length} numbers in its output came in${told}`,
		};
	},
};

const MIN_DOCUMENT_WORDS = 8;

/** How much of an answer's own words the best single document holds: an answer from nowhere, or from everywhere. */
export const answerGrounded: Scorer = {
	name: "answer-grounded",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "low",
	read(view) {
		const { step, output, question, sources } = view;
		if (step.kind !== "model" || output.raw === "") return null;
		const said = new Set([...output.words].filter((word) => !question.words.has(word)));
		if (said.size < MIN_DOCUMENT_WORDS) return null;
		const shares = documentsBefore(sources).flatMap((words) => shareHeld(said, words) ?? []);
		if (shares.length === 0) return null;
		const value = Math.max(...shares);
		return { value, text: `the best document holds ${Math.round(value * 100)} % of the words of its answer` };
	},
};

/** Words of each document that stands behind a step, as far as the data flow shows. */
function documentsBefore(sources: readonly StepView[]): ReadonlySet<number>[] {
	const found: ReadonlySet<number>[] = [];
	const seen = new Set<StepView>();
	const open = [...sources];
	for (let next = open.pop(); next !== undefined && seen.size < 40; next = open.pop()) {
		if (seen.has(next)) continue;
		seen.add(next);
		const documents = readDocuments(next.step, next.output);
		if (documents === null) open.push(...next.sources);
		else for (const document of documents) if (document.text !== null) found.push(documentWords(document));
	}
	return found;
}
