import { hash } from "node:crypto";
import type { Attributes, AttributeValue, Span } from "@opentelemetry/api";
import { diag } from "@opentelemetry/api";
import { getNumberFromEnv, getStringFromEnv } from "@opentelemetry/core";
import { CUT_BYTES_SUFFIX, CUT_SHA256_SUFFIX } from "./attributes.ts";
import { inspectText, UNKNOWN } from "./inspect-text.ts";
import { quietly, report, SCOPE } from "./quietly.ts";
import type { PatternGroup, Redact, RedactOptions } from "./redact.ts";
import { createRedact, PATTERN_GROUPS } from "./redact.ts";
import { serialize } from "./serialize.ts";

/** `on`: texts; `metadata`: only their size in bytes and their SHA-256; `off`: nothing about them. */
export const CONTENT_MODES = ["on", "metadata", "off"] as const;

export type ContentMode = (typeof CONTENT_MODES)[number];

/** What content is recorded. Every field has an environment variable; a field given in code wins over it. */
export interface CaptureOptions {
	/** Default `on`; `FAULTLINE_CAPTURE_CONTENT`. */
	readonly content?: ContentMode;
	/** Largest text of one attribute, in bytes of UTF-8; default 131072; `FAULTLINE_CONTENT_LIMIT`. */
	readonly limitBytes?: number;
	/** What is taken out of every text; `FAULTLINE_REDACT` lists pattern groups, or `none`. */
	readonly redact?: RedactOptions;
}

interface Capture {
	readonly content: ContentMode;
	readonly limitBytes: number;
	readonly redact: Redact;
	/** Whether a quick look spares the redaction anything. */
	readonly inspects: boolean;
}

const DEFAULT_LIMIT_BYTES = 131_072;
/** Error messages and the like: long enough to read, short enough for a status column. */
const MESSAGE_LIMIT_CHARS = 4_096;

let current: Capture | undefined;

/**
 * Sets what content is recorded from now on, in this process. `register()` calls it; call it yourself where another
 * SDK is in charge.
 *
 * @example configureCapture({ content: "metadata", redact: { patterns: ["secrets", "email"] } });
 */
export function configureCapture(options: CaptureOptions = {}): void {
	current = readCapture(options);
}

function capture(): Capture {
	current ??= readCapture({});
	return current;
}

function readCapture({ content, limitBytes, redact }: CaptureOptions): Capture {
	const wanted = limitBytes ?? positiveFromEnv("FAULTLINE_CONTENT_LIMIT") ?? DEFAULT_LIMIT_BYTES;
	// The SDK would cut at the specification's limit without saying so; cutting first keeps size and hash.
	const ofSpecification =
		positiveFromEnv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
		positiveFromEnv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT") ??
		Number.POSITIVE_INFINITY;
	const rules = redact ?? redactFromEnv();
	return {
		content: content ?? contentFromEnv(),
		limitBytes: Math.min(wanted, ofSpecification),
		redact: createRedact(rules),
		inspects: rules.patterns?.some((group) => group === "secrets" || group === "cards") ?? true,
	};
}

function positiveFromEnv(name: string): number | undefined {
	const value = getNumberFromEnv(name);
	return value !== undefined && value > 0 ? value : undefined;
}

function contentFromEnv(): ContentMode {
	const text = getStringFromEnv("FAULTLINE_CAPTURE_CONTENT")?.toLowerCase();
	if (text === undefined) return "on";
	const mode = CONTENT_MODES.find((known) => known === text);
	if (mode !== undefined) return mode;
	if (text === "true" || text === "1") return "on";
	// Somebody who sets this variable wants less recorded, so a spelling mistake must not record more.
	if (text !== "false" && text !== "0") {
		diag.warn(`${SCOPE}: FAULTLINE_CAPTURE_CONTENT=${text} is not on, off or metadata; recording no content`);
	}
	return "off";
}

function redactFromEnv(): RedactOptions {
	const text = getStringFromEnv("FAULTLINE_REDACT")?.toLowerCase();
	if (text === undefined) return {};
	const words = text.split(/[\s,]+/).filter((word) => word !== "" && word !== "none");
	const unknown = words.filter((word) => !PATTERN_GROUPS.some((group) => group === word));
	if (unknown.length > 0) {
		diag.warn(
			`${SCOPE}: FAULTLINE_REDACT names ${unknown.join(", ")}; known groups: ${PATTERN_GROUPS.join(", ")}; using all`,
		);
		return { patterns: PATTERN_GROUPS };
	}
	return { patterns: words as PatternGroup[] };
}

/**
 * Records a value as JSON text on a span. Answers that text before it was redacted or cut (used to recognise the value
 * where it turns up again), or nothing where the value was not looked at.
 *
 * @example recordValue(span, ATTR.stepInput, args[0]);
 */
export function recordValue(span: Span, attribute: string, value: unknown): string | undefined {
	if (value === undefined || capture().content === "off") return undefined;
	try {
		const text = serialize(value);
		setSealed(span, attribute, text);
		return text;
	} catch (error) {
		report(`recording ${attribute}`, error);
		return undefined;
	}
}

/** Records a text as it is, for attributes that hold plain text and not JSON. */
export function recordText(span: Span, attribute: string, text: string | undefined): void {
	if (text === undefined || capture().content === "off") return;
	quietly(`recording ${attribute}`, () => setSealed(span, attribute, text));
}

function setSealed(span: Span, attribute: string, text: string): void {
	const rules = capture();
	const waiting = (span as Deferring)[WAITING];
	// What is cut is cut now: a queue of whole texts would be as large as they are.
	if (waiting !== undefined && rules.content === "on" && text.length <= rules.limitBytes) {
		if (waiting.length === 0) (span as Deferring)[WAITING] = [{ attribute, text, rules }];
		else (waiting as Waiting[]).push({ attribute, text, rules });
		return;
	}
	const sealed = seal(text, attribute, rules);
	if (typeof sealed === "string") span.setAttribute(attribute, sealed);
	else span.setAttributes(sealed);
}

/** A text that was recorded and that no exporter has asked for yet. */
interface Waiting {
	readonly attribute: string;
	readonly text: string;
	readonly rules: Capture;
}

/** On the span, but not among its attributes: an exporter that knows nothing of it sends no content, and none unsealed. */
const WAITING = Symbol("@faultline/instrumentation content");
const NONE: readonly Waiting[] = [];

interface Deferring {
	[WAITING]?: readonly Waiting[];
}

/**
 * From now on the span keeps its content aside, and `sealDeferred` puts it among its attributes. Only for spans whose one
 * exporter does that: it takes the cost of redaction out of the application's path, and spares it where a span is dropped.
 */
export function deferContent(span: object): void {
	(span as Deferring)[WAITING] = NONE;
}

/** Seals what a span that ended has kept aside. Doing it again does nothing. */
export function sealDeferred(span: { readonly attributes: Attributes }): void {
	const waiting = (span as Deferring)[WAITING];
	if (waiting === undefined || waiting.length === 0) return;
	(span as Deferring)[WAITING] = NONE;
	for (const { attribute, text, rules } of waiting) {
		quietly(`sealing ${attribute}`, () => {
			const sealed = seal(text, attribute, rules);
			if (typeof sealed === "string") span.attributes[attribute] = sealed;
			else Object.assign(span.attributes, sealed);
		});
	}
}

/**
 * The one place where content becomes something that may leave the process: redact the whole text, then cut it (the
 * other way round a secret on the edge would be cut in half and missed). A text that was cut keeps its full size and its
 * hash beside it; both are of the redacted text, so that a hash cannot be used to guess what was taken out.
 */
export function sealText(text: string, attribute: string): Attributes {
	const sealed = seal(text, attribute, capture());
	return typeof sealed === "string" ? { [attribute]: sealed } : sealed;
}

/** The clean text alone where it may stand as it is, else all that is said about it. */
function seal(
	text: string,
	attribute: string,
	{ content, limitBytes, redact, inspects }: Capture,
): string | Attributes {
	const found = inspects ? inspectText(text) : UNKNOWN;
	const clean = redact(text, attribute, found);
	const measured = content === "metadata" || clean.length * 3 > limitBytes;
	if (!measured) return clean;
	const bytes = (clean === text ? found.bytes : undefined) ?? Buffer.byteLength(clean);
	if (content !== "metadata" && bytes <= limitBytes) return clean;
	const beside = {
		[attribute + CUT_BYTES_SUFFIX]: bytes,
		[attribute + CUT_SHA256_SUFFIX]: hash("sha256", clean),
	};
	return content === "metadata" ? beside : { [attribute]: cutBytes(clean, limitBytes), ...beside };
}

/** A message of an error or a status: content of the application too, so it is redacted and bounded. */
export function sealMessage(message: string, attribute: string): string | undefined {
	const { content, redact } = capture();
	if (content !== "on") return undefined;
	return redact(message.slice(0, MESSAGE_LIMIT_CHARS), attribute);
}

/** Redacts the texts among a user's own attributes, which count as wanted in every mode. */
export function sealAttributes(attributes: Attributes): Attributes {
	const { redact } = capture();
	const sealed: Attributes = {};
	for (const [name, value] of Object.entries(attributes)) sealed[name] = sealAttribute(value, name, redact);
	return sealed;
}

function sealAttribute(value: AttributeValue | undefined, name: string, redact: Redact) {
	if (typeof value === "string") return redact(value, name);
	if (Array.isArray(value) && value.some((item) => typeof item === "string")) {
		return value.map((item) => (typeof item === "string" ? redact(item, name) : item)) as string[];
	}
	return value;
}

/** The first `limitBytes` bytes of a text, never half a character. */
function cutBytes(text: string, limitBytes: number): string {
	const bytes = Buffer.from(text.slice(0, limitBytes));
	let end = Math.min(limitBytes, bytes.length);
	// Bytes 10xxxxxx continue a character: step back to where one begins.
	while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
	return bytes.toString("utf8", 0, end);
}
