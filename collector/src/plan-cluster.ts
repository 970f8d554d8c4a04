/**
 * The same tables and views for a cluster: every table is a Replicated one on every shard (`NAME_local`) behind a Distributed one that has
 * the table's name, so that queries, the exporter and Faultline use the names they always use. A run's rows are all on one shard (the key is
 * the trace id), where the views work among the local tables. Pure.
 */

const CREATE_TABLE = /^CREATE TABLE IF NOT EXISTS (\w+)\s*(\([\s\S]*\))\s*ENGINE = (\w*MergeTree)([\s\S]*)$/;
const ALTER_TABLE = /^ALTER TABLE (\w+)\s+([\s\S]+)$/;
const CREATE_VIEW = /^CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO (\w+) AS\s+([\s\S]+)$/;

/** Where no run is meant, rows go by what they are about. */
const SHARDING_KEYS = ["TraceId", "trace_id", "eval_id", "pipeline", "name"] as const;

/**
 * The statements that stand for one statement of `tables/` or `views/` on a cluster.
 * Throws where a statement is of a kind that no file has had so far.
 * @param tables names of all tables; the others in a view's query are its own
 * @example toCluster("ALTER TABLE runs ADD COLUMN a String", "main", ["runs"])
 */
export function toCluster(statement: string, cluster: string, tables: readonly string[]): string[] {
	if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(cluster))
		throw new Error(`"${cluster}" is no cluster name; use letters, digits, _ and -`);
	const on = `ON CLUSTER \`${cluster}\``;
	const table = CREATE_TABLE.exec(statement);
	if (table !== null) {
		const [, name = "", columns = "", engine = "", rest = ""] = table;
		const local = `CREATE TABLE IF NOT EXISTS ${name}_local ${on} ${columns}\nENGINE = Replicated${engine}${rest}`;
		// Without columns: it takes them from the local table, aliases too.
		const distributed = `CREATE TABLE IF NOT EXISTS ${name} ${on} AS ${name}_local\nENGINE = Distributed(\`${cluster}\`, currentDatabase(), ${name}_local, cityHash64(${shardingKey(name, columns)}))`;
		return [local, distributed];
	}
	const view = CREATE_VIEW.exec(statement);
	if (view !== null) {
		const [, name = "", target = "", query = ""] = view;
		return [
			`CREATE MATERIALIZED VIEW IF NOT EXISTS ${name} ${on} TO ${target}_local AS\n${toLocal(query, tables)}`,
		];
	}
	const alter = ALTER_TABLE.exec(statement);
	if (alter !== null) {
		const [, name = "", change = ""] = alter;
		if (change.startsWith("MODIFY QUERY")) return [`ALTER TABLE ${name} ${on} ${toLocal(change, tables)}`];
		const local = `ALTER TABLE ${name}_local ${on} ${change}`;
		// The Distributed table has columns, but neither indexes, nor a TTL, nor settings of its own.
		return /^(ADD|DROP|MODIFY|RENAME|COMMENT) COLUMN/.test(change)
			? [local, `ALTER TABLE ${name} ${on} ${withoutStorage(change)}`]
			: [local];
	}
	throw new Error(`this statement has no cluster variant yet: ${statement.slice(0, 80)}`);
}

/** Names of the tables that these statements create. */
export function tableNames(statements: readonly string[]): string[] {
	return statements.flatMap((statement) => CREATE_TABLE.exec(statement)?.[1] ?? []);
}

function shardingKey(table: string, columns: string): string {
	const key = SHARDING_KEYS.find((each) => new RegExp(`^\\s*\\(?\\s*${each} `, "m").test(columns));
	if (key === undefined)
		throw new Error(`${table} has none of the columns ${SHARDING_KEYS.join(", ")} to shard by`);
	return key;
}

/** A view reads what is inserted on its own shard; columns may be named after the table. */
function toLocal(query: string, tables: readonly string[]): string {
	return query.replaceAll(
		/\b(FROM|JOIN)\s+(\w+)\b(\s+AS\b)?/g,
		(all, word: string, name: string, as = ` AS ${name}`) =>
			tables.includes(name) ? `${word} ${name}_local${as}` : all,
	);
}

function withoutStorage(change: string): string {
	return change.replaceAll(/\s+(CODEC|TTL)\s*\((?:[^()]|\([^()]*\))*\)/g, "");
}
