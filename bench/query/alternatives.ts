/** What a design decision of the schema is worth: the query as it is, and the same answer without it. */
export interface Alternative {
	readonly decision: string;
	readonly with: string;
	readonly without: string;
}

/** @param traceId a run in the middle of the time
 * @param nowMs a moment after the newest run */
export function alternatives(traceId: string, nowMs: number): readonly Alternative[] {
	const now = `toDateTime(${Math.floor(nowMs / 1000)})`;
	const spans = "SELECT SpanId, SpanName, SpanAttributes FROM otel_traces";
	const bounds =
		"Timestamp >= (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = '$') AND Timestamp <= (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = '$')";
	const day = `run_start >= ${now} - INTERVAL 1 DAY`;
	const hazards = (table: string, time: string, broke: string, reached: string): string =>
		`SELECT step, ${broke} AS broken_here, ${reached} AS arrived FROM ${table} WHERE pipeline = 'docs-answer' AND ${time} GROUP BY step ORDER BY step`;
	const fill = (sql: string): string => sql.replaceAll("$", traceId);
	return [
		{
			decision: "otel_traces_trace_id_ts: a trace's spans, its time looked up first",
			with: fill(`${spans} WHERE TraceId = '$' AND ${bounds}`),
			without: fill(`${spans} WHERE TraceId = '$' SETTINGS use_skip_indexes = 0`),
		},
		{
			decision: "idx_trace_id on otel_traces: a trace's spans by their id alone",
			with: fill(`${spans} WHERE TraceId = '$'`),
			without: fill(`${spans} WHERE TraceId = '$' SETTINGS ignore_data_skipping_indices = 'idx_trace_id'`),
		},
		{
			decision: "idx_span_attr_items: spans of one session",
			with: "SELECT count() FROM otel_traces WHERE has(SpanAttributeItems, 'session.id=777')",
			without:
				"SELECT count() FROM otel_traces WHERE has(SpanAttributeItems, 'session.id=777') SETTINGS ignore_data_skipping_indices = 'idx_span_attr_items'",
		},
		{
			decision: "idx_duration: spans slower than ever",
			with: "SELECT count() FROM otel_traces WHERE Duration > 3600000000000",
			without:
				"SELECT count() FROM otel_traces WHERE Duration > 3600000000000 SETTINGS ignore_data_skipping_indices = 'idx_duration'",
		},
		{
			decision: "idx_lower_span_name: spans by a word of their name",
			with: "SELECT count() FROM otel_traces WHERE hasToken(lower(SpanName), 'nosuch')",
			without:
				"SELECT count() FROM otel_traces WHERE hasToken(lower(SpanName), 'nosuch') SETTINGS ignore_data_skipping_indices = 'idx_lower_span_name'",
		},
		{
			decision: "steps sorted by run: the steps of one run",
			with: fill("SELECT * FROM steps FINAL WHERE trace_id = '$'"),
			without: fill("SELECT * FROM steps FINAL WHERE concat(trace_id, '') = '$'"),
		},
		{
			decision: "idx_trace_id on runs: one run",
			with: fill("SELECT * FROM runs FINAL WHERE trace_id = '$'"),
			without: fill("SELECT * FROM runs FINAL WHERE trace_id = '$' SETTINGS use_skip_indexes = 0"),
		},
		{
			decision: "verdicts sorted by their run's hour: outcomes of the last day",
			with: `SELECT outcome, count() FROM verdicts FINAL WHERE ${day} GROUP BY outcome`,
			without: `SELECT outcome, count() FROM verdicts FINAL WHERE identity(${day}) GROUP BY outcome`,
		},
		{
			decision: "step_hours: hazards of all runs, counted by the hour",
			with: hazards("step_hours FINAL", "evaluator = 'faultline-1'", "sum(broke)", "sum(reached)"),
			without: hazards("step_verdicts FINAL", "evaluator = 'faultline-1'", "sum(broke)", "sum(reached)"),
		},
		{
			decision: "step_hours: hazards of the last day",
			with: hazards("step_hours FINAL", `hour >= ${now} - INTERVAL 1 DAY`, "sum(broke)", "sum(reached)"),
			without: hazards("step_verdicts FINAL", day, "sum(broke)", "sum(reached)"),
		},
		{
			decision: "step_minutes sorted by time: the last five minutes",
			with: hazards(
				"step_minutes",
				`minute >= ${now} - INTERVAL 5 MINUTE`,
				"uniqExactMerge(broke)",
				"uniqExactMerge(reached)",
			),
			without: hazards(
				"step_minutes",
				`identity(minute) >= ${now} - INTERVAL 5 MINUTE`,
				"uniqExactMerge(broke)",
				"uniqExactMerge(reached)",
			),
		},
	];
}
