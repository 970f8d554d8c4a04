import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { Store } from "../store/store.ts";
import { openTemporaryStore } from "../testing/open-temporary-store.ts";
import { decodeFrames, encodeFrames } from "./compressed-frames.ts";
import { startClickHouseHttp } from "./start-clickhouse-http.ts";

let store: Store;
let discard: () => Promise<void>;
let server: Awaited<ReturnType<typeof startClickHouseHttp>>;
before(async () => {
	({ store, discard } = await openTemporaryStore());
	server = await startClickHouseHttp({ store, port: 0, readOnly: { user: "viewer", password: "v" } });
});
after(async () => {
	await server.close();
	await discard();
});

const connect = (options: Parameters<typeof createClient>[0] = {}): ClickHouseClient =>
	createClient({
		url: `http://127.0.0.1:${server.port}`,
		log: { level: ClickHouseLogLevel.OFF },
		...options,
	});

const post = (
	parameters: Record<string, string>,
	body?: Uint8Array | string,
	headers: Record<string, string> = {},
): Promise<Response> =>
	fetch(`http://127.0.0.1:${server.port}/?${new URLSearchParams(parameters)}`, {
		method: "POST",
		headers,
		...(body === undefined ? {} : { body: Buffer.from(body) }),
	});

async function untilRunning(text: string): Promise<void> {
	const find =
		"SELECT 1 FROM system.processes WHERE position(query, {text: String}) > 0 AND query NOT LIKE '%processes%'";
	while ((await store.query(find, { text })).length === 0)
		await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a session keeps its temporary tables, settings and database, and nobody else sees them", async () => {
	const client = connect({ session_id: "s1" });
	const read = async (query: string, from = client): Promise<unknown> =>
		await (await from.query({ query, format: "JSONEachRow" })).json();
	await client.command({ query: "CREATE TEMPORARY TABLE mine (a UInt8)" });
	await client.insert({ table: "mine", values: [{ a: 7 }], format: "JSONEachRow" });
	assert.deepEqual(await read("SELECT a FROM mine"), [{ a: 7 }]);
	await client.command({ query: "SET max_result_rows = 3" });
	await client.command({ query: "USE system" });
	const strict = { query: "SELECT * FROM numbers(9)", clickhouse_settings: { max_result_rows: "5" } };
	await assert.rejects(client.query(strict), { code: "396" });
	assert.deepEqual(await read("SELECT getSetting('max_result_rows') AS rows, currentDatabase() AS at"), [
		{ rows: 3, at: "system" },
	]);
	const other = connect();
	assert.deepEqual(
		await read("SELECT getSetting('max_result_rows') AS rows, currentDatabase() AS at", other),
		[{ rows: 0, at: store.database }],
	);
	await assert.rejects(read("SELECT a FROM mine", other), { code: "60" });
	await Promise.all([client.close(), other.close()]);
});

test("a session that is busy, unknown or closed says so as a server does", async () => {
	const ask = async (parameters: Record<string, string>, query: string): Promise<[number, string | null]> => {
		const response = await post(parameters, query);
		await response.text();
		return [response.status, response.headers.get("x-clickhouse-exception-code")];
	};
	const long = ask({ session_id: "s2" }, "SELECT sleep(1)");
	await untilRunning("sleep(1)");
	assert.deepEqual(await ask({ session_id: "s2" }, "SELECT 1"), [423, "373"]);
	assert.deepEqual(await long, [200, null]);
	assert.deepEqual(await ask({ session_id: "s3", session_check: "1" }, "SELECT 1"), [404, "372"]);
	assert.deepEqual(await ask({ session_id: "s2", close_session: "1" }, "SELECT 1"), [200, null]);
	assert.deepEqual(await ask({ session_id: "s2", session_check: "1" }, "SELECT 1"), [404, "372"]);
	assert.deepEqual(await ask({ session_id: "s2", session_timeout: "9999" }, "SELECT 1"), [400, "374"]);
	assert.deepEqual(await ask({ role: "admin" }, "SELECT 1"), [403, "511"]);
});

test("compression both ways, HTTP's and ClickHouse's own, errors too", async () => {
	await store.command("CREATE TABLE packed (a UInt32, b String) ENGINE = MergeTree ORDER BY a");
	const rows = (from: number): string =>
		Array.from({ length: 50 }, (_, row) => `${from + row}\ttext`).join("\n");
	const query = "INSERT INTO packed FORMAT TSV";
	let sent = 0;
	for (const [encoding, compress] of [
		["gzip", gzipSync],
		["deflate", deflateSync],
		["zstd", zstdCompressSync],
		["br", brotliCompressSync],
	] as const) {
		const response = await post({ query }, compress(rows(sent)), { "content-encoding": encoding });
		assert.equal(response.status, 200, await response.text());
		sent += 50;
		const answer = await post({}, "SELECT sum(a) FROM packed", { "accept-encoding": encoding });
		assert.equal(answer.headers.get("content-encoding"), encoding);
		assert.equal(Number(await answer.text()), (sent * (sent - 1)) / 2);
	}
	const framed = await post({ query, decompress: "1" }, encodeFrames(Buffer.from(rows(sent))));
	assert.equal(framed.status, 200, await framed.text());
	const frames = await post({ compress: "1" }, "SELECT count() FROM packed");
	assert.equal(decodeFrames(await frames.bytes(), { maxBytes: 100 }).toString(), "250\n");
	const error = await post({ compress: "1" }, "SELECT nope");
	assert.equal(error.status, 404);
	assert.match(
		decodeFrames(await error.bytes(), { maxBytes: 10_000 }).toString(),
		/^Code: 47\. DB::Exception/,
	);
	const damaged = encodeFrames(Buffer.from("SELECT 1"));
	damaged[0] = (damaged[0] ?? 0) ^ 1;
	assert.match(
		await (await post({ decompress: "1" }, damaged)).text(),
		/^Code: 40\. .*CHECKSUM_DOESNT_MATCH/,
	);
	assert.match(await (await post({}, "no br", { "content-encoding": "br" })).text(), /^Code: 36\. .*not br/);
});

test("Native rows are matched by their names, and carry what the client's protocol version has", async () => {
	await store.command(
		"CREATE TABLE named (a UInt8, b String, c DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY a",
	);
	const swapped = await (await post({}, "SELECT 'x' AS b, toUInt8(5) AS a FORMAT Native")).bytes();
	const response = await post({ query: "INSERT INTO named FORMAT Native" }, swapped);
	assert.equal(response.status, 200, await response.text());
	assert.deepEqual(await store.query("SELECT a, b, c > now() - 60 AS fresh FROM named"), [
		{ a: 5, b: "x", fresh: 1 },
	]);
	const native = async (revision: string): Promise<string> =>
		Buffer.from(
			await (
				await post({ client_protocol_version: revision }, "SELECT toUInt8(5) AS a FORMAT Native")
			).bytes(),
		).toString("latin1");
	assert.equal(await native("0"), "\x01\x01\x01a\x05UInt8\x05");
	assert.equal(await native("54400"), "\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x01a\x05UInt8\x05");
	assert.equal(await native("54454"), "\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x01a\x05UInt8\x00\x05");
	const unknown = await post({ client_protocol_version: "54454" }, "SELECT '{}'::JSON AS j FORMAT Native");
	assert.deepEqual([unknown.status, unknown.headers.get("x-clickhouse-exception-code")], [501, "48"]);
	assert.match(await unknown.text(), /Column j of type JSON/);
});

test("a reader may read, set limits for a query, and nothing more", async () => {
	const viewer = connect({ username: "viewer", password: "v" });
	const query = "SELECT {n: UInt8} AS n, getSetting('max_execution_time') AS seconds";
	const answer = await viewer.query({
		query,
		query_params: { n: 4 },
		clickhouse_settings: { max_execution_time: 9 },
		format: "JSONEachRow",
	});
	assert.deepEqual(await answer.json(), [{ n: 4, seconds: 9 }]);
	for (const refused of [
		"INSERT INTO ratings (trace_id) VALUES ('t')",
		"CREATE TEMPORARY TABLE t (a UInt8)",
		"SELECT * FROM file('/etc/hosts', 'LineAsString')",
		"SELECT * FROM `file`('/etc/hosts', 'LineAsString')",
		"SELECT count() FROM merge(currentDatabase(), '^ratings$') WHERE 1 = (SELECT 1 FROM url('http://127.0.0.1:1', 'TSV', 'a UInt8'))",
		"SET readonly = 0",
		// The engine's own read-only mode would let these read and write files.
		"SELECT file('/etc/hosts')",
		"SELECT `file`('/etc/hosts')",
		"SELECT \"file\"('/etc/hosts')",
		"SELECT `fi\\x6ce`('/etc/hosts')",
		"SELECT * APPLY file FROM (SELECT '/etc/hosts' AS path)",
		"SELECT * APPLY(`file`) FROM (SELECT '/etc/hosts' AS path)",
		'SELECT "\'", file(\'/etc/hosts\'), "\'" FROM (SELECT 1 AS "\'")',
		"SELECT $a$'$a$, file('/etc/hosts'), '",
		`SELECT 1 INTO/**/OUTFILE '${join(tmpdir(), "faultline-outfile")}'`,
		`SELECT 1 INTO -- x\n OUTFILE '${join(tmpdir(), "faultline-outfile")}'`,
		`SELECT 1 INTO // x\n OUTFILE '${join(tmpdir(), "faultline-outfile")}'`,
	])
		await assert.rejects(viewer.query({ query: refused }), { code: "164" }, refused);
	assert.ok(!existsSync(join(tmpdir(), "faultline-outfile")));
	const harmless = await viewer.query({
		query: "SELECT 'file(' AS `a file`, 1 -- file('x')\n AS b /* INTO OUTFILE */ # it's\n",
		format: "JSONEachRow",
	});
	assert.deepEqual(await harmless.json(), [{ "a file": "file(", b: 1 }]);
	await viewer.close();
});

test("formats, parameters, limits and headers as the ordinary client wants them", async () => {
	const client = connect({ clickhouse_settings: { max_threads: 1 }, application: "test" });
	const parquet = await client.exec({ query: "SELECT number FROM numbers(10) FORMAT Parquet" });
	const chunks: Buffer[] = [];
	for await (const chunk of parquet.stream) chunks.push(chunk as Buffer);
	assert.equal(Buffer.concat(chunks).subarray(0, 4).toString(), "PAR1");
	const progress = await client.query({
		query: "SELECT number FROM numbers(2)",
		format: "JSONEachRowWithProgress",
	});
	assert.match(await progress.text(), /"progress"/);
	const timed = client.query({
		query: "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1",
		clickhouse_settings: { max_execution_time: 0.3 },
	});
	await assert.rejects(timed, { code: "159", type: "TIMEOUT_EXCEEDED" });
	const big = client.query({
		query: "SELECT uniqExact(sipHash64(number)) FROM numbers(100000000)",
		clickhouse_settings: { max_memory_usage: "50000000" },
	});
	await assert.rejects(big, { code: "241", type: "MEMORY_LIMIT_EXCEEDED" });
	const { query_id, response_headers } = await client.query({ query: "SELECT 1", query_id: "mine" });
	assert.equal(query_id, "mine");
	assert.equal(response_headers["x-clickhouse-query-id"], "mine");
	assert.match(String(response_headers["x-clickhouse-summary"]), /"result_rows":"1"/);
	const { summary } = await client.insert({
		table: "ratings",
		values: [{ trace_id: "t" }],
		format: "JSONEachRow",
	});
	assert.equal(summary?.written_rows, "1");
	await client.close();
});

test("parameters too long for a URL come as a form, and external tables are refused", async () => {
	const client = connect({ use_multipart_params_auto: true });
	const ids = Array.from({ length: 5_000 }, (_, at) => `id-${at}-'"\\ é`);
	const result = await client.query({
		query:
			"SELECT length({ids: Array(String)}) AS n, {ids: Array(String)}[5000] AS last, {one: UInt8} AS one",
		query_params: { ids, one: 1 },
		format: "JSONEachRow",
	});
	assert.deepEqual(await result.json(), [{ n: "5000", last: ids.at(-1), one: 1 }]);
	await client.close();

	const form = new FormData();
	form.append("query", "SELECT * FROM t");
	form.append("t_structure", "a UInt8");
	form.append("t", new Blob(["1\n"]), "t.tsv");
	const refused = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: form });
	assert.match(await refused.text(), /takes no external tables; create a temporary table/);
	const broken = await post({}, "no form", { "content-type": "multipart/form-data; boundary=x" });
	assert.match(await broken.text(), /no multipart\/form-data/);
	const update = new FormData();
	update.append("query", "DROP TABLE runs");
	const viewer = { authorization: `Basic ${Buffer.from("viewer:v").toString("base64")}` };
	const denied = await fetch(`http://127.0.0.1:${server.port}/`, {
		method: "POST",
		body: update,
		headers: viewer,
	});
	assert.equal(denied.ok, false, "a reader's form may not write either");
});

test("a query that runs can be killed by another request", async () => {
	const endless = post({}, "SELECT count() FROM numbers(300000000000) WHERE sipHash64(number) = 1");
	await untilRunning("300000000000");
	assert.equal((await post({}, "KILL QUERY WHERE query LIKE '%300000000000%' SYNC")).status, 501);
	const killed = await post(
		{},
		"KILL QUERY WHERE query LIKE '%300000000000%' AND query NOT LIKE 'KILL%' ASYNC",
	);
	assert.equal(killed.status, 200, await killed.text());
	assert.match(await (await endless).text(), /^Code: 394\. .*QUERY_WAS_CANCELLED/);
});
