import type { Link, Span, SpanContext } from "@opentelemetry/api";
import type { EndedSpan } from "./deferred-work.ts";
import { defer, defers } from "./deferred-work.ts";
import type { Provenance } from "./provenance.ts";
import { addLink } from "./provenance.ts";

/**
 * Links the span to every step whose result is among its inputs. Where spans defer, the JSON of a result is known only when its
 * span is exported, which is before this one's turn comes: what equals no known text is looked for again then.
 *
 * @example linkInputs(span, run.provenance, args);
 */
export function linkInputs(span: Span, provenance: Provenance, values: readonly unknown[], depth = 2): void {
	const unknown: string[] | undefined = defers(span) ? [] : undefined;
	const links = provenance.linksTo(values, span.spanContext(), depth, unknown);
	if (links.length > 0) span.addLinks(links);
	if (unknown !== undefined && unknown.length > 0) {
		defer(span, linkLater(unknown, provenance, span.spanContext(), provenance.turn));
	}
}

function linkLater(
	texts: readonly string[],
	provenance: Provenance,
	self: SpanContext,
	turn: number,
): (span: EndedSpan) => void {
	return ({ links }) => {
		for (const text of texts) addLink(links, provenance.producerOf(text, turn), self);
	};
}

/** For the JSON of a whole input: it recognises a result that was copied or parsed again on its way. */
export function inputText(span: Span, provenance: Provenance): (text: string) => void {
	const { turn } = provenance;
	return (text) => {
		const producer = provenance.producerOf(text, turn);
		if (producer === undefined) return;
		const known = (span as unknown as { readonly links?: Link[] }).links ?? [];
		if (!span.isRecording()) {
			addLink(known, producer, span.spanContext());
			return;
		}
		const links = [...known];
		addLink(links, producer, span.spanContext());
		const [added] = links.slice(known.length);
		if (added !== undefined) span.addLink(added);
	};
}

/** For the JSON of a whole output. */
export function outputText(producer: SpanContext, provenance: Provenance): (text: string) => void {
	const { turn } = provenance;
	return (text) => provenance.recordText(text, producer, turn);
}
