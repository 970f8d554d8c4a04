import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { migrate } from "../migrate.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { makeRandom } from "../testing/make-random.ts";
import { makeRequest } from "../testing/open-temporary-store.ts";
import { type ImportOptions, type ImportProgress, importOtlpFile } from "./import-otlp-file.ts";

let folder: string;
before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), "faultline-import-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Lines of one span each, and a line of a log record after every tenth. */
function makeLines(count: number): string[] {
	return Array.from({ length: count }, (_, index) => {
		const span = JSON.stringify(makeRequest({ n: String(index) }, { spanId: (index + 1).toString(16) }));
		return index % 10 === 9
			? `${span}\n{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1793500000000000000","body":{"stringValue":"${index}"}}]}]}]}`
			: span;
	}).flatMap((lines) => lines.split("\n"));
}

const file = async (name: string, content: string | Uint8Array): Promise<string> => {
	await writeFile(path.join(folder, name), content);
	return path.join(folder, name);
};

async function importAll(store: Store, from: string, options: ImportOptions = {}): Promise<ImportProgress[]> {
	const seen: ImportProgress[] = [];
	for await (const progress of importOtlpFile(store, from, options)) seen.push(progress);
	return seen;
}

/** Rows, different rows, and rows that the view has made. */
async function counts(store: Store): Promise<Record<string, string> | undefined> {
	const [row] = await store.query<Record<string, string>>(
		"SELECT (SELECT count() FROM otel_traces) AS spans, (SELECT uniqExact(SpanId) FROM otel_traces) AS different, (SELECT count() FROM steps FINAL) AS steps, (SELECT count() FROM otel_logs) AS logs",
	);
	return row;
}

test("every line is stored once, whatever the compression, and progress says how far it is", async () => {
	await using store = await openStore({ dataDir: path.join(folder, "plain") });
	await migrate(store);
	const text = `${makeLines(1_000).join("\n")}\n`;
	const expected = { spans: "1000", different: "1000", steps: "1000", logs: "100" };
	for (const [name, content] of [
		["a.jsonl", text],
		["no-break-at-the-end.jsonl", text.trimEnd()],
		["marked.jsonl", `\uFEFF\n\n${text}\n\n`],
		["a.jsonl.gz", gzipSync(text)],
		["members.gz", Buffer.concat([gzipSync(text.slice(0, 5_000)), gzipSync(text.slice(5_000))])],
		["a.jsonl.zst", zstdCompressSync(text)],
	] as const) {
		for (const table of ["otel_traces", "otel_logs", "steps", "runs"])
			await store.command(`TRUNCATE TABLE ${table}`);
		const seen = await importAll(store, await file(name, content), { batchRows: 300 });
		assert.deepEqual(await counts(store), expected, name);
		assert.ok(seen.length >= 3, `${seen.length} batches of ${name}`);
		assert.partialDeepStrictEqual(seen.at(-1), { spans: 1_000, logs: 100 });
		assert.equal(seen.at(-1)?.bytesRead, seen.at(-1)?.bytes);
	}
});

test("a line that is none ends the import with its number; mended, the import goes on from what is stored", async () => {
	await using store = await openStore({ dataDir: path.join(folder, "broken") });
	await migrate(store);
	const lines = makeLines(1_000);
	const name = await file(
		"broken.jsonl",
		[...lines.slice(0, 700), '{"resourceSpans":', ...lines.slice(700)].join("\n"),
	);
	const seen: ImportProgress[] = [];
	await assert.rejects(async () => {
		for await (const progress of importOtlpFile(store, name, { batchRows: 200 })) seen.push(progress);
	}, /broken\.jsonl:701 is not JSON/);
	const resume = seen.at(-1);
	assert.ok(resume !== undefined && resume.line >= 200 && resume.line <= 700, JSON.stringify(resume));
	await file("broken.jsonl", lines.join("\n"));
	await importAll(store, name, { resume, batchRows: 200 });
	assert.deepEqual(await counts(store), { spans: "1000", different: "1000", steps: "1000", logs: "100" });
	// Another file under the same name is read from its beginning.
	const other = lines.map((line) => line.replace('"name":"span"', '"name":"other"'));
	await file("broken.jsonl", other.join("\n"));
	assert.partialDeepStrictEqual((await importAll(store, name, { resume })).at(-1), {
		spans: 1_000,
		logs: 100,
	});
});

test("an import that is killed again and again stores every line once", async () => {
	const name = await file("killed.jsonl", makeLines(6_000).join("\n"));
	const dataDir = path.join(folder, "killed");
	const random = makeRandom(7);
	let kills = 0;
	for (let done = false; !done; ) {
		const child = fork(
			new URL("../testing/import-process.ts", import.meta.url),
			[dataDir, name, path.join(folder, "killed.json")],
			{ execArgv: ["--conditions=source"] },
		);
		done = await new Promise<boolean>((resolve) => {
			let finished = false;
			child.on("message", (message) => {
				finished ||= message === "done";
				// Some time after the first batch, so that every process comes further than the last.
				if (!finished && kills < 4) setTimeout(() => child.kill("SIGKILL"), random() * 150);
			});
			child.once("exit", () => resolve(finished));
		});
		if (!done) kills++;
	}
	assert.ok(kills >= 2, `only ${kills} kills`);
	await using store = await openStore({ dataDir });
	assert.deepEqual(await counts(store), { spans: "6000", different: "6000", steps: "6000", logs: "600" });
});
