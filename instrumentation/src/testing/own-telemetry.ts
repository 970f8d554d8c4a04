import type { RegisterOptions } from "../start-telemetry.ts";
import { register } from "../start-telemetry.ts";
import type { OtlpReceiver, ReceivedSpan } from "./otlp-receiver.ts";
import { startOtlpReceiver } from "./otlp-receiver.ts";

export interface OwnTelemetry extends AsyncDisposable {
	readonly receiver: OtlpReceiver;
	/** Runs the work and gives every span that arrived at the receiver because of it. */
	spansOf(work: () => unknown): Promise<ReceivedSpan[]>;
}

/** The real SDK in this process, with a real receiver at the other end. Once per test file: the SDK is global. */
export async function startOwnTelemetry(options: RegisterOptions = {}): Promise<OwnTelemetry> {
	const receiver = await startOtlpReceiver();
	process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url;
	process.env["OTEL_NODE_DISABLED_INSTRUMENTATIONS"] = "undici";
	const telemetry = register(options);
	return {
		receiver,
		spansOf: async (work) => {
			await telemetry.flush();
			receiver.spans.length = 0;
			await work();
			await telemetry.flush();
			return [...receiver.spans];
		},
		[Symbol.asyncDispose]: async () => {
			await telemetry.shutdown();
			await receiver[Symbol.asyncDispose]();
		},
	};
}

/** The span of that name; fails with the names that there were. */
export function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
	const found = spans.find((span) => span.name === name);
	if (found === undefined)
		throw new Error(`no span "${name}" among ${spans.map((span) => span.name).join(", ")}`);
	return found;
}

/** Names of the spans that the span links to, sorted. */
export function linkedNames(spans: readonly ReceivedSpan[], span: ReceivedSpan): string[] {
	const names = span.links.map((link) => spans.find((other) => other.spanId === link.spanId)?.name ?? "?");
	return names.sort();
}

/** Everything that an async iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const item of items) all.push(item);
	return all;
}
