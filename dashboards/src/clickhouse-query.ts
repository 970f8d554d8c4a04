import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";

/** What Grafana makes of the rows: `timeseries` needs a column `time`; string columns become labels. */
export const FORMATS = { timeseries: 0, table: 1, logs: 2, traces: 3 } as const;
export type QueryFormat = keyof typeof FORMATS;

export interface DataSourceRef {
	readonly type: string;
	readonly uid: string;
}

export const CLICKHOUSE_PLUGIN = "grafana-clickhouse-datasource";

/** The data source that the reader of the dashboard picks; alert rules name theirs outright. */
export const PICKED_SOURCE: DataSourceRef = { type: CLICKHOUSE_PLUGIN, uid: `\${datasource}` };

/** The query as the official ClickHouse data source stores it. The backend reads `rawSql` and `format` alone. */
export interface ClickHouseModel {
	readonly refId: string;
	readonly datasource: DataSourceRef;
	readonly editorType: "sql";
	readonly queryType: QueryFormat;
	readonly format: number;
	readonly rawSql: string;
	readonly pluginVersion: string;
	readonly meta: Record<string, never>;
}

/** @example clickHouseModel("SELECT count() AS runs FROM runs WHERE $__timeFilter(start_time)", "table") */
export function clickHouseModel(
	rawSql: string,
	queryType: QueryFormat,
	{ refId = "A", datasource = PICKED_SOURCE }: { refId?: string; datasource?: DataSourceRef } = {},
): ClickHouseModel {
	const format = FORMATS[queryType];
	return {
		refId,
		datasource,
		editorType: "sql",
		queryType,
		format,
		rawSql,
		pluginVersion: "4.20.0",
		meta: {},
	};
}

/** A panel's query for the Foundation SDK's `withTarget`. */
export function clickHouseQuery(
	rawSql: string,
	format: QueryFormat,
	{ refId = "A" }: { refId?: string } = {},
): Builder<Dataquery> {
	// The SDK knows a query by this method; functions are no JSON, so it is gone from the file.
	return {
		build: () => ({ ...clickHouseModel(rawSql, format, { refId }), _implementsDataqueryVariant() {} }),
	};
}
