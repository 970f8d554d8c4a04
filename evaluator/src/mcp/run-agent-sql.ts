import type { Store } from "@faultline/collector";
import { UsageError } from "../cli/io.ts";
import {
	faultOfText,
	faultOfTree,
	type GuardContext,
	harmlessFunctions,
	type ListedFunction,
} from "./guard-sql.ts";

/** Rows of an answer, and whether there were more. */
export interface AgentRows {
	readonly rows: readonly Readonly<Record<string, unknown>>[];
	/** More rows, or more bytes, than an answer holds. */
	readonly cut: boolean;
}

export const MOST_ROWS = 500;
const MOST_ANSWER_BYTES = 200_000;
/** A statement may not take longer, read more or need more memory. */
const LIMITS: Readonly<Record<string, string>> = {
	max_execution_time: "10",
	max_rows_to_read: "50000000",
	max_bytes_to_read: "5000000000",
	max_memory_usage: "1000000000",
	max_result_rows: "5000",
	max_result_bytes: "20000000",
	max_threads: "2",
};

const EXPLAIN = /^\s*EXPLAIN(?:\s+(PLAN|PIPELINE|ESTIMATE|SYNTAX))?\s+(?=SELECT\b|WITH\b)/i;

/** Runs statements that agents write, if they only read. */
export interface AgentSql {
	/**
	 * @throws UsageError where the statement is refused, wrong, or beyond a limit; the message says what to do.
	 * @example
	 * (await sql.run("SELECT count() AS runs FROM runs", 100)).rows; // [{ runs: "636" }]
	 */
	run(sql: string, limit: number): Promise<AgentRows>;
}

/** Opens the way for agents' statements on a store; what may be called is read from the engine once. */
export function openAgentSql(store: Store): AgentSql {
	let context: Promise<GuardContext> | undefined;
	return {
		async run(sql, limit) {
			const explain = EXPLAIN.exec(sql);
			const select = explain === null ? sql : sql.slice(explain[0].length);
			context ??= readContext(store);
			await check(store, select, await context);
			const wrapped = `SELECT * FROM (\n${select}\n)`;
			const statement =
				explain === null ? `${wrapped} LIMIT ${limit + 1}` : `EXPLAIN ${explain[1] ?? "PLAN"} ${wrapped}`;
			const rows = await readOnly(store, statement).catch((cause: unknown) => {
				throw new UsageError(shorten(cause), { cause });
			});
			return cutRows(rows, limit);
		},
	};
}

async function readContext(store: Store): Promise<GuardContext> {
	const functions = await store.query<ListedFunction>(
		"SELECT name, categories, is_aggregate, alias_to FROM system.functions",
	);
	const databases = await store.query<{ name: string }>("SELECT name FROM system.databases");
	return {
		database: store.database,
		databases: [...databases.map(({ name }) => name), "system", "information_schema", "default"],
		functions: harmlessFunctions(functions),
	};
}

async function check(store: Store, select: string, context: GuardContext): Promise<void> {
	const refuse = (why: string): never => {
		throw new UsageError(
			`the statement is refused: ${why}. One SELECT (or EXPLAIN SELECT) over the tables of database ${context.database} may run`,
		);
	};
	const wrong = faultOfText(select);
	if (wrong !== null) refuse(wrong);
	const lines = await readOnly(store, `EXPLAIN AST SELECT * FROM (\n${select}\n)`).catch((cause: unknown) => {
		throw new UsageError(shorten(cause), { cause });
	});
	const fault = faultOfTree(
		lines.map((line) => String(line["explain"])),
		context,
	);
	if (fault !== null) refuse(fault);
}

/** On the embedded engine, a connection that cannot write; on a server, the limits as far as the user may set them. */
async function readOnly(store: Store, sql: string): Promise<Readonly<Record<string, unknown>>[]> {
	const { engine } = store;
	if (engine !== undefined) {
		const settings = { ...LIMITS, output_format_json_quote_64bit_integers: "1" };
		const result = await engine.runReadOnly(sql, {
			format: "JSONEachRow",
			parameters: {},
			settings,
			database: store.database,
		});
		const lines = Buffer.from(result.body).toString("utf8").split("\n");
		return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
	}
	const limits = Object.entries(LIMITS)
		.map(([name, value]) => `${name} = ${value}`)
		.join(", ");
	// The format that the client asks for would be taken for the explained statement's.
	const whole = sql.startsWith("EXPLAIN") ? `SELECT * FROM (${sql})` : sql;
	try {
		return await store.query<Record<string, unknown>>(`${whole}\nSETTINGS ${limits}`);
	} catch (error) {
		// A user of the server who may only read may set nothing either; then the server's own limits hold.
		if (!isReadOnlyRefusal(error)) throw error;
		return await store.query<Record<string, unknown>>(whole);
	}
}

const isReadOnlyRefusal = (error: unknown): boolean =>
	error instanceof Error && /Cannot modify .* setting in readonly mode/.test(error.message);

function cutRows(rows: readonly Readonly<Record<string, unknown>>[], limit: number): AgentRows {
	const kept: Readonly<Record<string, unknown>>[] = [];
	let bytes = 0;
	for (const row of rows.slice(0, limit)) {
		bytes += JSON.stringify(row).length;
		if (bytes > MOST_ANSWER_BYTES) break;
		kept.push(row);
	}
	return { rows: kept, cut: kept.length < rows.length };
}

/** What ClickHouse says, without the stack of its query. */
function shorten(cause: unknown): string {
	const message = cause instanceof Error ? cause.message : String(cause);
	return `ClickHouse says: ${message.replaceAll(/\s+/g, " ").slice(0, 600)}`;
}
