import { types } from "node:util";

/** Bounds of one serialisation; beyond them the rest is replaced by a note, so that telemetry's cost has a ceiling. */
export interface SerializeBounds {
	readonly maxDepth?: number;
	readonly maxNodes?: number;
	readonly maxChars?: number;
}

const DEFAULT_DEPTH = 24;
const DEFAULT_NODES = 20_000;
const BINARY_TEXT_LENGTH = 1024;
const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)?[^,]{0,100};base64,/;
const BASE64_HEAD_LENGTH = 256;

/** Host objects whose insides say nothing about the data that flows; their class name is recorded. */
const OPAQUE_TAGS = new Set([
	"AbortController",
	"AbortSignal",
	"Headers",
	"Promise",
	"ReadableStream",
	"Request",
	"Response",
	"Socket",
	"TransformStream",
	"WeakMap",
	"WeakRef",
	"WeakSet",
	"WritableStream",
	"AsyncGenerator",
	"Generator",
]);

/**
 * The JSON text of any value at all. Never throws and never inlines binary: circular references, getters and `toJSON`
 * that throw, proxies, `bigint`, symbols, maps, sets, errors and class instances all give a readable text. Where plain
 * JSON can express the value, the text is what `JSON.stringify` gives.
 *
 * @example serialize({ id: 1n, file: Buffer.alloc(3) }) // {"id":"1","file":{"$binary":"Buffer","bytes":3}}
 */
export function serialize(
	value: unknown,
	{ maxDepth = DEFAULT_DEPTH, maxNodes = DEFAULT_NODES, maxChars = 8_388_608 }: SerializeBounds = {},
): string {
	try {
		const budget: Budget = { nodes: maxNodes, chars: maxChars };
		if (isPlain(value, maxDepth, budget)) {
			return JSON.stringify(value) ?? (value === undefined ? "null" : '"[function]"');
		}
	} catch {
		// A getter or a proxy that throws: the careful way below says where.
	}
	const state: State = { maxDepth, nodes: maxNodes, chars: maxChars, path: [] };
	try {
		return write(value, state) ?? "null";
	} catch {
		// Reached only where the engine itself gives up, for instance a string too long to build.
		return '"[unserializable]"';
	}
}

/**
 * A copy of a value that nobody can change any more and whose `JSON.stringify` is what `serialize` gives now: to take it costs
 * a fraction, because texts are shared. `undefined` where plain JSON cannot express the value, or beyond that many characters.
 *
 * @example const copy = snapshot(args[0], 131_072); // JSON.stringify(copy) when there is time
 */
export function snapshot(value: unknown, maxChars: number): unknown {
	if (typeof value === "function") return undefined;
	try {
		const plain = isPlain(value, DEFAULT_DEPTH, { nodes: DEFAULT_NODES, chars: maxChars });
		return plain ? copyPlain(value) : undefined;
	} catch {
		return undefined;
	}
}

function copyPlain(value: unknown): unknown {
	// JSON leaves functions out where it leaves `undefined` out.
	if (typeof value === "function") return undefined;
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) {
		const items = new Array<unknown>(value.length);
		for (let index = 0; index < value.length; index += 1) items[index] = copyPlain(value[index]);
		return items;
	}
	if (value instanceof Date) return value.toJSON();
	const copy: Record<string, unknown> = { ...value };
	for (const key in copy) {
		const part = copy[key];
		if (typeof part === "object" || typeof part === "function") copy[key] = copyPlain(part);
	}
	return copy;
}

interface Budget {
	nodes: number;
	chars: number;
}

/**
 * Whether `JSON.stringify`, which is several times faster, would give the very text that `write` gives: plain objects,
 * arrays and dates within the bounds, without binary in any form. Looking costs a fraction of writing.
 */
function isPlain(value: unknown, depth: number, budget: Budget): boolean {
	switch (typeof value) {
		case "string":
			budget.chars -= value.length;
			return budget.chars > 0 && (value.length < BINARY_TEXT_LENGTH || !isBinaryText(value));
		case "number":
			return Number.isFinite(value);
		case "boolean":
		case "undefined":
		case "function":
			return true;
		case "object":
			return value === null || isPlainObject(value, depth, budget);
		default:
			return false;
	}
}

function isPlainObject(value: object, depth: number, budget: Budget): boolean {
	if (depth <= 0) return false;
	if (Array.isArray(value)) {
		budget.nodes -= value.length + 1;
		if (budget.nodes <= 0) return false;
		for (let index = 0; index < value.length; index += 1) {
			if (!isPlain(value[index], depth - 1, budget)) return false;
		}
		return true;
	}
	const prototype = Object.getPrototypeOf(value);
	if (prototype !== Object.prototype && prototype !== null) return prototype === Date.prototype;
	budget.nodes -= 1;
	for (const key in value) {
		budget.nodes -= 1;
		budget.chars -= key.length;
		if (budget.nodes <= 0 || key === "toJSON") return false;
		if (!isPlain((value as Record<string, unknown>)[key], depth - 1, budget)) return false;
	}
	return true;
}

interface State {
	readonly maxDepth: number;
	nodes: number;
	chars: number;
	/** The objects that are being written right now, from the root down: only those can make a circle. */
	readonly path: object[];
}

/** `undefined` where JSON leaves the value out. */
function write(value: unknown, state: State): string | undefined {
	switch (typeof value) {
		case "string":
			return writeString(value, state);
		case "number":
			return Number.isFinite(value) ? String(value) : `"${value}"`;
		case "boolean":
			return value ? "true" : "false";
		case "bigint":
			return `"${value}"`;
		case "symbol":
			return JSON.stringify(value.toString());
		case "undefined":
			return undefined;
		case "function":
			return state.path.length === 0 ? '"[function]"' : undefined;
		case "object":
			return value === null ? "null" : writeObject(value, state);
		default:
			return undefined;
	}
}

function writeString(text: string, state: State): string {
	const shown = summarizeBinaryText(text);
	if (shown.length > state.chars) {
		const kept = shown.slice(0, Math.max(0, state.chars));
		state.chars = 0;
		return JSON.stringify(`${kept}[cut]`);
	}
	state.chars -= shown.length;
	return JSON.stringify(shown);
}

/** Base64 in text is binary too: it is named with its size and not repeated. */
export function summarizeBinaryText(text: string): string {
	if (text.length < BINARY_TEXT_LENGTH || !isBinaryText(text)) return text;
	const head = DATA_URL.exec(text)?.[0];
	return head === undefined
		? `[base64, ${base64Bytes(text.length)} bytes]`
		: `${head}[${base64Bytes(text.length - head.length)} bytes]`;
}

function isBinaryText(text: string): boolean {
	if (text.startsWith("data:")) return DATA_URL.test(text);
	// Real prose has a space or a bracket within 256 characters; hexadecimal digests are far shorter.
	for (let at = 0; at < BASE64_HEAD_LENGTH; at += 1) if (!isBase64(text.charCodeAt(at))) return false;
	return !text.includes(" ", BASE64_HEAD_LENGTH);
}

/** A letter, a digit or one of `+-/_`. */
function isBase64(code: number): boolean {
	return (
		(code >= 97 && code <= 122) ||
		(code >= 65 && code <= 90) ||
		(code >= 47 && code <= 57) ||
		code === 43 ||
		code === 45 ||
		code === 95
	);
}

/** Size in bytes of what so many characters of base64 stand for. */
export function base64Bytes(chars: number): number {
	return Math.floor((chars * 3) / 4);
}

function writeObject(value: object, state: State): string {
	if (state.path.includes(value)) return '"[circular]"';
	if (state.path.length >= state.maxDepth) return '"[too deep]"';
	if (state.nodes <= 0 || state.chars <= 0) return '"[cut]"';
	state.nodes -= 1;
	state.path.push(value);
	try {
		return writeKnown(value, state);
	} catch (error) {
		return JSON.stringify(`[unreadable: ${messageOf(error)}]`);
	} finally {
		state.path.pop();
	}
}

function writeKnown(value: object, state: State): string {
	if (Array.isArray(value)) return writeList(value, state);
	if (ArrayBuffer.isView(value)) return writeBinary(value.constructor.name, value.byteLength);
	if (types.isAnyArrayBuffer(value)) return writeBinary("ArrayBuffer", value.byteLength);
	if (value instanceof Error) return writeError(value, state);
	if (value instanceof Map) return writeMap(value, state);
	if (value instanceof Set) return writeList([...value], state);
	const prototype = Object.getPrototypeOf(value);
	const plain = prototype === Object.prototype || prototype === null;
	if (!plain) {
		const note = opaqueName(value);
		if (note !== undefined) return JSON.stringify(`[${note}]`);
	}
	const toJson = (value as { toJSON?: unknown }).toJSON;
	if (typeof toJson === "function") {
		return write(Reflect.apply(toJson, value, [""]), state) ?? "null";
	}
	if (value instanceof RegExp) return JSON.stringify(String(value));
	return writeRecord(value, state);
}

function opaqueName(value: object): string | undefined {
	const tag = Object.prototype.toString.call(value).slice(8, -1);
	if (OPAQUE_TAGS.has(tag)) return tag;
	if (tag === "Blob" || tag === "File") return `${tag}, ${(value as { size?: number }).size} bytes`;
	const emitter = value as { on?: unknown; emit?: unknown };
	// Sockets, servers and Node streams: a graph of the runtime, not data.
	if (typeof emitter.on === "function" && typeof emitter.emit === "function") return value.constructor.name;
	return undefined;
}

function writeBinary(type: string, bytes: number): string {
	return `{"$binary":${JSON.stringify(type)},"bytes":${bytes}}`;
}

function writeList(list: readonly unknown[], state: State): string {
	let text = "";
	const length = list.length;
	for (let index = 0; index < length; index += 1) {
		if (index > 0) text += ",";
		if (state.nodes <= 0 || state.chars <= 0) return `[${text}"[cut, ${length - index} more]"]`;
		// Numbers cost too: a vector of a million entries is a million nodes.
		state.nodes -= 1;
		text += read(list as Readonly<Record<number, unknown>>, index, state) ?? "null";
	}
	return `[${text}]`;
}

function writeRecord(record: object, state: State): string {
	let text = "";
	for (const key of Object.keys(record)) {
		if (state.nodes <= 0 || state.chars <= 0) {
			return `{${text}${text === "" ? "" : ","}"[cut]":true}`;
		}
		state.nodes -= 1;
		state.chars -= key.length;
		const written = read(record as Record<string, unknown>, key, state);
		if (written === undefined) continue;
		text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${written}`;
	}
	return `{${text}}`;
}

function read(holder: Readonly<Record<string | number, unknown>>, key: string | number, state: State) {
	let value: unknown;
	try {
		value = holder[key];
	} catch (error) {
		return JSON.stringify(`[unreadable: ${messageOf(error)}]`);
	}
	return write(value, state);
}

function writeError(error: Error, state: State): string {
	return writeRecord({ ...error, name: error.name, message: error.message }, state);
}

function writeMap(map: ReadonlyMap<unknown, unknown>, state: State): string {
	const entries = [...map];
	return entries.every(([key]) => typeof key === "string")
		? writeRecord(Object.fromEntries(entries), state)
		: writeList(entries, state);
}

function messageOf(error: unknown): string {
	try {
		return error instanceof Error ? error.message : String(error);
	} catch {
		return "unknown";
	}
}
