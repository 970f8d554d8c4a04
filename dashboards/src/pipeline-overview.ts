import { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import {
	GraphDrawStyle,
	LegendDisplayMode,
	LegendPlacement,
	ReduceDataOptionsBuilder,
	StackingConfigBuilder,
	StackingMode,
	VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
	AnnotationQueryBuilder,
	type Dashboard,
	DashboardBuilder,
	DashboardCursorSync,
	DatasourceVariableBuilder,
	QueryVariableBuilder,
	RowBuilder,
	TextBoxVariableBuilder,
	ThresholdsConfigBuilder,
	ThresholdsMode,
	VariableRefresh,
	VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { CLICKHOUSE_PLUGIN, clickHouseQuery, PICKED_SOURCE } from "./clickhouse-query.ts";
import { exploreTraceLink } from "./explore-link.ts";
import { CHOSEN_VERDICTS, chosen, hazards } from "./verdict-sql.ts";
import { wilsonHigh, wilsonLow } from "./wilson-sql.ts";

export const OVERVIEW_UID = "faultline-pipeline-overview";

/** Where `faultline up` serves its page. */
export const PAGE_URL = "http://127.0.0.1:4319";

/** Panels that alert rules link to. Ids never change once released: links hold them. */
export const OVERVIEW_PANELS = { endToEnd: 2, hazards: 11, runsOverTime: 22 } as const;

const NO_VERDICTS =
	"No judged run in this time range. Run `npx faultline evaluate`, or choose a longer range.";
const NO_FAILURES = "No failing run in this time range.";

/** Green below `warn`, yellow below `bad`, red from there on; rates are shares. */
const rateThresholds = (warn: number, bad: number): ThresholdsConfigBuilder =>
	new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
		{ value: null, color: "green" },
		{ value: warn, color: "yellow" },
		{ value: bad, color: "red" },
	]);

const plain = (): ThresholdsConfigBuilder =>
	new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: "text" }]);

const unit = (id: string, decimals = 2): { id: string; value: unknown }[] => [
	{ id: "unit", value: id },
	{ id: "decimals", value: decimals },
];

const legend = (): VizLegendOptionsBuilder =>
	new VizLegendOptionsBuilder()
		.showLegend(true)
		.displayMode(LegendDisplayMode.List)
		.placement(LegendPlacement.Bottom);

/**
 * Is the pipeline failing, in which step does it begin, since which version, and what says so.
 * @param pageUrl default address of Faultline's own page, which the reader may change.
 */
export function pipelineOverview({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	const dashboard = new DashboardBuilder("Faultline: pipeline overview")
		.uid(OVERVIEW_UID)
		.description(
			"Per-step hazards of an LLM pipeline, how they add up end to end, since when, and the evidence.",
		)
		.tags(["faultline", "generated"])
		.time({ from: "now-24h", to: "now" })
		.refresh("1m")
		.tooltip(DashboardCursorSync.Crosshair)
		.readonly()
		.withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type(CLICKHOUSE_PLUGIN))
		.withVariable(pipelineVariable())
		.withVariable(versionVariable())
		.withVariable(new TextBoxVariableBuilder("page").label("Faultline's page").defaultValue(pageUrl))
		.annotation(deployAnnotation())
		.withRow(new RowBuilder("Is it failing, and where").id(100).gridPos({ x: 0, y: 0, w: 24, h: 1 }))
		.withPanel(judgedRuns())
		.withPanel(endToEndRate())
		.withPanel(compoundedRate())
		.withPanel(unaccounted())
		.withPanel(unknownOutcomes())
		.withPanel(hazardTable())
		.withPanel(compounding())
		.withRow(new RowBuilder("Since when").id(101).gridPos({ x: 0, y: 14, w: 24, h: 1 }))
		.withPanel(failuresByStep())
		.withPanel(runsOverTime())
		.withPanel(versionTable())
		.withPanel(verdictKinds())
		.withRow(new RowBuilder("What says so").id(102).gridPos({ x: 0, y: 32, w: 24, h: 1 }))
		.withPanel(evidenceByCheck())
		.withPanel(failingRuns())
		.build();
	// The SDK tucks annotations away in a menu unless this key is missing.
	for (const annotation of dashboard.annotations?.list ?? []) delete annotation.placement;
	return dashboard;
}

function pipelineVariable(): QueryVariableBuilder {
	return new QueryVariableBuilder("pipeline")
		.label("Pipeline")
		.datasource(PICKED_SOURCE)
		.query({
			editorType: "sql",
			rawSql: `SELECT pipeline FROM verdicts WHERE $__timeFilter(run_start) GROUP BY pipeline ORDER BY count() DESC LIMIT 200`,
		})
		.refresh(VariableRefresh.OnTimeRangeChanged);
}

function versionVariable(): QueryVariableBuilder {
	return new QueryVariableBuilder("service_version")
		.label("Service version")
		.datasource(PICKED_SOURCE)
		.query({
			editorType: "sql",
			rawSql: `SELECT service_version FROM verdicts
WHERE $__timeFilter(run_start) AND pipeline = \${pipeline:singlequote} AND service_version != ''
GROUP BY service_version ORDER BY min(run_start) DESC LIMIT 200`,
		})
		.refresh(VariableRefresh.OnTimeRangeChanged)
		.sort(VariableSort.Disabled)
		.multi(true)
		.includeAll(true);
}

/** A deploy is the first run of a service version; a version that ran in the 30 days before the range is no deploy in it. */
function deployAnnotation(): AnnotationQueryBuilder {
	return new AnnotationQueryBuilder()
		.name("Deploys")
		.datasource(PICKED_SOURCE)
		.enable(true)
		.iconColor("purple")
		.target(
			clickHouseQuery(
				`SELECT min(start_time) AS time, concat('first run of version ', service_version) AS text, service_version AS tags
FROM runs
WHERE start_time >= $__fromTime - INTERVAL 30 DAY AND start_time <= $__toTime
    AND pipeline = \${pipeline:singlequote} AND service_version != '' AND eval_id = ''
GROUP BY service_version
HAVING time >= $__fromTime
ORDER BY time
LIMIT 500`,
				"table",
				{ refId: "Deploys" },
			),
		);
}

function stat(id: number, x: number, w: number, title: string, description: string): Stat {
	return new Stat()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.gridPos({ x, y: 1, w, h: 4 })
		.reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
		.noValue(NO_VERDICTS);
}

function judgedRuns(): Stat {
	return stat(1, 0, 4, "Judged runs", "Runs with a verdict. A run that was evaluated twice counts once.")
		.unit("short")
		.thresholds(plain())
		.withTarget(clickHouseQuery(`SELECT nullIf(count(), 0) AS runs FROM (${CHOSEN_VERDICTS})`, "table"));
}

function endToEndRate(): Stat {
	return stat(
		OVERVIEW_PANELS.endToEnd,
		4,
		5,
		"End-to-end failure rate",
		"Failed runs among the runs whose outcome is known. Compare with the compounded rate beside it.",
	)
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.02, 0.05))
		.withTarget(
			clickHouseQuery(
				`SELECT countIf(outcome = 'fail') / nullIf(countIf(outcome != 'unknown'), 0) AS failure_rate FROM (${CHOSEN_VERDICTS})`,
				"table",
			),
		);
}

const COMPOUNDED = `SELECT if(count() = 0, NULL, 1 - exp(sum(log(1 - hazard)))) AS compounded_rate FROM (${hazards()})`;

function compoundedRate(): Stat {
	return stat(
		3,
		9,
		5,
		"Compounded: 1 − Π(1 − hazard)",
		"What the hazards of all steps come to together. Twenty steps at 2 % each make 33 %. It equals the end-to-end rate where every failure began in a step.",
	)
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.02, 0.05))
		.withTarget(clickHouseQuery(COMPOUNDED, "table"));
}

function unaccounted(): Stat {
	return stat(
		4,
		14,
		5,
		"Not accounted for by steps",
		"End-to-end rate less compounded rate, as a share of runs. Far from 0, failures began outside of the steps that are seen (in the input, or in code without spans), or runs have no known outcome.",
	)
		.unit("percentunit")
		.decimals(1)
		.thresholds(
			new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
				{ value: null, color: "yellow" },
				{ value: -0.05, color: "green" },
				{ value: 0.05, color: "yellow" },
			]),
		)
		.withTarget(
			clickHouseQuery(
				`SELECT countIf(outcome = 'fail') / nullIf(countIf(outcome != 'unknown'), 0) - (${COMPOUNDED}) AS difference FROM (${CHOSEN_VERDICTS})`,
				"table",
			),
		);
}

function unknownOutcomes(): Stat {
	return stat(
		5,
		19,
		5,
		"Outcome unknown",
		"Share of judged runs that neither the application nor a check called pass or fail. They are left out of the failure rate, not counted as passes.",
	)
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.2, 0.5))
		.withTarget(
			clickHouseQuery(
				`SELECT countIf(outcome = 'unknown') / nullIf(count(), 0) AS unknown_share FROM (${CHOSEN_VERDICTS})`,
				"table",
			),
		);
}

function hazardTable(): Table {
	return new Table()
		.id(OVERVIEW_PANELS.hazards)
		.title("Hazard by step")
		.description(
			"Hazard: P(the run breaks here, given it arrived here intact), from the verdicts' probabilities, with Wilson's 95 % interval. The step with the highest lower end is where to look first.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 0, y: 5, w: 14, h: 9 })
		.noValue(NO_VERDICTS)
		.thresholds(rateThresholds(0.01, 0.03))
		.overrideByRegexp("/^(hazard|low|high)$/", unit("percentunit"))
		.overrideByRegexp("/^(runs_.*)$/", unit("short", 1))
		.overrideByName("hazard", [
			{ id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
		])
		.overrideByName("step", [
			{
				id: "links",
				value: [
					{
						title: "Failing runs of this step",
						url: `\${page:raw}/runs?pipeline=\${pipeline:percentencode}&step=\${__data.fields.step:percentencode}&outcome=fail`,
						targetBlank: true,
					},
				],
			},
		])
		.withTarget(
			clickHouseQuery(
				`SELECT step, kind, hazard, ${wilsonLow("broken_runs", "reached_runs")} AS low, ${wilsonHigh("broken_runs", "reached_runs")} AS high,
    broken_runs AS runs_broken_here, reached_runs AS runs_arrived_intact, versions
FROM (${hazards()})
ORDER BY low DESC, hazard DESC
LIMIT 100`,
				"table",
			),
		);
}

function compounding(): BarChart {
	return new BarChart()
		.id(12)
		.title("How the hazards add up")
		.description(
			"Steps in the order in which runs pass them. The first bar is the step's own hazard, the second the share of runs broken by its end: 1 − Π(1 − hazard) up to here.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 14, y: 5, w: 10, h: 9 })
		.unit("percentunit")
		.decimals(1)
		.min(0)
		.noValue(NO_VERDICTS)
		.thresholds(rateThresholds(0.01, 0.03))
		.xField("step")
		.legend(legend())
		.withTarget(
			clickHouseQuery(
				`SELECT step, hazard AS own_hazard,
    1 - exp(sum(log(1 - hazard)) OVER (ORDER BY arrived DESC, step, kind ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS broken_by_here
FROM (${hazards()})
ORDER BY arrived DESC, step, kind
LIMIT 100`,
				"table",
			),
		);
}

function failuresByStep(): TimeSeries {
	return new TimeSeries()
		.id(21)
		.title("Failure rate by step")
		.description(
			"Per interval: runs in which the fault most likely began at the step, among the runs that arrived there intact. From the rollup by minute, so long ranges are cheap.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 0, y: 15, w: 14, h: 9 })
		.unit("percentunit")
		.decimals(1)
		.min(0)
		.max(1)
		.interval("1m")
		.noValue(NO_VERDICTS)
		.thresholds(rateThresholds(0.01, 0.03))
		.lineWidth(1)
		.fillOpacity(5)
		.legend(legend())
		.withTarget(
			clickHouseQuery(
				`SELECT time, step, broken_runs / reached_runs AS rate
FROM (
    SELECT $__timeInterval(minute) AS time, step, uniqExactMerge(broke) AS broken_runs, greatest(uniqExactMerge(reached), broken_runs) AS reached_runs
    FROM step_minutes
    WHERE ${chosen("minute")}
    GROUP BY time, step
)
WHERE reached_runs > 0
ORDER BY time, step`,
				"timeseries",
			),
		);
}

function countsOverTime(id: number, title: string, description: string): TimeSeries {
	return new TimeSeries()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.unit("short")
		.decimals(0)
		.min(0)
		.interval("1m")
		.noValue(NO_VERDICTS)
		.thresholds(plain())
		.drawStyle(GraphDrawStyle.Bars)
		.fillOpacity(70)
		.lineWidth(0)
		.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"))
		.legend(legend());
}

const colour = (fixed: string): { id: string; value: unknown }[] => [
	{ id: "color", value: { mode: "fixed", fixedColor: fixed } },
];

function runsOverTime(): TimeSeries {
	return countsOverTime(
		OVERVIEW_PANELS.runsOverTime,
		"Runs by outcome",
		"Judged runs per interval: passed, failed, and those whose outcome nobody stated.",
	)
		.gridPos({ x: 14, y: 15, w: 10, h: 9 })
		.overrideByName("passed", colour("green"))
		.overrideByName("failed", colour("red"))
		.overrideByName("unknown", colour("gray"))
		.withTarget(
			clickHouseQuery(
				`SELECT $__timeInterval(run_start) AS time, countIf(outcome = 'pass') AS passed, countIf(outcome = 'fail') AS failed, countIf(outcome = 'unknown') AS unknown
FROM (${CHOSEN_VERDICTS})
GROUP BY time
ORDER BY time`,
				"timeseries",
			),
		);
}

function versionTable(): Table {
	return new Table()
		.id(23)
		.title("Versions")
		.description(
			"Every deploy in the range, newest first: how often its runs failed, with Wilson's 95 % interval, and the step with the highest hazard under it.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 0, y: 24, w: 14, h: 8 })
		.noValue(NO_VERDICTS)
		.thresholds(rateThresholds(0.02, 0.05))
		.overrideByRegexp("/^(failure_rate|low|high|weakest_hazard)$/", unit("percentunit"))
		.overrideByRegexp("/^(runs|failed)$/", unit("short", 0))
		.overrideByRegexp("/^(first_run|last_run)$/", [{ id: "unit", value: "dateTimeAsIso" }])
		.overrideByName("failure_rate", [
			{ id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
		])
		.withTarget(
			clickHouseQuery(
				`SELECT if(service_version = '', '(no version)', service_version) AS version, first_run, last_run, runs, failed, failed / nullIf(known, 0) AS failure_rate,
    ${wilsonLow("failed", "known")} AS low, ${wilsonHigh("failed", "known")} AS high, weakest_step, weakest_hazard
FROM (
    SELECT service_version, min(run_start) AS first_run, max(run_start) AS last_run, count() AS runs, countIf(outcome = 'fail') AS failed, countIf(outcome != 'unknown') AS known
    FROM (${CHOSEN_VERDICTS})
    GROUP BY service_version
) AS deploys
LEFT JOIN (
    SELECT service_version, argMax(step, hazard) AS weakest_step, max(hazard) AS weakest_hazard
    FROM (${hazards("service_version")})
    GROUP BY service_version
) AS weakest USING (service_version)
ORDER BY first_run DESC
LIMIT 100`,
				"table",
			),
		);
}

function verdictKinds(): TimeSeries {
	return countsOverTime(
		24,
		"Verdicts by kind",
		"fault: the origin is clear; ambiguous: several steps could be it; no-fault: nothing failed; no-coverage: nothing could be checked. Much ambiguous or no-coverage asks for more checks or captured content.",
	)
		.gridPos({ x: 14, y: 24, w: 10, h: 8 })
		.overrideByName("fault", colour("red"))
		.overrideByName("ambiguous", colour("orange"))
		.overrideByName("no_fault", colour("green"))
		.overrideByName("no_coverage", colour("gray"))
		.withTarget(
			clickHouseQuery(
				`SELECT $__timeInterval(run_start) AS time, countIf(verdict = 'fault') AS fault, countIf(verdict = 'ambiguous') AS ambiguous,
    countIf(verdict = 'no-fault') AS no_fault, countIf(verdict = 'no-coverage') AS no_coverage
FROM (${CHOSEN_VERDICTS})
GROUP BY time
ORDER BY time`,
				"timeseries",
			),
		);
}

function evidenceByCheck(): Table {
	return new Table()
		.id(31)
		.title("Evidence by check")
		.description(
			"Mean score of every check in passing and in failing runs (1 good, 0 bad), the widest gap first. Local checks point at the step itself; inherited ones also fall after a fault further up. Scores that could not be told are counted, not averaged.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 0, y: 33, w: 24, h: 9 })
		.noValue("No score in this time range. Run `npx faultline evaluate`, or choose a longer range.")
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByRegexp("/^(score_passing|score_failing|gap|could_not_tell)$/", unit("percentunit", 1))
		.overrideByRegexp("/^(scores)$/", unit("short", 0))
		.overrideByName("gap", [{ id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } }])
		.withTarget(
			clickHouseQuery(
				`SELECT scorer AS check, step, kind, sort, toString(source) AS scored_by, count() AS scores,
    avgIf(value, outcome = 'pass') AS score_passing, avgIf(value, outcome = 'fail') AS score_failing, score_passing - score_failing AS gap,
    countIf(value IS NULL) / count() AS could_not_tell
FROM (
    SELECT trace_id, scorer, step, kind, sort, source, value
    FROM scores
    WHERE $__timeFilter(run_start)
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, span_id, scorer
) AS scored
INNER JOIN (${CHOSEN_VERDICTS}) AS judged USING (trace_id)
GROUP BY scorer, step, kind, sort, source
ORDER BY gap DESC NULLS LAST, scores DESC
LIMIT 200`,
				"table",
			),
		);
}

function failingRuns(): Table {
	return new Table()
		.id(32)
		.title("Failing runs")
		.description(
			"The newest failing runs with the step where the fault began and how sure that is. The run's id opens Faultline's page with all the evidence, or the trace.",
		)
		.datasource(PICKED_SOURCE)
		.gridPos({ x: 0, y: 42, w: 24, h: 10 })
		.noValue(NO_FAILURES)
		.thresholds(plain())
		.overrideByName("started", [{ id: "unit", value: "dateTimeAsIso" }])
		.overrideByName("probability", unit("percentunit", 0))
		.overrideByName("run", [
			{
				id: "links",
				value: [
					{ title: "Faultline's page", url: `\${page:raw}/runs/\${__data.fields.run}`, targetBlank: true },
					{ title: "Trace", url: exploreTraceLink("run"), targetBlank: true },
				],
			},
		])
		.withTarget(
			clickHouseQuery(
				`SELECT run_start AS started, trace_id AS run, service_version AS version, verdict, origin_step AS step, origin_kind AS kind, origin_version AS component_version, probability
FROM (${CHOSEN_VERDICTS})
WHERE outcome = 'fail'
ORDER BY started DESC
LIMIT 50`,
				"table",
			),
		);
}
