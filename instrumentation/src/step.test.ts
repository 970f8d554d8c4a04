import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { after, before, beforeEach, describe, it } from "node:test";
import { configureCapture } from "./capture.ts";
import { recordFeedback } from "./feedback.ts";
import { pipeline } from "./pipeline.ts";
import { promptTemplate } from "./prompt-template.ts";
import { currentTraceId, setOutcome } from "./run.ts";
import { step } from "./step.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { collect, linkedNames, named, startOwnTelemetry } from "./testing/own-telemetry.ts";

describe("pipelines and steps", () => {
	let telemetry: OwnTelemetry;
	before(async () => {
		telemetry = await startOwnTelemetry();
	});
	after(() => telemetry[Symbol.asyncDispose]());
	beforeEach(() => configureCapture({}));

	it("records edges between steps by identity, inside arguments, after copying, and by value", async () => {
		const search = step.retrieval("search", async (_query: string) => [
			{ id: 1, score: 0.5, content: "first page" },
		]);
		const build = step.promptBuild(
			"build",
			(pages: { readonly list: readonly object[] }) => `Use ${pages.list.length} pages`,
		);
		const copyOf = step.custom("copy", (pages: readonly object[]) => pages.length);
		const show = step.render("show", async (prompt: string | Promise<string>) => `<p>${await prompt}</p>`);
		const run = pipeline("edges", async (query: string) => {
			const pages = await search(query);
			copyOf(structuredClone(pages));
			const prompt = build({ list: pages.slice(0, 1) });
			return await show(prompt);
		});
		const spans = await telemetry.spansOf(() => run("how to close"));
		assert.deepEqual(linkedNames(spans, named(spans, "build")), ["retrieval search"]);
		assert.deepEqual(linkedNames(spans, named(spans, "copy")), ["retrieval search"]);
		assert.deepEqual(linkedNames(spans, named(spans, "show")), ["build"]);
		assert.equal(new Set(spans.map((span) => span.traceId)).size, 1);
		assert.equal(named(spans, "build").parentSpanId, named(spans, "edges").spanId);
	});

	it("gives no edge between runs, even for the very same object", async () => {
		const shared = { answer: "the same object every time" };
		const make = step.custom("make", () => shared);
		const use = step.custom("use", (value: object) => Object.keys(value).length);
		const first = pipeline("first", () => make());
		const second = pipeline("second", () => use(shared));
		const spans = await telemetry.spansOf(() => [first(), second()]);
		assert.deepEqual(named(spans, "use").links, []);
	});

	it("records what each kind of step has to say", async () => {
		const run = pipeline("kinds", (question: string) => {
			const docs = step.retrieval("docs", (_query: string) => [{ id: "a", score: 1, content: "text" }], {
				index: { name: "pages", version: "build-7", embeddingModel: "embed-1" },
				queryEmbeddingModel: () => "embed-2",
			})(question);
			const prompt = promptTemplate("ask", "From {{pages}} answer {{ question }}", {
				countTokens: (text) => text.split(" ").length,
				tokenLimit: 100,
			})({ pages: docs.length, question });
			const tool = step.toolCall("lookup", (args: { readonly name: string }) => args.name.length, {
				description: "length of a name",
				parameters: { type: "object" },
			});
			return [prompt, tool({ name: "abc" })];
		});
		const spans = await telemetry.spansOf(() => run("why"));
		const docs = named(spans, "retrieval docs").attributes;
		assert.equal(docs["gen_ai.retrieval.query.text"], "why");
		assert.equal(docs["gen_ai.retrieval.documents"], '[{"id":"a","score":1,"content":"text"}]');
		assert.equal(docs["faultline.step.output"], undefined);
		assert.equal(docs["faultline.index.embedding_model"], "embed-1");
		assert.equal(docs["faultline.query.embedding_model"], "embed-2");
		assert.equal(docs["faultline.component.version"], "build-7");
		const ask = named(spans, "ask").attributes;
		assert.equal(ask["faultline.prompt.template"], "From {{pages}} answer {{ question }}");
		assert.equal(ask["faultline.prompt.variables"], '{"pages":1,"question":"why"}');
		assert.equal(ask["faultline.step.output"], '"From 1 answer why"');
		assert.equal(ask["faultline.prompt.tokens"], 4);
		assert.equal(ask["faultline.prompt.token_limit"], 100);
		assert.match(String(ask["faultline.component.version"]), /^[0-9a-f]{12}$/);
		const lookup = named(spans, "execute_tool lookup").attributes;
		assert.equal(lookup["gen_ai.tool.call.arguments"], '{"name":"abc"}');
		assert.equal(lookup["gen_ai.tool.call.result"], "3");
		assert.equal(lookup["faultline.tool.parameters_schema"], '{"type":"object"}');
	});

	it("counts tokens with the model's own tokenizer, and leaves them unknown for a model that it does not know", async () => {
		const counted = promptTemplate("counted", "Say {{what}}", { model: "gpt-4o" });
		const unknown = promptTemplate("unknown", "Say {{what}}", { model: "no-such-model" });
		const spans = await telemetry.spansOf(() => {
			// What looks like a control token is seven tokens of text; a tokenizer left alone throws at it.
			assert.equal(counted({ what: "hello world<|endoftext|>" }), "Say hello world<|endoftext|>");
			assert.equal(unknown({ what: "bye" }), "Say bye");
		});
		assert.equal(named(spans, "counted").attributes["faultline.prompt.tokens"], 10);
		assert.equal(named(spans, "unknown").attributes["faultline.prompt.tokens"], undefined);
	});

	it("refuses to fill a template whose variable is missing", () => {
		const prompt = promptTemplate("ask", "Hello {{name}}");
		assert.throws(() => prompt({} as { name: string }), /"ask" has no value for \{\{name\}\}/);
	});

	it("writes outcome and task on the run's root span; setOutcome overrules the option", async () => {
		const check = step.custom("check", (good: boolean) => (good ? undefined : setOutcome("fail")));
		const run = pipeline("judged", async (good: boolean) => check(good), {
			outcome: () => "pass",
			taskId: (good) => `task-${good}`,
		});
		const good = named(await telemetry.spansOf(() => run(true)), "judged").attributes;
		const bad = named(await telemetry.spansOf(() => run(false)), "judged").attributes;
		assert.equal(good["faultline.outcome"], "pass");
		assert.equal(good["faultline.task_id"], "task-true");
		assert.equal(good["faultline.pipeline"], "judged");
		assert.equal(bad["faultline.outcome"], "fail");
		assert.equal(setOutcome("pass"), false);
	});

	it("records feedback as a log record of the run's trace", async () => {
		let traceId: string | undefined;
		const run = pipeline("fed", () => {
			traceId = currentTraceId();
		});
		await telemetry.spansOf(async () => {
			run();
			assert.equal(recordFeedback(traceId ?? "", { kind: "thumb_down", comment: "wrong page" }), true);
		});
		const log = telemetry.receiver.logs.at(-1);
		assert.equal(log?.["traceId"], traceId);
		assert.deepEqual(
			(log as { attributes?: Record<string, unknown> } | undefined)?.attributes?.["faultline.feedback"],
			"thumb_down",
		);
		assert.equal(recordFeedback("not an id", { kind: "retry" }), false);
	});

	describe("streams", () => {
		it("records a generator's items and returns its values unchanged", async () => {
			const count = step.custom("count", function* (upTo: number): Generator<number, string, string> {
				for (let value = 1; value <= upTo; value += 1) yield value;
				return "done";
			});
			const spans = await telemetry.spansOf(() => {
				const generator = count(2);
				assert.deepEqual(
					[generator.next(), generator.next(), generator.next()],
					[
						{ done: false, value: 1 },
						{ done: false, value: 2 },
						{ done: true, value: "done" },
					],
				);
			});
			assert.equal(named(spans, "count").attributes["faultline.step.output"], "[1,2]");
		});

		it("ends the span of an async generator whose reader stops early, and runs its finally", async () => {
			let closed = false;
			const words = step.custom("words", async function* () {
				try {
					yield "one ";
					yield "two ";
				} finally {
					closed = true;
				}
			});
			const spans = await telemetry.spansOf(async () => {
				for await (const _word of words()) break;
			});
			assert.ok(closed);
			assert.equal(named(spans, "words").attributes["faultline.step.output"], '"one "');
		});

		it("keeps the steps inside a generator below its span", async () => {
			const inner = step.custom("inner", () => 1);
			const outer = step.custom("outer", async function* () {
				yield inner();
			});
			const spans = await telemetry.spansOf(async () => {
				for await (const _ of outer());
			});
			assert.equal(named(spans, "inner").parentSpanId, named(spans, "outer").spanId);
		});

		it("records web streams, byte streams and Node streams", async () => {
			const encoder = new TextEncoder();
			const web = step.custom("web", () => ReadableStream.from(["he", "llo"]));
			const bytes = step.custom(
				"bytes",
				() =>
					new ReadableStream({
						type: "bytes",
						start(controller) {
							controller.enqueue(encoder.encode("raw"));
							controller.close();
						},
					}),
			);
			const node = step.custom("node", () => Readable.from(["he", "llo"]));
			const spans = await telemetry.spansOf(async () => {
				assert.deepEqual(await collect(web()), ["he", "llo"]);
				assert.equal(await new Response(bytes()).text(), "raw");
				const stream = node();
				assert.ok(stream instanceof Readable);
				assert.deepEqual(await stream.toArray(), ["he", "llo"]);
			});
			assert.equal(named(spans, "web").attributes["faultline.step.output"], '"hello"');
			assert.equal(
				named(spans, "bytes").attributes["faultline.step.output"],
				'[{"$binary":"Uint8Array","bytes":3}]',
			);
			assert.equal(named(spans, "node").attributes["faultline.step.output"], '"hello"');
		});
	});

	describe("content", () => {
		const echo = step.custom("echo", (value: unknown) => value);

		it("cuts at the limit, without halving a character, and keeps full size and hash", async () => {
			configureCapture({ limitBytes: 8 });
			const text = JSON.stringify("ääääääää");
			const { attributes } = named(await telemetry.spansOf(() => echo("ääääääää")), "echo");
			assert.equal(attributes["faultline.step.input"], '"äää');
			assert.equal(attributes["faultline.step.input.bytes"], 18);
			assert.equal(
				attributes["faultline.step.input.sha256"],
				createHash("sha256").update(text).digest("hex"),
			);
		});

		it("records size and hash only in metadata mode, and nothing when off", async () => {
			configureCapture({ content: "metadata" });
			const some = named(await telemetry.spansOf(() => echo("private words")), "echo").attributes;
			assert.equal(some["faultline.step.input"], undefined);
			assert.equal(some["faultline.step.input.bytes"], 15);
			configureCapture({ content: "off" });
			const none = named(await telemetry.spansOf(() => echo("private words")), "echo").attributes;
			assert.deepEqual(Object.keys(none).sort(), ["faultline.step.kind", "faultline.step.name"]);
		});

		it("takes secrets out of values, errors and the user's own attributes", async () => {
			const secret = `sk-${"a1".repeat(12)}`;
			const fails = step.custom("fails", (_key: string) => {
				throw new Error(`bad key ${secret}`);
			});
			const marks = step.custom("marks", () => 1, { attributes: () => ({ note: `key ${secret}` }) });
			const spans = await telemetry.spansOf(() => {
				assert.throws(() => fails(secret), new RegExp(secret));
				marks();
			});
			assert.equal(spans.length, 2);
			assert.doesNotMatch(JSON.stringify(spans), new RegExp(secret));
		});

		it("withholds a text when the user's own redaction fails", async () => {
			configureCapture({
				redact: {
					custom: () => {
						throw new Error("broken");
					},
				},
			});
			const spans = await telemetry.spansOf(() => echo("private words"));
			assert.match(String(named(spans, "echo").attributes["faultline.step.input"]), /withheld/);
		});

		it("keeps every value exotic or hostile from throwing, and binary from being inlined", async () => {
			const circular: Record<string, unknown> = { name: "loop" };
			circular["self"] = circular;
			const values: readonly unknown[] = [
				circular,
				{
					get bad() {
						throw new Error("getter");
					},
				},
				new Proxy(
					{},
					{
						ownKeys: () => {
							throw new Error("trap");
						},
					},
				),
				new Proxy(
					{},
					{
						get: () => {
							throw new Error("trap");
						},
						getPrototypeOf: () => {
							throw new Error("trap");
						},
					},
				),
				{ big: 2n ** 80n, symbol: Symbol("s"), fn: () => 1, date: new Date(Number.NaN) },
				Object.create(null),
				Object.freeze({ frozen: true }),
				new Map<unknown, unknown>([
					["a", 1],
					[{}, 2],
				]),
				Buffer.alloc(100_000, 7),
				`data:image/png;base64,${"A".repeat(5_000)}`,
				new EventEmitter(),
				Array.from({ length: 100_000 }, (_, index) => index),
				{
					toJSON: () => {
						throw new Error("toJSON");
					},
				},
				Number.NaN,
				undefined,
			];
			const spans = await telemetry.spansOf(() => {
				for (const value of values) assert.ok(Object.is(echo(value), value));
			});
			assert.equal(spans.length, values.length);
			assert.doesNotMatch(JSON.stringify(spans), /AAAAAAAA|7,7,7,7/);
		});
	});
});
