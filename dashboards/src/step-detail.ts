import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard } from "./build-dashboard.ts";
import { deployAnnotation, gateAnnotation } from "./deploy-annotation.ts";
import { coloured, runLinks, time, unit } from "./overrides.ts";
import { countBars, linePanel, rateThresholds, shareLines, statPanel, tablePanel } from "./panel-kinds.ts";
import { PAGE_URL, pageVariable, pipelineVariable, stepVariable, versionVariable } from "./variables.ts";
import { chosen, hazards, MILLISECONDS, scores, steps, stepTime, verdicts } from "./verdict-sql.ts";
import { wilsonHigh, wilsonLow } from "./wilson-sql.ts";

export const STEP_UID = "faultline-step-detail";

/** Panels that alert rules link to. Ids never change once released. */
export const STEP_PANELS = { hazardOverTime: 11 } as const;

const NO_VERDICTS =
	"No judged run reached this step in this time range. Run `npx faultline evaluate`, or choose another step or a longer range.";
const NO_SPANS = "No span of this step in this time range. Choose another step or a longer range.";

const THIS_STEP = `step = \${step:singlequote}`;
const ONE_STEP = { oneStep: true } as const;

/** One component of a pipeline: how often it breaks, since which version, how long it takes, what says so, and examples. */
export function stepDetail({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	return buildDashboard({
		uid: STEP_UID,
		title: "Faultline: step detail",
		description:
			"One step of a pipeline: hazard, latency, self time, versions, evidence by check and example traces.",
		variables: [pipelineVariable(), stepVariable(), versionVariable(), pageVariable(pageUrl)],
		annotations: [deployAnnotation(), gateAnnotation()],
		sections: [
			{
				id: 100,
				title: "Does it break runs",
				lines: [
					{
						height: 4,
						panels: [
							[arrivedRuns(), 4],
							[hazard(), 4],
							[hazardHigh(), 4],
							[errorShare(), 4],
							[latencyP95(), 4],
							[selfTimeShare(), 4],
						],
					},
					{
						height: 8,
						panels: [
							[hazardOverTime(), 14],
							[runsBroken(), 10],
						],
					},
				],
			},
			{
				id: 101,
				title: "How long it takes, and how much it writes",
				lines: [
					{
						height: 8,
						panels: [
							[latency(), 12],
							[selfTime(), 12],
						],
					},
					{
						height: 8,
						panels: [
							[contentSize(), 12],
							[tokens(), 12],
						],
					},
				],
			},
			{
				id: 102,
				title: "Which version",
				lines: [{ height: 7, panels: [[versionTable(), 24]] }],
			},
			{
				id: 103,
				title: "What says so",
				lines: [
					{
						height: 9,
						panels: [
							[evidenceByCheck(), 12],
							[scoresOverTime(), 12],
						],
					},
					{
						height: 9,
						panels: [
							[brokenRuns(), 12],
							[slowest(), 12],
						],
					},
					{ height: 7, panels: [[errors(), 24]] },
				],
			},
		],
	});
}

const HAZARDS = `SELECT sum(broken_runs) AS broken, sum(reached_runs) AS arrived, count() AS rows FROM (${hazards(ONE_STEP)})`;

function arrivedRuns(): Stat {
	return statPanel({
		id: 1,
		title: "Runs that arrived intact",
		description:
			"Judged runs that reached this step unbroken, as a sum of probabilities: the hazard's denominator.",
		empty: NO_VERDICTS,
		sql: `SELECT if(rows = 0, NULL, arrived) AS arrived_runs FROM (${HAZARDS})`,
	})
		.unit("short")
		.decimals(0);
}

function hazard(): Stat {
	return statPanel({
		id: 2,
		title: "Hazard",
		description:
			"P(the run breaks here, given it arrived here intact). The overview compares it with the other steps.",
		empty: NO_VERDICTS,
		sql: `SELECT broken / nullIf(arrived, 0) AS hazard FROM (${HAZARDS})`,
	})
		.unit("percentunit")
		.decimals(2)
		.thresholds(rateThresholds(0.01, 0.03));
}

function hazardHigh(): Stat {
	return statPanel({
		id: 3,
		title: "Hazard at most",
		description:
			"Upper end of Wilson's 95 % interval of the hazard: with few runs much more than what was seen is possible.",
		empty: NO_VERDICTS,
		sql: `SELECT ${wilsonHigh("broken", "arrived")} AS hazard_at_most FROM (${HAZARDS})`,
	})
		.unit("percentunit")
		.decimals(2)
		.thresholds(rateThresholds(0.03, 0.1));
}

function errorShare(): Stat {
	return statPanel({
		id: 4,
		title: "Spans with an error",
		description:
			"Share of this step's spans with status Error. A step can be broken with every span OK: see the hazard.",
		empty: NO_SPANS,
		sql: `SELECT countIf(status_code IN ('Error', 'STATUS_CODE_ERROR')) / nullIf(count(), 0) AS error_share FROM (${steps("status_code", ONE_STEP)})`,
	})
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.01, 0.05));
}

function latencyP95(): Stat {
	return statPanel({
		id: 5,
		title: "Latency, 95 %",
		description:
			"Nineteen of twenty executions of this step are at least as fast, the steps inside it included.",
		empty: NO_SPANS,
		sql: `SELECT if(count() = 0, NULL, quantile(0.95)(${MILLISECONDS})) AS latency_p95 FROM (${steps("duration_ns", ONE_STEP)})`,
	})
		.unit("ms")
		.decimals(1);
}

/** Spans of the step with the time that spans inside it cover; children that run beside each other count once, and only while their parent runs. */
const SELF_TIMES = `SELECT own.start_time AS start_time, own.duration_ns / 1e6 AS total_ms, greatest(0, own.duration_ns - covered_ns) / 1e6 AS self_ms
FROM (${steps("start_time, duration_ns", ONE_STEP)}) AS own
LEFT JOIN (
    SELECT parent.trace_id AS trace_id, parent.span_id AS span_id,
        intervalLengthSum(greatest(child.from_ns, parent.from_ns), greatest(greatest(child.from_ns, parent.from_ns), least(child.to_ns, parent.to_ns))) AS covered_ns
    FROM (
        SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS from_ns, from_ns + toInt64(duration_ns) AS to_ns
        FROM (${steps("start_time, duration_ns", ONE_STEP)})
    ) AS parent
    INNER JOIN (
        SELECT trace_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS from_ns, from_ns + toInt64(duration_ns) AS to_ns
        FROM steps
        WHERE ${stepTime()} AND parent_span_id != ''
            AND (trace_id, parent_span_id) IN (SELECT trace_id, span_id FROM (${steps("start_time", ONE_STEP)}))
        LIMIT 1 BY trace_id, span_id
    ) AS child ON child.trace_id = parent.trace_id AND child.parent_span_id = parent.span_id
    GROUP BY parent.trace_id, parent.span_id
) AS inside ON inside.trace_id = own.trace_id AND inside.span_id = own.span_id`;

function selfTimeShare(): Stat {
	return statPanel({
		id: 6,
		title: "Self time",
		description:
			"Share of this step's time that no span inside it covers. Low: look at what it calls. High: look at its own code, or wrap what it calls.",
		empty: NO_SPANS,
		sql: `SELECT sum(self_ms) / nullIf(sum(total_ms), 0) AS self_share FROM (${SELF_TIMES})`,
	})
		.unit("percentunit")
		.decimals(0);
}

function hazardOverTime(): TimeSeries {
	return shareLines({
		id: STEP_PANELS.hazardOverTime,
		title: "Hazard by component version",
		description:
			"Per interval and version: runs in which the fault most likely began here, among those that arrived intact. A line that starts high is a version that came broken.",
		empty: NO_VERDICTS,
		sql: `SELECT time, if(component_version = '', '(no version)', component_version) AS version, broken_runs / reached_runs AS rate
FROM (
    SELECT $__timeInterval(minute) AS time, component_version, uniqExactMerge(broke) AS broken_runs, greatest(uniqExactMerge(reached), broken_runs) AS reached_runs
    FROM step_minutes
    WHERE ${chosen("minute")} AND ${THIS_STEP}
    GROUP BY time, component_version
)
WHERE reached_runs > 0
ORDER BY time, version`,
	});
}

function runsBroken(): TimeSeries {
	return countBars({
		id: 12,
		title: "Runs that broke here",
		description:
			"Runs per interval in which the fault most likely began at this step (probability at least one half). Bars without a deploy marker before them are no deploy's doing.",
		empty: NO_VERDICTS,
		sql: `SELECT $__timeInterval(minute) AS time, uniqExactMerge(broke) AS broke_here
FROM step_minutes
WHERE ${chosen("minute")} AND ${THIS_STEP}
GROUP BY time
ORDER BY time`,
	});
}

function latency(): TimeSeries {
	return linePanel({
		id: 21,
		title: "Latency",
		description: "Median, 95 % and 99 % of this step's duration per interval, the steps inside it included.",
		empty: NO_SPANS,
		sql: `SELECT $__timeInterval(start_time) AS time, quantile(0.5)(${MILLISECONDS}) AS p50, quantile(0.95)(${MILLISECONDS}) AS p95, quantile(0.99)(${MILLISECONDS}) AS p99
FROM (${steps("start_time, duration_ns", ONE_STEP)})
GROUP BY time
ORDER BY time`,
	})
		.unit("ms")
		.decimals(1);
}

function selfTime(): TimeSeries {
	return linePanel({
		id: 22,
		title: "Self time and time inside",
		description:
			"Mean per execution: what the step itself took, and what the spans inside it took, children that ran beside each other counted once.",
		empty: NO_SPANS,
		sql: `SELECT $__timeInterval(start_time) AS time, avg(self_ms) AS self, avg(total_ms - self_ms) AS inside
FROM (${SELF_TIMES})
GROUP BY time
ORDER BY time`,
	})
		.unit("ms")
		.decimals(1);
}

function contentSize(): TimeSeries {
	return linePanel({
		id: 23,
		title: "Size of input and output",
		description:
			"Median length of the recorded content per interval, of cut content its full length. A jump is often a changed template, index or tool. Empty where content is not captured.",
		empty: "No content is recorded for this step: capture is off, or the step has none.",
		sql: `SELECT time, if(input_bytes = 0, NULL, input_bytes) AS input, if(output_bytes = 0, NULL, output_bytes) AS output
FROM (
    SELECT $__timeInterval(start_time) AS time, quantile(0.5)(in_bytes) AS input_bytes, quantile(0.5)(out_bytes) AS output_bytes
    FROM (${steps(
			"start_time, greatest(length(input), toUInt64OrZero(attributes['faultline.step.input.bytes'])) AS in_bytes, greatest(length(output), toUInt64OrZero(attributes['faultline.step.output.bytes'])) AS out_bytes",
			ONE_STEP,
		)})
    GROUP BY time
)
WHERE input IS NOT NULL OR output IS NOT NULL
ORDER BY time`,
	})
		.unit("bytes")
		.decimals(0);
}

function tokens(): TimeSeries {
	return linePanel({
		id: 24,
		title: "Tokens per call",
		description:
			"Mean tokens that a model step read and wrote per call, as the provider counted them. Empty for steps that call no model.",
		empty: "No token counts: this step calls no model, or its instrumentation does not record usage.",
		sql: `SELECT $__timeInterval(start_time) AS time, avg(tokens_in) AS input, avg(tokens_out) AS output
FROM (${steps(
			"start_time, toFloat64OrNull(attributes['gen_ai.usage.input_tokens']) AS tokens_in, toFloat64OrNull(attributes['gen_ai.usage.output_tokens']) AS tokens_out",
			ONE_STEP,
		)})
WHERE tokens_in IS NOT NULL
GROUP BY time
ORDER BY time`,
	})
		.unit("short")
		.decimals(0);
}

function versionTable(): Table {
	return tablePanel({
		id: 31,
		title: "Versions of this component",
		description:
			"Every version that ran in the range, newest first: its hazard with Wilson's 95 % interval, and under which service versions it ran.",
		empty: NO_VERDICTS,
		sql: `SELECT if(component_version = '', '(no version)', component_version) AS version, first_run, last_run, arrived_runs, broken_runs, hazard,
    ${wilsonLow("broken_runs", "arrived_runs")} AS low, ${wilsonHigh("broken_runs", "arrived_runs")} AS high, service_versions
FROM (
    SELECT component_version, min(run_start) AS first_run, max(run_start) AS last_run, greatest(sum(reached), sum(broke)) AS arrived_runs, sum(broke) AS broken_runs,
        if(arrived_runs > 0, broken_runs / arrived_runs, 0) AS hazard, arrayStringConcat(arraySort(groupUniqArray(5)(service_version)), ', ') AS service_versions
    FROM (
        SELECT trace_id, component_version, service_version, run_start, reached, broke
        FROM step_verdicts
        WHERE ${chosen("run_start")} AND eval_id = '' AND ${THIS_STEP}
        ORDER BY created_at DESC
        LIMIT 1 BY trace_id
    )
    GROUP BY component_version
)
ORDER BY first_run DESC
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.01, 0.03))
		.overrideByRegexp("/^(hazard|low|high)$/", unit("percentunit"))
		.overrideByRegexp("/^(arrived_runs|broken_runs)$/", unit("short", 1))
		.overrideByRegexp("/^(first_run|last_run)$/", time())
		.overrideByName("hazard", coloured());
}

function evidenceByCheck(): Table {
	return tablePanel({
		id: 41,
		title: "Evidence by check",
		description:
			"Mean score of this step's checks in runs that passed, in runs that broke here, and in runs that broke elsewhere. A check that is low only in the second column speaks for this step.",
		empty:
			"No score of this step in this time range. Run `npx faultline evaluate`, or choose a longer range.",
		sql: `SELECT scorer AS check, sort, toString(source) AS scored_by, count() AS scores, avgIf(value, outcome = 'pass') AS passing,
    avgIf(value, outcome = 'fail' AND origin_step = step) AS broke_here, avgIf(value, outcome = 'fail' AND origin_step != step) AS broke_elsewhere,
    passing - broke_here AS gap, countIf(value IS NULL) / count() AS could_not_tell
FROM (${scores(THIS_STEP)})
GROUP BY scorer, sort, source
ORDER BY gap DESC NULLS LAST, scores DESC
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByRegexp("/^(passing|broke_here|broke_elsewhere|gap|could_not_tell)$/", unit("percentunit", 1))
		.overrideByName("scores", unit("short", 0))
		.overrideByName("gap", coloured());
}

function scoresOverTime(): TimeSeries {
	return shareLines({
		id: 42,
		title: "Scores over time",
		description:
			"Mean score per interval of the eight checks of this step that vary most over the range: 1 is good, 0 is bad.",
		empty:
			"No score of this step in this time range. Run `npx faultline evaluate`, or choose a longer range.",
		sql: `SELECT time, check, score
FROM (
    SELECT $__timeInterval(run_start) AS time, scorer AS check, avg(value) AS score
    FROM (${scoresWithTime()})
    GROUP BY time, check
)
WHERE check IN (
    SELECT scorer FROM (${scores(THIS_STEP)}) GROUP BY scorer HAVING count(value) > 0 ORDER BY stddevPop(value) DESC, scorer LIMIT 8
)
ORDER BY time, check`,
	});
}

const scoresWithTime = (): string => `SELECT scored.run_start AS run_start, scorer, value FROM (
        SELECT trace_id, run_start, scorer, value FROM scores
        WHERE $__timeFilter(run_start) AND ${THIS_STEP} AND value IS NOT NULL
        ORDER BY created_at DESC
        LIMIT 1 BY trace_id, span_id, scorer
    ) AS scored
    INNER JOIN (${verdicts()}) AS judged USING (trace_id)`;

function brokenRuns(): Table {
	return tablePanel({
		id: 51,
		title: "Newest runs that broke here",
		description:
			"The newest runs in which the fault began at this step, with how sure that is. The run's id opens Faultline's page with all the evidence, or the trace.",
		empty: "No failing run in this time range began at this step.",
		sql: `SELECT run_start AS started, trace_id AS run, service_version AS version, origin_version AS component_version, verdict, probability
FROM (${verdicts()})
WHERE outcome = 'fail' AND origin_step = \${step:singlequote}
ORDER BY started DESC
LIMIT 50`,
	})
		.overrideByName("started", time())
		.overrideByName("probability", unit("percentunit", 0))
		.overrideByName("run", runLinks("run"));
}

function slowest(): Table {
	return tablePanel({
		id: 52,
		title: "Slowest executions",
		description:
			"The twenty slowest executions of this step in the range. The run's id opens Faultline's page, or the trace.",
		empty: NO_SPANS,
		sql: `SELECT start_time AS started, trace_id AS run, duration_ns / 1e6 AS duration, component_version, status_code AS status
FROM (${steps("start_time, duration_ns, component_version, status_code", ONE_STEP)})
ORDER BY duration DESC
LIMIT 20`,
	})
		.overrideByName("started", time())
		.overrideByName("duration", unit("ms", 1))
		.overrideByName("run", runLinks("run"));
}

function errors(): Table {
	return tablePanel({
		id: 53,
		title: "Errors",
		description: "Errors that this step's spans recorded, the most frequent first, each with one example.",
		empty: "No span of this step ended with an error in this time range.",
		sql: `SELECT if(error_type = '', '(none given)', error_type) AS error, substring(status_message, 1, 200) AS message, count() AS spans, max(start_time) AS last_seen, argMax(trace_id, start_time) AS run
FROM (${steps("start_time, status_code, status_message, error_type", ONE_STEP)})
WHERE status_code IN ('Error', 'STATUS_CODE_ERROR')
GROUP BY error, message
ORDER BY spans DESC, error, message
LIMIT 50`,
	})
		.overrideByName("spans", unit("short", 0))
		.overrideByName("last_seen", time())
		.overrideByName("run", runLinks("run"));
}
