import { hash } from "node:crypto";
import type { Attributes, Span } from "@opentelemetry/api";
import { SpanKind } from "@opentelemetry/api";
import type { StepKind } from "./attributes.ts";
import { ATTR } from "./attributes.ts";
import { recordText, recordValue, sealAttributes } from "./capture.ts";
import { askUser } from "./quietly.ts";
import { serialize } from "./serialize.ts";
import type { AnyFunction, CallResult, OnText, ResultOf, TracePlan } from "./traced-function.ts";
import { traceFunction } from "./traced-function.ts";

/** What every step takes. The functions must answer at once; what they throw is ignored. */
export interface StepOptions<F extends AnyFunction> {
	/** What would change if the component changed: a commit, a build number, a model id. */
	readonly version?: string | ((...args: Parameters<F>) => string | undefined);
	/** What to record as input; default: the single argument, or the list of arguments. */
	readonly input?: (...args: Parameters<F>) => unknown;
	/** What to record as output; default: the result; for a stream of texts, the whole text. */
	readonly output?: (result: ResultOf<F>) => unknown;
	/** Further attributes of the span. */
	readonly attributes?: (result: ResultOf<F>, ...args: Parameters<F>) => Attributes;
}

/** One document of a retrieval's result. Further fields are recorded as they are. */
export interface RetrievedDocument {
	readonly id: string | number;
	readonly score?: number;
	readonly content?: string;
}

/** Which index a retrieval reads. */
export interface RetrievalIndex {
	readonly name: string;
	/** Of the index build, for instance its date or its content hash. */
	readonly version?: string;
	/** The model that embedded the documents. */
	readonly embeddingModel?: string;
}

export interface RetrievalOptions<F extends AnyFunction> extends StepOptions<F> {
	readonly index?: RetrievalIndex | (() => RetrievalIndex);
	/** The model that embeds the query; where it differs from the index's, retrieval finds the wrong things. */
	readonly queryEmbeddingModel?: string | (() => string);
	/** The query's text; default: the first argument, where that is a text. */
	readonly query?: (...args: Parameters<F>) => string;
	/** The documents in the result; default: the result, where that is a list of objects with an `id`. */
	readonly documents?: (result: ResultOf<F>) => readonly RetrievedDocument[];
}

export interface PromptBuildOptions<F extends AnyFunction> extends StepOptions<F> {
	readonly template?: string;
	/** Default: the first 12 hexadecimal digits of the template's SHA-256. */
	readonly templateVersion?: string;
	readonly variables?: (...args: Parameters<F>) => Readonly<Record<string, unknown>>;
	/** Tokens of the built prompt, counted with the model's own tokenizer. */
	readonly tokens?: (result: ResultOf<F>) => number;
	/** Most tokens that the prompt may have. */
	readonly tokenLimit?: number;
}

export interface ToolCallOptions<F extends AnyFunction> extends StepOptions<F> {
	readonly description?: string;
	/** JSON Schema of the arguments. */
	readonly parameters?: object;
	/** JSON Schema of the result. */
	readonly resultSchema?: object;
	/** Whether running the tool again in a replay does no harm; default false. */
	readonly safe?: boolean;
}

type Wrap = <F extends AnyFunction>(name: string, fn: F, options?: StepOptions<F>) => F;

/**
 * Wraps functions of the application as steps of a pipeline. The wrapped function has the same type and behaves the same,
 * whatever telemetry does.
 *
 * @example
 * const search = step.retrieval("search_docs", findDocuments, { index: { name: "docs", version: "2026-11-01" } });
 * const parse = step.postProcess("parse_answer", parseAnswer);
 */
export const step = {
	/** Builds the text or the messages that the model gets. */
	promptBuild: <F extends AnyFunction>(name: string, fn: F, options: PromptBuildOptions<F> = {}): F =>
		traceFunction(fn, {
			...basicPlan("prompt_build", name, name, options),
			attributes: promptAttributes(name, options),
			recordInput: (span, args, _run, onText) => recordPromptInput(span, args, options, onText),
			recordOutput: (span, result, args, _run, onText) =>
				recordPromptOutput(span, result, args, options, onText),
		}),

	/** Finds documents. */
	retrieval: <F extends AnyFunction>(name: string, fn: F, options: RetrievalOptions<F> = {}): F =>
		traceFunction(fn, {
			...basicPlan("retrieval", name, `retrieval ${name}`, options),
			attributes: {
				...stepAttributes("retrieval", name, options),
				[ATTR.operationName]: "retrieval",
				[ATTR.dataSourceId]: name,
			},
			recordInput: (span, args, _run, onText) => recordRetrievalInput(span, args, options, onText),
			recordOutput: (span, result, args, _run, onText) =>
				recordRetrievalOutput(span, result, args, options, onText),
		}),

	/** Runs a tool, whether the model asked for it or the application. */
	toolCall: <F extends AnyFunction>(name: string, fn: F, options: ToolCallOptions<F> = {}): F =>
		traceFunction(fn, {
			...basicPlan("tool_call", name, `execute_tool ${name}`, options),
			safe: options.safe ?? false,
			attributes: toolAttributes(name, options),
			recordInput: (span, args, _run, onText) =>
				recordInput(span, args, options, onText, ATTR.toolCallArguments, toolArguments(args)),
			recordOutput: (span, result, args, _run, onText) =>
				recordOutput(span, result, args, options, onText, ATTR.toolCallResult),
		}),

	/** Works on what the model said: parses, checks, filters, ranks. */
	postProcess: simpleStep("post_process") as Wrap,
	/** Makes what the user sees. */
	render: simpleStep("render") as Wrap,
	/** An agent's loop, with model and tool calls inside. */
	agent: simpleStep("agent") as Wrap,
	/** Anything else. */
	custom: simpleStep("custom") as Wrap,
} as const;

function simpleStep(kind: StepKind): Wrap {
	return (name, fn, options = {}) => traceFunction(fn, basicPlan(kind, name, name, options));
}

function basicPlan<F extends AnyFunction>(
	kind: StepKind,
	name: string,
	spanName: string,
	options: StepOptions<F>,
): TracePlan {
	return {
		name,
		spanName,
		spanKind: SpanKind.INTERNAL,
		stepKind: kind,
		attributes: stepAttributes(kind, name, options),
		recordInput: (span, args, _run, onText) => recordInput(span, args, options, onText),
		recordOutput: (span, result, args, _run, onText) => recordOutput(span, result, args, options, onText),
	};
}

function stepAttributes<F extends AnyFunction>(
	kind: StepKind,
	name: string,
	{ version }: StepOptions<F>,
): Attributes {
	return {
		[ATTR.stepKind]: kind,
		[ATTR.stepName]: name,
		...(kind === "agent" ? { [ATTR.operationName]: "invoke_agent", [ATTR.agentName]: name } : {}),
		...(typeof version === "string" ? { [ATTR.componentVersion]: version } : {}),
	};
}

/** Records the input of any step or pipeline; see `StepOptions.input`. */
export function recordInput<F extends AnyFunction>(
	span: Span,
	args: readonly unknown[],
	{ version, input }: StepOptions<F>,
	onText: OnText | undefined,
	attribute: string = ATTR.stepInput,
	shown: readonly unknown[] = args,
): void {
	const given = args as Parameters<F>;
	if (typeof version === "function") {
		const current = askUser("version", () => version(...given));
		if (current !== undefined) span.setAttribute(ATTR.componentVersion, String(current));
	}
	const whole = shown.length === 1 ? shown[0] : shown.length === 0 ? undefined : shown;
	// A function that fails records nothing: it may have been there to leave something out.
	const value = input === undefined ? whole : askUser("input", () => input(...given));
	recordValue(span, attribute, value, onText);
}

/** Records the output of any step or pipeline; see `StepOptions.output`. */
export function recordOutput<F extends AnyFunction>(
	span: Span,
	{ result, whole }: CallResult,
	args: readonly unknown[],
	{ output, attributes }: StepOptions<F>,
	onText: OnText | undefined,
	attribute: string = ATTR.stepOutput,
): void {
	const given = result as ResultOf<F>;
	if (attributes !== undefined) {
		const more = askUser("attributes", () => attributes(given, ...(args as Parameters<F>)));
		if (more !== undefined) span.setAttributes(sealAttributes(more));
	}
	const value = output === undefined ? whole : askUser("output", () => output(given));
	recordValue(span, attribute, value, onText);
}

function promptAttributes<F extends AnyFunction>(name: string, options: PromptBuildOptions<F>): Attributes {
	const { template, tokenLimit } = options;
	const version =
		options.templateVersion ?? (template === undefined ? undefined : hash("sha256", template).slice(0, 12));
	return {
		...(version === undefined
			? {}
			: { [ATTR.componentVersion]: version, [ATTR.promptTemplateVersion]: version }),
		...stepAttributes("prompt_build", name, options),
		...(tokenLimit === undefined ? {} : { [ATTR.promptTokenLimit]: tokenLimit }),
	};
}

function recordPromptInput<F extends AnyFunction>(
	span: Span,
	args: readonly unknown[],
	options: PromptBuildOptions<F>,
	onText: OnText | undefined,
): void {
	const { template, variables } = options;
	recordText(span, ATTR.promptTemplate, template);
	if (variables !== undefined) {
		const values = askUser("variables", () => variables(...(args as Parameters<F>)));
		recordValue(span, ATTR.promptVariables, values);
	}
	recordInput(span, args, options, onText);
}

function recordPromptOutput<F extends AnyFunction>(
	span: Span,
	result: CallResult,
	args: readonly unknown[],
	options: PromptBuildOptions<F>,
	onText: OnText | undefined,
): void {
	const { tokens } = options;
	if (tokens !== undefined) {
		const count = askUser("tokens", () => tokens(result.result as ResultOf<F>));
		if (typeof count === "number" && Number.isFinite(count)) span.setAttribute(ATTR.promptTokens, count);
	}
	recordOutput(span, result, args, options, onText);
}

function recordRetrievalInput<F extends AnyFunction>(
	span: Span,
	args: readonly unknown[],
	options: RetrievalOptions<F>,
	onText: OnText | undefined,
): void {
	const { query } = options;
	const text = query === undefined ? args[0] : askUser("query", () => query(...(args as Parameters<F>)));
	if (typeof text === "string") recordText(span, ATTR.retrievalQuery, text);
	recordInput(span, args, options, onText);
}

/** The index is read after the call: an application may swap it while it runs, and the call used what it then found. */
function recordRetrievalOutput<F extends AnyFunction>(
	span: Span,
	result: CallResult,
	args: readonly unknown[],
	options: RetrievalOptions<F>,
	onText: OnText | undefined,
): void {
	const { index, queryEmbeddingModel, documents, version } = options;
	recordIndex(span, typeof index === "function" ? askUser("index", index) : index, version === undefined);
	const model =
		typeof queryEmbeddingModel === "function"
			? askUser("queryEmbeddingModel", queryEmbeddingModel)
			: queryEmbeddingModel;
	if (model !== undefined) span.setAttribute(ATTR.queryEmbeddingModel, model);
	const found =
		documents === undefined
			? result.result
			: askUser("documents", () => documents(result.result as ResultOf<F>));
	if (!isDocumentList(found)) {
		recordOutput(span, result, args, options, onText);
		return;
	}
	// The convention's attribute already holds the whole result: once is enough.
	const once = found === result.result && options.output === undefined;
	recordValue(span, ATTR.retrievalDocuments, found, once ? onText : undefined);
	recordOutput(span, once ? { ...result, whole: undefined } : result, args, options, onText);
}

function recordIndex(span: Span, index: RetrievalIndex | undefined, isComponentVersion: boolean): void {
	if (index === undefined) return;
	span.setAttribute(ATTR.indexName, index.name);
	if (index.embeddingModel !== undefined) span.setAttribute(ATTR.indexEmbeddingModel, index.embeddingModel);
	if (index.version === undefined) return;
	span.setAttribute(ATTR.indexVersion, index.version);
	if (isComponentVersion) span.setAttribute(ATTR.componentVersion, index.version);
}

function isDocumentList(value: unknown): value is readonly RetrievedDocument[] {
	return (
		Array.isArray(value) &&
		value.every((item) => typeof item === "object" && item !== null && "id" in item && item.id !== undefined)
	);
}

/** Frameworks call a tool with its arguments as one object and with things of their own after it. */
function toolArguments(args: readonly unknown[]): readonly unknown[] {
	const [first] = args;
	return typeof first === "object" && first !== null && !Array.isArray(first) ? [first] : args;
}

function toolAttributes<F extends AnyFunction>(name: string, options: ToolCallOptions<F>): Attributes {
	const { description, parameters, resultSchema } = options;
	return {
		...stepAttributes("tool_call", name, options),
		[ATTR.operationName]: "execute_tool",
		[ATTR.toolName]: name,
		...(description === undefined ? {} : { [ATTR.toolDescription]: description }),
		...(parameters === undefined ? {} : { [ATTR.toolParametersSchema]: serialize(parameters) }),
		...(resultSchema === undefined ? {} : { [ATTR.toolResultSchema]: serialize(resultSchema) }),
	};
}
