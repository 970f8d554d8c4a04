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

const RECORDED = { [ATTR.edge]: "recorded" } as const;

/** A text that a step produced. */
interface Text {
	readonly text: string;
	producer: SpanContext;
	/** When it did: see `Provenance.turn`. */
	turn: number;
	/** The next one of the same length. */
	next: Text | undefined;
}

/** What one visit is about; it travels down the levels with it. */
interface Visit {
	readonly span: SpanContext;
	/** Values that may still be looked at. */
	left: number;
	/** What was found; absent where the visit records. */
	readonly links: Link[] | undefined;
	/** Gets the texts that no step is known for. */
	readonly unknown: string[] | undefined;
}

/**
 * Remembers, within one run, which step produced which value, so that a value that is passed on gives a recorded edge.
 * Objects are recognised by identity, without being changed, copied or kept alive; texts by value.
 */
export class Provenance {
	#objects: WeakMap<object, SpanContext> | undefined;
	/** By length and then by comparing, because to hash a text costs more than anything else here. */
	readonly #texts = new Map<number, Text>();
	#oldestFirst: Text[] = [];
	#chars = 0;
	#turn = 0;

	/** Counts what was recorded and looked for: a text that is known late still says when it was there. */
	get turn(): number {
		return this.#turn;
	}

	/**
	 * Says that `value` is what the span produced. The value itself belongs to its newest producer; the parts inside it
	 * stay with the step that produced them first, so that an answer that carries its documents along does not make the
	 * answering step their origin.
	 */
	record(value: unknown, producer: SpanContext, depth = 2): void {
		this.#turn += 1;
		if (typeof value === "string") {
			this.#recordText(value, producer, this.#turn, true);
			return;
		}
		if (!isObject(value)) return;
		this.#objects ??= new WeakMap();
		this.#objects.set(value, producer);
		this.#visitParts(value, depth, {
			span: producer,
			left: MAX_VISITED,
			links: undefined,
			unknown: undefined,
		});
	}

	/** Says that the text is what the span produced at that turn, or the JSON of it. */
	recordText(text: string, producer: SpanContext, turn: number): void {
		this.#recordText(text, producer, turn, true);
	}

	/** The step that produced this very value before that turn, where one of this run did. */
	producerOf(value: unknown, before: number = Number.POSITIVE_INFINITY): SpanContext | undefined {
		if (typeof value === "string") {
			const known = this.#findText(value);
			return known === undefined || known.turn >= before ? undefined : known.producer;
		}
		return isObject(value) ? this.#objects?.get(value) : undefined;
	}

	/**
	 * Links to every step whose result is among the values, or up to `depth` levels inside them. Texts that no step is known
	 * for are added to `unknown`.
	 */
	linksTo(values: readonly unknown[], self: SpanContext, depth = 2, unknown?: string[]): Link[] {
		const links: Link[] = [];
		if (this.#turn > 0) {
			this.#visitParts(values, depth + 1, { span: self, left: MAX_VISITED, links, unknown });
		}
		this.#turn += 1;
		return links;
	}

	/** Lets go of texts beyond that length: the run is over, and only spans that wait for their exporter ask now. */
	forgetLongTexts(chars: number): void {
		if (this.#chars <= chars) return;
		const kept = this.#oldestFirst.filter(({ text }) => text.length <= chars);
		this.#texts.clear();
		this.#chars = 0;
		this.#oldestFirst = [];
		for (const { text, producer, turn } of kept) this.#recordText(text, producer, turn, true);
	}

	/** Looks only into arrays and plain objects: what else there is may be the runtime's. */
	#visitParts(holder: object, depth: number, visit: Visit): void {
		if (depth <= 0) return;
		try {
			if (Array.isArray(holder)) {
				for (let index = 0; index < holder.length && visit.left > 0; index += 1) {
					this.#visitPart(holder[index], depth, visit);
				}
				return;
			}
			const prototype = Object.getPrototypeOf(holder);
			if (prototype !== Object.prototype && prototype !== null) return;
			for (const key in holder) {
				if (visit.left <= 0) return;
				this.#visitPart((holder as Readonly<Record<string, unknown>>)[key], depth, visit);
			}
		} catch {
			// A getter or a proxy that throws hides what is behind it, and no more.
		}
	}

	#visitPart(part: unknown, depth: number, visit: Visit): void {
		visit.left -= 1;
		if (typeof part === "string") {
			this.#visitText(part, visit);
		} else if (isObject(part)) {
			if (visit.links !== undefined) addLink(visit.links, this.#objects?.get(part), visit.span);
			else if (this.#objects?.has(part) === false) this.#objects.set(part, visit.span);
			this.#visitParts(part, depth - 1, visit);
		}
	}

	#visitText(text: string, visit: Visit): void {
		if (visit.links === undefined) {
			this.#recordText(text, visit.span, this.#turn, false);
			return;
		}
		const known = this.#findText(text);
		if (known !== undefined) addLink(visit.links, known.producer, visit.span);
		else if (text.length >= MIN_TEXT_CHARS) visit.unknown?.push(text);
	}

	#findText(text: string): Text | undefined {
		if (text.length < MIN_TEXT_CHARS) return undefined;
		let known = this.#texts.get(text.length);
		while (known !== undefined && known.text !== text) known = known.next;
		return known;
	}

	#recordText(text: string, producer: SpanContext, turn: number, newest: boolean): void {
		if (text.length < MIN_TEXT_CHARS || text.length > MAX_TEXT_CHARS) return;
		const known = this.#findText(text);
		if (known !== undefined) {
			if (!newest || known.turn > turn) return;
			known.producer = producer;
			known.turn = turn;
			return;
		}
		const added = { text, producer, turn, next: this.#texts.get(text.length) };
		this.#texts.set(text.length, added);
		this.#oldestFirst.push(added);
		this.#chars += text.length;
		while (this.#oldestFirst.length > MAX_TEXTS || this.#chars > MAX_TEXT_CHARS) this.#forgetOldest();
	}

	#forgetOldest(): void {
		const oldest = this.#oldestFirst.shift();
		if (oldest === undefined) return;
		const { length } = oldest.text;
		this.#chars -= length;
		let before = this.#texts.get(length);
		if (before === oldest) {
			if (oldest.next === undefined) this.#texts.delete(length);
			else this.#texts.set(length, oldest.next);
			return;
		}
		while (before !== undefined && before.next !== oldest) before = before.next;
		if (before !== undefined) before.next = oldest.next;
	}
}

/** Adds a link to a list, unless the step is itself or linked already. */
export function addLink(links: Link[], producer: SpanContext | undefined, self: SpanContext): void {
	if (producer === undefined || producer.spanId === self.spanId || links.length >= MAX_LINKS) return;
	if (links.some((link) => link.context.spanId === producer.spanId)) return;
	links.push({ context: producer, attributes: RECORDED });
}

function isObject(value: unknown): value is object {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}
