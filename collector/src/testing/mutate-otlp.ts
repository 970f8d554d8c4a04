import protobuf from "protobufjs/minimal.js";

/** Requests that are as varied as OTLP allows, and what malice or bad luck makes of them. */

type Random = () => number;
type Writer = protobuf.Writer;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

const TEXTS = [
	"",
	"a",
	"plain text",
	"Zürich – 東京 😀",
	"x".repeat(70),
	'{"role":"user"}',
	"\u0000\u2028<&>",
	"\ufeffmark",
];
const KEYS = [
	"service.name",
	"gen_ai.input.messages",
	"a",
	"",
	"1",
	"__proto__",
	"constructor",
	"é",
	"k".repeat(40),
];

function message(write: (writer: Writer) => void): Uint8Array {
	const writer = protobuf.Writer.create();
	write(writer);
	return writer.finish();
}

function anyValue(random: Random, depth = 0): Uint8Array {
	return message((w) => {
		switch (below(random, depth > 3 ? 6 : 9)) {
			case 0:
			case 1:
				w.uint32(10).string(pick(random, TEXTS));
				break;
			case 2:
				w.uint32(16).bool(random() < 0.5);
				break;
			case 3:
				w.uint32(24).int64(pick(random, [0, -1, 42, "9223372036854775807", "-9223372036854775808", 2 ** 40]));
				break;
			case 4:
				w.uint32(33).double(pick(random, [0, -0, 0.1, 1e21, 1e-7, Number.NaN, Number.NEGATIVE_INFINITY]));
				break;
			case 5:
				w.uint32(58).bytes(Buffer.from([0, 255, below(random, 256)]));
				break;
			case 6:
				break;
			case 7:
				w.uint32(42).fork();
				for (let count = below(random, 4); count > 0; count--)
					w.uint32(10).bytes(anyValue(random, depth + 1));
				w.ldelim();
				break;
			default:
				w.uint32(50).fork();
				for (let count = below(random, 4); count > 0; count--)
					w.uint32(10).bytes(attribute(random, depth + 1));
				w.ldelim();
		}
	});
}

function attribute(random: Random, depth = 0): Uint8Array {
	return message((w) => {
		const key = (): Writer => w.uint32(10).string(pick(random, KEYS));
		const value = (): Writer => w.uint32(18).bytes(anyValue(random, depth));
		if (random() < 0.9) {
			key();
			value();
		} else {
			value();
			if (random() < 0.5) key();
		}
	});
}

function id(random: Random, length: number): Uint8Array {
	const size = random() < 0.97 ? length : below(random, 20);
	return random() < 0.05
		? Buffer.alloc(size)
		: Buffer.from(Array.from({ length: size }, () => below(random, 256)));
}

/** Up to 5 usually; now and then more than are compared one by one. */
const howMany = (random: Random): number => (random() < 0.03 ? 30 + below(random, 60) : below(random, 6));

function attributes(w: Writer, tag: number, random: Random): void {
	const count = howMany(random);
	for (let index = 0; index < count; index++)
		w.uint32(tag).bytes(
			count > 10
				? message((a) =>
						a
							.uint32(10)
							.string(`key ${below(random, count)}`)
							.uint32(18)
							.bytes(anyValue(random)),
					)
				: attribute(random),
		);
}

function span(random: Random): Uint8Array {
	return message((w) => {
		const nanos = (): string => String(1_793_500_000_000_000_000n + BigInt(below(random, 1e9)));
		w.uint32(10).bytes(id(random, 16)).uint32(18).bytes(id(random, 8));
		if (random() < 0.5) w.uint32(34).bytes(id(random, 8));
		if (random() < 0.2) w.uint32(26).string(pick(random, TEXTS));
		w.uint32(42).string(pick(random, TEXTS)).uint32(48).int32(below(random, 8));
		w.uint32(57)
			.fixed64(nanos())
			.uint32(65)
			.fixed64(random() < 0.05 ? "18446744073709551615" : nanos());
		attributes(w, 74, random);
		for (let count = below(random, 3); count > 0; count--) {
			w.uint32(90).fork().uint32(9).fixed64(nanos()).uint32(18).string(pick(random, TEXTS));
			attributes(w, 26, random);
			w.ldelim();
		}
		for (let count = below(random, 3); count > 0; count--) {
			w.uint32(106).fork().uint32(10).bytes(id(random, 16)).uint32(18).bytes(id(random, 8));
			attributes(w, 34, random);
			w.ldelim();
		}
		if (random() < 0.7)
			w.uint32(122).fork().uint32(18).string(pick(random, TEXTS)).uint32(24).int32(below(random, 4)).ldelim();
		if (random() < 0.1) w.uint32(133).fixed32(1);
	});
}

/** An ExportTraceServiceRequest, its resource now before and now after its spans. */
export function makeTraces(random: Random): Buffer {
	const resource = message((w) => attributes(w, 10, random));
	const scope = message((w) => {
		w.uint32(10).string(pick(random, TEXTS)).uint32(18).string("1");
		attributes(w, 26, random);
	});
	const scopeSpans = message((w) => {
		const first = random() < 0.7;
		if (first) w.uint32(10).bytes(scope);
		for (let count = below(random, 5); count >= 0; count--) w.uint32(18).bytes(span(random));
		if (!first) w.uint32(10).bytes(scope);
	});
	const resourceSpans = message((w) => {
		const first = random() < 0.7;
		if (first) w.uint32(10).bytes(resource);
		for (let count = below(random, 2); count >= 0; count--) w.uint32(18).bytes(scopeSpans);
		if (!first) w.uint32(10).bytes(resource);
	});
	return Buffer.from(message((w) => w.uint32(10).bytes(resourceSpans)));
}

/** An ExportLogsServiceRequest. */
export function makeLogs(random: Random): Buffer {
	const record = (): Uint8Array =>
		message((w) => {
			w.uint32(9).fixed64("1793500000000000000").uint32(16).int32(below(random, 30));
			w.uint32(26).string(pick(random, TEXTS)).uint32(42).bytes(anyValue(random));
			attributes(w, 50, random);
			w.uint32(69)
				.fixed32(below(random, 2 ** 31))
				.uint32(74)
				.bytes(id(random, 16))
				.uint32(82)
				.bytes(id(random, 8));
			w.uint32(98).string(pick(random, TEXTS));
		});
	return Buffer.from(
		message((w) => {
			w.uint32(10).fork().uint32(10).fork();
			attributes(w, 10, random);
			w.ldelim().uint32(18).fork();
			for (let count = below(random, 4); count >= 0; count--) w.uint32(18).bytes(record());
			w.ldelim().ldelim();
		}),
	);
}

/** One to four changes: bits, lengths, cuts, repeats, text that is no text. */
export function mutateBytes(original: Buffer, random: Random): Buffer {
	let bytes: Buffer = Buffer.from(original);
	for (let count = random() < 0.7 ? 1 : 2 + below(random, 3); count > 0 && bytes.length > 0; count--) {
		const at = below(random, bytes.length);
		const size = 1 + below(random, 16);
		switch (below(random, 8)) {
			case 0:
				bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
				break;
			case 1:
				bytes[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff, below(random, 256)]);
				break;
			case 2:
				bytes = bytes.subarray(0, at);
				break;
			case 3:
				bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
				break;
			case 4:
				bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + size * 8), bytes.subarray(at)]);
				break;
			case 5: // a length that lies: up to 4 GiB, or a varint without an end
				bytes = Buffer.concat([
					bytes.subarray(0, at),
					Buffer.from(
						pick(random, ["ffffffff0f", "ffffffffffffffffff01", "80808080808080808080", "8080808008"]),
						"hex",
					),
					bytes.subarray(at + 1),
				]);
				break;
			case 6: // no UTF-8
				bytes = Buffer.concat([
					bytes.subarray(0, at),
					Buffer.from(pick(random, ["c328", "eda080", "f8a1a1a1a1", "c0af", "e2"]), "hex"),
					bytes.subarray(at + 2),
				]);
				break;
			default:
				bytes = Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
		}
	}
	return bytes;
}

const WRONG = [
	null,
	true,
	-1,
	0.5,
	1e300,
	"text",
	"",
	[],
	{},
	[[]],
	[null],
	{ stringValue: 5 },
	"18446744073709551616",
	"\ud800",
];

/** Replaces, removes and repeats members anywhere in a document. */
export function mutateDocument(document: unknown, random: Random): unknown {
	if (Array.isArray(document)) {
		const list: unknown[] = document.map((each) => mutateDocument(each, random));
		if (random() < 0.02) list.push(pick(random, WRONG));
		return list;
	}
	if (document === null || typeof document !== "object")
		return random() < 0.01 ? pick(random, WRONG) : document;
	const entries = Object.entries(document).flatMap(([key, value]): [string, unknown][] => {
		const draw = random();
		if (draw < 0.01) return [];
		if (draw < 0.02) return [[key, pick(random, WRONG)]];
		if (draw < 0.03) return [[pick(random, ["extra", "__proto__", `${key}x`]), value]];
		return [[key, mutateDocument(value, random)]];
	});
	return Object.fromEntries(entries);
}

/** A value inside a value, as deep as told, in protobuf. */
export function nestedTraces(depth: number): Buffer {
	let value = message((w) => w.uint32(10).string("x"));
	for (let level = 0; level < depth; level++) {
		const inner = value;
		value = message((w) => w.uint32(42).fork().uint32(10).bytes(inner).ldelim());
	}
	const attributeOf = message((w) => w.uint32(10).string("a").uint32(18).bytes(value));
	return Buffer.from(
		message((w) =>
			w
				.uint32(10)
				.fork()
				.uint32(18)
				.fork()
				.uint32(18)
				.fork()
				.uint32(74)
				.bytes(attributeOf)
				.ldelim()
				.ldelim()
				.ldelim(),
		),
	);
}
