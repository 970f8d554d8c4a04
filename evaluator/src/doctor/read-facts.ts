import { readdir } from "node:fs/promises";
import type { Store } from "@faultline/collector";
import { select } from "../store/select.ts";
import type { Arrived, Facts, TableFacts } from "./facts.ts";

export interface FactsOptions {
	readonly sinceMs: number;
	readonly untilMs: number;
	/** Address of an OTLP/HTTP receiver, to be tried with an empty request. */
	readonly otlpUrl: string | null;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly now: () => number;
}

/** Finds out everything that `diagnose` wants to know. Reads only; what cannot be read is null. */
export async function readFacts(store: Store, options: FactsOptions): Promise<Facts> {
	const { sinceMs, untilMs, env } = options;
	const schema = await readSchema(store);
	return {
		nodeVersion: process.versions.node,
		server: await readServer(store, options.now),
		schema,
		otlp: options.otlpUrl === null ? null : await tryOtlp(options.otlpUrl),
		range: { sinceMs, untilMs },
		arrived: schema.noTables ? null : await readArrived(store, { since_ms: sinceMs, until_ms: untilMs }),
		samplerVariable: env["OTEL_TRACES_SAMPLER"] ?? null,
	};
}

async function readServer(store: Store, now: () => number): Promise<Facts["server"]> {
	const sent = now();
	const [row] = await select<{
		version: string;
		now_ms: string;
		free_bytes: string | null;
		free_share: number | null;
	}>(store, "doctor-server.sql");
	const back = now();
	return {
		version: row?.version ?? "",
		// The statement ran somewhere between sending and coming back.
		clockAheadMs: Number(row?.now_ms) - (sent + back) / 2,
		roundTripMs: back - sent,
		freeBytes: row?.free_bytes == null ? null : Number(row.free_bytes),
		freeShare: row?.free_share ?? null,
	};
}

/** The numbered files of the collector beside what the database says was applied. */
async function readSchema(store: Store): Promise<Facts["schema"]> {
	const folder = new URL("../tables/", import.meta.resolve("@faultline/collector"));
	const files = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
	const [there] = await store.query<{ n: string }>(
		"SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'",
	);
	if (there?.n !== "1") return { missing: files.sort(), unknown: [], noTables: true };
	const rows = await store.query<{ name: string }>("SELECT name FROM schema_migrations FINAL");
	const applied = new Set(rows.map(({ name }) => name));
	return {
		missing: files.filter((name) => !applied.has(name)).sort(),
		unknown: [...applied].filter((name) => !files.includes(name)).sort(),
		noTables: applied.size === 0,
	};
}

/** An empty request is answered with success by every receiver. */
async function tryOtlp(url: string): Promise<Facts["otlp"]> {
	try {
		const response = await fetch(new URL("/v1/traces", url), {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: '{"resourceSpans":[]}',
			signal: AbortSignal.timeout(3000),
		});
		return { url, error: response.ok ? null : `answered with ${response.status}` };
	} catch (cause) {
		const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
		return { url, error: inner instanceof Error ? inner.message : String(inner) };
	}
}

interface RangeParameters {
	readonly [name: string]: number;
	readonly since_ms: number;
	readonly until_ms: number;
}

async function readArrived(store: Store, range: RangeParameters): Promise<Arrived> {
	const [spans] = await select<Record<string, string | number>>(store, "doctor-spans.sql", range);
	const [runs] = await select<Record<string, string>>(store, "doctor-runs.sql", range);
	const services = await select<Record<string, string>>(store, "doctor-services.sql", range);
	const unmapped = await select<{ service: string; span: string; spans: string; names: string[] }>(
		store,
		"doctor-unmapped.sql",
		range,
	);
	const number = (row: Readonly<Record<string, string | number>> | undefined, name: string): number =>
		Number(row?.[name] ?? 0);
	return {
		spans: number(spans, "spans"),
		traces: number(spans, "traces"),
		tracesWithRoot: number(spans, "traces_with_root"),
		newestMs: number(spans, "newest_ms"),
		lagP95S: number(spans, "lag_p95_s"),
		ahead: number(spans, "ahead"),
		backwards: number(spans, "backwards"),
		sampled: number(spans, "sampled"),
		services: services.map((row) => ({
			service: row["service"] ?? "",
			spans: number(row, "spans"),
			steps: number(row, "steps"),
			withoutVersion: number(row, "without_version"),
			withoutContent: number(row, "without_content"),
			cut: number(row, "cut"),
			withoutServiceVersion: number(row, "without_service_version"),
			withoutEnvironment: number(row, "without_environment"),
		})),
		unmapped: unmapped.map((row) => ({ ...row, spans: Number(row.spans) })),
		runs: {
			runs: number(runs, "runs"),
			stated: number(runs, "stated"),
			settled: number(runs, "settled"),
			waiting: number(runs, "waiting"),
			waitingSinceMs: number(runs, "waiting") === 0 ? null : number(runs, "waiting_since_ms"),
		},
		storage: await readStorage(store),
	};
}

async function readStorage(store: Store): Promise<TableFacts[]> {
	const tables = await select<Record<string, string>>(store, "doctor-storage.sql");
	const statements = await select<{ table: string; statement: string }>(store, "doctor-ttl.sql");
	const ttls = new Map(statements.map(({ table, statement }) => [table, ttlDays(statement)]));
	return tables.map((row) => ({
		table: row["table"] ?? "",
		rows: Number(row["stored_rows"]),
		bytes: Number(row["on_disk"]),
		parts: Number(row["parts"]),
		ttlDays: ttls.get(row["table"] ?? "") ?? null,
	}));
}

/** Days of a table's TTL clause, as ClickHouse writes it back; null where it has none. */
function ttlDays(statement: string): number | null {
	const days = /\bTTL\b.*?toIntervalDay\((\d+)\)/s.exec(statement)?.[1];
	return days === undefined ? null : Number(days);
}
