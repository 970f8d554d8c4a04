import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listStatements } from "./migrate.ts";
import { decodeTraces } from "./otlp/decode.ts";
import { toCluster } from "./plan-cluster.ts";
import { openStore } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";
import { makeRequest, openTemporaryStore } from "./testing/open-temporary-store.ts";

let store: Store;
let dataDir: string;
let discard: () => Promise<void>;
before(async () => {
	({ store, dataDir, discard } = await openTemporaryStore());
});
after(() => discard());

const clusterStatements = (): Promise<string[]> => listStatements({ cluster: "main" });

test("ClickHouse's parser takes every statement of the cluster's variant, and keeps what it says", async () => {
	const statements = await clusterStatements();
	assert.ok(statements.length > 40);
	for (const statement of statements) {
		const [row] = await store.query<{ text: string }>("SELECT formatQuerySingleLine({s: String}) AS text", {
			s: statement,
		});
		assert.match(row?.text ?? "", /ON CLUSTER main/, statement);
	}
});

test("every table is replicated under its local name, and distributed under its own", async () => {
	const statements = await clusterStatements();
	const tables = await store.query<{ name: string }>(
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations' ORDER BY name",
	);
	assert.ok(tables.length > 10);
	for (const { name } of tables) {
		const local = statements.filter((each) =>
			each.startsWith(`CREATE TABLE IF NOT EXISTS ${name}_local ON CLUSTER`),
		);
		assert.equal(local.length, 1, name);
		assert.match(local[0] ?? "", /ENGINE = Replicated\w*MergeTree/);
		const distributed = statements.filter((each) =>
			each.startsWith(`CREATE TABLE IF NOT EXISTS ${name} ON CLUSTER`),
		);
		assert.match(
			distributed[0] ?? "",
			new RegExp(`ENGINE = Distributed\\(.*, ${name}_local, cityHash64\\(\\w+\\)\\)$`),
		);
	}
});

test("a shard's tables and views work together", async () => {
	await store.command("CREATE DATABASE shard");
	await using shard = await openStore({ dataDir, database: "shard" });
	// The engine here knows no cluster: its own part of every statement remains.
	const own = (await clusterStatements())
		.filter(
			(statement) =>
				!/ENGINE = Distributed/.test(statement) &&
				!/^ALTER TABLE ((step_)?verdicts|ratings) /.test(statement),
		)
		.map((statement) =>
			statement.replace("ON CLUSTER `main`", "").replace("ENGINE = Replicated", "ENGINE = "),
		);
	for (const statement of own) await shard.command(statement);
	await shard.insert("otel_traces_local", decodeTraces(makeRequest({ "faultline.pipeline": "p" })).rows);
	for (const table of ["steps_local", "runs_local", "otel_traces_trace_id_ts_local"])
		assert.deepEqual(await shard.query(`SELECT count() AS n FROM ${table}`), [{ n: "1" }], table);
});

test("a view reads and writes on its own shard, what it defines itself keeps its name", () => {
	assert.deepEqual(
		toCluster(
			"CREATE MATERIALIZED VIEW IF NOT EXISTS v TO steps AS\nWITH x AS (SELECT 1) SELECT * FROM otel_traces JOIN x ON 1",
			"main",
			["steps", "otel_traces"],
		),
		[
			"CREATE MATERIALIZED VIEW IF NOT EXISTS v ON CLUSTER `main` TO steps_local AS\nWITH x AS (SELECT 1) SELECT * FROM otel_traces_local AS otel_traces JOIN x ON 1",
		],
	);
	assert.deepEqual(toCluster("ALTER TABLE v MODIFY QUERY SELECT * FROM steps", "main", ["steps"]), [
		"ALTER TABLE v ON CLUSTER `main` MODIFY QUERY SELECT * FROM steps_local AS steps",
	]);
});

test("a changed column changes in both tables, an index and a TTL where the data are", () => {
	assert.deepEqual(
		toCluster("ALTER TABLE runs ADD COLUMN IF NOT EXISTS a String CODEC(Delta(4), ZSTD(1)) AFTER b", "c", []),
		[
			"ALTER TABLE runs_local ON CLUSTER `c` ADD COLUMN IF NOT EXISTS a String CODEC(Delta(4), ZSTD(1)) AFTER b",
			"ALTER TABLE runs ON CLUSTER `c` ADD COLUMN IF NOT EXISTS a String AFTER b",
		],
	);
	assert.equal(toCluster("ALTER TABLE runs MODIFY TTL start_time + toIntervalDay(9)", "c", []).length, 1);
	assert.throws(() => toCluster("OPTIMIZE TABLE runs", "c", []), /no cluster variant/);
	assert.throws(() => toCluster("ALTER TABLE runs DROP INDEX i", "c'; DROP", []), /no cluster name/);
});
