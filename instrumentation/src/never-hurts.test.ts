import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pipeline } from "./pipeline.ts";
import { UnsafeToolInReplayError, withReplay } from "./replay.ts";
import { step } from "./step.ts";
import type { OwnTelemetry } from "./testing/own-telemetry.ts";
import { collect, named, startOwnTelemetry } from "./testing/own-telemetry.ts";

const boom = (): never => {
	throw new Error("telemetry's own function fails");
};

describe("a wrapped function behaves as the unwrapped one", () => {
	let telemetry: OwnTelemetry;
	before(async () => {
		telemetry = await startOwnTelemetry();
	});
	after(() => telemetry[Symbol.asyncDispose]());

	it("when every function in the options throws, or rejects", async () => {
		const late = (() => Promise.reject(new Error("late"))) as never;
		for (const bad of [boom, late]) {
			const run = pipeline("bad", async (value: number) => value + 1, {
				version: bad,
				input: bad,
				output: bad,
				attributes: bad,
				taskId: bad,
				outcome: bad,
			});
			const search = step.retrieval("bad search", (_text: string) => [{ id: 1 }], {
				index: bad,
				query: bad,
				documents: bad,
				queryEmbeddingModel: bad,
			});
			const build = step.promptBuild("bad build", (text: string) => text, { variables: bad, tokens: bad });
			const spans = await telemetry.spansOf(async () => {
				assert.equal(await run(1), 2);
				assert.deepEqual(search("x"), [{ id: 1 }]);
				assert.equal(build("y"), "y");
			});
			assert.equal(spans.length, 3);
		}
	});

	it("in its errors: the same object, thrown or rejected", async () => {
		const error = Object.freeze(new Error("the application's own"));
		const sync = step.custom("sync", (): number => {
			throw error;
		});
		const later = step.custom("later", async (): Promise<number> => {
			throw error;
		});
		const odd = step.custom("odd", () => {
			throw undefined;
		});
		const spans = await telemetry.spansOf(async () => {
			assert.throws(sync, (thrown) => thrown === error);
			await assert.rejects(later, (thrown) => thrown === error);
			assert.throws(odd, (thrown) => thrown === undefined);
		});
		for (const span of spans) assert.equal(span.status.code, 2);
		assert.equal(named(spans, "later").attributes["error.type"], "Error");
		assert.equal(named(spans, "later").events[0]?.attributes["exception.message"], "the application's own");
	});

	it("in `this`, name, length, properties, `new` and the kind of function", () => {
		const original = Object.assign(
			async function answer(this: unknown, _a: number, _b: number) {
				return this;
			},
			{ extra: 1 },
		);
		const wrapped = step.custom("this", original);
		const self = { wrapped };
		assert.equal(wrapped.name, "answer");
		assert.equal(wrapped.length, 2);
		assert.equal(wrapped.extra, 1);
		assert.equal(Object.prototype.toString.call(wrapped), "[object AsyncFunction]");
		const frozen = step.custom(
			"frozen",
			Object.freeze((value: number) => value),
		);
		assert.equal(frozen(3), 3);
		return self.wrapped(1, 2).then((that) => assert.equal(that, self));
	});

	it("in promises with methods of their own and in lazy thenables", async () => {
		let began = 0;
		const lazy = {
			// biome-ignore lint/suspicious/noThenProperty: a query builder is such a thenable
			then(done: (value: string) => void) {
				began += 1;
				done("rows");
			},
			where: () => "still a builder",
		};
		const query = step.custom("query", () => lazy);
		const special = step.custom("special", () => Object.assign(Promise.resolve(5), { kill: () => "killed" }));
		const spans = await telemetry.spansOf(async () => {
			const builder = query();
			assert.equal(began, 0);
			assert.equal(builder, lazy);
			assert.equal(builder.where(), "still a builder");
			assert.equal(await builder, "rows");
			assert.equal(began, 1);
			const promise = special();
			assert.equal(promise.kill(), "killed");
			assert.equal(await promise, 5);
		});
		assert.equal(named(spans, "query").attributes["faultline.step.output"], '"rows"');
		assert.equal(named(spans, "special").attributes["faultline.step.output"], "5");
	});

	it("in what happens to a rejection that nobody handles", () => {
		const program = (wrap: string): string => `
			import { step } from "@faultline/instrumentation";
			process.on("unhandledRejection", (error) => console.log("unhandled", error.message));
			const fn = async () => { throw new Error("alone"); };
			void (${wrap})();`;
		const run = (wrap: string): string =>
			spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", program(wrap)], {
				cwd: join(import.meta.dirname, ".."),
				encoding: "utf8",
			}).stdout;
		assert.equal(run('step.custom("s", fn)'), run("fn"));
		assert.equal(run("fn"), "unhandled alone\n");
	});

	it("when it is called without any SDK, for nothing but the call", () => {
		const program = `
			import { pipeline, step, setOutcome } from "@faultline/instrumentation";
			const double = step.custom("double", (n) => n * 2);
			console.log(pipeline("p", (n) => { setOutcome("pass"); return double(n); })(21));`;
		const ended = spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", program], {
			cwd: join(import.meta.dirname, ".."),
			encoding: "utf8",
		});
		assert.equal(ended.stdout, "42\n");
		assert.equal(ended.stderr, "");
	});
});

describe("withReplay", () => {
	const search = step.retrieval("search", async (_query: string) => ["live"]);
	const send = step.toolCall("send_mail", async (_to: string) => "sent");
	const look = step.toolCall("look_up", async (_name: string) => "found", { safe: true });
	const words = step.custom("words", async function* () {
		yield "live";
	});

	it("returns pinned outputs by order of calls, in the shape that the function has", async () => {
		await withReplay({ pins: { search: [["good"]], words: [["a", "b"]] } }, async () => {
			assert.deepEqual(await search("q"), ["good"]);
			assert.deepEqual(await search("q"), ["live"]);
			assert.deepEqual(await collect(words()), ["a", "b"]);
		});
		assert.deepEqual(await search("q"), ["live"]);
	});

	it("refuses to run a tool that is neither pinned nor safe", async () => {
		await withReplay({}, async () => {
			await assert.rejects(send("ann"), UnsafeToolInReplayError);
			assert.equal(await look("x"), "found");
		});
		assert.equal(await withReplay({ pins: { send_mail: ["pretended"] } }, () => send("ann")), "pretended");
		assert.equal(await send("ann"), "sent");
	});

	it("records every call with its input and output, though the recording fails", async () => {
		const calls: string[] = [];
		const record = (call: { step: string; index: number; output?: unknown; pinned: boolean }): never => {
			calls.push(`${call.step} ${call.index} ${JSON.stringify(call.output)} ${call.pinned}`);
			throw new Error("the recorder fails");
		};
		await withReplay({ pins: { search: [["good"]] }, record }, async () => {
			await search("q");
			await look("x");
		});
		assert.deepEqual(calls, ['search 0 ["good"] true', 'look_up 0 "found" false']);
	});
});
