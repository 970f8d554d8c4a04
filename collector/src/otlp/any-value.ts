/** OTLP's AnyValue, and its text exactly as the OpenTelemetry Collector writes it (Go's `pcommon.Value.AsString`). */

/** Integers outside JavaScript's safe range are bigints; `null` is the empty value. */
export type AnyValue =
	| null
	| string
	| boolean
	| number
	| bigint
	| Uint8Array
	| AnyValue[]
	| Map<string, AnyValue>;

/** Values nested deeper than this are refused: nothing that is meant to be read goes there. */
export const MAX_DEPTH = 64;

/**
 * Strings as they are, bytes as base64, the empty value as "", lists and maps as Go writes JSON: keys sorted. As of Collector v0.161;
 * before, `<`, `>`, `&` inside of them were escaped.
 * A NaN or an infinity inside a list or map, which Go cannot write, empties the whole text, as it does there.
 */
export function asString(value: AnyValue): string {
	if (value === null) return "";
	if (typeof value === "string") return value;
	if (typeof value === "number") return numberText(value) ?? String(value);
	if (typeof value === "boolean" || typeof value === "bigint") return String(value);
	if (value instanceof Uint8Array) return base64(value);
	return goJson(value) ?? "";
}

function numberText(value: number): string | undefined {
	if (!Number.isFinite(value)) return undefined;
	return Object.is(value, -0) ? "-0" : String(value);
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function goJson(value: AnyValue): string | undefined {
	if (value === null) return "null";
	if (typeof value === "string") return goJsonString(value);
	if (typeof value === "number") return numberText(value);
	if (typeof value === "boolean" || typeof value === "bigint") return String(value);
	if (value instanceof Uint8Array) return `"${base64(value)}"`;
	return Array.isArray(value) ? goJsonList(value) : goJsonMap(value);
}

function goJsonList(list: readonly AnyValue[]): string | undefined {
	const texts: string[] = [];
	for (const each of list) {
		const text = goJson(each);
		if (text === undefined) return undefined;
		texts.push(text);
	}
	return `[${texts.join(",")}]`;
}

function goJsonMap(map: ReadonlyMap<string, AnyValue>): string | undefined {
	const members: string[] = [];
	for (const key of [...map.keys()].sort(compareUtf8)) {
		const text = goJson(map.get(key) ?? null);
		if (text === undefined) return undefined;
		members.push(`${goJsonString(key)}:${text}`);
	}
	return `{${members.join(",")}}`;
}

// Go escapes these two so that JSON can stand inside JavaScript.
const LINE_SEPARATORS = /[\u2028\u2029]/g;

function goJsonString(text: string): string {
	return JSON.stringify(text).replace(
		LINE_SEPARATORS,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

const SURROGATE = /[\ud800-\udfff]/;

/** Go sorts keys by their UTF-8 bytes, JavaScript by UTF-16 units; they differ only where surrogates occur. */
function compareUtf8(a: string, b: string): number {
	if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
	if (a === b) return 0;
	return a < b ? -1 : 1;
}
