import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard } from "./build-dashboard.ts";
import { coloured, time, unit } from "./overrides.ts";
import {
	countBars,
	floorThresholds,
	linePanel,
	rateThresholds,
	statPanel,
	tablePanel,
} from "./panel-kinds.ts";

export const HEALTH_UID = "faultline-health";

/** Panels that alert rules link to. Ids never change once released. */
export const HEALTH_PANELS = { spans: 11, unjudged: 21 } as const;

const NO_SPANS =
	"No span arrived in this time range. Check OTEL_EXPORTER_OTLP_ENDPOINT of the application and the collector's log.";
const NO_VERDICTS =
	"No verdict was written for runs of this time range. Check that `faultline evaluate --watch` runs.";
const NOT_ALLOWED =
	"Nothing to show: Grafana's ClickHouse user may not read this system table, or it is empty.";

/** Faultline itself: do spans arrive, does the evaluator keep up, is what arrives good enough, and is ClickHouse well. */
export function health(): Dashboard {
	return buildDashboard({
		uid: HEALTH_UID,
		title: "Faultline: its own health",
		description: "Ingest, lag, the evaluator's queue, the quality of what arrives, and ClickHouse.",
		variables: [],
		sections: [
			{
				id: 100,
				title: "At a glance",
				lines: [
					{
						height: 4,
						panels: [
							[spanRate(), 4],
							[ingestLag(), 4],
							[waiting(), 4],
							[evaluationLag(), 4],
							[unversioned(), 4],
							[diskFree(), 4],
						],
					},
				],
			},
			{
				id: 101,
				title: "Ingest",
				lines: [
					{
						height: 8,
						panels: [
							[spansOverTime(), 12],
							[lagOverTime(), 12],
						],
					},
				],
			},
			{
				id: 102,
				title: "Evaluator",
				lines: [
					{
						height: 8,
						panels: [
							[judgedOverTime(), 12],
							[evaluationLagOverTime(), 12],
						],
					},
				],
			},
			{
				id: 103,
				title: "What arrives",
				lines: [{ height: 8, panels: [[quality(), 24]] }],
			},
			{
				id: 104,
				title: "ClickHouse",
				lines: [
					{
						height: 9,
						panels: [
							[tables(), 14],
							[bytesPerDay(), 10],
						],
					},
					{
						height: 7,
						panels: [
							[errors(), 12],
							[disks(), 12],
						],
					},
				],
			},
		],
	});
}

const RANGE_SECONDS = "greatest(1, dateDiff('second', $__fromTime, $__toTime))";

function spanRate(): Stat {
	return statPanel({
		id: 1,
		title: "Spans per second",
		description: "Mean over the range, spans sent twice counted twice, since both had to be stored.",
		empty: NO_SPANS,
		sql: `SELECT nullIf(count(), 0) / ${RANGE_SECONDS} AS spans_per_second FROM otel_traces WHERE $__timeFilter(Timestamp)`,
	})
		.unit("ops")
		.decimals(2);
}

/** Seconds from a span's end until it was stored. Clocks of the machines play in; a clock that is ahead counts as 0. */
const LAG =
	"greatest(0, toFloat64(InsertedAt) - toFloat64(Timestamp) - if(Duration > 9223372036854775807, 0, Duration) / 1e9)";

function ingestLag(): Stat {
	return statPanel({
		id: 2,
		title: "Ingest lag, 95 %",
		description:
			"From the end of a span until ClickHouse had it, for nineteen of twenty spans. Batching in the SDK takes 5 s. Imported files show the age of what they hold.",
		empty: NO_SPANS,
		sql: `SELECT if(count() = 0, NULL, quantile(0.95)(${LAG})) AS lag FROM otel_traces WHERE $__timeFilter(Timestamp)`,
	})
		.unit("s")
		.decimals(1)
		.thresholds(rateThresholds(30, 120));
}

/** Runs are judged once they have been quiet for a while; younger ones are not late. */
const SETTLED = "addNanoseconds(start_time, duration_ns) <= $__toTime - INTERVAL 2 MINUTE";

function waiting(): Stat {
	return statPanel({
		id: 3,
		title: "Runs without a verdict",
		description:
			"The evaluator's queue: runs of the range that ended at least two minutes ago and have no verdict.",
		empty: NO_SPANS,
		sql: `SELECT if(count() = 0, NULL, uniqExactIf(trace_id, trace_id NOT IN (SELECT trace_id FROM verdicts WHERE $__timeFilter(run_start)))) AS waiting
FROM runs
WHERE $__timeFilter(start_time) AND eval_id = '' AND ${SETTLED}`,
	})
		.unit("short")
		.decimals(0)
		.thresholds(rateThresholds(1, 1000));
}

/** Seconds from a run's end until its verdict; a run that was evaluated again shows the last time. */
const JUDGED = `SELECT run_start, evaluator, greatest(0, toFloat64(created_at) - toFloat64(run_start) - duration_ns / 1e9) AS lag
FROM (SELECT trace_id, run_start, evaluator, created_at FROM verdicts FINAL WHERE $__timeFilter(run_start) AND eval_id = '') AS judged
INNER JOIN (SELECT trace_id, duration_ns FROM runs WHERE $__timeFilter(start_time) AND eval_id = '' LIMIT 1 BY trace_id) AS ran USING (trace_id)`;

function evaluationLag(): Stat {
	return statPanel({
		id: 4,
		title: "Evaluation lag, 95 %",
		description:
			"From the end of a run until its verdict, for nineteen of twenty judged runs. A run that was evaluated again counts with its last verdict.",
		empty: NO_VERDICTS,
		sql: `SELECT if(count() = 0, NULL, quantile(0.95)(lag)) AS lag FROM (${JUDGED})`,
	})
		.unit("s")
		.decimals(0)
		.thresholds(rateThresholds(60, 600));
}

const STEPS = `SELECT service_name, service_version, environment, kind, component_version, input, output, attributes
    FROM steps
    WHERE $__timeFilter(start_time)`;

function unversioned(): Stat {
	return statPanel({
		id: 5,
		title: "Steps without a version",
		description:
			"Share of steps that say no component version (template, index build, tool schema, model, code). Without it nobody can say what changed.",
		empty: NO_SPANS,
		sql: `SELECT if(count() = 0, NULL, countIf(component_version = '') / count()) AS unversioned_share FROM steps WHERE $__timeFilter(start_time) AND kind != ''`,
	})
		.unit("percentunit")
		.decimals(0)
		.thresholds(rateThresholds(0.05, 0.5));
}

function diskFree(): Stat {
	return statPanel({
		id: 6,
		title: "Disk free",
		description:
			"Free share of the fullest disk that ClickHouse stores on. Under 10 % merges begin to fail; then inserts do.",
		empty: NOT_ALLOWED,
		sql: `SELECT if(count() = 0, NULL, min(free_space / total_space)) AS free_share FROM system.disks WHERE total_space > 0 AND $__fromTime <= $__toTime`,
	})
		.unit("percentunit")
		.decimals(0)
		.thresholds(floorThresholds(0.1, 0.2));
}

function spansOverTime(): TimeSeries {
	return countBars({
		id: HEALTH_PANELS.spans,
		title: "Spans by service",
		description:
			"Spans per interval of their start, the twenty busiest services. A gap is an application that stands still, or telemetry that does not arrive.",
		empty: NO_SPANS,
		sql: `SELECT $__timeInterval(Timestamp) AS time, ServiceName AS service, count() AS spans
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND ServiceName IN (SELECT ServiceName FROM otel_traces WHERE $__timeFilter(Timestamp) GROUP BY ServiceName ORDER BY count() DESC LIMIT 20)
GROUP BY time, service
ORDER BY time, service`,
	});
}

function lagOverTime(): TimeSeries {
	return linePanel({
		id: 12,
		title: "Ingest lag",
		description:
			"From the end of a span until ClickHouse had it: median, 95 %, and the latest. A rising line is a collector that queues, or ClickHouse that refuses.",
		empty: NO_SPANS,
		sql: `SELECT $__timeInterval(Timestamp) AS time, quantile(0.5)(${LAG}) AS p50, quantile(0.95)(${LAG}) AS p95, max(${LAG}) AS latest
FROM otel_traces
WHERE $__timeFilter(Timestamp)
GROUP BY time
ORDER BY time`,
	})
		.unit("s")
		.decimals(1);
}

function judgedOverTime(): TimeSeries {
	return countBars({
		id: HEALTH_PANELS.unjudged,
		title: "Runs judged and waiting",
		description:
			"Runs per interval of their start, with and without a verdict. Waiting runs at the right edge are normal for a minute or two; anywhere else the evaluator is behind or was down.",
		empty: NO_SPANS,
		sql: `SELECT $__timeInterval(start_time) AS time, uniqExactIf(trace_id, verdict_there) AS judged, uniqExactIf(trace_id, NOT verdict_there) AS waiting
FROM (
    SELECT trace_id, start_time, trace_id IN (SELECT trace_id FROM verdicts WHERE $__timeFilter(run_start)) AS verdict_there
    FROM runs
    WHERE $__timeFilter(start_time) AND eval_id = ''
)
GROUP BY time
ORDER BY time`,
	});
}

function evaluationLagOverTime(): TimeSeries {
	return linePanel({
		id: 22,
		title: "Evaluation lag",
		description:
			"From the end of a run until its verdict, by the run's start: median and 95 %. It falls in steps while the evaluator catches up.",
		empty: NO_VERDICTS,
		sql: `SELECT $__timeInterval(run_start) AS time, quantile(0.5)(lag) AS p50, quantile(0.95)(lag) AS p95
FROM (${JUDGED})
GROUP BY time
ORDER BY time`,
	})
		.unit("s")
		.decimals(0);
}

function quality(): Table {
	return tablePanel({
		id: 31,
		title: "What is missing on spans, by service",
		description:
			"Shares of a service's steps without component version, input or output (capture is off, or the wrapper is not used) and with cut content; of its spans, those that are no step and those without service.version or environment. `faultline doctor` says what to do about each.",
		empty: NO_SPANS,
		sql: `SELECT service_name AS service, count() AS spans, countIf(kind != '') AS steps,
    countIf(kind != '' AND component_version = '') / nullIf(steps, 0) AS no_component_version,
    countIf(kind != '' AND input = '') / nullIf(steps, 0) AS no_input, countIf(kind != '' AND output = '') / nullIf(steps, 0) AS no_output,
    countIf(kind != '' AND (mapContains(attributes, 'faultline.step.input.bytes') OR mapContains(attributes, 'faultline.step.output.bytes'))) / nullIf(steps, 0) AS cut_content,
    countIf(kind = '') / count() AS no_step, countIf(service_version = '') / count() AS no_service_version, countIf(environment = '') / count() AS no_environment
FROM (${STEPS})
GROUP BY service
ORDER BY spans DESC
LIMIT 50`,
	})
		.thresholds(rateThresholds(0.05, 0.5))
		.overrideByRegexp("/^(spans|steps)$/", unit("short", 0))
		.overrideByRegexp("/^(no_|cut_)/", unit("percentunit", 0))
		.overrideByRegexp(
			"/^(no_component_version|no_input|no_output|no_service_version|no_environment)$/",
			coloured(),
		);
}

function tables(): Table {
	return tablePanel({
		id: 41,
		title: "Tables",
		description:
			"What every table holds now (not only in the range): rows, bytes on disk, how well they compress, parts, and the age of its newest part. Many parts are inserts that are too small.",
		empty: NOT_ALLOWED,
		sql: `SELECT table, sum(rows) AS stored_rows, sum(bytes_on_disk) AS on_disk, sum(data_uncompressed_bytes) / nullIf(sum(data_compressed_bytes), 0) AS compression, count() AS parts,
    uniqExact(partition) AS partitions, max(modification_time) AS last_write
FROM system.parts
WHERE database = currentDatabase() AND active AND $__fromTime <= $__toTime
GROUP BY table
ORDER BY on_disk DESC
LIMIT 50`,
	})
		.overrideByRegexp("/^(stored_rows|parts|partitions)$/", unit("short", 0))
		.overrideByName("on_disk", unit("bytes", 1))
		.overrideByName("compression", unit("none", 1))
		.overrideByName("last_write", time());
}

function bytesPerDay(): Table {
	return tablePanel({
		id: 42,
		title: "Storage per day",
		description:
			"Bytes on disk of the span tables per day of the spans, newest first. Times the days until the TTL it is the disk that is needed; see docs/operations.md.",
		empty: NOT_ALLOWED,
		sql: `SELECT partition AS day, sumIf(bytes_on_disk, table = 'otel_traces') AS otel_traces, sumIf(bytes_on_disk, table = 'steps') AS steps, sumIf(rows, table = 'otel_traces') AS spans,
    otel_traces / nullIf(spans, 0) AS bytes_per_span
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('otel_traces', 'steps') AND $__fromTime <= $__toTime
GROUP BY day
ORDER BY day DESC
LIMIT 31`,
	})
		.overrideByRegexp("/^(otel_traces|steps|bytes_per_span)$/", unit("bytes", 1))
		.overrideByName("spans", unit("short", 0));
}

function errors(): Table {
	return tablePanel({
		id: 43,
		title: "Errors of ClickHouse",
		description:
			"Errors since the server started that happened again within the range, the newest first. MEMORY_LIMIT_EXCEEDED, TOO_MANY_PARTS and NOT_ENOUGH_SPACE need somebody.",
		empty: "ClickHouse reports no error in this time range, or Grafana's user may not read system.errors.",
		sql: `SELECT name AS error, value AS times, last_error_time AS last_seen, substring(last_error_message, 1, 200) AS message
FROM system.errors
WHERE $__timeFilter(last_error_time)
ORDER BY last_seen DESC
LIMIT 30`,
	})
		.overrideByName("times", unit("short", 0))
		.overrideByName("last_seen", time());
}

function disks(): Table {
	return tablePanel({
		id: 44,
		title: "Disks",
		description: "The disks that ClickHouse stores on, now: how big, how much is free.",
		empty: NOT_ALLOWED,
		sql: `SELECT name AS disk, path, total_space AS total, free_space AS free, free_space / nullIf(total_space, 0) AS free_share
FROM system.disks
WHERE $__fromTime <= $__toTime
ORDER BY disk
LIMIT 20`,
	})
		.thresholds(floorThresholds(0.1, 0.2))
		.overrideByRegexp("/^(total|free)$/", unit("bytes", 1))
		.overrideByName("free_share", [...unit("percentunit", 0), ...coloured()]);
}
