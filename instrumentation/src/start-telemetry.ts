import { createRequire, register as registerLoader } from "node:module";
import { isAbsolute } from "node:path";
import { diag, ProxyTracerProvider, trace } from "@opentelemetry/api";
import { getNumberFromEnv, getStringFromEnv, getStringListFromEnv } from "@opentelemetry/core";
import type { Instrumentation, InstrumentationModuleDefinition } from "@opentelemetry/instrumentation";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import type { LogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
	BatchLogRecordProcessor,
	ConsoleLogRecordExporter,
	SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { NodeSDK, type NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { applicationDirectories } from "./application-modules.ts";
import type { CaptureOptions } from "./capture.ts";
import { configureCapture } from "./capture.ts";
import { detectDeploy } from "./deploy-resource.ts";
import { flushAtExit, sendSpansNow } from "./exit-flush.ts";
import { adoptForeign } from "./foreign-instrumentations.ts";
import { LogGuard } from "./log-guard.ts";
import { OpenAIInstrumentation } from "./openai-instrumentation.ts";
import { quietly, SCOPE } from "./quietly.ts";
import { sealedDetectors } from "./resource-detectors.ts";
import { SpanGuard } from "./span-guard.ts";
import type { Protocol } from "./trace-exporter.ts";
import {
	createOtlpExporter,
	createOtlpLogExporter,
	LastMinuteExporter,
	PendingSpans,
	PROTOCOLS,
} from "./trace-exporter.ts";

/** Everything has a default, and everything that the OpenTelemetry specification has a variable for is read from there. */
export interface RegisterOptions extends CaptureOptions {
	/** Name of the service; `OTEL_SERVICE_NAME` wins; default: the name in package.json. */
	readonly serviceName?: string;
	/** Base URL of the OTLP receiver over HTTP, for traces and logs; wins over `OTEL_EXPORTER_OTLP_ENDPOINT`, which is the default. */
	readonly endpoint?: string;
	/** Where the application is: package.json and .git are looked for here and upwards; default: the working directory. */
	readonly directory?: string;
	/** Further instrumentations, for instance of a database client. */
	readonly instrumentations?: readonly Instrumentation[];
	/** Further span processors, for instance to send to a second place. */
	readonly spanProcessors?: readonly SpanProcessor[];
	/** Longest wait at the end of the process, in milliseconds; default 3000; `FAULTLINE_EXIT_TIMEOUT`. */
	readonly exitTimeoutMs?: number;
}

/** Telemetry that runs. */
export interface Telemetry {
	/** `own`: an SDK was started; `joined`: one was running and was left as it is; `disabled`: OTEL_SDK_DISABLED. */
	readonly sdk: "own" | "joined" | "disabled";
	/** Sends what waits. Rejects where the collector did not take it. */
	flush(): Promise<void>;
	/** Sends what waits and stops. */
	shutdown(): Promise<void>;
}

const DEFAULT_EXIT_TIMEOUT_MS = 3_000;
const DEFAULT_QUEUE_SIZE = 2_048;

let running: Telemetry | undefined;

/**
 * Starts telemetry: the OpenTelemetry SDK with export over OTLP/HTTP, the instrumentation of `openai`, and a flush at the
 * end of the process. Where an SDK is already registered it is left as it is, and only the instrumentation is added.
 * Calling it again changes nothing. Never throws: an application starts with or without its telemetry.
 *
 * @example
 * import { register } from "@faultline/instrumentation";
 * const telemetry = register({ content: "metadata" });
 */
export function register(options: RegisterOptions = {}): Telemetry {
	running ??= quietly("starting telemetry", () => start(options)) ?? idle("disabled");
	return running;
}

function idle(sdk: Telemetry["sdk"]): Telemetry {
	return { sdk, flush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
}

function start(options: RegisterOptions): Telemetry {
	if (getStringFromEnv("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return idle("disabled");
	configureCapture(options);
	const own = ownInstrumentations();
	const instrumentations = [...own, ...withoutDoubles(options.instrumentations ?? [], own)];
	const telemetry = hasProvider() ? join(instrumentations) : startSdk(options, instrumentations);
	const adopted = adoptForeign(isWanted, applicationDirectories());
	registerInstrumentations({ instrumentations: adopted });
	quietly("hooking the module loader", () => hookLoader([...instrumentations, ...adopted]));
	return telemetry;
}

function join(instrumentations: Instrumentation[]): Telemetry {
	registerInstrumentations({ instrumentations });
	return idle("joined");
}

/** The variables that OpenTelemetry's own zero-code package reads for Node.js. */
function isWanted(name: string): boolean {
	const enabled = getStringListFromEnv("OTEL_NODE_ENABLED_INSTRUMENTATIONS");
	const disabled = getStringListFromEnv("OTEL_NODE_DISABLED_INSTRUMENTATIONS") ?? [];
	return (enabled === undefined || enabled.includes(name)) && !disabled.includes(name);
}

function ownInstrumentations(): Instrumentation[] {
	const own: Readonly<Record<string, () => Instrumentation>> = {
		openai: () => new OpenAIInstrumentation(),
		// Without a parent every health check would look like a run.
		undici: () => new UndiciInstrumentation({ requireParentforSpans: true }),
	};
	return Object.entries(own)
		.filter(([name]) => isWanted(name))
		.map(([, create]) => create());
}

/** Two of them would make two spans of one call, and every token would count twice. */
function withoutDoubles(
	given: readonly Instrumentation[],
	own: readonly Instrumentation[],
): readonly Instrumentation[] {
	if (!own.some((mine) => mine instanceof OpenAIInstrumentation)) return given;
	return given.filter((other) => {
		const double =
			other.instrumentationName.endsWith("instrumentation-openai") &&
			!(other instanceof OpenAIInstrumentation);
		if (double) {
			other.disable();
			diag.warn(
				`${SCOPE}: ${other.instrumentationName} is left out, calls of openai have their span already; OTEL_NODE_DISABLED_INSTRUMENTATIONS=openai leaves them to it`,
			);
		}
		return !double;
	});
}

/** ECMAScript modules can be instrumented only by a loader hook; it touches only the modules that are instrumented. */
function hookLoader(instrumentations: readonly Instrumentation[]): void {
	const include = instrumentations.flatMap(moduleNames);
	if (include.length === 0) return;
	const requireFromBase = createRequire(import.meta.resolve("@opentelemetry/instrumentation"));
	const { supportsSyncHooks, register: registerHooks } = requireFromBase(
		"import-in-the-middle/register-hooks.mjs",
	) as { supportsSyncHooks(): boolean; register(options: { include: (string | RegExp)[] }): void };
	if (supportsSyncHooks()) registerHooks({ include });
	else registerLoader("@opentelemetry/instrumentation/hook.mjs", import.meta.url, { data: { include } });
}

/** Modules by the name that they are imported with, files inside a package by where they lie. */
function moduleNames(instrumentation: Instrumentation): (string | RegExp)[] {
	const { getModuleDefinitions } = instrumentation as {
		getModuleDefinitions?: () => InstrumentationModuleDefinition[];
	};
	if (typeof getModuleDefinitions !== "function") return [];
	const definitions: unknown = Reflect.apply(getModuleDefinitions, instrumentation, []);
	if (!Array.isArray(definitions)) return [];
	return definitions.flatMap(({ name, files }: InstrumentationModuleDefinition) => [
		// A path is the one that `require` takes.
		...(isAbsolute(name) ? [] : [name]),
		...files.map(
			(file) => new RegExp(`/node_modules/${file.name.replaceAll(/[.+*?^$(){}|[\]\\]/g, "\\$&")}$`),
		),
	]);
}

function hasProvider(): boolean {
	const provider = trace.getTracerProvider();
	const delegate = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
	// The placeholder of the API has nothing to shut down.
	return typeof (delegate as { shutdown?: unknown }).shutdown === "function";
}

function startSdk(options: RegisterOptions, instrumentations: Instrumentation[]): Telemetry {
	const timeoutMs =
		options.exitTimeoutMs ?? getNumberFromEnv("FAULTLINE_EXIT_TIMEOUT") ?? DEFAULT_EXIT_TIMEOUT_MS;
	const traces = tracePipeline(timeoutMs, options);
	const logs = logProcessors(options.endpoint);
	const sdk = new NodeSDK({
		instrumentations,
		resource: defaultResource().merge(resourceFromAttributes(deployAttributes(options))),
		resourceDetectors: sealedDetectors(),
		spanProcessors:
			traces.processors.length === 0 ? [] : [...traces.processors, ...(options.spanProcessors ?? [])],
		logRecordProcessors: logs,
		// No metrics of ours: a reader that sends every minute would only fail against a receiver of traces.
		...(getStringFromEnv("OTEL_METRICS_EXPORTER") === undefined ? { metricReaders: [] } : {}),
	} satisfies Partial<NodeSDKConfiguration>);
	sdk.start();
	const flush = async (): Promise<void> => {
		// The batch processor only sends what still queues, and does not wait for a batch that is on its way.
		const settled = traces.pending.settled();
		await Promise.all([...traces.processors, ...logs].map((processor) => processor.forceFlush()));
		await settled;
	};
	const undo = flushAtExit({
		waiting: () => traces.pending.size > 0,
		flush: () => {
			traces.hurry();
			return flush();
		},
		flushNow: () => traces.sendNow(),
		timeoutMs: timeoutMs + 250,
	});
	return {
		sdk: "own",
		flush,
		shutdown: () => {
			undo();
			return sdk.shutdown();
		},
	};
}

function deployAttributes({
	serviceName,
	directory = process.cwd(),
}: RegisterOptions): ReturnType<typeof detectDeploy> {
	const found = detectDeploy({ env: getStringFromEnv, directory });
	return serviceName === undefined ? found : { ...found, "service.name": serviceName };
}

interface TracePipeline {
	readonly processors: SpanProcessor[];
	readonly pending: PendingSpans;
	hurry(): void;
	sendNow(): void;
}

/** Guard first, so that what the others see is sealed already. */
function tracePipeline(timeoutMs: number, { endpoint, spanProcessors = [] }: RegisterOptions): TracePipeline {
	const queueSize = positive("OTEL_BSP_MAX_QUEUE_SIZE") ?? DEFAULT_QUEUE_SIZE;
	const names = getStringListFromEnv("OTEL_TRACES_EXPORTER") ?? [];
	const defers = spanProcessors.length === 0 && !names.includes("console") && !hasAttributeLimits();
	const pending = new PendingSpans(queueSize, { defers });
	if (names.includes("none"))
		return { processors: [], pending, hurry: () => undefined, sendNow: () => undefined };
	const protocol = endpoint === undefined ? otlpProtocol("TRACES") : "http/json";
	const target: { readonly url?: string } =
		endpoint === undefined ? {} : { url: new URL("/v1/traces", endpoint).href };
	const processors: SpanProcessor[] = [new SpanGuard()];
	let exporter: LastMinuteExporter | undefined;
	if (names.length === 0 || names.includes("otlp")) {
		exporter = new LastMinuteExporter(
			createOtlpExporter(protocol, target),
			createOtlpExporter(protocol, { ...target, timeoutMillis: timeoutMs }),
			pending,
		);
		processors.push(pending, new BatchSpanProcessor({ exporter, ...batchLimits("OTEL_BSP", queueSize) }));
	}
	if (names.includes("console"))
		processors.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }));
	for (const name of names) {
		if (name !== "otlp" && name !== "console") {
			diag.warn(`${SCOPE}: OTEL_TRACES_EXPORTER names "${name}"; known: otlp, console, none`);
		}
	}
	return {
		processors,
		pending,
		hurry: () => exporter?.hurry(),
		sendNow: () => {
			if (protocol !== "grpc") sendSpansNow(pending.list(), timeoutMs, target.url);
		},
	};
}

/** The SDK keeps these limits while a span is written, so that then everything must be on it. */
function hasAttributeLimits(): boolean {
	return ["ATTRIBUTE", "SPAN_ATTRIBUTE"].some((of) =>
		["COUNT_LIMIT", "VALUE_LENGTH_LIMIT"].some((limit) => positive(`OTEL_${of}_${limit}`) !== undefined),
	);
}

/** One guard for all of them, and also for none: messages that come as log records still go onto their spans. */
function logProcessors(endpoint: string | undefined): LogRecordProcessor[] {
	const names = getStringListFromEnv("OTEL_LOGS_EXPORTER") ?? ["otlp"];
	const processors: LogRecordProcessor[] = [];
	for (const name of new Set(names)) {
		if (name === "otlp") processors.push(otlpLogs(endpoint));
		else if (name === "console") {
			processors.push(new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() }));
		} else if (name !== "none") {
			diag.warn(`${SCOPE}: OTEL_LOGS_EXPORTER names "${name}"; known: otlp, console, none`);
		}
	}
	return [new LogGuard(processors)];
}

function otlpLogs(endpoint: string | undefined): LogRecordProcessor {
	const protocol = endpoint === undefined ? otlpProtocol("LOGS") : "http/json";
	const target = endpoint === undefined ? {} : { url: new URL("/v1/logs", endpoint).href };
	return new BatchLogRecordProcessor({
		exporter: createOtlpLogExporter(protocol, target),
		...batchLimits("OTEL_BLRP", positive("OTEL_BLRP_MAX_QUEUE_SIZE") ?? DEFAULT_QUEUE_SIZE),
	});
}

function otlpProtocol(signal: "TRACES" | "LOGS"): Protocol {
	const named =
		getStringFromEnv(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
		getStringFromEnv("OTEL_EXPORTER_OTLP_PROTOCOL");
	const protocol = named === undefined ? "http/json" : PROTOCOLS.find((known) => known === named);
	if (protocol !== undefined) return protocol;
	diag.warn(`${SCOPE}: OTLP protocol "${named}" is unknown; known: ${PROTOCOLS.join(", ")}; using http/json`);
	return "http/json";
}

interface BatchLimits {
	maxQueueSize: number;
	scheduledDelayMillis?: number;
	exportTimeoutMillis?: number;
	maxExportBatchSize?: number;
}

function batchLimits(prefix: "OTEL_BSP" | "OTEL_BLRP", maxQueueSize: number): BatchLimits {
	const scheduledDelayMillis = positive(`${prefix}_SCHEDULE_DELAY`);
	const exportTimeoutMillis = positive(`${prefix}_EXPORT_TIMEOUT`);
	const maxExportBatchSize = positive(`${prefix}_MAX_EXPORT_BATCH_SIZE`);
	return {
		maxQueueSize,
		...(scheduledDelayMillis === undefined ? {} : { scheduledDelayMillis }),
		...(exportTimeoutMillis === undefined ? {} : { exportTimeoutMillis }),
		...(maxExportBatchSize === undefined ? {} : { maxExportBatchSize }),
	};
}

function positive(name: string): number | undefined {
	const value = getNumberFromEnv(name);
	return value !== undefined && value > 0 ? value : undefined;
}
