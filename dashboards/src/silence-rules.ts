import { type AlertRule, alertRule, ask } from "./alert-rule.ts";
import { HEALTH_PANELS, HEALTH_UID } from "./health.ts";
import type { AlertSettings } from "./objectives.ts";
import { OVERVIEW_PANELS, OVERVIEW_UID } from "./pipeline-overview.ts";

/** No traces, and traces without verdicts: without either no other rule can fire. */
export const silenceRules = (settings: AlertSettings): AlertRule[] => [
	noTracesRule(settings),
	noVerdictsRule(settings),
];

const PIPELINE = "{{ $labels.pipeline }}";

function noTracesRule({ pageUrl, silentMinutes }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-silence-traces",
			title: "No traces",
			queries: [
				ask(
					"A",
					{ from: 1440 },
					`SELECT pipeline, dateDiff('second', max(start_time), $__toTime) / 60 AS silent_minutes
FROM runs
WHERE $__timeFilter(start_time) AND eval_id = ''
GROUP BY pipeline
ORDER BY pipeline
LIMIT 200`,
				),
			],
			condition: `$A > ${silentMinutes}`,
			dashboardUid: OVERVIEW_UID,
			panelId: OVERVIEW_PANELS.runsOverTime,
			// Not one run in a whole day: a pipeline that fell silent must not resolve by itself.
			noDataState: "Alerting",
			for: "5m",
			severity: "page",
			words: {
				summary: `No trace of {{ if $labels.pipeline }}${PIPELINE}{{ else }}any pipeline{{ end }} for {{ if $labels.pipeline }}{{ printf "%.0f" $values.A.Value }} minutes{{ else }}a day{{ end }}`,
				description:
					"Component: the way of the traces (application, instrumentation, collector, ClickHouse), or nobody uses the pipeline. Without traces no other rule can fire.",
				runbook: `1. What is wrong with the set-up: npx faultline doctor
2. Does the application get requests, and does it start with the instrumentation (node --import @faultline/instrumentation/register)?
3. Does the collector answer at OTEL_EXPORTER_OTLP_ENDPOINT, and does its log show refused spans?
4. Where quiet hours are normal, raise alerts.silentMinutes in faultline.config.ts and build again.`,
				link: "/",
			},
		},
		pageUrl,
	);
}

/** Runs settle for ten minutes before they are missed: the evaluator waits until a run's spans are all there. */
const SETTLE_MINUTES = 10;
const MISSED_WINDOW_MINUTES = 60;
const MINIMUM_RUNS = 20;

function noVerdictsRule({ pageUrl, unjudgedShare }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-silence-verdicts",
			title: "Traces without verdicts",
			queries: [
				ask(
					"A",
					{ from: SETTLE_MINUTES + MISSED_WINDOW_MINUTES, to: SETTLE_MINUTES },
					`SELECT pipeline, uniqExactIf(trace_id, trace_id NOT IN (SELECT trace_id FROM verdicts WHERE $__timeFilter(run_start))) / uniqExact(trace_id) AS unjudged_share
FROM runs
WHERE $__timeFilter(start_time) AND eval_id = ''
GROUP BY pipeline
HAVING uniqExact(trace_id) >= ${MINIMUM_RUNS}
ORDER BY pipeline
LIMIT 200`,
				),
			],
			condition: `$A > ${unjudgedShare}`,
			dashboardUid: HEALTH_UID,
			panelId: HEALTH_PANELS.unjudged,
			for: "10m",
			severity: "page",
			words: {
				summary: `{{ humanizePercentage $values.A.Value }} of the runs of ${PIPELINE} have no verdict`,
				description: `Component: the evaluator. Traces of pipeline ${PIPELINE} arrive, but more than ${100 * unjudgedShare} % of those of the last hour were not judged, so that the rules on failures see nothing.`,
				runbook: `1. Is the evaluator running and ready (its /readyz), and what does its log say?
2. What is wrong with the set-up: npx faultline doctor
3. Catch up by hand: npx faultline evaluate --since 2h --pipeline ${PIPELINE}
4. Where runs are left out on purpose, raise alerts.unjudgedShare in faultline.config.ts and build again.`,
				link: "/runs?pipeline={{ urlquery $labels.pipeline }}",
			},
		},
		pageUrl,
	);
}
