import { existsSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import type { Instrumentation, InstrumentationModuleDefinition } from "@opentelemetry/instrumentation";
import {
	InstrumentationBase,
	InstrumentationNodeModuleDefinition,
	InstrumentationNodeModuleFile,
} from "@opentelemetry/instrumentation";
import type { Application } from "./application-modules.ts";
import { applicationIn } from "./application-modules.ts";
import { quietly, SCOPE } from "./quietly.ts";
import { VERSION } from "./version.ts";

/** An instrumentation of somebody else's that is started where the application has it installed. */
interface KnownPackage {
	/** As the variables OTEL_NODE_ENABLED_INSTRUMENTATIONS and …_DISABLED_… name it. */
	readonly name: string;
	readonly package: string;
	readonly options?: Readonly<Record<string, unknown>>;
	/** Files that hold what the instrumentation patches, where it names only one of its package's two builds. */
	readonly files?: readonly string[];
	/** Its target has no main file, and `require` of a part of such a package is hooked by the part's path only. */
	readonly withoutMain?: boolean;
}

/** Whether content leaves the process is decided in one place for all spans: see `SpanGuard`. */
const CONTENT = { traceContent: true } as const;

export const KNOWN_PACKAGES: readonly KnownPackage[] = [
	// Without a parent every health check and every export of somebody else's would look like a run.
	{
		name: "http",
		package: "@opentelemetry/instrumentation-http",
		options: { requireParentforOutgoingSpans: true },
	},
	{ name: "grpc", package: "@opentelemetry/instrumentation-grpc" },
	{ name: "pg", package: "@opentelemetry/instrumentation-pg", options: { requireParentSpan: true } },
	{ name: "mysql2", package: "@opentelemetry/instrumentation-mysql2" },
	{
		name: "mongodb",
		package: "@opentelemetry/instrumentation-mongodb",
		options: { requireParentSpan: true },
	},
	{ name: "redis", package: "@opentelemetry/instrumentation-redis", options: { requireParentSpan: true } },
	{
		name: "ioredis",
		package: "@opentelemetry/instrumentation-ioredis",
		options: { requireParentSpan: true },
	},
	{
		name: "langchain",
		package: "@arizeai/openinference-instrumentation-langchain",
		files: ["@langchain/core/dist/callbacks/manager.js"],
	},
	{ name: "mcp", package: "@arizeai/openinference-instrumentation-mcp", withoutMain: true },
	{ name: "llamaindex", package: "@traceloop/instrumentation-llamaindex", options: CONTENT },
	{ name: "pinecone", package: "@traceloop/instrumentation-pinecone", options: CONTENT },
	{ name: "qdrant", package: "@traceloop/instrumentation-qdrant", options: CONTENT },
];

const ANTHROPIC = { name: "anthropic", package: "@arizeai/openinference-instrumentation-anthropic" } as const;

/** The AI SDK (`ai`, version 7 on) has a hook of its own instead of an instrumentation. */
const AI_SDK = { name: "ai", package: "@ai-sdk/otel" } as const;

/**
 * Starts every known instrumentation that the application has installed and that `wanted` lets through. To be called when a
 * tracer provider is registered: these packages may bring a copy of the API along, which asks for the provider only once.
 * What fails is reported and left out.
 *
 * @example adoptForeign((name) => name !== "http", applicationDirectories());
 */
export function adoptForeign(
	wanted: (name: string) => boolean,
	directories: readonly string[],
): Instrumentation[] {
	const application = applicationIn(directories);
	if (wanted(AI_SDK.name)) quietly("starting @ai-sdk/otel", () => adoptAiSdk(application));
	const known = hasOwnSpans(application) ? KNOWN_PACKAGES : [...KNOWN_PACKAGES, ANTHROPIC];
	if (known === KNOWN_PACKAGES) settleAnthropic(wanted(ANTHROPIC.name));
	return adoptAll(
		known.filter(({ name }) => wanted(name)),
		application,
	);
}

function adoptAll(packages: readonly KnownPackage[], application: Application): Instrumentation[] {
	return packages.flatMap((known) => {
		const adopted = quietly(`starting ${known.package}`, () => adopt(known, application));
		return adopted === undefined ? [] : [adopted];
	});
}

type Patches = readonly InstrumentationModuleDefinition[];

/** What is used of an instrumentation of whatever age. */
interface Foreign {
	init(): Patches | InstrumentationModuleDefinition | undefined;
	/** Some are made of several and have patches only here. */
	getModuleDefinitions?(): Patches;
}

function adopt(known: KnownPackage, application: Application): Instrumentation | undefined {
	const exports = application.load(known.package);
	if (typeof exports !== "object" || exports === null) return undefined;
	const found = Object.entries(exports).find(
		([name, value]) => name.endsWith("Instrumentation") && typeof value === "function",
	);
	if (found === undefined) throw new Error("it exports no class …Instrumentation");
	const Class = found[1] as new (options: object) => Foreign;
	// Not enabled: its own hooks are those of the version that it brings along, which do not reach ECMAScript modules.
	const off = { ...known.options, enabled: false };
	const foreign = new Class(known.package.startsWith("@arizeai/") ? { instrumentationConfig: off } : off);
	const patches = foreign.init() ?? foreign.getModuleDefinitions?.();
	return new Adopted(
		known.name,
		definitions(known, patches === undefined ? [] : [patches].flat(), application),
	);
}

/** Applies another instrumentation's patches through our hooks, to both kinds of modules. */
class Adopted extends InstrumentationBase {
	constructor(name: string, definitions: readonly InstrumentationNodeModuleDefinition[]) {
		// The base class asks for the definitions before a field of this class could be set.
		super(`${SCOPE}/${name}`, VERSION, { definitions } as object);
	}

	protected override init(): InstrumentationNodeModuleDefinition[] {
		return (this.getConfig() as { definitions: InstrumentationNodeModuleDefinition[] }).definitions;
	}
}

function definitions(
	{ files = [], withoutMain = false }: KnownPackage,
	patches: Patches,
	application: Application,
): InstrumentationNodeModuleDefinition[] {
	return patches.flatMap((patch) => {
		const path = withoutMain ? application.resolve(patch.name) : undefined;
		return [
			sameDefinition(patch),
			...files.map((file) => fileDefinition(file, patch)),
			...(path === undefined ? [] : [pathDefinition(path, patch)]),
		];
	});
}

interface Patch {
	readonly name: string;
	readonly patch?: ((exports: unknown, version?: string) => unknown) | undefined;
}

/** A patch that throws would end the application while it loads; so the module stays as it was, and has no spans. */
function safely(by: Patch): (exports: unknown, version?: string) => unknown {
	return (exports, version) => quietly(`patching ${by.name}`, () => by.patch?.(exports, version)) ?? exports;
}

function sameDefinition(patch: InstrumentationModuleDefinition): InstrumentationNodeModuleDefinition {
	const files = patch.files.map(
		(file) =>
			new InstrumentationNodeModuleFile(file.name, file.supportedVersions, safely(file), file.unpatch),
	);
	return new InstrumentationNodeModuleDefinition(
		patch.name,
		patch.supportedVersions,
		safely(patch),
		patch.unpatch,
		files,
	);
}

function fileDefinition(
	file: string,
	patch: InstrumentationModuleDefinition,
): InstrumentationNodeModuleDefinition {
	const patchFile = new InstrumentationNodeModuleFile(
		file,
		patch.supportedVersions,
		safely(patch),
		() => undefined,
	);
	return new InstrumentationNodeModuleDefinition(packageOf(file), ["*"], undefined, undefined, [patchFile]);
}

/** For a path, the hook of `require` gives the file's bare name and asks for no version. */
function pathDefinition(
	path: string,
	patch: InstrumentationModuleDefinition,
): InstrumentationNodeModuleDefinition {
	const file = new InstrumentationNodeModuleFile(parse(path).name, ["*"], safely(patch), (exports) =>
		patch.unpatch?.(exports),
	);
	return new InstrumentationNodeModuleDefinition(path, ["*"], undefined, undefined, [file]);
}

function packageOf(file: string): string {
	return file
		.split("/")
		.slice(0, file.startsWith("@") ? 2 : 1)
		.join("/");
}

/** Newer versions of Anthropic's SDK make spans by themselves: with an instrumentation every call would have two. */
function hasOwnSpans(application: Application): boolean {
	const main = application.resolve("@anthropic-ai/sdk");
	return main !== undefined && existsSync(join(dirname(main), "internal", "tracing.js"));
}

/** What its spans hold is settled by variables only, and without a word from anybody they hold no content. */
function settleAnthropic(wanted: boolean): void {
	const name = wanted ? "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE" : "ANTHROPIC_OPEN_TELEMETRY";
	// biome-ignore lint/style/noProcessEnv: the SDK's clients look here, and are made by the application
	process.env[name] ??= wanted ? "content" : "false";
}

/** Where the AI SDK looks for who wants to know about its calls. */
const AI_SDK_REGISTRY = "AI_SDK_TELEMETRY_INTEGRATIONS";

function adoptAiSdk(application: Application): void {
	const exports = application.load(AI_SDK.package) as
		| { readonly OpenTelemetry?: new () => object }
		| undefined;
	const Integration = exports?.OpenTelemetry;
	if (Integration === undefined) return;
	const registry: object[] = [];
	const known: unknown = Reflect.get(globalThis, AI_SDK_REGISTRY);
	if (Array.isArray(known)) registry.push(...known);
	if (registry.some((other) => other instanceof Integration)) return;
	const ours = new Integration();
	registry.push(ours);
	// An application that registers the integration itself goes on having one of it.
	Object.defineProperty(registry, "push", {
		value: (...added: object[]): number => {
			const own = registry.indexOf(ours);
			if (own >= 0 && added.some((other) => other instanceof Integration)) registry.splice(own, 1);
			return Array.prototype.push.apply(registry, added);
		},
	});
	Reflect.set(globalThis, AI_SDK_REGISTRY, registry);
}
