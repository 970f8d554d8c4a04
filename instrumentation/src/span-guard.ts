import type { Attributes, AttributeValue, Context } from "@opentelemetry/api";
import { trace } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { sealAttributes, sealText } from "./capture.ts";
import { recordToldMessages } from "./log-guard.ts";
import { quietly, report, SCOPE } from "./quietly.ts";
import { noteRoot } from "./run.ts";

/** Texts of foreign spans up to this length are names and codes and are only redacted, in every content mode. */
const CONTENT_CHARS = 256;
/** Attributes of the libraries whose spans count as steps that hold what users and models said. */
const CONTENT_ATTRIBUTE =
	/^(gen_ai\.(input|output|system_instructions|prompt|completion|tool\.call|retrieval)|ai\.(prompt|response|toolCall|value|embedding)|traceloop\.entity\.(input|output)|(input|output)\.value|llm\.(input|output)_messages|retrieval\.documents|langsmith\.(inputs|outputs))/;

/**
 * Keeps spans of other libraries to the same rules as our own: redacted, bounded, without content where content is not
 * wanted. Also notes each trace's root span, for `setOutcome`. Put it before the exporting processor.
 *
 * @example new NodeSDK({ spanProcessors: [new SpanGuard(), new BatchSpanProcessor({ exporter })] });
 */
export class SpanGuard implements SpanProcessor {
	onStart(span: Span, parent: Context): void {
		try {
			noteRoot(span, trace.getSpan(parent));
		} catch (error) {
			report("noting a root span", error);
		}
	}

	onEnding(span: Span): void {
		// Our own spans were sealed when they were written.
		if (span.instrumentationScope.name === SCOPE) return;
		quietly("sealing a foreign span", () => sealSpan(span));
		quietly("recording messages from log records", () => recordToldMessages(span));
	}

	onEnd(): void {
		// Everything is done while the span can still be written.
	}

	forceFlush(): Promise<void> {
		return Promise.resolve();
	}

	shutdown(): Promise<void> {
		return Promise.resolve();
	}
}

function sealSpan(span: Span): void {
	sealInPlace(span.attributes);
	for (const event of span.events) if (event.attributes !== undefined) sealInPlace(event.attributes);
	if (span.status.message !== undefined) {
		span.status.message = String(sealAttributes({ m: span.status.message })["m"]);
	}
}

/** In place, because an SDK at its limit of attributes would refuse a new one beside the old. */
function sealInPlace(attributes: Attributes): void {
	for (const [name, value] of Object.entries(attributes)) {
		const sealed = seal(name, value);
		if (!(name in sealed)) delete attributes[name];
		Object.assign(attributes, sealed);
	}
}

function seal(name: string, value: AttributeValue | undefined): Attributes {
	if (typeof value !== "string") return sealAttributes({ [name]: value });
	return CONTENT_ATTRIBUTE.test(name) || value.length > CONTENT_CHARS
		? sealText(value, name)
		: sealAttributes({ [name]: value });
}
