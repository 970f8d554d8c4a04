import protobuf from "protobufjs/minimal.js";

/** Spans per request: what the JavaScript SDK's batch processor sends at most. */
export const SPANS_PER_REQUEST = 512;

export type Size = "250 B" | "1 kB";
export type Encoding = "protobuf" | "json";

/** A request whose ids can be replaced in place, so that no two that are sent are the same. */
export interface Payload {
	readonly bytesPerSpan: number;
	readonly contentType: string;
	/** The next request; the same buffer every time. */
	next(): Buffer;
}

const RESOURCE = { "service.name": "shop", "service.version": "41", "deployment.environment.name": "prod" };
const FLAT = {
	"gen_ai.operation.name": "chat",
	"gen_ai.request.model": "gpt-9",
	"gen_ai.usage.input_tokens": "411",
	"faultline.step.kind": "model",
	"http.status": "200",
	"user.tier": "gold",
	retry: "0",
	region: "eu",
};
const WORDS =
	"the library throws when no page matches the rows of an index so that a query finds nothing at all".split(
		" ",
	);

interface Span {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly name: string;
	readonly start: string;
	readonly end: string;
	readonly attributes: Readonly<Record<string, string>>;
}

/** Traces of eight spans; texts of words in an order drawn from a fixed seed, since repeated text would compress too well. */
function makeSpans(size: Size, seed: number): Span[] {
	let state = seed;
	const draw = (below: number): number => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
	const text = (words: number): string =>
		Array.from({ length: words }, () => WORDS[draw(WORDS.length)]).join(" ");
	return Array.from({ length: SPANS_PER_REQUEST }, (_, index) => {
		const root = index - (index % 8);
		const content: Record<string, string> =
			size === "250 B"
				? {}
				: {
						"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"${text(66)}"}]}]`,
						"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"${text(44)}"}]}]`,
					};
		return {
			traceId: hex(root + 1, 32),
			spanId: hex(index + 1, 16),
			parentSpanId: index === root ? "" : hex(root + 1, 16),
			name: size === "250 B" ? "step" : `chat gpt-${index % 8}`,
			start: `1793500005${String(100_000_000 + index * 1000)}`,
			end: `1793500006${String(100_000_000 + draw(1_000_000))}`,
			attributes: { ...FLAT, ...content },
		};
	});
}

/** Short keys for the small span: 250 bytes with eight attributes leave about twenty for each. */
function attributesOf(size: Size, span: Span): [string, string][] {
	const entries = Object.entries(span.attributes);
	return size === "250 B" ? entries.map(([key, value]) => [key.split(".").at(-1) ?? key, value]) : entries;
}

/** Where an id stands in the request, in bytes of its encoding. */
const ID_MARK = 0xfeedfacen;

export function makePayload(size: Size, encoding: Encoding, seed: number): Payload {
	const spans = makeSpans(size, seed);
	const template = encoding === "protobuf" ? toProtobuf(size, spans) : toJson(size, spans);
	let request = Number(ID_MARK) ^ (seed * 65_536);
	const places = idPlaces(template, encoding, spans);
	return {
		bytesPerSpan: template.length / SPANS_PER_REQUEST,
		contentType: encoding === "protobuf" ? "application/x-protobuf" : "application/json",
		next: () => {
			request = (request + 1) >>> 0;
			if (encoding === "protobuf") for (const at of places) template.writeUInt32BE(request, at);
			else {
				const hex = Buffer.from(request.toString(16).padStart(8, "0"));
				for (const at of places) hex.copy(template, at);
			}
			return template;
		},
	};
}

/** The first four bytes of every id tell requests apart. */
function idPlaces(template: Buffer, encoding: Encoding, spans: readonly Span[]): number[] {
	const places: number[] = [];
	let from = 0;
	for (const { traceId, spanId, parentSpanId } of spans)
		for (const id of [traceId, spanId, parentSpanId]) {
			if (id === "") continue;
			const at = template.indexOf(
				encoding === "protobuf" ? Buffer.from(id, "hex") : Buffer.from(`"${id}"`),
				from,
			);
			if (at === -1) throw new Error(`id ${id} is not in the request`);
			places.push(encoding === "protobuf" ? at : at + 1);
			from = at + id.length / 2;
		}
	return places;
}

function toProtobuf(size: Size, spans: readonly Span[]): Buffer {
	const message = (write: (writer: protobuf.Writer) => void): Uint8Array => {
		const writer = protobuf.Writer.create();
		write(writer);
		return writer.finish();
	};
	const attribute = ([key, value]: readonly [string, string]): Uint8Array =>
		message((w) => w.uint32(10).string(key).uint32(18).fork().uint32(10).string(value).ldelim());
	const resource = message((w) => {
		for (const each of Object.entries(RESOURCE)) w.uint32(10).bytes(attribute(each));
	});
	const scope = message((w) => {
		w.uint32(10).fork().uint32(10).string("bench").uint32(18).string("1").ldelim();
		for (const span of spans) {
			w.uint32(18).fork();
			w.uint32(10).bytes(Buffer.from(span.traceId, "hex")).uint32(18).bytes(Buffer.from(span.spanId, "hex"));
			if (span.parentSpanId !== "") w.uint32(34).bytes(Buffer.from(span.parentSpanId, "hex"));
			w.uint32(42)
				.string(span.name)
				.uint32(48)
				.int32(1)
				.uint32(57)
				.fixed64(span.start)
				.uint32(65)
				.fixed64(span.end);
			for (const each of attributesOf(size, span)) w.uint32(74).bytes(attribute(each));
			w.uint32(122).fork().uint32(24).int32(1).ldelim().ldelim();
		}
	});
	return Buffer.from(
		message((w) => w.uint32(10).fork().uint32(10).bytes(resource).uint32(18).bytes(scope).ldelim()),
	);
}

function toJson(size: Size, spans: readonly Span[]): Buffer {
	const attributes = (entries: readonly (readonly [string, string])[]): object[] =>
		entries.map(([key, stringValue]) => ({ key, value: { stringValue } }));
	return Buffer.from(
		JSON.stringify({
			resourceSpans: [
				{
					resource: { attributes: attributes(Object.entries(RESOURCE)) },
					scopeSpans: [
						{
							scope: { name: "bench", version: "1" },
							spans: spans.map((span) => ({
								traceId: span.traceId,
								spanId: span.spanId,
								...(span.parentSpanId === "" ? {} : { parentSpanId: span.parentSpanId }),
								name: span.name,
								kind: 1,
								startTimeUnixNano: span.start,
								endTimeUnixNano: span.end,
								attributes: attributes(attributesOf(size, span)),
								status: { code: 1 },
							})),
						},
					],
				},
			],
		}),
	);
}
