import { ATTR } from "@faultline/instrumentation/attributes";
import { readModelInput, readModelTurn } from "../core/model-turn.ts";
import type { Scorer } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

/** How models turn people away, in the words of several languages; looked for in the beginning of an answer only. */
const REFUSALS = new RegExp(
	[
		String.raw`\bI(?:'m| am)? ?(?:sorry,? but I )?(?:can(?:'t|not)|(?:am )?(?:unable|not able) to) (?:help|assist|comply|fulfill?|do that|provide that)\b`,
		String.raw`\bas an AI(?: language)? model\b`,
		String.raw`\bkann ich (?:Ihnen |dir )?(?:leider )?(?:dabei |damit )?nicht (?:helfen|dienen)\b`,
		String.raw`\bje ne (?:peux|suis) pas (?:vous aider|t'aider|en mesure)`,
		String.raw`\bno puedo (?:ayudar|asistir|cumplir)`,
		String.raw`\bnon posso (?:aiutar|assister)`,
		String.raw`\bnão posso (?:ajudar|atender)`,
		String.raw`\bkan ik (?:u |je )?(?:daar )?(?:helaas )?niet (?:mee )?(?:mee )?helpen\b`,
		String.raw`\bnie mogę (?:ci |Panu |Pani |w tym )?pomóc`,
		"jag kan inte hjälpa|не могу (?:вам |с этим )?помочь|お手伝いできません|お答えできません",
		"无法(?:协助|帮助|满足|回答)|不能(?:协助|帮助)|도와드릴 수 없",
	].join("|"),
	"iu",
);
const BEGINNING = 200;

/** The model turned the request down. */
export const refusal: Scorer = {
	name: "refusal",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "model" || output.raw === "") return null;
		const { text, calls, refused } = readModelTurn(output);
		if (refused) return { value: 0, text: `it refused: “${text.slice(0, 120)}”` };
		if (calls.length > 0 || text === "") return null;
		const found = REFUSALS.exec(text.slice(0, BEGINNING).replaceAll("’", "'"));
		if (found === null) return { value: 1, text: "it did not refuse" };
		return { value: 0, text: `it turned the request down: “${text.slice(found.index, found.index + 80)}”` };
	},
};

/** The model said nothing and asked for nothing, however its turn is wrapped. */
export const emptyAnswer: Scorer = {
	name: "empty-answer",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "model" || output.json === undefined || step.failed) return null;
		const { text, calls } = readModelTurn(output);
		if (text.trim() !== "" || calls.length > 0) return { value: 1, text: "it said something" };
		return { value: 0, text: "it said nothing and called nothing" };
	},
};

/** Instructions that want nothing but JSON. */
const WANTS_JSON =
	/(?:reply|respond|answer|output|return|antworte\w*|responde\w*|réponde?\w*|rispond\w*)[^.\n]{0,60}\bJSON\b|\bJSON\b[^.\n]{0,40}(?:only|nothing else|object|format|nur|únicamente|uniquement)|JSON(?:形式|格式|オブジェクト)/iu;
const NEAR = 120;

/** JSON was asked for, by the request or by the instructions, and the answer is none. */
export const formatAsked: Scorer = {
	name: "format-asked",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (step.kind !== "model" || output.raw === "" || isCut(step, "output")) return null;
		const { text, calls, refused } = readModelTurn(output);
		if (calls.length > 0 || refused || text.trim() === "") return null;
		const declared = step.attributes[ATTR.outputType] === "json";
		const instructions = declared ? null : readModelInput(input).instructions;
		if (!declared && (instructions === null || !wantsJson(instructions))) return null;
		if (isJson(text)) return { value: 1, text: "its answer is the JSON that was asked for" };
		return { value: 0, text: `JSON was asked for, and its answer is none: “${text.trim().slice(0, 80)}”` };
	},
};

function wantsJson(instructions: string): boolean {
	for (let at = instructions.indexOf("JSON"); at >= 0; at = instructions.indexOf("JSON", at + 4))
		if (WANTS_JSON.test(instructions.slice(Math.max(0, at - NEAR), at + NEAR))) return true;
	return false;
}

/** Bare, or in a fence, as most readers of JSON take it. */
function isJson(text: string): boolean {
	const bare = text
		.trim()
		.replace(/^```(?:json)?\s*/i, "")
		.replace(/```$/, "")
		.trim();
	if (!bare.startsWith("{") && !bare.startsWith("[")) return false;
	try {
		JSON.parse(bare);
		return true;
	} catch {
		return false;
	}
}

const MIN_LENGTH = 120;
const MIN_TIMES = 4;
const MIN_SENTENCE = 8;
const MOSTLY = 0.5;
const BETWEEN_SENTENCES = /[.!?](?:\s+|$)|[。！？\n]+/u;
const LETTER = /\p{L}/u;

/** The model says the same over and over. */
export const repetition: Scorer = {
	name: "repetition",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "model" || output.raw === "") return null;
		const { text, calls } = readModelTurn(output);
		if (calls.length > 0 || text.length < MIN_LENGTH) return null;
		const counts = new Map<string, number>();
		let sentences = 0;
		for (const part of text.split(BETWEEN_SENTENCES)) {
			const sentence = part.trim().toLowerCase();
			if (sentence.length < MIN_SENTENCE || !LETTER.test(sentence)) continue;
			sentences++;
			counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
		}
		let repeated = 0;
		let most = { sentence: "", times: 0 };
		for (const [sentence, times] of counts) {
			if (times >= MIN_TIMES) repeated += times;
			if (times > most.times) most = { sentence, times };
		}
		if (repeated > MOSTLY * sentences)
			return { value: 0, text: `it says “${most.sentence.slice(0, 60)}” ${most.times} times` };
		const period = loopIn(text);
		if (period !== null) return { value: 0, text: `its answer ends in a loop of “${period.slice(0, 60)}”` };
		return { value: 1, text: "it does not repeat itself" };
	},
};

const LONGEST_LOOP = 60;

/** The end of a text that is one short piece again and again; null where it is not. */
function loopIn(text: string): string | null {
	const end = text.slice(-MIN_LENGTH);
	for (let period = 2; period <= LONGEST_LOOP; period++) {
		let same = 0;
		for (let at = end.length - 1; at >= period && end[at] === end[at - period]; at--) same++;
		if (same + period >= end.length && /[\p{L}\p{N}]/u.test(end.slice(-period))) return end.slice(-period);
	}
	return null;
}
