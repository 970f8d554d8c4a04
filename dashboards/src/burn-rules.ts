import { type AlertQuery, type AlertRule, alertRule, ask, spell } from "./alert-rule.ts";
import { runBudget, stepBudget } from "./budget-sql.ts";
import { BURN_WINDOWS, type BurnWindow, burnFactor, ONE_SIDED_95 } from "./burn-rate.ts";
import type { AlertSettings } from "./objectives.ts";
import { OVERVIEW_PANELS, OVERVIEW_UID } from "./pipeline-overview.ts";
import { STEP_PANELS, STEP_UID } from "./step-detail.ts";
import { wilsonLow } from "./wilson-sql.ts";

/** Per step: one rule a window, one alert a step. */
export const stepBurnRules = (settings: AlertSettings): AlertRule[] =>
	BURN_WINDOWS.map((window) => stepRule(window, settings));

/** End to end: one rule a window, one alert a pipeline. */
export const runBurnRules = (settings: AlertSettings): AlertRule[] =>
	BURN_WINDOWS.map((window) => runRule(window, settings));

/** Where a rule's counts come from: labels, `broken` and `total` by them, and the budget of every row of labels. */
interface Source {
	readonly labels: string;
	/** Counts of the whole range, of its last minutes only, or minute by minute. */
	counts(of: "range" | { readonly last: number } | "minutes"): string;
	readonly budget: string;
	/** Whether the budget depends on what ran in the range, so that the short window has to be cut out of the long one. */
	readonly budgetOfRange: boolean;
}

const last = (of: Parameters<Source["counts"]>[0]): string | null =>
	typeof of === "object" ? `minute >= $__toTime - INTERVAL ${of.last} MINUTE` : null;

const steps = (settings: AlertSettings): Source => ({
	labels: "pipeline, step, kind",
	counts: (of) => {
		const by = of === "minutes" ? "pipeline, step, kind, minute" : "pipeline, step, kind";
		const [suffix, inside] = last(of) === null ? ["", ""] : ["If", `, ${last(of)}`];
		return `SELECT ${by}, uniqExactMerge${suffix}(broke${inside}) AS broken, greatest(uniqExactMerge${suffix}(reached${inside}), broken) AS total
        FROM step_minutes
        WHERE $__timeFilter(minute)
        GROUP BY ${by}`;
	},
	budget: stepBudget(settings),
	budgetOfRange: true,
});

/** A run whose outcome nobody knows is neither good nor bad. */
const runs = (settings: AlertSettings): Source => ({
	labels: "pipeline",
	counts: (of) => {
		const by = of === "minutes" ? "pipeline, minute" : "pipeline";
		return `SELECT ${by}, countIf(newest_outcome = 'fail') AS broken, count() AS total
        FROM (
            SELECT pipeline, trace_id, argMax(outcome, created_at) AS newest_outcome, toStartOfMinute(any(run_start)) AS minute
            FROM verdicts
            WHERE $__timeFilter(run_start) AND eval_id = ''
            GROUP BY pipeline, trace_id
        )
        WHERE newest_outcome != 'unknown'
        GROUP BY ${by}`;
	},
	budget: runBudget(settings),
	budgetOfRange: false,
});

/** The rate at which a window fires; see `alarmRate`. */
const alarm = (window: BurnWindow, { periodDays }: AlertSettings): string =>
	`least(${burnFactor(window, periodDays)} * budget, (1 + budget) / 2)`;

/** A rate, measured in whatever unit, for every row of labels with enough runs. */
const rateSql = (source: Source, counts: string, rate: string, unit: string, minimum: number): string =>
	`SELECT ${source.labels}, ${rate} / ${unit} AS burn
FROM (
    SELECT ${source.labels}, broken, total, ${source.budget} AS budget
    FROM (
        ${counts}
    )
)
WHERE total >= ${minimum}
ORDER BY ${source.labels}
LIMIT 1000`;

/**
 * Seconds since the failures began: where the running sum of broken runs less those that are expected halfway between budget and alarm is
 * lowest, which is where a cumulative-sum chart (Page 1954) puts the change.
 */
const sinceSql = (source: Source, window: BurnWindow, settings: AlertSettings): string =>
	`SELECT ${source.labels}, toFloat64(dateDiff('second', argMin(minute, excess), $__toTime)) AS seconds_ago
FROM (
    SELECT ${source.labels}, minute, sum(broken - total * (budget + ${alarm(window, settings)}) / 2) OVER (PARTITION BY ${source.labels} ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS excess
    FROM (${source.counts("minutes")}) AS by_minute
    INNER JOIN (
        SELECT ${source.labels}, ${source.budget} AS budget
        FROM (
        ${source.counts("range")}
        )
    ) AS budgets USING (${source.labels})
)
GROUP BY ${source.labels}
ORDER BY ${source.labels}
LIMIT 1000`;

/**
 * Long and short window in units of the alarm rate (L, S: above 1 is too much), and for the message the long window in units of the budget (B)
 * and the seconds since it began (T). The long windows count the lower end of the rate's interval: few runs must not page for ever.
 */
function burnQueries(window: BurnWindow, source: Source, settings: AlertSettings): AlertQuery[] {
	const low = wilsonLow("broken", "total", ONE_SIDED_95);
	const level = alarm(window, settings);
	const long = { from: window.longMinutes };
	const range = source.counts("range");
	const short = source.budgetOfRange ? source.counts({ last: window.shortMinutes }) : range;
	return [
		ask("L", long, rateSql(source, range, low, level, window.minimumLong)),
		ask(
			"S",
			source.budgetOfRange ? long : { from: window.shortMinutes },
			rateSql(source, short, "broken / total", level, window.minimumShort),
		),
		ask("B", long, rateSql(source, range, low, "budget", window.minimumLong)),
		ask("T", long, sinceSql(source, window, settings)),
	];
}

/** B and T have a row wherever L has one; the condition names them so that the messages get their values. */
const CONDITION = "$L > 1 && $S > 1 && $B > 0 && $T >= 0";

const PIPELINE = "{{ $labels.pipeline }}";
const STEP = "{{ $labels.step }}";
const BURN = '{{ printf "%.1f" $values.B.Value }}';
const SINCE = "{{ humanizeDuration $values.T.Value }}";

function stepRule(window: BurnWindow, settings: AlertSettings): AlertRule {
	const [long, short] = [spell(window.longMinutes), spell(window.shortMinutes)];
	return alertRule(
		{
			uid: `faultline-step-burn-${window.name}`,
			title: `A step breaks runs: ${window.name} burn`,
			queries: burnQueries(window, steps(settings), settings),
			condition: CONDITION,
			dashboardUid: STEP_UID,
			panelId: STEP_PANELS.hazardOverTime,
			for: "0s",
			keepFiringFor: short,
			severity: window.severity,
			labels: { window: window.name },
			words: {
				summary: `Step ${STEP} ({{ $labels.kind }}) of ${PIPELINE} breaks runs at ${BURN} times its budget, since about ${SINCE} ago`,
				description: `Component ${STEP} ({{ $labels.kind }}) of pipeline ${PIPELINE}: over the last ${long} it broke at least ${BURN} times the share of runs that it may break, and over the last ${short} it still goes on. It began about ${SINCE} ago.`,
				runbook: `1. See what says so: npx faultline locate --pipeline ${PIPELINE} --outcome fail --since ${long}
2. Since when, next to which deploy: npx faultline since --pipeline ${PIPELINE} --step ${STEP}
3. If it began with a deploy: npx faultline compare --pipeline ${PIPELINE} --baseline service.version=BEFORE --candidate service.version=AFTER
4. {{ if eq $labels.kind "input" }}The faults begin in what users ask: see the dashboard on behaviour for what changed.{{ else }}Roll back the version of ${STEP} that the comparison names, and watch the short window fall.{{ end }}`,
				link: "/runs?pipeline={{ urlquery $labels.pipeline }}&step={{ urlquery $labels.step }}&outcome=fail",
			},
		},
		settings.pageUrl,
	);
}

function runRule(window: BurnWindow, settings: AlertSettings): AlertRule {
	const [long, short] = [spell(window.longMinutes), spell(window.shortMinutes)];
	return alertRule(
		{
			uid: `faultline-run-burn-${window.name}`,
			title: `Runs fail end to end: ${window.name} burn`,
			queries: burnQueries(window, runs(settings), settings),
			condition: CONDITION,
			dashboardUid: OVERVIEW_UID,
			panelId: OVERVIEW_PANELS.endToEnd,
			for: "0s",
			keepFiringFor: short,
			severity: window.severity,
			labels: { window: window.name },
			words: {
				summary: `Runs of ${PIPELINE} fail at ${BURN} times their budget, since about ${SINCE} ago`,
				description: `Pipeline ${PIPELINE}: over the last ${long} at least ${BURN} times the share of runs failed that may fail, and over the last ${short} it still goes on. It began about ${SINCE} ago.`,
				runbook: `1. Which component: npx faultline locate --pipeline ${PIPELINE} --outcome fail --since ${long}
2. If no alert of a step fires with this one, the failures begin in the input or in code without spans: see "Not accounted for by steps" on the dashboard.
3. Since when, next to which deploy: npx faultline since --pipeline ${PIPELINE}
4. If it began with a deploy: npx faultline compare --pipeline ${PIPELINE} --baseline service.version=BEFORE --candidate service.version=AFTER`,
				link: "/runs?pipeline={{ urlquery $labels.pipeline }}&outcome=fail",
			},
		},
		settings.pageUrl,
	);
}
