import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Span } from "@opentelemetry/api";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { configureCapture, pipeline, step } from "../../instrumentation/src/index.ts";
import type { Payload } from "./payload.ts";

export type Step = (input: Payload) => Promise<Payload>;

/** How an application would have its steps traced. */
export interface Variant {
	/** Wraps one step. */
	readonly wrap: (name: string, fn: Step) => Step;
	/** Runs many steps below one root span. */
	readonly root: <T>(work: () => Promise<T>) => Promise<T>;
}

export const VARIANTS = [
	"function",
	"span",
	"faultline",
	"faultline-unredacted",
	"openinference",
	"traceloop",
	"langfuse",
] as const;

export type VariantName = (typeof VARIANTS)[number];

/** Names for the table. */
export const TITLES: Readonly<Record<VariantName, string>> = {
	function: "bare function",
	span: "bare OpenTelemetry span, same attributes",
	faultline: "Faultline `step.custom`",
	"faultline-unredacted": "the same, `redact: { patterns: [] }`",
	openinference: "OpenInference `withSpan`",
	traceloop: "OpenLLMetry `withTask`",
	langfuse: "Langfuse `observe`",
};

export async function loadVariant(name: VariantName): Promise<Variant> {
	switch (name) {
		case "function":
			return { wrap: (_name, fn) => fn, root: (work) => work() };
		case "span":
			return { wrap: bareSpan, root: bareRoot };
		case "faultline-unredacted":
			configureCapture({ redact: { patterns: [] } });
			return loadVariant("faultline");
		case "faultline":
			return {
				wrap: (stepName, fn) => step.custom(stepName, fn),
				root: (work) => pipeline("bench", work)(),
			};
		case "openinference": {
			const { withSpan } = await peer<{
				withSpan(fn: Step, options: object): Step;
			}>("@arizeai/openinference-core");
			return { wrap: (stepName, fn) => withSpan(fn, { name: stepName, kind: "CHAIN" }), root: bareRoot };
		}
		case "traceloop": {
			const { initialize, withTask } = await peer<{
				initialize(options: object): void;
				withTask(config: object, fn: Step, input: Payload): Promise<Payload>;
			}>("@traceloop/node-server-sdk");
			// Without this it records no content; the SDK stays the one that all variants have.
			initialize({ tracingEnabled: false, traceloopSyncEnabled: false, silenceInitializationMessage: true });
			return { wrap: (stepName, fn) => (input) => withTask({ name: stepName }, fn, input), root: bareRoot };
		}
		case "langfuse": {
			const { observe } = await peer<{ observe(fn: Step, options: object): Step }>("@langfuse/tracing");
			return { wrap: (stepName, fn) => observe(fn, { name: stepName }), root: bareRoot };
		}
	}
}

const requirePeer = createRequire(new URL("../peers/package.json", import.meta.url));

async function peer<T>(name: string): Promise<T> {
	return (await import(pathToFileURL(requirePeer.resolve(name)).href)) as T;
}

const tracer = trace.getTracer("bench");

/** What somebody would write by hand, with the content that Faultline records. */
function bareSpan(name: string, fn: Step): Step {
	return (input) =>
		tracer.startActiveSpan(
			name,
			{ attributes: { "faultline.step.kind": "custom", "faultline.step.name": name } },
			async (span: Span) => {
				try {
					span.setAttribute("faultline.step.input", JSON.stringify(input));
					const output = await fn(input);
					span.setAttribute("faultline.step.output", JSON.stringify(output));
					return output;
				} catch (error) {
					span.recordException(error as Error);
					span.setStatus({ code: SpanStatusCode.ERROR });
					throw error;
				} finally {
					span.end();
				}
			},
		);
}

function bareRoot<T>(work: () => Promise<T>): Promise<T> {
	return tracer.startActiveSpan("bench", async (span) => {
		try {
			return await work();
		} finally {
			span.end();
		}
	});
}
