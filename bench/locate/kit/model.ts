/**
 * The simulated model's reading and the recording of its calls. It gets a text and gives a text.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { pick, type Random } from "./chance.ts";
import { countTokens, type OpenSpan, type Passed, type Play } from "./play.ts";
import { type Reader, sameName } from "./reading.ts";

export interface Passage {
	readonly marker: string;
	readonly title: string;
	readonly text: string;
}

export interface Statement {
	readonly key: string;
	readonly subject: string;
	/** Null where the model found nothing to say. */
	readonly value: string | null;
	/** The passage that the value was read in. */
	readonly marker: string | null;
}

export interface ReadingOptions {
	/** Says another subject's value rather than nothing. */
	readonly guesses: boolean;
	/** Whether it takes a wrong value for this question, where there is one, or gives up. */
	readonly slips: (at: number) => boolean;
	readonly random: Random;
}

/** What a model that has read the passages says to the question: one statement for each thing asked. */
export function answerFrom(
	reader: Reader,
	question: string,
	passages: readonly Passage[],
	{ guesses, slips, random }: ReadingOptions,
): Statement[] {
	return reader.understand(question).map(({ key, subject }, at) => {
		const told = passages.flatMap(({ marker, title, text }) =>
			reader.facts(key, [{ title, text }]).map((fact) => ({ ...fact, marker })),
		);
		const own = told.filter((fact) => sameName(fact.subject, subject));
		const right = own[0];
		const others = told.filter(({ value }) => value !== right?.value);
		const choice = slips(at)
			? others.length > 0
				? pick(others, random)
				: undefined
			: (right ?? (guesses && others.length > 0 ? pick(others, random) : undefined));
		return { key, subject, value: choice?.value ?? null, marker: choice?.marker ?? null };
	});
}

export interface Message {
	readonly role: "system" | "user" | "assistant" | "tool";
	readonly content: string;
}

export interface ModelCall {
	readonly step: string;
	readonly model: string;
	readonly version?: string;
	readonly messages: readonly Message[];
	readonly from: readonly Passed<unknown>[];
	readonly ms: readonly [number, number];
	/** The most tokens of the answer; asked inside the step. */
	readonly maxTokens?: () => number;
}

const asParts = (messages: readonly Message[]): unknown =>
	messages.map(({ role, content }) => ({ role, parts: [{ type: "text", content }] }));

/** A model step: messages in, text out, under the GenAI convention's names; cut where it would be longer than it may. */
export function callModel(
	play: Play,
	{ step, model, version = model, messages, from, ms, maxTokens }: ModelCall,
	answer: (messages: readonly Message[], span: OpenSpan) => string,
): Passed<string> {
	const plain = play.settings.plainText;
	const input = plain
		? messages.map(({ role, content }) => `${role}: ${content}`).join("\n\n")
		: asParts(messages);
	return play.step(
		{
			name: step,
			kind: "model",
			version,
			input,
			from,
			ms,
			attributes: {
				[ATTR.operationName]: "chat",
				[ATTR.requestModel]: model,
				[ATTR.responseModel]: model,
				[ATTR.requestTemperature]: "0.2",
			},
		},
		(span) => {
			const shown = play.settings.emptyPrompts
				? messages.map(({ role }) => ({ role, content: "" }))
				: messages;
			let text = answer(shown, span);
			let reason = "stop";
			const most = maxTokens?.() ?? Number.POSITIVE_INFINITY;
			if (maxTokens !== undefined) span.attributes[ATTR.requestMaxTokens] = String(most);
			if (countTokens(text) > most) {
				text = text.slice(0, Math.floor(most * 4.1));
				reason = "length";
			}
			span.attributes[ATTR.finishReasons] = JSON.stringify([reason]);
			span.attributes[ATTR.inputTokens] = String(
				messages.reduce((sum, { content }) => sum + countTokens(content), 0),
			);
			span.attributes[ATTR.outputTokens] = String(countTokens(text));
			if (!plain) {
				span.record([{ role: "assistant", parts: [{ type: "text", content: text }], finish_reason: reason }]);
			}
			return text;
		},
	);
}
