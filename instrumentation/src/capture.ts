import { hash } from "node:crypto";
import type { Attributes, AttributeValue, Span } from "@opentelemetry/api";
import { diag } from "@opentelemetry/api";
import { getNumberFromEnv, getStringFromEnv } from "@opentelemetry/core";
import { CUT_BYTES_SUFFIX, CUT_SHA256_SUFFIX } from "./attributes.ts";
import type { EndedSpan } from "./deferred-work.ts";
import { defer, defers } from "./deferred-work.ts";
import { inspectText, UNKNOWN } from "./inspect-text.ts";
import { quietly, report, SCOPE } from "./quietly.ts";
import type { PatternGroup, Redact, RedactOptions } from "./redact.ts";
import { createRedact, PATTERN_GROUPS } from "./redact.ts";
import { serialize, snapshot } from "./serialize.ts";

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
 * Records a value as JSON text on a span; at once, or when the span is exported, where it defers. `onText` gets that text
 * before it is redacted or cut (it recognises the value where it turns up again), and is not called where the value was not
 * looked at.
 *
 * @example recordValue(span, ATTR.stepInput, args[0]);
 */
export function recordValue(
	span: Span,
	attribute: string,
	value: unknown,
	onText?: (text: string) => void,
): void {
	const rules = capture();
	if (value === undefined || rules.content === "off") return;
	try {
		const copy = defersContent(span, rules) ? snapshot(value, rules.limitBytes) : undefined;
		if (copy !== undefined) {
			defer(span, writeLater(attribute, copy, rules, onText));
			return;
		}
		const text = serialize(value);
		setSealed(span, attribute, text, rules);
		onText?.(text);
	} catch (error) {
		report(`recording ${attribute}`, error);
	}
}

/** Records a text as it is, for attributes that hold plain text and not JSON. */
export function recordText(span: Span, attribute: string, text: string | undefined): void {
	const rules = capture();
	if (text === undefined || rules.content === "off") return;
	quietly(`recording ${attribute}`, () => {
		// What is cut is cut now: a queue of whole texts would be as large as they are.
		if (defersContent(span, rules) && text.length <= rules.limitBytes) {
			defer(span, (ended) => writeSealed(ended.attributes, attribute, text, rules));
		} else setSealed(span, attribute, text, rules);
	});
}

const defersContent = (span: Span, { content }: Capture): boolean => content === "on" && defers(span);

/** A function of its own, so that what waits holds on to nothing else. */
function writeLater(
	attribute: string,
	copy: unknown,
	rules: Capture,
	onText: ((text: string) => void) | undefined,
): (span: EndedSpan) => void {
	return ({ attributes }) => {
		const text = JSON.stringify(copy);
		writeSealed(attributes, attribute, text, rules);
		onText?.(text);
	};
}

function setSealed(span: Span, attribute: string, text: string, rules: Capture): void {
	const sealed = seal(text, attribute, rules);
	if (typeof sealed === "string") span.setAttribute(attribute, sealed);
	else span.setAttributes(sealed);
}

function writeSealed(attributes: Attributes, attribute: string, text: string, rules: Capture): void {
	const sealed = seal(text, attribute, rules);
	if (typeof sealed === "string") attributes[attribute] = sealed;
	else Object.assign(attributes, sealed);
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
	// The look also counts the bytes, several times faster than Node.js does.
	const found = inspects || text.length * 3 > limitBytes ? inspectText(text) : UNKNOWN;
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

/** What of a text is recorded now. */
export function contentMode(): ContentMode {
	return capture().content;
}

const MAX_DEPTH = 16;

/** Redacts every text in a value of plain objects and lists; the value itself where there is nothing to take out. */
export function sealDeep(value: unknown, name: string): unknown {
	return redactDeep(value, name, capture().redact, MAX_DEPTH);
}

function redactDeep(value: unknown, name: string, redact: Redact, depth: number): unknown {
	if (typeof value === "string") return redact(value, name);
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
	if (depth <= 0) return null;
	if (Array.isArray(value)) {
		const items = value.map((item) => redactDeep(item, name, redact, depth - 1));
		return items.some((item, index) => item !== value[index]) ? items : value;
	}
	const entries = Object.entries(value);
	const sealed = entries.map(([key, part]) => [key, redactDeep(part, name, redact, depth - 1)] as const);
	const changed = sealed.some(([, part], index) => part !== entries[index]?.[1]);
	return changed ? Object.fromEntries(sealed) : value;
}

/** The first `limitBytes` bytes of a text, never half a character. */
function cutBytes(text: string, limitBytes: number): string {
	const bytes = Buffer.from(text.slice(0, limitBytes));
	let end = Math.min(limitBytes, bytes.length);
	// Bytes 10xxxxxx continue a character: step back to where one begins.
	while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
	return bytes.toString("utf8", 0, end);
}
