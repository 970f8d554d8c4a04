import type { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard } from "./build-dashboard.ts";
import { deployAnnotation, gateAnnotation } from "./deploy-annotation.ts";
import { colour, coloured, runLinks, stepLinks, time, unit } from "./overrides.ts";
import {
	aroundZero,
	barPanel,
	countBars,
	rateThresholds,
	shareLines,
	statPanel,
	tablePanel,
} from "./panel-kinds.ts";
import { PAGE_URL, pageVariable, pipelineVariable, versionVariable } from "./variables.ts";
import { chosen, hazards, scores, verdicts } from "./verdict-sql.ts";
import { wilsonHigh, wilsonLow } from "./wilson-sql.ts";

export const OVERVIEW_UID = "faultline-pipeline-overview";

/** Panels that alert rules link to. Ids never change once released: links hold them. */
export const OVERVIEW_PANELS = { endToEnd: 2, hazards: 11, runsOverTime: 22 } as const;

const NO_VERDICTS =
	"No judged run in this time range. Run `npx faultline evaluate`, or choose a longer range.";
const NO_FAILURES = "No failing run in this time range.";

/**
 * Is the pipeline failing, in which step does it begin, since which version, and what says so.
 * @param pageUrl default address of Faultline's own page, which the reader may change.
 */
export function pipelineOverview({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	return buildDashboard({
		uid: OVERVIEW_UID,
		title: "Faultline: pipeline overview",
		description:
			"Per-step hazards of an LLM pipeline, how they add up end to end, since when, and the evidence.",
		variables: [pipelineVariable(), versionVariable(), pageVariable(pageUrl)],
		annotations: [deployAnnotation(), gateAnnotation()],
		sections: [
			{
				id: 100,
				title: "Is it failing, and where",
				lines: [
					{
						height: 4,
						panels: [
							[judgedRuns(), 4],
							[endToEndRate(), 5],
							[compoundedRate(), 5],
							[unaccounted(), 5],
							[unknownOutcomes(), 5],
						],
					},
					{
						height: 9,
						panels: [
							[hazardTable(), 14],
							[compounding(), 10],
						],
					},
				],
			},
			{
				id: 101,
				title: "Since when",
				lines: [
					{
						height: 9,
						panels: [
							[failuresByStep(), 14],
							[runsOverTime(), 10],
						],
					},
					{
						height: 8,
						panels: [
							[versionTable(), 14],
							[verdictKinds(), 10],
						],
					},
				],
			},
			{
				id: 102,
				title: "What says so",
				lines: [
					{ height: 9, panels: [[evidenceByCheck(), 24]] },
					{ height: 10, panels: [[failingRuns(), 24]] },
				],
			},
		],
	});
}

function judgedRuns(): Stat {
	return statPanel({
		id: 1,
		title: "Judged runs",
		description: "Runs with a verdict. A run that was evaluated twice counts once.",
		empty: NO_VERDICTS,
		sql: `SELECT nullIf(count(), 0) AS runs FROM (${verdicts()})`,
	}).unit("short");
}

const shareStat = (words: {
	readonly id: number;
	readonly title: string;
	readonly description: string;
	readonly sql: string;
}): Stat =>
	statPanel({ ...words, empty: NO_VERDICTS })
		.unit("percentunit")
		.decimals(1);

const FAILURE_RATE = "countIf(outcome = 'fail') / nullIf(countIf(outcome != 'unknown'), 0)";
const COMPOUNDED = `SELECT if(count() = 0, NULL, 1 - exp(sum(log(1 - hazard)))) AS compounded_rate FROM (${hazards()})`;

function endToEndRate(): Stat {
	return shareStat({
		id: OVERVIEW_PANELS.endToEnd,
		title: "End-to-end failure rate",
		description:
			"Failed runs among the runs whose outcome is known. Compare with the compounded rate beside it.",
		sql: `SELECT ${FAILURE_RATE} AS failure_rate FROM (${verdicts()})`,
	}).thresholds(rateThresholds(0.02, 0.05));
}

function compoundedRate(): Stat {
	return shareStat({
		id: 3,
		title: "Compounded: 1 − Π(1 − hazard)",
		description:
			"What the hazards of all steps come to together. Twenty steps at 2 % each make 33 %. It equals the end-to-end rate where every failure began in a step.",
		sql: COMPOUNDED,
	}).thresholds(rateThresholds(0.02, 0.05));
}

function unaccounted(): Stat {
	return shareStat({
		id: 4,
		title: "Not accounted for by steps",
		description:
			"End-to-end rate less compounded rate, as a share of runs. Far from 0, failures began outside of the steps that are seen (in the input, or in code without spans), or runs have no known outcome.",
		sql: `SELECT ${FAILURE_RATE} - (${COMPOUNDED}) AS difference FROM (${verdicts()})`,
	}).thresholds(aroundZero(0.05));
}

function unknownOutcomes(): Stat {
	return shareStat({
		id: 5,
		title: "Outcome unknown",
		description:
			"Share of judged runs that neither the application nor a check called pass or fail. They are left out of the failure rate, not counted as passes.",
		sql: `SELECT countIf(outcome = 'unknown') / nullIf(count(), 0) AS unknown_share FROM (${verdicts()})`,
	}).thresholds(rateThresholds(0.2, 0.5));
}

function hazardTable(): Table {
	return tablePanel({
		id: OVERVIEW_PANELS.hazards,
		title: "Hazard by step",
		description:
			"Hazard: P(the run breaks here, given it arrived here intact), from the verdicts' probabilities, with Wilson's 95 % interval. The step with the highest lower end is where to look first.",
		empty: NO_VERDICTS,
		sql: `SELECT step, kind, hazard, ${wilsonLow("broken_runs", "reached_runs")} AS low, ${wilsonHigh("broken_runs", "reached_runs")} AS high,
    broken_runs AS runs_broken_here, reached_runs AS runs_arrived_intact, versions
FROM (${hazards()})
ORDER BY low DESC, hazard DESC
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.01, 0.03))
		.overrideByRegexp("/^(hazard|low|high)$/", unit("percentunit"))
		.overrideByRegexp("/^(runs_.*)$/", unit("short", 1))
		.overrideByName("hazard", coloured())
		.overrideByName("step", stepLinks("step"));
}

function compounding(): BarChart {
	return barPanel({
		id: 12,
		title: "How the hazards add up",
		description:
			"Steps in the order in which runs pass them. The first bar is the step's own hazard, the second the share of runs broken by its end: 1 − Π(1 − hazard) up to here.",
		empty: NO_VERDICTS,
		x: "step",
		sql: `SELECT step, hazard AS own_hazard,
    1 - exp(sum(log(1 - hazard)) OVER (ORDER BY arrived DESC, step, kind ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS broken_by_here
FROM (${hazards()})
ORDER BY arrived DESC, step, kind
LIMIT 100`,
	})
		.unit("percentunit")
		.decimals(1)
		.min(0)
		.thresholds(rateThresholds(0.01, 0.03));
}

function failuresByStep(): TimeSeries {
	return shareLines({
		id: 21,
		title: "Failure rate by step",
		description:
			"Per interval: runs in which the fault most likely began at the step, among the runs that arrived there intact. From the rollup by minute, so long ranges are cheap.",
		empty: NO_VERDICTS,
		sql: `SELECT time, step, broken_runs / reached_runs AS rate
FROM (
    SELECT $__timeInterval(minute) AS time, step, uniqExactMerge(broke) AS broken_runs, greatest(uniqExactMerge(reached), broken_runs) AS reached_runs
    FROM step_minutes
    WHERE ${chosen("minute")}
    GROUP BY time, step
)
WHERE reached_runs > 0
ORDER BY time, step`,
	});
}

function runsOverTime(): TimeSeries {
	return countBars({
		id: OVERVIEW_PANELS.runsOverTime,
		title: "Runs by outcome",
		description: "Judged runs per interval: passed, failed, and those whose outcome nobody stated.",
		empty: NO_VERDICTS,
		sql: `SELECT $__timeInterval(run_start) AS time, countIf(outcome = 'pass') AS passed, countIf(outcome = 'fail') AS failed, countIf(outcome = 'unknown') AS unknown
FROM (${verdicts()})
GROUP BY time
ORDER BY time`,
	})
		.overrideByName("passed", colour("green"))
		.overrideByName("failed", colour("red"))
		.overrideByName("unknown", colour("gray"));
}

function versionTable(): Table {
	return tablePanel({
		id: 23,
		title: "Versions",
		description:
			"Every deploy in the range, newest first: how often its runs failed, with Wilson's 95 % interval, and the step with the highest hazard under it.",
		empty: NO_VERDICTS,
		sql: `SELECT if(service_version = '', '(no version)', service_version) AS version, first_run, last_run, runs, failed, failed / nullIf(known, 0) AS failure_rate,
    ${wilsonLow("failed", "known")} AS low, ${wilsonHigh("failed", "known")} AS high, weakest_step, weakest_hazard
FROM (
    SELECT service_version, min(run_start) AS first_run, max(run_start) AS last_run, count() AS runs, countIf(outcome = 'fail') AS failed, countIf(outcome != 'unknown') AS known
    FROM (${verdicts()})
    GROUP BY service_version
) AS deploys
LEFT JOIN (
    SELECT service_version, argMax(step, hazard) AS weakest_step, max(hazard) AS weakest_hazard
    FROM (${hazards({ by: "service_version" })})
    GROUP BY service_version
) AS weakest USING (service_version)
ORDER BY first_run DESC
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.02, 0.05))
		.overrideByRegexp("/^(failure_rate|low|high|weakest_hazard)$/", unit("percentunit"))
		.overrideByRegexp("/^(runs|failed)$/", unit("short", 0))
		.overrideByRegexp("/^(first_run|last_run)$/", time())
		.overrideByName("failure_rate", coloured());
}

function verdictKinds(): TimeSeries {
	return countBars({
		id: 24,
		title: "Verdicts by kind",
		description:
			"fault: the origin is clear; ambiguous: several steps could be it; no-fault: nothing failed; no-coverage: nothing could be checked. Much ambiguous or no-coverage asks for more checks or captured content.",
		empty: NO_VERDICTS,
		sql: `SELECT $__timeInterval(run_start) AS time, countIf(verdict = 'fault') AS fault, countIf(verdict = 'ambiguous') AS ambiguous,
    countIf(verdict = 'no-fault') AS no_fault, countIf(verdict = 'no-coverage') AS no_coverage
FROM (${verdicts()})
GROUP BY time
ORDER BY time`,
	})
		.overrideByName("fault", colour("red"))
		.overrideByName("ambiguous", colour("orange"))
		.overrideByName("no_fault", colour("green"))
		.overrideByName("no_coverage", colour("gray"));
}

function evidenceByCheck(): Table {
	return tablePanel({
		id: 31,
		title: "Evidence by check",
		description:
			"Mean score of every check in passing and in failing runs (1 good, 0 bad), the widest gap first. Local checks point at the step itself; inherited ones also fall after a fault further up. Scores that could not be told are counted, not averaged.",
		empty: "No score in this time range. Run `npx faultline evaluate`, or choose a longer range.",
		sql: `SELECT scorer AS check, step, kind, sort, toString(source) AS scored_by, count() AS scores,
    avgIf(value, outcome = 'pass') AS score_passing, avgIf(value, outcome = 'fail') AS score_failing, score_passing - score_failing AS gap,
    countIf(value IS NULL) / count() AS could_not_tell
FROM (${scores()})
GROUP BY scorer, step, kind, sort, source
ORDER BY gap DESC NULLS LAST, scores DESC
LIMIT 200`,
	})
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByRegexp("/^(score_passing|score_failing|gap|could_not_tell)$/", unit("percentunit", 1))
		.overrideByRegexp("/^(scores)$/", unit("short", 0))
		.overrideByName("gap", coloured())
		.overrideByName("step", stepLinks("step"));
}

function failingRuns(): Table {
	return tablePanel({
		id: 32,
		title: "Failing runs",
		description:
			"The newest failing runs with the step where the fault began and how sure that is. The run's id opens Faultline's page with all the evidence, or the trace.",
		empty: NO_FAILURES,
		sql: `SELECT run_start AS started, trace_id AS run, service_version AS version, verdict, origin_step AS step, origin_kind AS kind, origin_version AS component_version, probability
FROM (${verdicts()})
WHERE outcome = 'fail'
ORDER BY started DESC
LIMIT 50`,
	})
		.overrideByName("started", time())
		.overrideByName("probability", unit("percentunit", 0))
		.overrideByName("run", runLinks("run"));
}
