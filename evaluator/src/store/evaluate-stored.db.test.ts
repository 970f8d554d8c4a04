import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { seededRandom } from "../core/random.ts";
import { evaluateStored } from "./evaluate-stored.ts";
import { EVALUATOR } from "./result-rows.ts";

const SINCE = Date.parse("2026-06-01T00:00:00Z");
const QUESTIONS = 60;

interface SpanRow {
	readonly [column: string]: unknown;
}

/** A pipeline of a search, a prompt and a model, whose search loses the document in some runs. */
function traceRows(run: number, lost: boolean): SpanRow[] {
	const random = seededRandom(run);
	const traceId = run.toString(16).padStart(32, "0");
	const question = `what does part ${run % QUESTIONS} cost`;
	const price = `the price is ${100 + (run % QUESTIONS)} crowns`;
	const document = lost ? "nothing is known of it" : `catalogue page ${run % QUESTIONS}: ${price}`;
	const prompt = `answer from this: ${document}\nquestion: ${question}`;
	const answer = lost ? "it cannot be said" : `part ${run % QUESTIONS}: ${price}`;
	const at = (ms: number): string => ((SINCE + run * 1_000 + ms) / 1_000).toFixed(3);
	const span = (id: number, parent: number, name: string, ms: number, attributes: object): SpanRow => ({
		Timestamp: at(ms),
		TraceId: traceId,
		SpanId: (run * 10 + id).toString(16).padStart(16, "0"),
		ParentSpanId: parent === 0 ? "" : (run * 10 + parent).toString(16).padStart(16, "0"),
		SpanName: name,
		ServiceName: "shop",
		ResourceAttributes: { "service.name": "shop", "service.version": run % 5 === 0 ? "2" : "1" },
		SpanAttributes: attributes,
		Duration: Math.round((20 + 10 * random()) * 1e6),
		StatusCode: "Unset",
	});
	const step = (kind: string, name: string, input: string, output: string): object => ({
		"faultline.step.kind": kind,
		"faultline.step.name": name,
		"faultline.step.input": input,
		"faultline.step.output": output,
		"faultline.component.version": `${name}@1`,
	});
	return [
		span(1, 0, "shop", 0, {
			"faultline.pipeline": "prices",
			"faultline.step.input": question,
			"faultline.step.output": answer,
			"faultline.outcome": lost ? "fail" : "pass",
		}),
		span(2, 1, "search", 1, step("retrieval", "search", question, document)),
		span(3, 1, "prompt", 40, step("prompt_build", "prompt", document, prompt)),
		span(4, 1, "model", 80, step("model", "model", prompt, answer)),
	];
}

describe("evaluating what is stored", () => {
	let store: Store;
	let discard: () => Promise<void>;
	const RUNS = 700;
	const failing = (run: number): boolean => run % 7 === 0;
	const FAILED = Array.from({ length: RUNS }, (_, run) => run).filter(failing).length;

	before(async () => {
		({ store, discard } = await openTemporaryStore());
		const rows = Array.from({ length: RUNS }, (_, run) => traceRows(run, failing(run))).flat();
		await store.insert("otel_traces", rows);
	});
	after(() => discard());

	const rowsOf = async (sql: string): Promise<Record<string, string>[]> =>
		store.query(sql, { evaluator: EVALUATOR });

	for (const threads of [0, 2]) {
		test(`judges every failing run and gives every run a verdict, learning from a few: ${threads} threads`, async () => {
			await store.command("TRUNCATE TABLE verdicts");
			await store.command("TRUNCATE TABLE step_verdicts");
			await store.command("TRUNCATE TABLE scores");
			const progress: number[] = [];
			const [summary, ...others] = await evaluateStored(
				store,
				{},
				{
					bounds: { runs: 100, steps: 10_000 },
					threads,
					onProgress: (done, total) => {
						assert.equal(total, RUNS);
						progress.push(done);
					},
				},
			);
			assert.equal(others.length, 0);
			assert.ok(summary !== undefined);
			assert.equal(progress.at(-1), RUNS);
			assert.equal(summary.runs, RUNS);
			assert.ok(summary.scored >= FAILED && summary.scored <= FAILED + 100, `${summary.scored} scored`);
			assert.equal(summary.verdicts["no-fault"], RUNS - FAILED);
			assert.ok((summary.origins["search"] ?? 0) >= 0.98 * FAILED, JSON.stringify(summary.origins));
			const [verdicts] = await rowsOf(
				"SELECT count() AS n, uniqExact(trace_id) AS traces, countIf(outcome = 'fail' AND origin_step = 'search') AS found, countIf(isValidJSON(body)) AS bodies FROM verdicts FINAL",
			);
			assert.equal(Number(verdicts?.["n"]), RUNS);
			assert.equal(Number(verdicts?.["traces"]), RUNS);
			assert.equal(Number(verdicts?.["bodies"]), RUNS);
			assert.equal(Number(verdicts?.["found"]), summary.origins["search"]);
			const steps = await rowsOf(
				"SELECT kind, step, count() AS n, sum(reached) AS reached FROM step_verdicts FINAL GROUP BY kind, step ORDER BY kind, step",
			);
			assert.deepEqual(
				steps.map(({ kind, step, n }) => [kind, step, Number(n)]),
				[
					["edge", "hand-off to model", RUNS],
					["edge", "hand-off to prompt", RUNS],
					["input", "input", RUNS],
					["model", "model", RUNS],
					["prompt_build", "prompt", RUNS],
					["retrieval", "search", RUNS],
				],
			);
		});
	}

	test("evaluating again changes nothing, and what was judged keeps its evidence", async () => {
		const counts = (): Promise<Record<string, string>[]> =>
			rowsOf(
				"SELECT (SELECT count() FROM verdicts FINAL) AS verdicts, (SELECT count() FROM step_verdicts FINAL) AS steps, (SELECT count() FROM scores FINAL) AS scores, (SELECT countIf(body LIKE '%\"evidence\":[{%') FROM verdicts FINAL) AS evidence",
			);
		const before = await counts();
		await evaluateStored(store, {}, { bounds: { runs: 100, steps: 10_000 }, threads: 0 });
		assert.deepEqual(await counts(), before);
	});

	test("an empty range is no error", async () => {
		assert.deepEqual(await evaluateStored(store, { pipeline: "nothing of this name" }), []);
	});
});
