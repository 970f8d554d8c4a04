import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { runFaultline, startFaultline } from "../testing/run-faultline.ts";

let folder: string;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-export-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const RUNS = 12_000;
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

/** One span of one run, every run a second after the one before. */
function line(index: number): string {
	const seconds = Math.floor(Date.now() / 1000) - RUNS + index;
	return JSON.stringify({
		resourceSpans: [
			{
				scopeSpans: [
					{
						spans: [
							{
								traceId: hex(index + 1, 32),
								spanId: hex(index + 1, 16),
								name: "root",
								startTimeUnixNano: `${seconds}000000000`,
								endTimeUnixNano: `${seconds}500000000`,
								attributes: [{ key: "text", value: { stringValue: `word ${index} `.repeat(20) } }],
							},
						],
					},
				],
			},
		],
	});
}

it("goes on with an export that was killed, and what comes out is imported to the same number of spans", async () => {
	writeFileSync(join(folder, "in.jsonl"), Array.from({ length: RUNS }, (_, index) => line(index)).join("\n"));
	const imported = await runFaultline(["import", "--json", "in.jsonl"], folder);
	assert.deepEqual(JSON.parse(imported.out), { files: 1, spans: RUNS, logs: 0 }, imported.err);
	assert.match(imported.err, /in\.jsonl: 100 %, 12,000 spans and 0 log records/);

	const state = join(folder, "out.jsonl.gz.part.json");
	const killed = startFaultline(["export", "--output", "out.jsonl.gz"], folder);
	const watching = setInterval(() => {
		if (existsSync(state)) killed.kill("SIGKILL");
	}, 1);
	await killed.ended;
	clearInterval(watching);
	assert.ok(
		existsSync(state) && !existsSync(join(folder, "out.jsonl.gz")),
		"the export was over before the kill",
	);
	// Half a page, as a kill between the page and the note of it leaves behind.
	writeFileSync(join(folder, "out.jsonl.gz.part"), "half", { flag: "a" });

	const { code, err } = await runFaultline(["export", "--output", "out.jsonl.gz"], folder);
	assert.equal(code, 0, err);
	assert.match(err, /going on after [\d,]+ runs that were exported before/);
	assert.match(err, /runs exported: 12,000 of 12,000/);
	assert.ok(!existsSync(state));
	const traces = gunzipSync(readFileSync(join(folder, "out.jsonl.gz")))
		.toString()
		.trimEnd()
		.split("\n")
		.map((text) => JSON.parse(text).resourceSpans[0].scopeSpans[0].spans[0].traceId as string);
	// Oldest first, every run once.
	assert.deepEqual(
		traces,
		Array.from({ length: RUNS }, (_, index) => hex(index + 1, 32)),
	);
	const again = await runFaultline(["import", "--json", "--data-dir", "copy", "out.jsonl.gz"], folder);
	assert.deepEqual(JSON.parse(again.out), { files: 1, spans: RUNS, logs: 0 }, again.err);
});
