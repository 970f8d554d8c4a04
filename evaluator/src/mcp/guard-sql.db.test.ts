import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore, type Store, startClickHouseHttp } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { faultOfText } from "./guard-sql.ts";
import { type AgentSql, openAgentSql } from "./run-agent-sql.ts";

describe("statements of agents", () => {
	let store: Store;
	let discard: () => Promise<void>;
	let sql: AgentSql;
	let folder = "";
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		await insertRuns(store, { prefix: "a1", count: 50, startMs: Date.now() - 60_000 });
		sql = openAgentSql(store);
		folder = await mkdtemp(join(tmpdir(), "faultline-sql-"));
	});
	after(async () => {
		await discard();
		await rm(folder, { recursive: true, force: true });
	});

	const READS: [string, unknown][] = [
		["SELECT count() AS n FROM runs", [{ n: "50" }]],
		["select countIf(outcome = 'fail') AS n from runs final", [{ n: "10" }]],
		[
			"WITH failed AS (SELECT trace_id FROM runs WHERE outcome = 'fail') SELECT name, uniqExact(trace_id) AS n FROM steps WHERE trace_id IN (SELECT trace_id FROM failed) AND kind = 'model' GROUP BY name",
			[{ name: "answer", n: "10" }],
		],
		["SELECT 'it''s; -- no comment (' AS text", [{ text: "it's; -- no comment (" }]],
		[
			"SELECT arrayMap(x -> x + 1, [1, 2]) AS list, CASE WHEN 1 THEN 'a' ELSE 'b' END AS letter",
			[{ list: [2, 3], letter: "a" }],
		],
		[
			"SELECT number FROM (SELECT arrayJoin([3, 1, 2]) AS number) ORDER BY number DESC",
			[{ number: 3 }, { number: 2 }, { number: 1 }],
		],
		[
			"SELECT s.name, row_number() OVER (ORDER BY s.name) AS place FROM (SELECT DISTINCT name FROM steps) AS s ORDER BY place LIMIT 1",
			[{ name: "answer", place: "1" }],
		],
		[
			"SELECT outcome, quantileIf(0.5)(duration_ns, outcome != '') / 1e6 AS ms FROM faultline.runs GROUP BY outcome ORDER BY outcome LIMIT 1",
			[{ outcome: "fail", ms: 40 }],
		],
	];
	for (const [text, rows] of READS) {
		it(`runs: ${text.slice(0, 80)}`, async () => {
			assert.deepEqual(await sql.run(text, 100), { rows, cut: false });
		});
	}

	it("explains a SELECT", async () => {
		const { rows } = await sql.run("EXPLAIN SELECT count() FROM runs", 100);
		assert.ok(rows.length > 0);
		await assert.rejects(sql.run("EXPLAIN SELECT file('/etc/passwd')", 100), /function file/);
	});

	const REFUSED: [string, RegExp][] = [
		["SELECT file('/etc/passwd')", /the function file is not among/],
		["SELECT FILE('/etc/passwd')", /function FILE/],
		["SELECT * FROM file('/etc/passwd', 'LineAsString')", /table function file/],
		["SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", /table function url/],
		["SELECT * FROM s3('http://127.0.0.1:1/x')", /table function s3/],
		["SELECT * FROM remote('127.0.0.1', system.one)", /table function remote|not one of database/],
		["SELECT * FROM executable('id', 'LineAsString', 'x String')", /table function executable/],
		["SELECT * FROM numbers(1000000000000)", /table function numbers/],
		["SELECT * FROM merge('system', '.*')", /table function merge/],
		["SELECT 1 IN numbers(3)", /function numbers/],
		["SELECT * FROM system.users", /table system\.users is not one of database faultline/],
		["SELECT * FROM `system`.`query_log`", /not one of database faultline/],
		["SELECT * FROM INFORMATION_SCHEMA.tables", /not one of database faultline/],
		["SELECT 1 WHERE 'x' IN system.users", /system\.users is not one of database/],
		["SELECT trace_id FROM runs JOIN system.one ON 1", /system\.one/],
		["SELECT COLUMNS('name') APPLY file FROM steps", /ColumnsApplyTransformer is not allowed/],
		["SELECT * REPLACE (file('/etc/passwd') AS name) FROM steps", /ColumnsReplaceTransformer|function file/],
		["SELECT arrayMap(x -> file(x), ['/etc/passwd'])", /function file/],
		["SELECT sleep(3)", /function sleep/],
		["SELECT dictGet('d', 'a', 1)", /function dictGet/],
		["SELECT hostName()", /function hostName/],
		["SELECT getSetting('max_threads')", /function getSetting/],
		["SELECT currentUser()", /function currentUser/],
		["SELECT user()", /function user/],
		["SELECT initializeAggregation('sum', 1)", /function initializeAggregation/],
		["SELECT aiGenerate('x')", /function aiGenerate/],
		["SELECT 1 SETTINGS readonly = 0", /Set is not allowed/],
		["SELECT 1 FORMAT CSV", /Syntax error/],
		["SELECT 1; DROP TABLE runs", /holds ";" outside of a text/],
		["DROP TABLE runs", /Syntax error|no SELECT|not allowed/],
		["INSERT INTO runs (trace_id) VALUES ('x')", /Syntax error|not allowed/],
		["SYSTEM SHUTDOWN", /Syntax error|not allowed/],
		["SHOW TABLES", /Syntax error|not allowed/],
		["ALTER TABLE runs DELETE WHERE 1", /Syntax error|not allowed/],
		["SELECT 1 -- x", /comment/],
		["SELECT 1 /* x */", /comment/],
		["SELECT $$x$$", /holds "\$"/],
		["SELECT ‘x’", /outside of a text/],
		["SELECT 'x", /quote is not closed/],
		["SELECT (1", /brackets do not match/],
		["", /it is empty/],
		["SELECT nonsense FROM runs", /ClickHouse says: .*nonsense/],
		["EXPLAIN DROP TABLE runs", /Syntax error|not allowed/],
		["EXPLAIN AST SELECT 1", /Syntax error|not allowed|Explain/],
	];
	for (const [text, why] of REFUSED) {
		it(`refuses: ${text.slice(0, 80)}`, async () => {
			await assert.rejects(sql.run(text, 100), why);
		});
	}

	it("writes no file, however the clause is smuggled in", async () => {
		const path = join(folder, "out");
		for (const text of [
			`SELECT 1 INTO OUTFILE '${path}'`,
			`SELECT 1) INTO OUTFILE '${path}' SETTINGS max_threads = (1`,
			`SELECT 1) AS x INTO OUTFILE '${path}' --`,
			`SELECT '\\') INTO OUTFILE '${path}' --'`,
		]) {
			await sql.run(text, 10).catch(() => undefined);
			assert.ok(!existsSync(path), text);
		}
	});

	it("stops at its limits: rows, bytes, memory", async () => {
		const cut = await sql.run("SELECT trace_id FROM runs", 20);
		assert.deepEqual([cut.rows.length, cut.cut], [20, true]);
		const wide = await sql.run("SELECT repeat('x', 50000) AS x FROM runs", 50);
		assert.ok(wide.cut && wide.rows.length <= 4);
		await assert.rejects(
			sql.run("SELECT length(arrayJoin(range(400000000)) :: String)", 1),
			/ClickHouse says/,
		);
	});

	it("holds over a server's HTTP interface too", async () => {
		const reader = { user: "reader", password: "secret" };
		const http = await startClickHouseHttp({
			store,
			port: 0,
			user: "writer",
			password: "other",
			readOnly: reader,
		});
		const url = `http://127.0.0.1:${http.port}`;
		try {
			await using remote = await openStore({ url, user: "writer", password: "other" });
			const far = openAgentSql(remote);
			assert.deepEqual((await far.run("SELECT count() AS n FROM runs", 10)).rows, [{ n: "50" }]);
			await assert.rejects(far.run("SELECT file('/etc/passwd')", 10), /function file/);
			await assert.rejects(far.run("SELECT * FROM system.users", 10), /not one of database/);
			assert.ok((await far.run("EXPLAIN SELECT count() FROM runs", 50)).rows.length > 0);
		} finally {
			await http.close();
		}
	});

	it("reads quotes as ClickHouse does", () => {
		assert.equal(faultOfText("SELECT 'a\\'b)' , \"c)\", `d)`"), null);
		assert.equal(faultOfText("SELECT 'a''b)'"), null);
		assert.equal(faultOfText("SELECT 1)("), "its brackets do not match");
	});
});
