import type { Attributes, Link } from "@opentelemetry/api";
import { report } from "./quietly.ts";

/** A span that ended, as an exporter sees it. */
export interface EndedSpan {
	readonly attributes: Attributes;
	readonly links: Link[];
}

type Work = (span: EndedSpan) => void;

/** On the span, so that it goes where the span goes. Exporters do not see symbols. */
const WORK = Symbol("@faultline/instrumentation deferred work");
const NONE: readonly Work[] = [];

interface Deferring {
	[WORK]?: readonly Work[];
}

/**
 * From now on work on the span may be put off until it is exported: out of the application's path, and spared where the span
 * is dropped. Only for spans whose one exporter calls `finishDeferred`. What is put off is not among the span's attributes,
 * so that whoever does not call it sends less, and nothing unsealed.
 */
export function startDeferring(span: object): void {
	(span as Deferring)[WORK] = NONE;
}

/** Whether work on the span can be put off. */
export function defers(span: object): boolean {
	return (span as Deferring)[WORK] !== undefined;
}

/** Puts work off, for a span that defers. */
export function defer(span: object, work: Work): void {
	const waiting = (span as Deferring)[WORK];
	if (waiting === undefined || waiting.length === 0) (span as Deferring)[WORK] = [work];
	else (waiting as Work[]).push(work);
}

/** Does what was put off, in its order. Doing it again does nothing. */
export function finishDeferred(span: object): void {
	const waiting = (span as Deferring)[WORK];
	if (waiting === undefined || waiting.length === 0) return;
	(span as Deferring)[WORK] = NONE;
	for (const work of waiting) {
		try {
			work(span as EndedSpan);
		} catch (error) {
			report("finishing a span", error);
		}
	}
}
