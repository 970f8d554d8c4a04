/** The types of ClickHouse's Native format, as far as their bytes must be told apart. */

export type NativeType =
	| { readonly kind: "fixed"; readonly bytes: number }
	| { readonly kind: "string" }
	| { readonly kind: "array"; readonly of: NativeType }
	| { readonly kind: "nullable"; readonly of: NativeType }
	| { readonly kind: "tuple"; readonly of: readonly NativeType[] }
	| { readonly kind: "low-cardinality"; readonly of: NativeType };

const FIXED: Readonly<Record<string, number>> = {
	Bool: 1,
	Int8: 1,
	UInt8: 1,
	Enum8: 1,
	Nothing: 1,
	Int16: 2,
	UInt16: 2,
	Enum16: 2,
	Date: 2,
	BFloat16: 2,
	Int32: 4,
	UInt32: 4,
	Float32: 4,
	Date32: 4,
	DateTime: 4,
	Time: 4,
	IPv4: 4,
	Decimal32: 4,
	Int64: 8,
	UInt64: 8,
	Float64: 8,
	DateTime64: 8,
	Time64: 8,
	Decimal64: 8,
	Int128: 16,
	UInt128: 16,
	UUID: 16,
	IPv6: 16,
	Decimal128: 16,
	Point: 16,
	Int256: 32,
	UInt256: 32,
	Decimal256: 32,
};

/** Types that are another name for a type. */
const ALIASES: Readonly<Record<string, string>> = {
	Ring: "Array(Point)",
	LineString: "Array(Point)",
	Polygon: "Array(Array(Point))",
	MultiLineString: "Array(Array(Point))",
	MultiPolygon: "Array(Array(Array(Point)))",
};

/**
 * Undefined for the types whose bytes depend on the protocol's version or cannot be skipped: AggregateFunction, Variant, Dynamic, JSON.
 * @example parseNativeType("Map(LowCardinality(String), String)")
 */
export function parseNativeType(text: string): NativeType | undefined {
	const open = text.indexOf("(");
	const name = (open === -1 ? text : text.slice(0, open)).trim();
	const inner = open === -1 ? [] : splitArguments(text.slice(open + 1, text.lastIndexOf(")")));
	const alias = ALIASES[name];
	if (alias !== undefined) return parseNativeType(alias);
	const bytes = FIXED[name] ?? (/^Interval[A-Z][a-z]+$/.test(name) ? 8 : undefined);
	if (bytes !== undefined) return { kind: "fixed", bytes };
	switch (name) {
		case "String":
			return { kind: "string" };
		case "FixedString":
			return { kind: "fixed", bytes: Number(inner[0]) };
		case "Decimal":
			return { kind: "fixed", bytes: decimalBytes(Number(inner[0])) };
		case "SimpleAggregateFunction":
			return parseNativeType(inner[1] ?? "");
		case "Array":
		case "Nullable":
		case "LowCardinality":
			return wrap(name, parseNativeType(inner[0] ?? ""));
		case "Tuple":
			return tuple(inner);
		case "Map":
		case "Nested":
			return wrap("Array", tuple(inner));
		default:
			return undefined;
	}
}

function wrap(
	name: "Array" | "Nullable" | "LowCardinality",
	of: NativeType | undefined,
): NativeType | undefined {
	if (of === undefined) return undefined;
	if (name === "Array") return { kind: "array", of };
	if (name === "Nullable") return { kind: "nullable", of };
	// The dictionary holds the values themselves; the null is one of them.
	return { kind: "low-cardinality", of: of.kind === "nullable" ? of.of : of };
}

function tuple(elements: readonly string[]): NativeType | undefined {
	const of: NativeType[] = [];
	for (const element of elements) {
		const type =
			parseNativeType(element) ?? parseNativeType(element.replace(/^(`(?:[^`\\]|\\.)*`|\w+)\s+/, ""));
		if (type === undefined) return undefined;
		of.push(type);
	}
	return { kind: "tuple", of };
}

function decimalBytes(precision: number): number {
	if (precision <= 9) return 4;
	if (precision <= 18) return 8;
	return precision <= 38 ? 16 : 32;
}

/** At the commas that stand in no parentheses and no quotes. */
function splitArguments(text: string): string[] {
	if (text.trim() === "") return [];
	const parts: string[] = [];
	let depth = 0;
	let from = 0;
	for (const token of text.matchAll(/'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`|[(),]/g)) {
		if (token[0] === "(") depth++;
		else if (token[0] === ")") depth--;
		else if (token[0] === "," && depth === 0) {
			parts.push(text.slice(from, token.index).trim());
			from = token.index + 1;
		}
	}
	parts.push(text.slice(from).trim());
	return parts;
}
