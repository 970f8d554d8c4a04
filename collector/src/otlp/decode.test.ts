import assert from "node:assert/strict";
import { test } from "node:test";
import protobuf from "protobufjs/minimal.js";
import { makeRequest } from "../testing/open-temporary-store.ts";
import { decodeLogs, decodeTraces } from "./decode.ts";
import { OtlpDecodeError } from "./rows.ts";

type Writer = protobuf.Writer;
const message = (write: (writer: Writer) => void): Uint8Array => {
	const writer = protobuf.Writer.create();
	write(writer);
	return writer.finish();
};
const field = (number: number, bytes: Uint8Array) => (writer: Writer) =>
	writer.uint32(number * 8 + 2).bytes(bytes);
const attribute = (key: string, value: Uint8Array): Uint8Array =>
	message((w) => field(2, value)(w.uint32(10).string(key)));
const textValue = (value: string): Uint8Array => message((w) => w.uint32(10).string(value));

const span = message((w) => {
	w.uint32(10)
		.bytes(Buffer.from("ab".padStart(32, "0"), "hex"))
		.uint32(18)
		.bytes(Buffer.from("1".padStart(16, "0"), "hex"));
	w.uint32(42).string("span").uint32(48).int32(3);
	w.uint32(57).fixed64("1793500005123456789").uint32(65).fixed64("1793500006000000001");
	field(9, attribute("a", textValue("b")))(w);
	field(
		15,
		message((s) => s.uint32(18).string("no").uint32(24).int32(2)),
	)(w);
});
const requestOf = (...spans: Uint8Array[]): Uint8Array => {
	const scope = message((w) => w.uint32(10).string("test").uint32(18).string("1"));
	const scopeSpans = message((w) => {
		for (const each of spans) field(2, each)(w);
		field(1, scope)(w);
	});
	const resource = message((w) => {
		field(1, attribute("service.name", textValue("shop")))(w);
		field(1, attribute("service.version", textValue("41")))(w);
	});
	return message((w) =>
		field(
			1,
			message((r) => field(1, resource)(field(2, scopeSpans)(r))),
		)(w),
	);
};

test("protobuf and JSON give the same row", () => {
	const [fromProtobuf] = decodeTraces(requestOf(span)).rows;
	const [fromJson] = decodeTraces(makeRequest({ a: "b" })).rows;
	assert.deepEqual(fromProtobuf, fromJson);
	assert.deepEqual(
		[
			fromJson?.Timestamp,
			fromJson?.Duration,
			fromJson?.SpanKind,
			fromJson?.StatusCode,
			fromJson?.ServiceName,
		],
		["1793500005.123456789", "876543212", "Client", "Error", "shop"],
	);
});

test("every truncation and every lying length is an error or fewer fields, never another exception", () => {
	const whole = requestOf(span, span);
	for (let length = 1; length < whole.length; length++)
		assert.throws(() => decodeTraces(whole.subarray(0, length)), OtlpDecodeError, `cut at ${length}`);
	for (let at = 0; at < whole.length; at++) {
		const lying = Buffer.from(whole);
		lying[at] = 0xff;
		try {
			decodeTraces(lying);
		} catch (error) {
			assert.ok(error instanceof OtlpDecodeError, `byte ${at}: ${error}`);
		}
	}
});

test("a span with an id of the wrong length is rejected and the others are kept", () => {
	const broken = message((w) => w.uint32(10).bytes(Buffer.alloc(5)));
	const { rows, rejected, message: reason } = decodeTraces(requestOf(span, broken, span));
	assert.deepEqual([rows.length, rejected], [2, 1]);
	assert.match(reason, /trace_id has 5 bytes/);
});

test("values nested too deeply are refused in both encodings", () => {
	let value = textValue("x");
	let json: object = { stringValue: "x" };
	for (let depth = 0; depth < 100; depth++) {
		const inner = value;
		value = message((w) =>
			field(
				5,
				message((list) => field(1, inner)(list)),
			)(w),
		);
		json = { arrayValue: { values: [json] } };
	}
	const deep = message((w) => field(9, attribute("a", value))(w));
	assert.throws(() => decodeTraces(requestOf(deep)), /nested more than 64/);
	const request = {
		resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [{ key: "a", value: json }] }] }] }],
	};
	assert.throws(() => decodeTraces(request), /nested more than 64/);
	assert.throws(() => decodeTraces("[".repeat(1_000_000)), OtlpDecodeError);
});

test("JSON's long integers keep every digit, and text that looks like one is left alone", () => {
	const [row] = decodeTraces(
		'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1793500005123456789,"attributes":[{"key":"n","value":{"intValue": 9007199254740993}},{"key":"s","value":{"stringValue":"\\": 1234567890123456789"}},{"key":"d","value":{"doubleValue":1234567890123456789.5}}]}]}]}]}',
	).rows;
	assert.equal(row?.Timestamp, "1793500005.123456789");
	assert.deepEqual(row?.SpanAttributes, {
		n: "9007199254740993",
		s: '": 1234567890123456789',
		d: "1234567890123456800",
	});
});

test("errors in JSON name the member", () => {
	const cases: [unknown, RegExp][] = [
		[{ resourceSpans: 1 }, /resourceSpans is 1, not a list/],
		[
			{ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 5 }] }] }] },
			/resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.name is not a string/,
		],
		[
			{ resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: "soon" }] }] }] },
			/startTimeUnixNano is "soon"/,
		],
		[[], /the request is a list, not an object/],
	];
	for (const [document, error] of cases) assert.throws(() => decodeTraces(document as object), error);
});

test("a log record takes the observed time where it has none, and keeps a key called __proto__", () => {
	const { rows } = decodeLogs({
		resourceLogs: [
			{
				scopeLogs: [
					{
						logRecords: [
							{
								observedTimeUnixNano: "5",
								eventName: "e",
								severityNumber: 9,
								body: { kvlistValue: { values: [{ key: "x", value: { intValue: "1" } }] } },
								attributes: [{ key: "__proto__", value: { stringValue: "v" } }],
							},
						],
					},
				],
			},
		],
	});
	assert.equal(rows[0]?.Timestamp, "1970-01-01 00:00:00.000000005");
	assert.equal(rows[0]?.Body, '{"x":1}');
	assert.deepEqual(Object.entries(rows[0]?.LogAttributes ?? {}), [["__proto__", "v"]]);
});
