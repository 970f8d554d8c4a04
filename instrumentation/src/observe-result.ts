import type { Context } from "@opentelemetry/api";
import { context } from "@opentelemetry/api";
import { quietly } from "./quietly.ts";

/** One call under observation. Every method is safe to call at any time, in any order, any number of times. */
export interface Observed {
	/** The context in which the rest of the call runs, for instance a generator's next turn. */
	readonly context: Context;
	/** One item of a stream came by. */
	received(item: unknown): void;
	/** The call gave this result. */
	succeeded(value: unknown): void;
	/** The call ended without a value of its own: a stream is over, or its reader stopped. */
	finished(): void;
	/** The call threw or rejected. */
	failed(error: unknown): void;
}

/** Ends what the application dropped without finishing it, once the garbage collector has taken it. */
const dropped = new FinalizationRegistry<Observed>((observed) => observed.finished());

/**
 * Watches the result of a call until it is complete and gives back something that behaves the same: the value itself
 * where that is possible, else (plain promises, generators, web streams) a stand-in of the same kind. Rejections,
 * unhandled ones too, are those of the original; nothing is read, awaited or iterated unless the application does so.
 */
export function observeResult(result: unknown, observed: Observed): unknown {
	switch (sortOf(result)) {
		case "promise":
			return followPromise(result as Promise<unknown>, observed);
		case "thenable":
			return shadowThenable(result as PromiseLike<unknown> & object, observed);
		case "generator":
			return wrapGenerator(result as Generator<unknown, unknown, unknown>, observed);
		case "async generator":
			return wrapAsyncGenerator(result as AsyncGenerator<unknown, unknown, unknown>, observed);
		case "web stream":
			return wrapReadable(result as ReadableStream<unknown>, observed);
		case "locked stream":
			return giveUp(result, observed);
		case "node stream":
			return shadowEmit(result as Emitter & object, observed);
		case "async iterable":
			return shadowAsyncIterator(result as AsyncIterable<unknown>, observed);
		case "value":
			observed.succeeded(result);
			return result;
		default:
			return result;
	}
}

type Sort =
	| "promise"
	| "thenable"
	| "generator"
	| "async generator"
	| "web stream"
	| "locked stream"
	| "node stream"
	| "async iterable"
	| "value";

/** Asking a hostile proxy what it is runs its traps; one that throws is taken for a plain value. */
function sortOf(value: unknown): Sort {
	if (typeof value !== "object" || value === null) return "value";
	try {
		return sortOfObject(value);
	} catch {
		return "value";
	}
}

function sortOfObject(value: object): Sort {
	if (typeof (value as { then?: unknown }).then === "function") {
		return isPlainPromise(value) ? "promise" : "thenable";
	}
	const prototype = Object.getPrototypeOf(value);
	if (prototype === Array.prototype) return "value";
	if (prototype === Object.prototype) return Symbol.asyncIterator in value ? "async iterable" : "value";
	const tag = Object.prototype.toString.call(value);
	if (tag === "[object Generator]") return "generator";
	if (tag === "[object AsyncGenerator]") return "async generator";
	if (value instanceof ReadableStream) return value.locked ? "locked stream" : "web stream";
	if (isNodeReadable(value)) return "node stream";
	return Symbol.asyncIterator in value ? "async iterable" : "value";
}

function giveUp<T>(value: T, observed: Observed): T {
	observed.finished();
	return value;
}

/** No subclass and no `then` of its own: `await` looks past the object's properties, so only a derived promise sees it. */
function isPlainPromise(value: object): boolean {
	return value instanceof Promise && value.constructor === Promise && !Object.hasOwn(value, "then");
}

/** Deriving, not listening beside it: a listener would count as a handler and hide an unhandled rejection. */
function followPromise(promise: Promise<unknown>, observed: Observed): Promise<unknown> {
	const derived = promise.then(
		(value) => observeResult(value, observed),
		(error: unknown) => {
			observed.failed(error);
			throw error;
		},
	);
	// What the application hung on its promise, such as a method to cancel, is on the stand-in as well. Not what the runtime
	// hung there: those are symbols.
	copyNamed(promise, derived);
	return derived;
}

function copyNamed(from: object, to: object): void {
	for (const name of Object.getOwnPropertyNames(from)) {
		const property = Object.getOwnPropertyDescriptor(from, name);
		if (property !== undefined) Object.defineProperty(to, name, property);
	}
}

type Handler = ((value: unknown) => unknown) | null | undefined;

/**
 * A promise with methods of its own, or a lazy thenable that starts to work when somebody calls `then`: the object stays
 * the same one, and what passes through its `then` is seen only when the application calls it.
 */
function shadowThenable(thenable: PromiseLike<unknown> & object, observed: Observed): unknown {
	const original = thenable.then;
	const seen = { done: false, value: undefined as unknown };
	const settle = (value: unknown): unknown => {
		if (!seen.done) {
			seen.done = true;
			seen.value = observeResult(value, observed);
		}
		return seen.value;
	};
	const follow = (onValue?: Handler, onError?: Handler): unknown =>
		Reflect.apply(original, thenable, [
			(value: unknown) => (typeof onValue === "function" ? onValue(settle(value)) : settle(value)),
			(error: unknown) => {
				observed.failed(error);
				if (typeof onError === "function") return onError(error);
				throw error;
			},
		]);
	const extra = thenable as { catch?: unknown; finally?: unknown };
	// biome-ignore lint/suspicious/noThenProperty: the object is a thenable already; this shadows its own method
	const shadows: PropertyDescriptorMap = { then: hidden(follow) };
	if (typeof extra.catch === "function") {
		shadows["catch"] = hidden((onError?: Handler) => follow(undefined, onError));
	}
	if (typeof extra.finally === "function") {
		shadows["finally"] = hidden((done?: () => void) => (follow() as Promise<unknown>).finally(done));
	}
	return define(thenable, shadows, observed);
}

function hidden(value: unknown): PropertyDescriptor {
	return { value, configurable: true, writable: true, enumerable: false };
}

/** Where the object is frozen, observing ends here and the application's object stays as it is. */
function define<T extends object>(target: T, shadows: PropertyDescriptorMap, observed: Observed): T {
	const fits = quietly("shadowing a method", () => Object.defineProperties(target, shadows) === target);
	if (fits !== true) return giveUp(target, observed);
	dropped.register(target, observed);
	return target;
}

/** Inherits from the original, so that `instanceof` and inspection see what they saw before. */
function wrapGenerator(inner: Generator<unknown, unknown, unknown>, observed: Observed) {
	const turn = (method: "next" | "return" | "throw", args: unknown[]): unknown => {
		try {
			const step = context.with(observed.context, () =>
				Reflect.apply(inner[method] as (...values: unknown[]) => IteratorResult<unknown>, inner, args),
			);
			noteStep(step, method, observed);
			return step;
		} catch (error) {
			observed.failed(error);
			throw error;
		}
	};
	return guarded(inner, turn, observed);
}

function wrapAsyncGenerator(inner: AsyncIterator<unknown, unknown, unknown> & object, observed: Observed) {
	const turn = (method: "next" | "return" | "throw", args: unknown[]): Promise<unknown> => {
		const pending = context.with(observed.context, () =>
			Reflect.apply(inner[method] as (...values: unknown[]) => Promise<IteratorResult<unknown>>, inner, args),
		);
		return pending.then(
			(step) => {
				noteStep(step, method, observed);
				return step;
			},
			(error: unknown) => {
				observed.failed(error);
				throw error;
			},
		);
	};
	return guarded(inner, turn, observed);
}

function guarded<T extends object>(
	inner: T,
	turn: (method: "next" | "return" | "throw", args: unknown[]) => unknown,
	observed: Observed,
): T {
	const shadows: PropertyDescriptorMap = { next: hidden((...args: unknown[]) => turn("next", args)) };
	// An iterator need not have these, and a consumer may ask whether it does.
	for (const method of ["return", "throw"] as const) {
		if (method in inner) shadows[method] = hidden((...args: unknown[]) => turn(method, args));
	}
	const wrapper: T = Object.create(inner, shadows);
	dropped.register(wrapper, observed);
	return wrapper;
}

/** Tolerant: an iterator that is not generator-made may answer anything. */
function noteStep(step: IteratorResult<unknown>, method: string, observed: Observed): void {
	quietly("observing a stream", () => {
		if (step.done !== true) observed.received(step.value);
		else if (step.value === undefined || method === "return") observed.finished();
		else observed.succeeded(step.value);
	});
}

/**
 * Watches an async iterator that the application asked for: every item, the end, a failure, and a reader who stops early.
 *
 * @example stream.iterator = () => observeIterator(original(), observed);
 */
export function observeIterator<T>(inner: AsyncIterator<T>, observed: Observed): AsyncIterator<T> {
	return wrapAsyncGenerator(inner, observed) as AsyncIterator<T>;
}

function shadowAsyncIterator(iterable: AsyncIterable<unknown>, observed: Observed): unknown {
	const original = iterable[Symbol.asyncIterator];
	const shadow = (...args: unknown[]) =>
		observeIterator(Reflect.apply(original, iterable, args) as AsyncIterator<unknown>, observed);
	return define(iterable, { [Symbol.asyncIterator]: hidden(shadow) }, observed);
}

/** A web stream's reader works on the stream's insides, so only a stream in front of it can see what passes. */
function wrapReadable(inner: ReadableStream<unknown>, observed: Observed): ReadableStream<unknown> {
	const bytes = quietly("looking for a byte stream", () => isByteStream(inner)) ?? false;
	let reader: ReadableStreamDefaultReader<unknown> | undefined;
	const source = {
		...(bytes ? { type: "bytes" as const } : {}),
		async pull(controller: { enqueue(item: unknown): void; close(): void; byobRequest?: unknown }) {
			reader ??= inner.getReader();
			try {
				const { done, value } = await reader.read();
				if (done) {
					observed.finished();
					controller.close();
					// A waiting BYOB read of a closed stream is answered only when it is told of the zero bytes.
					(controller.byobRequest as { respond(size: number): void } | null | undefined)?.respond(0);
				} else {
					observed.received(value);
					controller.enqueue(value);
				}
			} catch (error) {
				observed.failed(error);
				throw error;
			}
		},
		async cancel(reason: unknown) {
			observed.finished();
			await (reader === undefined ? inner.cancel(reason) : reader.cancel(reason));
		},
	};
	// Nothing is read ahead: the producer is asked exactly when the application asks.
	const outer = new ReadableStream(
		source as unknown as ConstructorParameters<typeof ReadableStream<unknown>>[0],
		{
			highWaterMark: 0,
		},
	);
	dropped.register(outer, observed);
	return outer;
}

function isByteStream(stream: ReadableStream<unknown>): boolean {
	try {
		stream.getReader({ mode: "byob" }).releaseLock();
		return true;
	} catch {
		return false;
	}
}

interface Emitter {
	emit(event: string, ...args: unknown[]): boolean;
}

function isNodeReadable(value: object): value is Emitter {
	const stream = value as { pipe?: unknown; read?: unknown; emit?: unknown };
	return (
		typeof stream.pipe === "function" &&
		typeof stream.read === "function" &&
		typeof stream.emit === "function"
	);
}

/** Every way to read a Node stream emits `data`; listening for it would start the flow, so `emit` is watched instead. */
function shadowEmit(stream: Emitter & object, observed: Observed): unknown {
	const original = stream.emit;
	const emit = (event: string, ...args: unknown[]): boolean => {
		if (event === "data") observed.received(args[0]);
		else if (event === "error") observed.failed(args[0]);
		else if (event === "end" || event === "close") observed.finished();
		return Reflect.apply(original, stream, [event, ...args]);
	};
	return define(stream, { emit: hidden(emit) }, observed);
}
