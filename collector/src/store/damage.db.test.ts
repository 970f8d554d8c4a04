import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { insertTraces } from "../insert-rows.ts";
import { migrate } from "../migrate.ts";
import { decodeTraces } from "../otlp/decode.ts";
import { makeRequest } from "../testing/open-temporary-store.ts";
import { openStore } from "./open-store.ts";

let root: string;
before(async () => {
	root = await mkdtemp(path.join(tmpdir(), "faultline-damage-"));
	chmodSync(root, 0o755);
});
after(() => rm(root, { recursive: true, force: true }));

/** A database in which these spans are, each a part of its own. */
async function fill(name: string, spanIds: readonly string[]): Promise<string> {
	const dataDir = path.join(root, name);
	await using store = await openStore({ dataDir });
	await migrate(store);
	await store.command("SYSTEM STOP MERGES");
	for (const spanId of spanIds) await insertTraces(store, decodeTraces(makeRequest({}, { spanId })).rows);
	return dataDir;
}

async function reopen(dataDir: string): Promise<{ spans: string; warnings: string[] }> {
	const warnings: string[] = [];
	const listen = (warning: Error): void => {
		warnings.push(warning.message);
	};
	process.on("warning", listen);
	try {
		await using store = await openStore({ dataDir });
		const [row] = await store.query<{ spans: string }>("SELECT count() AS spans FROM otel_traces");
		await new Promise((resolve) => setImmediate(resolve));
		return { spans: row?.spans ?? "", warnings };
	} finally {
		process.off("warning", listen);
	}
}

test("a damaged part is told of, and the other parts are read", async () => {
	const dataDir = await fill("part", ["1", "2", "3"]);
	const table = path.join(dataDir, "data/faultline/otel_traces");
	const part = readdirSync(table).find((name) => name.endsWith("_2_2_0")) ?? "";
	truncateSync(path.join(table, part, "data.bin"), 0);
	const { spans, warnings } = await reopen(dataDir);
	assert.equal(spans, "2");
	assert.match(
		warnings.join("\n"),
		/faultline\.otel_traces: 1 damaged part set aside; their rows are not read \(.*_2_2_0/,
	);
});

test("half a file of an insert is dropped, and one that cannot be read is set aside and told of", async () => {
	const dataDir = await fill("spool", ["1"]);
	const spool = path.join(dataDir, "spool");
	const name = "001793500000000-000000.otel_traces.native";
	writeFileSync(path.join(spool, name), "no block");
	writeFileSync(path.join(spool, `${name}.part`), "half");
	const { spans, warnings } = await reopen(dataDir);
	assert.equal(spans, "1");
	assert.match(
		warnings.join("\n"),
		/never acknowledged, could not be finished and was renamed to end in \.unreadable/,
	);
	assert.deepEqual(readdirSync(spool), [`${name}.unreadable`]);
	assert.deepEqual(await reopen(dataDir), { spans: "1", warnings: [] });
});

test("a folder that this user may not write is said to be read-only", () => {
	const dataDir = path.join(root, "read-only");
	mkdirSync(dataDir, { mode: 0o555 });
	// Root may write everywhere, so it becomes somebody else; after loading, for the sources may lie where only root can read.
	const script = `const { openStore } = await import(${JSON.stringify(new URL("open-store.ts", import.meta.url).href)});
		if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
		for (const dataDir of ${JSON.stringify([dataDir, path.join(dataDir, "below")])}) await openStore({ dataDir }).catch((error) => console.log(error.message));`;
	const run = spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], {
		cwd: root,
		encoding: "utf8",
	});
	const [asIs = "", below = ""] = run.stdout.split("\n");
	assert.match(
		asIs,
		/read-only cannot be written: it is read-only for this user: make it writable, or choose another/,
		run.stderr,
	);
	assert.match(below, /below cannot be created \(it is read-only for this user/);
});

test("where files cannot grow, a request is refused with the reason, and what was acknowledged stays", async () => {
	const dataDir = await fill("limit", []);
	// The limit on a file's size, 512 kB, stands in for a disk that is full: both end in a write that fails half-way.
	const child = spawn(
		"/bin/sh",
		[
			"-c",
			'trap "" XFSZ; ulimit -f 1000; exec "$@"',
			"sh",
			process.execPath,
			"--conditions=source",
			new URL("../testing/receiver-process.ts", import.meta.url).pathname,
			dataDir,
		],
		{ stdio: ["ignore", "ignore", "ignore", "ipc"] },
	);
	const { httpPort } = await new Promise<{ httpPort: number }>((resolve, reject) => {
		child.once("message", (message) => resolve(message as { httpPort: number }));
		child.once("exit", (code) => reject(new Error(`the receiver ended with ${code}`)));
	});
	const post = async (text: string, spanId: string): Promise<[number, string]> => {
		const response = await fetch(`http://127.0.0.1:${httpPort}/v1/traces`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(makeRequest({ text }, { spanId })),
		});
		return [response.status, await response.text()];
	};
	assert.deepEqual(await post("small", "1"), [200, "{}"]);
	const [status, text] = await post("large ".repeat(200_000), "2");
	assert.equal(status, 503);
	assert.match(text, /the database did not take it: .*spool.*cannot be written: EFBIG/);
	assert.deepEqual(await post("small", "3"), [200, "{}"]);
	child.kill("SIGKILL");
	await new Promise((resolve) => child.once("exit", resolve));
	assert.deepEqual(readdirSync(path.join(dataDir, "spool")), []);
	assert.deepEqual(await reopen(dataDir), { spans: "2", warnings: [] });
});
