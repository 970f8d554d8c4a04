import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { tableNames, toCluster } from "./plan-cluster.ts";
import { type AppliedMigration, planMigration, type SqlFile, splitStatements } from "./plan-migration.ts";
import type { Store } from "./store/store.ts";

const ROOT = path.join(import.meta.dirname, "..");

const CREATE_REGISTER =
	"CREATE TABLE IF NOT EXISTS schema_migrations (name String, checksum String, applied_at DateTime64(3) DEFAULT now64(3)) ENGINE = ReplacingMergeTree(applied_at) ORDER BY name";

export interface MigrateOptions {
	/** Name of a cluster in the servers' configuration: Replicated tables on every shard, Distributed ones in front; see `toCluster`. */
	readonly cluster?: string;
}

/**
 * Brings the database to this version's tables and views; running it again changes nothing. Every statement may be repeated, so a
 * migration that was cut short is finished by the next one.
 * Throws where a statement fails, naming the file, and where the database is newer than this version.
 * @returns the tables' files that were applied now.
 * @example const { applied } = await migrate(store);
 */
export async function migrate(store: Store, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
	const { tables, views, adapt } = await readSql(options);
	await runAll(store, "the register of migrations", adapt([CREATE_REGISTER]));
	const applied = await store.query<AppliedMigration>(
		"SELECT name, checksum FROM schema_migrations FINAL ORDER BY name",
	);
	const plan = planMigration(tables, views, applied);
	for (const { file, statements } of plan.tables) {
		await runAll(store, `tables/${file.name}`, adapt(statements));
		await store.insert("schema_migrations", [{ name: file.name, checksum: file.checksum }]);
	}
	for (const { file, statements } of plan.views) await runAll(store, `views/${file.name}`, adapt(statements));
	return { applied: plan.tables.map(({ file }) => file.name) };
}

/** Every statement that `migrate` would run in an empty database, in order, without the register of what was applied. */
export async function listStatements(options: MigrateOptions = {}): Promise<string[]> {
	const { tables, views, adapt } = await readSql(options);
	const plan = planMigration(tables, views, []);
	return [...plan.tables, ...plan.views].flatMap(({ statements }) => [...adapt(statements)]);
}

interface Sql {
	readonly tables: readonly SqlFile[];
	readonly views: readonly SqlFile[];
	/** Statements for the cluster, if one is meant. */
	readonly adapt: (statements: readonly string[]) => readonly string[];
}

async function readSql({ cluster }: MigrateOptions): Promise<Sql> {
	const [tables, views] = [await readSqlFiles("tables"), await readSqlFiles("views")];
	const names = tableNames(tables.flatMap((file) => splitStatements(file.sql)));
	const adapt = (statements: readonly string[]): readonly string[] =>
		cluster === undefined
			? statements
			: statements.flatMap((statement) => toCluster(statement, cluster, names));
	return { tables, views, adapt };
}

async function runAll(store: Store, name: string, statements: readonly string[]): Promise<void> {
	for (const statement of statements) {
		try {
			await store.command(statement);
		} catch (cause) {
			const reason = cause instanceof Error ? cause.message : String(cause);
			throw new Error(`${name}: "${statement.slice(0, 80).replaceAll(/\s+/g, " ")}…" failed: ${reason}`, {
				cause,
			});
		}
	}
}

async function readSqlFiles(folder: string): Promise<SqlFile[]> {
	const names = (await readdir(path.join(ROOT, folder))).filter((name) => name.endsWith(".sql"));
	return await Promise.all(
		names.map(async (name) => {
			const sql = await readFile(path.join(ROOT, folder, name), "utf8");
			return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
		}),
	);
}
