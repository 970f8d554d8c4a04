import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Store, startReceiver } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { UsageError } from "../cli/io.ts";
import { evaluateStored } from "../store/evaluate-stored.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { emitScores } from "./emit-scores.ts";
import { importScores } from "./import-scores.ts";
import { readScoreFile } from "./read-score-file.ts";

const SINCE = Date.parse("2026-06-01T00:00:00Z");
const RANGE = { sinceMs: SINCE - 1000, untilMs: SINCE + 3_600_000 };
const RUNS = 30;

describe("scores from elsewhere, and to elsewhere", () => {
	let store: Store;
	let discard: () => Promise<void>;
	let ids: string[];
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		ids = await insertRuns(store, { prefix: "ab", count: RUNS, startMs: SINCE });
		await evaluateStored(store, {});
	});
	after(() => discard());

	const count = async (from: Store, where = "1"): Promise<number> => {
		const [row] = await from.query<{ n: string }>(`SELECT count() AS n FROM scores FINAL WHERE ${where}`);
		return Number(row?.n);
	};

	test("a file is imported with the names of the steps, and once however often", async () => {
		const text = `trace_id,span_id,scorer,value,explanation\n${ids[0]},,helpful,1,"so, so"\n${ids[1]},0000000000000003,clear,0.25,\n`;
		const scores = readScoreFile(text, "ratings.csv");
		for (let at = 0; at < 3; at++)
			assert.deepEqual(await importScores(store, scores, "ratings.csv"), {
				scores: 2,
				runs: 2,
				unknownRuns: 0,
			});
		assert.deepEqual(
			await store.query(
				"SELECT trace_id, scorer, toString(source) AS source, step, kind, value, toString(toDate(run_start)) AS day FROM scores FINAL WHERE scorer IN ('helpful', 'clear') ORDER BY scorer",
			),
			[
				{
					trace_id: ids[1],
					scorer: "clear",
					source: "human",
					step: "build",
					kind: "prompt_build",
					value: 0.25,
					day: "2026-06-01",
				},
				{
					trace_id: ids[0],
					scorer: "helpful",
					source: "human",
					step: "",
					kind: "",
					value: 1,
					day: "2026-06-01",
				},
			],
		);
	});

	test("a run that nobody knows needs a time, and a span must be one of its run", async () => {
		const unknown = "f".repeat(32);
		const refused = (text: string, message: RegExp) =>
			assert.rejects(
				importScores(store, readScoreFile(text, "s.csv"), "s.csv"),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		await refused(
			`trace_id,scorer,value\n${unknown},a,1\n`,
			/s\.csv:2: run f{32} is not stored; import its trace first/,
		);
		await refused(
			`trace_id,span_id,scorer\n${ids[0]},00000000000000ff,a\n`,
			/s\.csv:2: run ab0+ has no span 00000000000000ff/,
		);
		const text = `trace_id,scorer,value,run_start\n${unknown},a,1,2026-06-02T00:00:00Z\n`;
		assert.equal((await importScores(store, readScoreFile(text, "s.csv"), "s.csv")).unknownRuns, 1);
	});

	test("all scores and verdicts arrive as events on their spans, and our own collector takes none for a new score", async () => {
		const before = await count(store);
		const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null });
		await using _closed = { [Symbol.asyncDispose]: () => receiver.close() };
		const sent = await emitScores(store, { url: `http://127.0.0.1:${receiver.httpPort}`, ...RANGE });
		assert.equal(sent.scores, await count(store, `run_start < '2026-06-01 01:00:00'`));
		assert.equal(sent.verdicts, RUNS);
		assert.equal(await count(store), before, "no score came back");
		const logs = await store.query<{ n: string; spans: string }>(
			"SELECT count() AS n, countIf(SpanId != '') AS spans FROM otel_logs WHERE EventName = 'gen_ai.evaluation.result'",
		);
		assert.deepEqual(
			logs.map(({ n }) => Number(n)),
			[sent.scores + sent.verdicts],
		);
		const [helpful] = await store.query(
			`SELECT TraceId AS trace, SpanId AS span, LogAttributes['gen_ai.evaluation.score.value'] AS value,
				LogAttributes['gen_ai.evaluation.explanation'] AS why, LogAttributes['faultline.score.source'] AS source
			FROM otel_logs WHERE LogAttributes['gen_ai.evaluation.name'] = 'helpful'`,
		);
		assert.deepEqual(helpful, { trace: ids[0], span: "", value: "1", why: "so, so", source: "human" });
		const [empty] = await store.query<{ n: string }>(
			"SELECT count() AS n FROM otel_logs WHERE LogAttributes['gen_ai.evaluation.score.value'] = '0' AND LogAttributes['error.type'] != ''",
		);
		assert.equal(Number(empty?.n), 0, "what could not be told is not sent as 0");
		const more = await emitScores(store, {
			url: `http://127.0.0.1:${receiver.httpPort}/v1/logs`,
			...RANGE,
			writtenSinceMs: (sent.lastWrittenMs ?? 0) + 1,
		});
		assert.deepEqual([more.scores, more.verdicts], [0, 0]);
		const some = await emitScores(store, {
			url: `http://127.0.0.1:${receiver.httpPort}`,
			...RANGE,
			scorers: ["helpful", "clear"],
		});
		assert.deepEqual([some.scores, some.verdicts], [2, 0]);
	});

	test("scores that others send as events are scores still", async () => {
		const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null });
		await using _closed = { [Symbol.asyncDispose]: () => receiver.close() };
		const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
		const log = (eventName: string, attributes: object[]) => ({
			timeUnixNano: `${SINCE}000000`,
			eventName,
			traceId: ids[2],
			spanId: "0000000000000002",
			attributes,
		});
		const logRecords = [
			log("gen_ai.evaluation.result", [
				attribute("gen_ai.evaluation.name", "other-tool"),
				{ key: "gen_ai.evaluation.score.value", value: { doubleValue: 0.75 } },
			]),
			log("faultline.feedback", [
				attribute("faultline.feedback", "thumb_down"),
				attribute("faultline.feedback.trace_id", ids[2] ?? ""),
				attribute("faultline.feedback.comment", "wrong year"),
				attribute("faultline.feedback.step", "search"),
			]),
			log("faultline.feedback", [attribute("faultline.feedback", "retry")]),
		];
		const answer = await fetch(`http://127.0.0.1:${receiver.httpPort}/v1/logs`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
		});
		assert.equal(answer.status, 200);
		assert.deepEqual(
			await store.query(
				"SELECT scorer, toString(source) AS source, span_id, step, value, label, explanation FROM scores FINAL WHERE trace_id = {id: String} AND (scorer = 'other-tool' OR scorer LIKE 'feedback/%') ORDER BY scorer",
				{ id: ids[2] ?? "" },
			),
			[
				{
					scorer: "feedback/retry",
					source: "human",
					span_id: "",
					step: "",
					value: null,
					label: "retry",
					explanation: "",
				},
				{
					scorer: "feedback/thumb",
					source: "human",
					span_id: "",
					step: "search",
					value: 0,
					label: "thumb_down",
					explanation: "wrong year",
				},
				{
					scorer: "other-tool",
					source: "code",
					span_id: "0000000000000002",
					step: "",
					value: 0.75,
					label: "",
					explanation: "",
				},
			],
		);
	});

	test("an endpoint that is busy is tried again, one that refuses is named", async () => {
		const answers = [503, 429, 200, 401];
		const server = createServer((request, response) => {
			request.resume();
			response.writeHead(answers.shift() ?? 200, { "content-type": "application/json" }).end("{}");
		}).listen(0, "127.0.0.1");
		await new Promise((resolve) => server.once("listening", resolve));
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const only = { url, ...RANGE, scorers: ["helpful"], pause: async () => {} };
		try {
			assert.equal((await emitScores(store, only)).scores, 1);
			await assert.rejects(emitScores(store, only), /\/v1\/logs answered 401/);
		} finally {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
		await assert.rejects(emitScores(store, only), /cannot be reached: .*ECONNREFUSED/);
	});
});
