import { BURN_WINDOWS, type BurnWindow, burnFactor, DEFAULT_OBJECTIVE, type Objective } from "./burn-rate.ts";
import { CLICKHOUSE_PLUGIN, type ClickHouseModel, clickHouseModel } from "./clickhouse-query.ts";
import { OVERVIEW_PANELS, OVERVIEW_UID } from "./pipeline-overview.ts";
import { PAGE_URL } from "./variables.ts";
import { ONE_SIDED_95, wilsonLow } from "./wilson-sql.ts";

/** The provisioned data source. Alert rules cannot use the dashboards' variable. */
export const SOURCE_UID = "faultline-clickhouse";

const EXPRESSION = { type: "__expr__", uid: "__expr__" } as const;

interface MathModel {
	readonly refId: string;
	readonly type: "math";
	readonly expression: string;
	readonly datasource: typeof EXPRESSION;
}

export interface AlertQuery {
	readonly refId: string;
	readonly datasourceUid: string;
	/** Seconds before the evaluation. */
	readonly relativeTimeRange: { readonly from: number; readonly to: number };
	readonly model: ClickHouseModel | MathModel;
}

/** A rule as Grafana's file provisioning reads it; the HTTP API and the Foundation SDK name some keys differently. */
export interface AlertRule {
	readonly uid: string;
	readonly title: string;
	readonly condition: string;
	readonly data: readonly AlertQuery[];
	readonly dashboardUid: string;
	readonly panelId: number;
	readonly noDataState: "OK" | "Alerting" | "NoData";
	readonly execErrState: "Error";
	readonly for: string;
	readonly keepFiringFor?: string;
	readonly annotations: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	readonly isPaused: boolean;
}

export interface AlertGroup {
	readonly orgId: number;
	readonly name: string;
	readonly folder: string;
	readonly interval: string;
	readonly rules: readonly AlertRule[];
}

export interface AlertOptions {
	readonly objective?: Objective;
	/** Address of Faultline's page, for the links in the messages. */
	readonly pageUrl?: string;
	/** A pipeline that had runs in the last day is silent after this many minutes without one. */
	readonly silentMinutes?: number;
	/** Share of settled runs without a verdict at which the evaluator counts as behind. */
	readonly unjudgedShare?: number;
}

/**
 * All alert rules: burn rates per step and end to end, and silence.
 * @example alertGroups({ objective: { endToEndBudget: 0.02, periodDays: 28 } })
 */
export function alertGroups(options: AlertOptions = {}): AlertGroup[] {
	const objective = options.objective ?? DEFAULT_OBJECTIVE;
	const pageUrl = options.pageUrl ?? PAGE_URL;
	const group = (name: string, rules: readonly AlertRule[]): AlertGroup => ({
		orgId: 1,
		name,
		folder: "Faultline",
		interval: "1m",
		rules,
	});
	return [
		group(
			"faultline-steps",
			BURN_WINDOWS.map((window) => stepRule(window, objective, pageUrl)),
		),
		group(
			"faultline-end-to-end",
			BURN_WINDOWS.map((window) => endToEndRule(window, objective, pageUrl)),
		),
		group("faultline-silence", [
			noTracesRule(pageUrl, options.silentMinutes ?? 60),
			noVerdictsRule(pageUrl, options.unjudgedShare ?? 0.5),
		]),
	];
}

function ask(
	refId: string,
	fromMinutes: number,
	sql: string,
	{ toMinutes = 0 }: { toMinutes?: number } = {},
): AlertQuery {
	return {
		refId,
		datasourceUid: SOURCE_UID,
		relativeTimeRange: { from: fromMinutes * 60, to: toMinutes * 60 },
		model: clickHouseModel(sql, "table", { refId, datasource: { type: CLICKHOUSE_PLUGIN, uid: SOURCE_UID } }),
	};
}

/** The condition: an alert for every set of labels for which the expression is not 0. */
const when = (expression: string): AlertQuery => ({
	refId: "C",
	datasourceUid: EXPRESSION.uid,
	relativeTimeRange: { from: 0, to: 0 },
	model: { refId: "C", type: "math", expression, datasource: EXPRESSION },
});

/** Long and short window of one rule: L, S and the condition C. */
function burnData(
	window: BurnWindow,
	objective: Objective,
	burn: (rate: string, minimum: number) => string,
): AlertQuery[] {
	const factor = burnFactor(window, objective);
	return [
		// The lower end of the rate's interval: few runs must not page for ever.
		ask("L", window.longMinutes, burn(wilsonLow("broken", "total", ONE_SIDED_95), window.minimumLong)),
		ask("S", window.shortMinutes, burn("broken / total", window.minimumShort)),
		when(`$L > ${factor} && $S > ${factor}`),
	];
}

/**
 * How many times its budget every step burns. The end-to-end budget is split evenly over the n steps that ran:
 * a step may break 1 − (1 − budget)^(1/n) of the runs that reach it, so that together they keep the budget.
 */
const stepBurn =
	({ endToEndBudget }: Objective) =>
	(rate: string, minimum: number): string =>
		`SELECT pipeline, step, kind, ${rate} / budget AS burn
FROM (
    SELECT pipeline, step, kind, broken, total, 1 - pow(${1 - endToEndBudget}, 1 / count() OVER (PARTITION BY pipeline)) AS budget
    FROM (
        SELECT pipeline, step, kind, uniqExactMerge(broke) AS broken, greatest(uniqExactMerge(reached), broken) AS total
        FROM step_minutes
        WHERE $__timeFilter(minute)
        GROUP BY pipeline, step, kind
    )
)
WHERE total >= ${minimum}
ORDER BY pipeline, step, kind
LIMIT 1000`;

const runBurn =
	({ endToEndBudget }: Objective) =>
	(rate: string, minimum: number): string =>
		`SELECT pipeline, ${rate} / ${endToEndBudget} AS burn
FROM (
    SELECT pipeline, countIf(newest_outcome = 'fail') AS broken, count() AS total
    FROM (
        SELECT pipeline, trace_id, argMax(outcome, created_at) AS newest_outcome
        FROM verdicts
        WHERE $__timeFilter(run_start) AND eval_id = ''
        GROUP BY pipeline, trace_id
    )
    WHERE newest_outcome != 'unknown'
    GROUP BY pipeline
)
WHERE total >= ${minimum}
ORDER BY pipeline
LIMIT 200`;

const spell = (minutes: number): string =>
	minutes % 1440 === 0 ? `${minutes / 1440}d` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;

const PIPELINE = "{{ $labels.pipeline }}";
const STEP = "{{ $labels.step }}";
const BURN = '{{ printf "%.1f" $values.L.Value }}';

function stepRule(window: BurnWindow, objective: Objective, pageUrl: string): AlertRule {
	const long = spell(window.longMinutes);
	const short = spell(window.shortMinutes);
	return {
		uid: `faultline-step-burn-${window.name}`,
		title: `A step breaks runs: ${window.name} burn`,
		condition: "C",
		data: burnData(window, objective, stepBurn(objective)),
		dashboardUid: OVERVIEW_UID,
		panelId: OVERVIEW_PANELS.hazards,
		noDataState: "OK",
		execErrState: "Error",
		for: "0s",
		keepFiringFor: spell(window.shortMinutes),
		annotations: {
			summary: `Step ${STEP} ({{ $labels.kind }}) of ${PIPELINE} breaks runs at ${BURN} times its budget`,
			description: `Component ${STEP} ({{ $labels.kind }}) of pipeline ${PIPELINE}: over the last ${long} at least ${BURN} times the share of runs that it may break, and over the last ${short} it still goes on.`,
			runbook: `1. See what says so: npx faultline locate --pipeline ${PIPELINE} --outcome fail --since ${long}
2. If the dashboard shows a deploy at the start: npx faultline compare --baseline service.version=BEFORE --candidate service.version=AFTER --pipeline ${PIPELINE}
3. Roll back the version of ${STEP} that the comparison names, and watch the short window fall.`,
			runbook_url: `${pageUrl}/runs?pipeline={{ urlquery $labels.pipeline }}&step={{ urlquery $labels.step }}&outcome=fail`,
		},
		labels: { severity: window.severity, source: "faultline", window: window.name },
		isPaused: false,
	};
}

function endToEndRule(window: BurnWindow, objective: Objective, pageUrl: string): AlertRule {
	const long = spell(window.longMinutes);
	return {
		uid: `faultline-run-burn-${window.name}`,
		title: `Runs fail end to end: ${window.name} burn`,
		condition: "C",
		data: burnData(window, objective, runBurn(objective)),
		dashboardUid: OVERVIEW_UID,
		panelId: OVERVIEW_PANELS.endToEnd,
		noDataState: "OK",
		execErrState: "Error",
		for: "0s",
		keepFiringFor: spell(window.shortMinutes),
		annotations: {
			summary: `Runs of ${PIPELINE} fail at ${BURN} times their budget`,
			description: `Pipeline ${PIPELINE}: over the last ${long} at least ${BURN} times the ${100 * objective.endToEndBudget} % of runs that may fail, and over the last ${spell(window.shortMinutes)} it still goes on.`,
			runbook: `1. Which component: npx faultline locate --pipeline ${PIPELINE} --outcome fail --since ${long}
2. If no alert of a step fires with this one, the failures begin in the input or in code without spans: see "Not accounted for by steps" on the dashboard.
3. If it began with a deploy: npx faultline compare --baseline service.version=BEFORE --candidate service.version=AFTER --pipeline ${PIPELINE}`,
			runbook_url: `${pageUrl}/runs?pipeline={{ urlquery $labels.pipeline }}&outcome=fail`,
		},
		labels: { severity: window.severity, source: "faultline", window: window.name },
		isPaused: false,
	};
}

function noTracesRule(pageUrl: string, silentMinutes: number): AlertRule {
	return {
		uid: "faultline-silence-traces",
		title: "No traces",
		condition: "C",
		data: [
			ask(
				"A",
				1440,
				`SELECT pipeline, dateDiff('second', max(start_time), $__toTime) / 60 AS silent_minutes
FROM runs
WHERE $__timeFilter(start_time) AND eval_id = ''
GROUP BY pipeline
ORDER BY pipeline
LIMIT 200`,
			),
			when(`$A > ${silentMinutes}`),
		],
		dashboardUid: OVERVIEW_UID,
		panelId: OVERVIEW_PANELS.runsOverTime,
		// Not one run in a whole day: a pipeline that fell silent must not resolve by itself.
		noDataState: "Alerting",
		execErrState: "Error",
		for: "5m",
		annotations: {
			summary: `No trace of {{ if $labels.pipeline }}${PIPELINE}{{ else }}any pipeline{{ end }} for more than ${silentMinutes} minutes`,
			description:
				"Component: the way of the traces (application, instrumentation, collector, ClickHouse), or nobody uses the pipeline. Without traces no other rule can fire.",
			runbook: `1. Does the application get requests, and does it start with the instrumentation (node --import @faultline/instrumentation/register)?
2. Does the collector answer at OTEL_EXPORTER_OTLP_ENDPOINT, and does its log show refused spans?
3. What is stored: npx faultline locate --since 2h
4. Where quiet hours are normal, raise silentMinutes and build again.`,
			runbook_url: `${pageUrl}/`,
		},
		labels: { severity: "page", source: "faultline" },
		isPaused: false,
	};
}

/** Runs settle for ten minutes before they are missed: the evaluator waits until a run's spans are all there. */
const SETTLE_MINUTES = 10;
const MISSED_WINDOW_MINUTES = 60;
const MINIMUM_RUNS = 20;

function noVerdictsRule(pageUrl: string, unjudgedShare: number): AlertRule {
	const from = SETTLE_MINUTES + MISSED_WINDOW_MINUTES;
	return {
		uid: "faultline-silence-verdicts",
		title: "Traces without verdicts",
		condition: "C",
		data: [
			ask(
				"A",
				from,
				`SELECT pipeline, uniqExactIf(trace_id, trace_id NOT IN (SELECT trace_id FROM verdicts WHERE $__timeFilter(run_start))) / uniqExact(trace_id) AS unjudged_share
FROM runs
WHERE $__timeFilter(start_time) AND eval_id = ''
GROUP BY pipeline
HAVING uniqExact(trace_id) >= ${MINIMUM_RUNS}
ORDER BY pipeline
LIMIT 200`,
				{ toMinutes: SETTLE_MINUTES },
			),
			when(`$A > ${unjudgedShare}`),
		],
		dashboardUid: OVERVIEW_UID,
		panelId: OVERVIEW_PANELS.runsOverTime,
		noDataState: "OK",
		execErrState: "Error",
		for: "10m",
		annotations: {
			summary: `{{ humanizePercentage $values.A.Value }} of the runs of ${PIPELINE} have no verdict`,
			description: `Component: the evaluator. Traces of pipeline ${PIPELINE} arrive, but more than ${100 * unjudgedShare} % of those of the last hour were not judged, so that the rules on failures see nothing.`,
			runbook: `1. Is the evaluator running, and what does its log say?
2. Catch up by hand: npx faultline evaluate --since 2h --pipeline ${PIPELINE}
3. Where runs are sampled on purpose, raise unjudgedShare above the share that is left out and build again.`,
			runbook_url: `${pageUrl}/runs?pipeline={{ urlquery $labels.pipeline }}`,
		},
		labels: { severity: "page", source: "faultline" },
		isPaused: false,
	};
}
