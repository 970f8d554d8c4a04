import type { Link, SpanContext } from "@opentelemetry/api";
import { ATTR } from "./attributes.ts";

/** Strings shorter than this turn up by chance ("ok", a name) and say nothing about where they came from. */
const MIN_TEXT_CHARS = 12;
/** Strings remembered per run; the oldest is forgotten first. */
const MAX_TEXTS = 1_024;
/** Characters remembered per run. Strings are shared with the application, so this bounds what a run keeps alive. */
const MAX_TEXT_CHARS = 16_777_216;
/** Values looked at in one argument list or one result. */
const MAX_VISITED = 512;
/** Links of one span; the specification's default limit is 128. */
const MAX_LINKS = 64;

/**
 * Remembers, within one run, which step produced which value, so that a value that is passed on gives a recorded edge.
 * Objects are recognised by identity, without being touched, copied or kept alive; texts by value.
 */
export class Provenance {
	readonly #objects = new WeakMap<object, SpanContext>();
	readonly #texts = new Map<string, SpanContext>();
	#textChars = 0;

	/**
	 * Says that `value` is what the span produced. The value itself belongs to its newest producer; the parts inside it
	 * stay with the step that produced them first, so that an answer that carries its documents along does not make the
	 * answering step their origin.
	 */
	record(value: unknown, producer: SpanContext, depth = 2): void {
		this.#remember(value, producer);
		visitParts(value, depth, (part) => {
			if (this.producerOf(part) === undefined) this.#remember(part, producer);
		});
	}

	/** The step that produced this very value, where one of this run did. */
	producerOf(value: unknown): SpanContext | undefined {
		if (typeof value === "string") return this.#texts.get(value);
		return isObject(value) ? this.#objects.get(value) : undefined;
	}

	/** Links to every step whose result is among the values, or up to `depth` levels inside them. */
	linksTo(values: readonly unknown[], self: SpanContext, depth = 2): Link[] {
		const found = new Map<string, Link>();
		const look = (part: unknown): void => {
			const producer = this.producerOf(part);
			if (producer === undefined || producer.spanId === self.spanId || found.size >= MAX_LINKS) return;
			found.set(producer.spanId, { context: producer, attributes: { [ATTR.edge]: "recorded" } });
		};
		visitParts(values, depth + 1, look);
		return [...found.values()];
	}

	#remember(value: unknown, producer: SpanContext): void {
		if (isObject(value)) {
			this.#objects.set(value, producer);
			return;
		}
		if (typeof value !== "string" || value.length < MIN_TEXT_CHARS || value.length > MAX_TEXT_CHARS) return;
		if (!this.#texts.has(value)) this.#textChars += value.length;
		this.#texts.set(value, producer);
		for (const oldest of this.#texts.keys()) {
			if (this.#texts.size <= MAX_TEXTS && this.#textChars <= MAX_TEXT_CHARS) break;
			this.#texts.delete(oldest);
			this.#textChars -= oldest.length;
		}
	}
}

/**
 * Calls `visit` for the values inside `value`, breadth first, `depth` levels down. Looks only into arrays and plain
 * objects and skips accessors: looking must not run the application's code.
 */
function visitParts(value: unknown, depth: number, visit: (part: unknown) => void): void {
	let level: unknown[] = [value];
	let visited = 0;
	for (let down = 0; down < depth && level.length > 0; down += 1) {
		const next: unknown[] = [];
		for (const holder of level) {
			for (const part of partsOf(holder, MAX_VISITED - visited)) {
				visited += 1;
				visit(part);
				next.push(part);
			}
			if (visited >= MAX_VISITED) return;
		}
		level = next;
	}
}

function partsOf(holder: unknown, limit: number): unknown[] {
	if (Array.isArray(holder)) return holder.slice(0, limit);
	if (!isObject(holder)) return [];
	const prototype = Object.getPrototypeOf(holder);
	if (prototype !== Object.prototype && prototype !== null) return [];
	const parts: unknown[] = [];
	for (const key of Object.keys(holder)) {
		if (parts.length >= limit) break;
		const property = Object.getOwnPropertyDescriptor(holder, key);
		if (property !== undefined && "value" in property) parts.push(property.value);
	}
	return parts;
}

function isObject(value: unknown): value is object {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}
