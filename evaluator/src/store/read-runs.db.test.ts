import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeTraces, insertTraces, migrate, openStore, type Store } from "@faultline/collector";
import { stepsOf } from "../core/trace.ts";
import { readRuns } from "./read-runs.ts";

const START_MS = Date.now() - 60_000;

interface SpanSketch {
	readonly trace: number;
	readonly id: number;
	readonly parent?: number;
	readonly name: string;
	/** Milliseconds after the start. */
	readonly at: number;
	readonly attributes?: Readonly<Record<string, string>>;
	readonly links?: readonly number[];
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function request(version: string, spans: readonly SpanSketch[]): object {
	const attributes = (map: Readonly<Record<string, string>>): object[] =>
		Object.entries(map).map(([key, value]) => ({ key, value: { stringValue: value } }));
	const time = (ms: number): string => `${BigInt(Math.round((START_MS + ms) * 1000)) * 1000n}`;
	return {
		resourceSpans: [
			{
				resource: { attributes: attributes({ "service.name": "shop", "service.version": version }) },
				scopeSpans: [
					{
						spans: spans.map((span) => ({
							traceId: hex(span.trace, 32),
							spanId: hex(span.id, 16),
							...(span.parent === undefined ? {} : { parentSpanId: hex(span.parent, 16) }),
							name: span.name,
							startTimeUnixNano: time(span.at),
							endTimeUnixNano: time(span.at + 1),
							attributes: attributes(span.attributes ?? {}),
							links: (span.links ?? []).map((link) => ({
								traceId: hex(span.trace, 32),
								spanId: hex(link, 16),
							})),
						})),
					},
				],
			},
		],
	};
}

describe("reading runs", () => {
	let folder = "";
	let store: Store;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-store-"));
		store = await openStore({ dataDir: folder });
		await migrate(store);
		const step = (kind: string, name: string): Record<string, string> => ({
			"faultline.step.kind": kind,
			"faultline.step.name": name,
			"faultline.step.input": '"in"',
			"faultline.step.output": '"out"',
		});
		const pipeline = {
			"faultline.pipeline": "answer",
			"faultline.outcome": "fail",
			"faultline.task_id": "t1",
		};
		const content = { "faultline.step.input": '{"question":"why?"}', "faultline.step.output": '"because"' };
		const sent = [
			request("1", [
				{ trace: 1, id: 1, name: "answer", at: 0, attributes: { ...pipeline, ...content } },
				// Sent out of order, and started in the same millisecond: only the link tells that parse comes first.
				{
					trace: 1,
					id: 2,
					parent: 1,
					name: "render",
					at: 1,
					attributes: step("render", "render"),
					links: [3],
				},
				{ trace: 1, id: 3, parent: 1, name: "parse", at: 1, attributes: step("post_process", "parse") },
				{ trace: 1, id: 4, parent: 1, name: "GET /stock", at: 1 },
			]),
			request("2", [
				{ trace: 2, id: 5, name: "POST /ask", at: 10, attributes: { ...pipeline, "app.tenant": "acme" } },
				{
					trace: 2,
					id: 6,
					parent: 5,
					name: "answer",
					at: 11,
					attributes: { ...pipeline, ...content, "app.route": "/ask" },
				},
				{ trace: 2, id: 7, parent: 6, name: "parse", at: 12, attributes: step("post_process", "parse") },
			]),
		];
		// The same spans twice: a sender that retries must not double anything.
		for (const body of [...sent, ...sent]) await insertTraces(store, decodeTraces(JSON.stringify(body)).rows);
	});
	after(async () => {
		await store.close();
		await rm(folder, { recursive: true, force: true });
	});

	it("gives every run once, with its spans once, whatever was sent twice", async () => {
		const runs = await readRuns(store, {});
		assert.deepEqual(
			runs.map((run) => [run.serviceVersion, run.outcome, run.taskId, run.spans.length]),
			[
				["1", "fail", "t1", 3],
				["2", "fail", "t1", 2],
			],
		);
	});

	it("orders steps by their links where the clock cannot, and leaves out spans that are no steps", async () => {
		const [run] = await readRuns(store, { serviceVersion: "1" });
		assert.ok(run);
		assert.deepEqual(
			stepsOf(run).map((step) => step.name),
			["parse", "render"],
		);
	});

	it("takes question and answer from the pipeline's span where a request's span is the root", async () => {
		const [run] = await readRuns(store, { serviceVersion: "2" });
		assert.equal(run?.pipeline, "answer");
		assert.equal(run?.input, '{"question":"why?"}');
		assert.equal(run?.output, '"because"');
		assert.equal(run?.attributes?.["app.tenant"], "acme", "the request's attributes");
		assert.equal(run?.attributes?.["app.route"], "/ask", "and the pipeline's");
	});

	it("selects by time, pipeline, deploy and trace", async () => {
		const ids = async (selector: Parameters<typeof readRuns>[1]): Promise<number> =>
			(await readRuns(store, selector)).length;
		assert.equal(await ids({ pipeline: "answer" }), 2);
		assert.equal(await ids({ pipeline: "other" }), 0);
		assert.equal(await ids({ serviceName: "shop", serviceVersion: "2" }), 1);
		assert.equal(await ids({ traceIds: [hex(1, 32)] }), 1);
		assert.equal(await ids({ sinceMs: START_MS + 5, untilMs: START_MS + 1000 }), 1);
		assert.equal(await ids({ sinceMs: START_MS + 500, untilMs: START_MS + 1000 }), 0);
	});
});
