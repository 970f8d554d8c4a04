/** OTLP/JSON requests with what the Collector and the embedded collector could write differently. */

type Value = Readonly<Record<string, unknown>>;

const text = (stringValue: string): Value => ({ stringValue });
const list = (...values: Value[]): Value => ({ arrayValue: { values } });
const map = (members: Readonly<Record<string, Value>>): Value => ({
	kvlistValue: { values: pairs(members) },
});
const pairs = (members: Readonly<Record<string, Value>>): { key: string; value: Value }[] =>
	Object.entries(members).map(([key, value]) => ({ key, value }));

/** Every kind of value, alone and inside of others. */
export const ODD_VALUES: Readonly<Record<string, Value>> = {
	text: text("plain"),
	empty: text(""),
	nothing: {},
	unicode: text("é 漢 😀 \u2028 \u0000 \ufffd"),
	markup: text('<a href="x">&amp;\'\\</a>'),
	yes: { boolValue: true },
	no: { boolValue: false },
	zero: { intValue: "0" },
	int: { intValue: "-9223372036854775808" },
	big: { intValue: "9223372036854775807" },
	double: { doubleValue: 0.1 },
	whole: { doubleValue: 3 },
	minus_zero: { doubleValue: -0 },
	small: { doubleValue: 1e-7 },
	edge_small: { doubleValue: 0.000001 },
	large: { doubleValue: 1e21 },
	edge_large: { doubleValue: 123456789012345680000 },
	largest: { doubleValue: 1.7976931348623157e308 },
	tiniest: { doubleValue: 5e-324 },
	not_a_number: { doubleValue: "NaN" },
	infinite: { doubleValue: "-Infinity" },
	bytes: { bytesValue: "AAH+/w==" },
	list: list(
		text("a"),
		{ intValue: "1" },
		{ doubleValue: 2 },
		{},
		{ boolValue: false },
		{ bytesValue: "AQ==" },
	),
	empty_list: list(),
	map: map({
		b: text("<>&\u2029"),
		a: list(map({ "😀": { intValue: "9007199254740993" }, "\uffff": {} })),
		"": text("x"),
	}),
	empty_map: map({}),
	nan_inside: list({ doubleValue: "NaN" }),
	floats_inside: list(
		{ doubleValue: 1e-7 },
		{ doubleValue: 1e21 },
		{ doubleValue: -0 },
		{ doubleValue: 1.5e-10 },
	),
};

const TRACE = "0123456789abcdef0123456789abcdef";
const start = 1_793_500_005_123_456_789n;

const EVALUATION = pairs({
	"gen_ai.evaluation.name": text("tone"),
	"gen_ai.evaluation.score.value": { doubleValue: 0.25 },
	"gen_ai.evaluation.explanation": text("too short"),
});

interface Span {
	readonly [field: string]: unknown;
}

function span(index: number, fields: Span): Span {
	return {
		traceId: TRACE,
		spanId: (index + 1).toString(16).padStart(16, "0"),
		name: `span ${index}`,
		startTimeUnixNano: String(start + BigInt(index)),
		endTimeUnixNano: String(start + BigInt(index) + 1_000_000n),
		...fields,
	};
}

const SPANS: readonly Span[] = [
	{ attributes: pairs(ODD_VALUES) },
	...[0, 1, 2, 3, 4, 5].map((kind) => ({
		kind,
		status: { code: kind % 3, message: kind === 2 ? "why" : "" },
	})),
	{ parentSpanId: "00000000000000aa", traceState: "a=1,b=2", kind: 1 },
	// A clock that went backwards.
	{ endTimeUnixNano: String(start - 5_000_000n) },
	{ name: "", attributes: [] },
	{ attributes: pairs({ "": text("no key"), "a.b": text("1"), "a.b.c": text("2") }) },
	{
		events: [
			{ timeUnixNano: String(start + 7n), name: "first", attributes: pairs(ODD_VALUES) },
			{ timeUnixNano: String(start + 9n), name: "", attributes: [] },
			{ timeUnixNano: String(start + 9n), name: "gen_ai.evaluation.result", attributes: EVALUATION },
		],
		links: [
			{
				traceId: TRACE,
				spanId: "00000000000000bb",
				traceState: "l=1",
				attributes: pairs({ k: { intValue: "5" } }),
			},
			{ traceId: "ffffffffffffffffffffffffffffffff", spanId: "00000000000000cc" },
		],
	},
	{ flags: 257, droppedAttributesCount: 3, status: {} },
];

/** One request for /v1/traces: two resources, one of them without a name, two scopes. */
export function makeOddTraces(): object {
	const spans = SPANS.map((fields, index) => span(index, fields));
	const scope = { name: "lib", version: "1.2", attributes: pairs({ s: text("scope") }) };
	return {
		resourceSpans: [
			{
				resource: {
					attributes: pairs({
						"service.name": text("shop"),
						"service.version": text("41"),
						n: { intValue: "4" },
					}),
				},
				schemaUrl: "https://example.com/resource",
				scopeSpans: [{ scope, schemaUrl: "https://example.com/scope", spans }],
			},
			{ scopeSpans: [{ spans: [span(100, { name: "without a resource" })] }] },
			{
				resource: { attributes: pairs({ "service.name": { intValue: "7" } }) },
				scopeSpans: [{ spans: [span(101, {})] }],
			},
		],
	};
}

/** One request for /v1/logs. */
export function makeOddLogs(): object {
	const record = (index: number, fields: object): object => ({
		timeUnixNano: String(start + BigInt(index)),
		traceId: TRACE,
		spanId: (index + 1).toString(16).padStart(16, "0"),
		...fields,
	});
	const logRecords = [
		record(0, {
			body: text("hello"),
			severityText: "INFO",
			severityNumber: 9,
			attributes: pairs(ODD_VALUES),
			flags: 1,
		}),
		record(1, {
			body: map({ b: { intValue: "1" }, a: list() }),
			eventName: "gen_ai.evaluation.result",
			attributes: EVALUATION,
		}),
		record(2, { body: { intValue: "5" }, traceId: "", spanId: "" }),
		record(3, { timeUnixNano: "0", observedTimeUnixNano: String(start + 3n), body: {} }),
		record(4, {}),
	];
	return {
		resourceLogs: [
			{
				resource: { attributes: pairs({ "service.name": text("shop"), "k8s.pod.name": text("p1") }) },
				schemaUrl: "https://example.com/resource",
				scopeLogs: [
					{
						scope: { name: "lib", version: "1.2", attributes: pairs({ s: { intValue: "1" } }) },
						schemaUrl: "https://example.com/scope",
						logRecords,
					},
				],
			},
		],
	};
}
