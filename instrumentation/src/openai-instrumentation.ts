import { context, trace } from "@opentelemetry/api";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from "@opentelemetry/instrumentation";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { ModelCall } from "./model-call.ts";
import type { ModelApi } from "./openai-call.ts";
import { callStep } from "./openai-call.ts";
import { field } from "./openai-messages.ts";
import { pinnedResource } from "./pinned-client.ts";
import { quietly, SCOPE } from "./quietly.ts";
import { activeReplay, replayCall } from "./replay.ts";
import { VERSION } from "./version.ts";

type Method = (...args: unknown[]) => unknown;

/** Where the wrapped methods are, from the package's main class. */
const RESOURCES: readonly (readonly [ModelApi, readonly string[]])[] = [
	["chat", ["Chat", "Completions"]],
	["completions", ["Completions"]],
	["responses", ["Responses"]],
	["embeddings", ["Embeddings"]],
];

const patched = new WeakSet<object>();

/**
 * Turns every call of the `openai` package's chat completions, completions, responses and embeddings into one model span, whichever
 * way the application consumes it.
 */
export class OpenAIInstrumentation extends InstrumentationBase {
	constructor(config: InstrumentationConfig = {}) {
		super(`${SCOPE}/openai`, VERSION, config);
	}

	protected override init(): InstrumentationNodeModuleDefinition[] {
		const patch = (exports: unknown): unknown => {
			patchOpenAI(exports);
			return exports;
		};
		return [new InstrumentationNodeModuleDefinition("openai", [">=4.19.0 <8"], patch)];
	}
}

/**
 * Instruments a copy of the `openai` package that was loaded before telemetry was started, or bundled. Give it the
 * package's main class or its whole namespace. Calling it twice does nothing. Answers whether it found the methods.
 *
 * @example import OpenAI from "openai"; patchOpenAI(OpenAI);
 */
export function patchOpenAI(openai: unknown): boolean {
	return (
		quietly("patching openai", () => {
			const main = member(openai, "OpenAI") ?? member(openai, "default") ?? openai;
			const found = RESOURCES.map(([api, path]) => {
				const owner = path.reduce<unknown>((holder, name) => member(holder, name), main);
				return patchCreate(member(owner, "prototype"), api);
			});
			return found.some((done) => done);
		}) ?? false
	);
}

function member(holder: unknown, name: string): unknown {
	return typeof holder === "function" ? Reflect.get(holder, name) : field(holder, name);
}

function patchCreate(prototype: unknown, api: ModelApi): boolean {
	if (typeof prototype !== "object" || prototype === null) return false;
	if (patched.has(prototype)) return true;
	const original = field(prototype, "create");
	if (typeof original !== "function") return false;
	patched.add(prototype);
	const create = new Proxy(original as Method, {
		apply: (target, self: unknown, args: unknown[]) => tracedCreate(target, self, args, api),
	});
	hide(prototype, "create", create);
	return true;
}

function tracedCreate(create: Method, self: unknown, args: unknown[], api: ModelApi): unknown {
	const replayed =
		activeReplay() === undefined
			? undefined
			: replayCall({ step: callStep(api), kind: "model", safe: true }, [args[0]]);
	// A library that wraps `openai` has said already that this is a model's call: two spans would count every token twice.
	if (replayed === undefined && quietly("looking for a model span", isInsideModelSpan) === true) {
		return Reflect.apply(create, self, args);
	}
	const call = quietly("starting a model span", () => new ModelCall(api, self, args[0], replayed));
	const pin = replayed?.pin;
	const target = (): unknown => (pin === undefined ? self : pinnedResource(self, api, pin));
	if (call === undefined) return Reflect.apply(create, target(), args);
	let promise: unknown;
	try {
		promise = context.with(call.context, () => Reflect.apply(create, target(), args));
	} catch (error) {
		call.failed(error);
		throw error;
	}
	quietly("following a model call", () => follow(promise, call));
	return promise;
}

const MODEL_OPERATIONS = new Set(["chat", "text_completion", "generate_content", "embeddings"]);

/** Whether the active span is another library's of a model's call: the convention's, OpenInference's or OpenLLMetry's. */
function isInsideModelSpan(): boolean {
	const span = trace.getActiveSpan() as Partial<ReadableSpan> | undefined;
	const attributes = span?.attributes;
	if (attributes === undefined || span?.ended === true || span?.instrumentationScope?.name === SCOPE) {
		return false;
	}
	return (
		MODEL_OPERATIONS.has(String(attributes["gen_ai.operation.name"])) ||
		attributes["openinference.span.kind"] === "LLM" ||
		attributes["openinference.span.kind"] === "EMBEDDING" ||
		attributes["llm.request.type"] !== undefined
	);
}

/** The fields of the client's promise through which every way to consume it goes, in versions 4 to 7. */
interface ApiPromise {
	responsePromise: Promise<unknown>;
	parseResponse: Method;
	asResponse: () => unknown;
	_thenUnwrap: (transform: Method) => unknown;
}

function isApiPromise(value: unknown): value is ApiPromise {
	return (
		field(value, "responsePromise") instanceof Promise && typeof field(value, "parseResponse") === "function"
	);
}

/** An answer that is never parsed ends its span when the promise is gone. */
const unparsed = new FinalizationRegistry<ModelCall>((call) => call.releasedUnlessParsing());

/**
 * Hooks in below `then`: the promise stays the very object that the client returned, with `withResponse()`,
 * `asResponse()`, `_thenUnwrap` and everything else it can do, and stays as lazy as it was.
 */
function follow(promise: unknown, call: ModelCall): void {
	if (!isApiPromise(promise)) {
		call.finished();
		return;
	}
	const { parseResponse, responsePromise, asResponse, _thenUnwrap } = promise;
	let derived: Promise<unknown> | undefined;
	// Derived, because a listener beside it would hide an unhandled rejection; and derived only when the application asks,
	// because a derived promise that nobody handles would itself be one.
	Object.defineProperty(promise, "responsePromise", {
		configurable: true,
		enumerable: true,
		get: () => {
			derived ??= followResponse(responsePromise, call);
			return derived;
		},
	});
	promise.parseResponse = async (...args) => {
		call.parsing = true;
		try {
			const parsed = await Reflect.apply(parseResponse, promise, args);
			call.parsed(parsed);
			return parsed;
		} catch (error) {
			call.failed(error);
			throw error;
		}
	};
	if (typeof asResponse === "function") followRaw(promise, asResponse, call);
	if (typeof _thenUnwrap === "function") followUnwrap(promise, _thenUnwrap, call);
	unparsed.register(promise, call, call);
}

function followResponse(response: Promise<unknown>, call: ModelCall): Promise<unknown> {
	return response.then(
		(answer) => {
			call.responded(answer);
			return answer;
		},
		(error: unknown) => {
			call.failed(error);
			throw error;
		},
	);
}

/** `asResponse()` gives the raw response, which only the application may read: the span ends when it is there. */
function followRaw(promise: ApiPromise, asResponse: () => unknown, call: ModelCall): void {
	hide(promise, "asResponse", () => {
		const raw = Reflect.apply(asResponse, promise, []);
		// `withResponse()` comes this way too, but has asked for the parsed answer just before, which then runs first.
		promise.responsePromise.then(
			() => call.releasedUnlessParsing(),
			() => undefined,
		);
		return raw;
	});
}

/**
 * Helpers such as `parse()` make a second promise out of the first. In version 7 that one goes its own way to the
 * server's answer, so it is followed as well; what the helper makes of the answer is the model's product too.
 */
function followUnwrap(
	promise: ApiPromise,
	thenUnwrap: (transform: Method) => unknown,
	call: ModelCall,
): void {
	hide(promise, "_thenUnwrap", (transform: Method) => {
		const second = Reflect.apply(thenUnwrap, promise, [
			(answer: unknown, ...more: unknown[]) => {
				call.parsing = true;
				call.parsed(answer);
				const product = transform(answer, ...more);
				call.alsoProduced(product);
				return product;
			},
		]);
		unparsed.unregister(call);
		quietly("following a helper's promise", () => follow(second, call));
		return second;
	});
}

function hide(target: object, name: string, value: unknown): void {
	Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}
