import type { Context, Span } from "@opentelemetry/api";
import { trace } from "@opentelemetry/api";
import type { LogRecordProcessor } from "@opentelemetry/sdk-logs";
import { ATTR } from "./attributes.ts";
import { contentMode, recordValue, sealDeep } from "./capture.ts";
import type { Message } from "./openai-messages.ts";
import { chatInput, chatOutput, field, list } from "./openai-messages.ts";
import { quietly } from "./quietly.ts";

type LogRecord = Parameters<LogRecordProcessor["onEmit"]>[0];

/** Messages of one call; a conversation beyond this many is cut off at its end. */
const MAX_MESSAGES = 10_000;

/** On the span, until it ends. Exporters do not see symbols. */
const MESSAGES = Symbol("@faultline/instrumentation messages from log records");

interface Messages {
	readonly input: unknown[];
	readonly output: unknown[];
}

interface Told {
	[MESSAGES]?: Messages;
}

/** Events of the GenAI convention that hold nothing but one message, by the role of who said it. */
const ROLES: Readonly<Record<string, string>> = {
	"gen_ai.system.message": "system",
	"gen_ai.user.message": "user",
	"gen_ai.assistant.message": "assistant",
	"gen_ai.tool.message": "tool",
};
const CHOICE = "gen_ai.choice";
const DETAILS = "gen_ai.client.inference.operation.details";

/**
 * Keeps log records to the rules of spans. Some instrumentations of models (the official one of `openai`) send what was said
 * as log records beside the span: it goes onto the span, where whoever looks at the call finds it. Every other record is
 * redacted and passed on.
 *
 * @example new LogGuard([new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })]);
 */
export class LogGuard implements LogRecordProcessor {
	readonly #next: readonly LogRecordProcessor[];

	constructor(next: readonly LogRecordProcessor[]) {
		this.#next = next;
	}

	onEmit(record: LogRecord, context?: Context): void {
		if (quietly("moving messages to their span", () => isTaken(record, context)) === true) return;
		const sealed = quietly("sealing a log record", () => {
			sealRecord(record);
			return true;
		});
		// A record that could not be sealed is withheld.
		if (sealed === true) for (const next of this.#next) next.onEmit(record, context);
	}

	async forceFlush(): Promise<void> {
		await Promise.all(this.#next.map((next) => next.forceFlush()));
	}

	async shutdown(): Promise<void> {
		await Promise.all(this.#next.map((next) => next.shutdown()));
	}
}

/** Writes the messages that log records told about the span; to be called when it ends. */
export function recordToldMessages(span: Span): void {
	const told = (span as Told)[MESSAGES];
	if (told === undefined) return;
	delete (span as Told)[MESSAGES];
	if (told.input.length > 0) recordValue(span, ATTR.inputMessages, told.input);
	if (told.output.length > 0) recordValue(span, ATTR.outputMessages, told.output);
}

/** Whether the record was content of a model call, which then is on its span or not wanted. */
function isTaken(record: LogRecord, context: Context | undefined): boolean {
	const name = record.eventName ?? record.attributes["event.name"];
	if (typeof name !== "string") return false;
	const role = ROLES[name];
	if (role === undefined && name !== CHOICE && name !== DETAILS) return false;
	const mode = contentMode();
	if (mode === "off") return true;
	const span = context === undefined ? undefined : trace.getSpan(context);
	if (span === undefined || !span.isRecording()) return mode === "metadata";
	const told = messagesOf(span);
	if (role !== undefined) add(told.input, chatInput([{ ...openAiMessage(record.body), role }]));
	else if (name === CHOICE) add(told.output, chatOutput([record.body]));
	else {
		add(told.input, list(record.attributes[ATTR.inputMessages]));
		add(told.output, list(record.attributes[ATTR.outputMessages]));
	}
	return true;
}

function messagesOf(span: Span): Messages {
	const known = (span as Told)[MESSAGES];
	if (known !== undefined) return known;
	const told = { input: [], output: [] };
	(span as Told)[MESSAGES] = told;
	return told;
}

/** Messages without a word in them are what is sent where the instrumentation was told to keep content to itself. */
function add(to: unknown[], messages: readonly (Message | unknown)[]): void {
	for (const message of messages) {
		if (to.length < MAX_MESSAGES && list(field(message, "parts")).length > 0) to.push(message);
	}
}

/** The event's body as the message of the API that it was made of. */
function openAiMessage(body: unknown): object {
	return {
		content: field(body, "content"),
		tool_calls: field(body, "tool_calls"),
		tool_call_id: field(body, "id"),
	};
}

function sealRecord(record: LogRecord): void {
	record.setBody(sealDeep(record.body, "body") as typeof record.body);
	for (const [name, value] of Object.entries(record.attributes)) {
		const sealed = sealDeep(value, name);
		if (sealed !== value) record.setAttribute(name, sealed as typeof value);
	}
}
