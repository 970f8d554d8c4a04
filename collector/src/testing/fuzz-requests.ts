import { isDeepStrictEqual } from "node:util";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { encodeTraceRows } from "../native/encode-rows.ts";
import { decodeTraces } from "../otlp/decode.ts";
import { encodeRequest } from "../otlp/encode-request.ts";
import { type Decoded, OtlpDecodeError, type TraceRow, timeText } from "../otlp/rows.ts";
import { transcodeTraces } from "../otlp/transcode-traces.ts";
import { BodyError, decompress } from "../receiver/read-body.ts";
import { makeLogs, makeTraces, mutateBytes, mutateDocument, nestedTraces } from "./mutate-otlp.ts";
import { readNative } from "./read-native.ts";

export interface FuzzResult {
	/** Bodies from which rows came, and bodies that were refused with an error that says why. */
	readonly stored: number;
	readonly refused: number;
	readonly rows: number;
	readonly slowestMs: number;
	/** What should not have been; the body in hex. */
	readonly wrong: readonly string[];
}

export interface FuzzBody {
	readonly signal: "traces" | "logs";
	readonly encoding: "protobuf" | "json";
	/** As Content-Encoding has it. */
	readonly compression: "" | "gzip" | "deflate" | "zstd";
	readonly body: Buffer;
}

/** What the receiver of the test takes at most; bombs are larger. */
export const FUZZ_BODY_BYTES = 1_000_000;

const ZEROS = Buffer.alloc(40_000_000);
const BOMBS = [
	["gzip", gzipSync(ZEROS)],
	["deflate", deflateSync(ZEROS)],
	["zstd", zstdCompressSync(ZEROS)],
] as const;

/** One hostile body. */
export function makeFuzzBody(random: () => number): FuzzBody {
	const signal = random() < 0.8 ? "traces" : "logs";
	const kind = random();
	if (kind < 0.002) {
		const [compression, body] = BOMBS[Math.floor(random() * BOMBS.length)] ?? BOMBS[0];
		return { signal, encoding: "protobuf", compression, body };
	}
	const plain = makePlainBody(signal, random);
	const compress = random();
	if (compress > 0.2) return { signal, ...plain, compression: "" };
	const [compression, packed] =
		compress < 0.08
			? (["gzip", gzipSync(plain.body)] as const)
			: compress < 0.14
				? (["zstd", zstdCompressSync(plain.body)] as const)
				: (["deflate", deflateSync(plain.body)] as const);
	return { signal, ...plain, compression, body: random() < 0.3 ? mutateBytes(packed, random) : packed };
}

function makePlainBody(
	signal: "traces" | "logs",
	random: () => number,
): { encoding: "protobuf" | "json"; body: Buffer } {
	const kind = random();
	if (kind < 0.02) return { encoding: "protobuf", body: nestedTraces(Math.floor(random() * 3_000)) };
	if (kind < 0.025) return { encoding: "json", body: Buffer.from("[".repeat(random() * 500_000)) };
	if (kind < 0.03) {
		const depth = random() * 200_000;
		const text = `{"resourceSpans":[${"[".repeat(depth)}${"]".repeat(depth)}]}`;
		return { encoding: "json", body: Buffer.from(text) };
	}
	const bytes = signal === "traces" ? makeTraces(random) : makeLogs(random);
	if (kind < 0.65)
		return { encoding: "protobuf", body: random() < 0.25 ? bytes : mutateBytes(bytes, random) };
	const document = mutateDocument(JSON_SEEDS[signal], random);
	const text = Buffer.from(JSON.stringify(document));
	return { encoding: "json", body: random() < 0.6 ? text : mutateBytes(text, random) };
}

const JSON_ATTRIBUTES = [
	{ key: "service.name", value: { stringValue: "shop" } },
	{ key: "n", value: { intValue: "42" } },
	{ key: "d", value: { doubleValue: 0.5 } },
	{ key: "l", value: { arrayValue: { values: [{ boolValue: true }, { bytesValue: "AAEC" }, {}] } } },
	{ key: "m", value: { kvlistValue: { values: [{ key: "é", value: { stringValue: "😀" } }] } } },
];

const JSON_SEEDS = {
	traces: {
		resourceSpans: [
			{
				resource: { attributes: JSON_ATTRIBUTES },
				scopeSpans: [
					{
						scope: { name: "s", version: "1" },
						spans: [1, 2, 3].map((number) => ({
							traceId: "0123456789abcdef0123456789abcdef",
							spanId: `000000000000000${number}`,
							parentSpanId: number === 1 ? "" : "0000000000000001",
							name: "span",
							kind: number,
							startTimeUnixNano: "1793500005123456789",
							endTimeUnixNano: "1793500006000000001",
							attributes: JSON_ATTRIBUTES,
							events: [{ timeUnixNano: "1793500005123456789", name: "e", attributes: JSON_ATTRIBUTES }],
							links: [{ traceId: "0123456789abcdef0123456789abcdef", spanId: "00000000000000aa" }],
							status: { code: 2, message: "no" },
						})),
					},
				],
			},
		],
	},
	logs: {
		resourceLogs: [
			{
				resource: { attributes: JSON_ATTRIBUTES },
				scopeLogs: [
					{
						logRecords: [
							{
								timeUnixNano: "1793500005123456789",
								body: { stringValue: "b" },
								severityNumber: 9,
								attributes: JSON_ATTRIBUTES,
							},
						],
					},
				],
			},
		],
	},
} as const;

/**
 * Puts bodies through everything between the socket and the database. Spans in protobuf are read in two ways that share little, by the
 * decoder to objects and by the transcoder to columns, and every block is read back by a third: where they differ, one of them is wrong.
 * @example const { wrong } = await fuzzRequests({ count: 1000, random: makeRandom(1) });
 */
export async function fuzzRequests(options: {
	readonly count: number;
	readonly random: () => number;
	readonly onProgress?: (done: number) => void;
}): Promise<FuzzResult> {
	const wrong: string[] = [];
	let [stored, refused, rows, slowestMs] = [0, 0, 0, 0];
	for (let index = 0; index < options.count; index++) {
		const sent = makeFuzzBody(options.random);
		const started = performance.now();
		try {
			const body = await decompress(sent.body, sent.compression, FUZZ_BODY_BYTES);
			const found = compareReadings({ ...sent, body });
			stored++;
			rows += found;
		} catch (error) {
			if (error instanceof OtlpDecodeError || error instanceof BodyError) refused++;
			else
				wrong.push(
					`${index}: ${sent.signal} ${sent.encoding} ${error}: ${sent.body.toString("hex").slice(0, 4_000)}`,
				);
		}
		slowestMs = Math.max(slowestMs, performance.now() - started);
		if (index % 1_000 === 999) options.onProgress?.(index + 1);
	}
	return { stored, refused, rows, slowestMs, wrong };
}

/** Reads one body in every way there is, and returns how many rows it came to. Throws Error where they differ. */
function compareReadings(sent: FuzzBody): number {
	const { signal, encoding, body } = sent;
	if (signal === "logs") {
		const { block, rows } = encodeRequest(sent);
		if (readNative(block).length !== rows) throw new Error("the block has another number of rows");
		return rows;
	}
	const decoded = readAs(() => decodeTraces(encoding === "json" ? body.toString() : body));
	if (encoding === "protobuf") {
		const transcoded = readAs(() => transcodeTraces(body));
		if (decoded instanceof OtlpDecodeError !== transcoded instanceof OtlpDecodeError)
			throw new Error(`one reader refuses what the other takes: ${decoded} / ${transcoded}`);
		if (!(decoded instanceof OtlpDecodeError) && !(transcoded instanceof OtlpDecodeError)) {
			if (transcoded.rejected !== decoded.rejected || transcoded.message !== decoded.message)
				throw new Error(
					`rejected ${decoded.rejected} ${decoded.message} / ${transcoded.rejected} ${transcoded.message}`,
				);
			checkRows(decoded, transcoded.block);
		}
	}
	if (decoded instanceof OtlpDecodeError) throw decoded;
	checkRows(decoded, encodeTraceRows(decoded.rows));
	return decoded.rows.length;
}

function readAs<Result>(read: () => Result): Result | OtlpDecodeError {
	try {
		return read();
	} catch (error) {
		if (error instanceof OtlpDecodeError) return error;
		throw error;
	}
}

function checkRows(decoded: Decoded<TraceRow>, block: Buffer): void {
	const stored = readNative(block).map((row) => ({
		...row,
		Timestamp: timeText(row["Timestamp"] as bigint),
		Duration: String(row["Duration"]),
		"Events.Timestamp": (row["Events.Timestamp"] as bigint[]).map(timeText),
	}));
	// Objects made in other ways have other prototypes and orders of keys; their content is what counts.
	const expected = decoded.rows.map((row) => ({ ...row }));
	if (!isDeepStrictEqual(stored, expected))
		throw new Error(
			`rows differ: ${JSON.stringify(expected).slice(0, 1_000)} / ${JSON.stringify(stored).slice(0, 1_000)}`,
		);
}
