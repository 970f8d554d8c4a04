import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { provisioningFiles } from "./provisioning.ts";
import { expandBackend, expandFrontend, type QueryRange, type Variables } from "./testing/expand-macros.ts";
import { fillFromDemo } from "./testing/fill-from-demo.ts";
import { type DashboardFile, linksOf, matches, type Panel, queryPanels } from "./testing/grafana-files.ts";

const files = [...provisioningFiles()]
	.filter(([path]) => path.startsWith("dashboards/"))
	.map(([, text]) => JSON.parse(text) as DashboardFile);

const TIME = /^(Nullable\()?DateTime/;
const NUMBER = /^(Nullable\()?(Float|U?Int)/;
const TEXT = /^(LowCardinality\()?(Nullable\()?String/;
/** What one panel may cost on a database of this size. */
const LIMITS = "SETTINGS max_execution_time = 5, max_memory_usage = 300000000";

let store: Store;
let dataDir: string;
let range: QueryRange;
/** The second deploy of the demonstration, or nearly: what lies before it is compared with. */
let secondHalf: QueryRange;
let variables: Variables;

before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-dashboards-"));
	store = await fillFromDemo(dataDir);
	const [span] = await store.query<{ first_ms: string; last_ms: string }>(
		"SELECT toUnixTimestamp64Milli(min(start_time)) AS first_ms, toUnixTimestamp64Milli(max(start_time)) AS last_ms FROM runs",
	);
	const [first, last] = [Number(span?.first_ms), Number(span?.last_ms)];
	// From the whole minute, which is when the rollup's rows begin, until all runs count as settled.
	range = { fromMs: Math.floor(first / 60_000) * 60_000, toMs: last + 300_000, intervalMs: 1000 };
	const middle = Math.floor((first + last) / 2000) * 1000;
	secondHalf = { ...range, fromMs: middle, toMs: last + 1000 };
	variables = {
		datasource: "x",
		page: "http://page",
		pipeline: "docs-answer",
		service_version: "$__all",
		step: "package_info",
		baseline: "1.4.0",
		candidate: "1.5.0",
		judge_service: "faultline-evaluator",
		price_in: "0.15",
		price_out: "0.60",
	};
});
after(async () => {
	await store.close();
	await rm(dataDir, { recursive: true, force: true });
});

function expand(sql: string, chosen: Variables, at: QueryRange): string {
	const expanded = expandBackend(expandFrontend(sql, chosen), at);
	assert.ok(!expanded.includes("$"), `something is left unexpanded in ${expanded}`);
	return expanded;
}
const rowsOf = (sql: string, chosen = variables, at = range): Promise<Record<string, unknown>[]> =>
	store.query(`${expand(sql, chosen, at)}\n${LIMITS}`);
const columnsOf = (sql: string): Promise<{ name: string; type: string }[]> =>
	store.query(`DESCRIBE TABLE (${expand(sql, variables, range)})`);

/** Panels that show something only where there is a past, or where something went wrong that the demonstration does not do. */
const QUIET = new Set(["Errors", "Errors of ClickHouse", "Share of runs in which a step ran"]);
const AGAINST_BEFORE = new Set([
	"What is asked and answered, now and before",
	"Scores, now and before",
	"Steps that run, now and before",
]);

function checkShape(
	panel: Panel,
	types: (pattern: RegExp) => string[],
	rows: readonly Record<string, unknown>[],
): void {
	assert.equal(panel.targets?.[0]?.format, panel.type === "timeseries" ? 0 : 1);
	if (panel.type === "timeseries") {
		assert.deepEqual(types(TIME), ["time"]);
		assert.ok(types(NUMBER).length > 0);
		const times = rows.map((row) => String(row["time"]));
		assert.deepEqual(times, times.toSorted(), "Grafana wants a long series in the order of time");
	}
	if (panel.type === "stat") {
		assert.deepEqual(
			[types(TIME).length, types(TEXT).length, types(NUMBER).length, rows.length],
			[0, 0, 1, 1],
		);
		assert.ok(Object.values(rows[0] ?? {}).every((value) => value !== null));
	}
	if (panel.type === "barchart") assert.deepEqual(types(TEXT), [panel.options?.xField]);
}

for (const file of files) {
	describe(`${file.uid} on the database of the demonstration`, () => {
		for (const panel of queryPanels(file)) {
			const sql = panel.targets?.[0]?.rawSql ?? "";

			it(`"${panel.title}" gets rows of the columns and types that a ${panel.type} panel needs, within its limits`, async () => {
				const columns = await columnsOf(sql);
				const types = (pattern: RegExp): string[] =>
					columns.filter(({ type }) => pattern.test(type)).map(({ name }) => name);
				assert.equal(
					types(TIME).length + types(NUMBER).length + types(TEXT).length,
					columns.length,
					`Grafana shows no ${columns.map(({ name, type }) => `${name} ${type}`).join(", ")}`,
				);
				const chosen = panel.title === "Tokens per call" ? { ...variables, step: "model" } : variables;
				const rows = await rowsOf(sql, chosen, AGAINST_BEFORE.has(panel.title) ? secondHalf : range);
				if (!QUIET.has(panel.title)) assert.ok(rows.length > 0, "no row");
				checkShape(panel, types, rows);
			});

			it(`"${panel.title}" has a unit for every number, and overrides and links only columns that exist`, async () => {
				const columns = await columnsOf(sql);
				const overrides = panel.fieldConfig?.overrides ?? [];
				for (const { name, type } of columns) {
					if (!NUMBER.test(type)) continue;
					const unit = overrides.some(
						(one) => matches(one, name) && one.properties.some(({ id }) => id === "unit"),
					);
					assert.ok(unit || panel.fieldConfig?.defaults.unit !== undefined, `${name} has no unit`);
				}
				for (const override of overrides) {
					// A long series is spread over its labels: fields are named after these.
					assert.ok(
						columns.some(({ name }) => matches(override, name)),
						override.matcher.options,
					);
				}
				for (const { url } of linksOf(panel)) {
					for (const [, field] of url.matchAll(/__data\.fields\.(\w+)/g))
						assert.ok(
							columns.some(({ name }) => name === field),
							`${field} is no column`,
						);
				}
			});

			it(`"${panel.title}" is empty, not wrong, where there is nothing`, async () => {
				// What the engine says of itself now is there in any range.
				if (/FROM system\.(parts|disks)/.test(sql)) return;
				const longAgo = { ...range, fromMs: 946_684_800_000, toMs: 946_688_400_000 };
				const rows = sql.includes(`\${pipeline`)
					? await rowsOf(sql, { ...variables, pipeline: "it's another" })
					: await rowsOf(sql, variables, longAgo);
				assert.ok(
					rows.every((row) => Object.values(row).every((value) => value === null)),
					JSON.stringify(rows.slice(0, 3)),
				);
			});
		}

		it("fills every variable from the database", async () => {
			for (const variable of file.templating.list) {
				if (typeof variable.query !== "object") continue;
				const rows = await rowsOf(variable.query.rawSql);
				assert.equal(Object.keys(rows[0] ?? {}).length, 1, variable.name);
			}
		});

		it("has annotations with a time and a text", async () => {
			for (const annotation of file.annotations?.list ?? []) {
				const columns = (await columnsOf(annotation.target.rawSql)).map(({ name }) => name);
				assert.deepEqual(columns, ["time", "text", "tags"]);
				assert.ok((await rowsOf(annotation.target.rawSql)).length > 0, annotation.name);
			}
		});
	});
}

it("a query over the memory that a panel may have is refused, so that the limits above are real", async () => {
	await assert.rejects(
		store.query(`SELECT groupArray(number) AS numbers FROM numbers(100000000) ${LIMITS}`),
		/MEMORY_LIMIT_EXCEEDED|TIMEOUT_EXCEEDED|memory limit/i,
	);
});
