import type { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TextPanel } from "@grafana/grafana-foundation-sdk/text";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard } from "./build-dashboard.ts";
import { deployAnnotation, gateAnnotation } from "./deploy-annotation.ts";
import { coloured, runLinks, stepLinks, time, unit } from "./overrides.ts";
import { barPanel, rateThresholds, shareLines, statPanel, tablePanel, textPanel } from "./panel-kinds.ts";
import {
	baselineVariable,
	candidateVariable,
	PAGE_URL,
	pageVariable,
	pipelineVariable,
} from "./variables.ts";
import { chosen, hazards, scores, steps, verdicts } from "./verdict-sql.ts";
import { newcombeHigh, newcombeLow } from "./wilson-sql.ts";

export const COMPARISON_UID = "faultline-deploy-comparison";

/** Panels that alert rules link to. Ids never change once released. */
export const COMPARISON_PANELS = { gate: 33 } as const;

const NO_PAIR =
	"No judged run of one of the two versions in this time range. Choose a range that holds both, or run `npx faultline evaluate`.";

const COMPARED = { versions: "compared" } as const;
const IS_BASELINE = `service_version = \${baseline:singlequote}`;
const IS_CANDIDATE = `service_version = \${candidate:singlequote}`;

/** Two versions of a service beside each other: did it get worse, in which step, what changed there, and examples. */
export function deployComparison({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	return buildDashboard({
		uid: COMPARISON_UID,
		title: "Faultline: deploy comparison",
		description:
			"Two versions beside each other: failure rates with intervals, which step the change comes from, and what changed there.",
		from: "now-7d",
		variables: [pipelineVariable(), candidateVariable(), baselineVariable(), pageVariable(pageUrl)],
		annotations: [deployAnnotation(), gateAnnotation()],
		sections: [
			{
				id: 100,
				title: "Did it get worse",
				lines: [
					{
						height: 4,
						panels: [
							[runsOf("baseline", 1), 3],
							[rateOf("baseline", 2), 4],
							[runsOf("candidate", 3), 3],
							[rateOf("candidate", 4), 4],
							[difference(), 4],
							[differenceLow(), 3],
							[differenceHigh(), 3],
						],
					},
					{
						height: 8,
						panels: [
							[rateOverTime(), 14],
							[commands(), 10],
						],
					},
				],
			},
			{
				id: 101,
				title: "Which step",
				lines: [
					{
						height: 9,
						panels: [
							[stepTable(), 16],
							[contributions(), 8],
						],
					},
					{ height: 8, panels: [[costTable(), 24]] },
				],
			},
			{
				id: 102,
				title: "What says so",
				lines: [
					{ height: 9, panels: [[evidenceTable(), 24]] },
					{ height: 9, panels: [[brokenTasks(), 24]] },
					{ height: 6, panels: [[gateDecisions(), 24]] },
				],
			},
		],
	});
}

type Side = "baseline" | "candidate";
const isSide = (side: Side): string => (side === "baseline" ? IS_BASELINE : IS_CANDIDATE);

function runsOf(side: Side, id: number): Stat {
	return statPanel({
		id,
		title: side === "baseline" ? "Runs of the baseline" : "Runs of the candidate",
		description: `Judged runs of the ${side} in the range whose outcome is known. With few runs the interval of the difference is wide.`,
		empty: NO_PAIR,
		sql: `SELECT nullIf(countIf(outcome != 'unknown'), 0) AS runs FROM (${verdicts("compared")}) WHERE ${isSide(side)}`,
	})
		.unit("short")
		.decimals(0);
}

function rateOf(side: Side, id: number): Stat {
	return statPanel({
		id,
		title: side === "baseline" ? "Baseline fails" : "Candidate fails",
		description: `Failed runs of the ${side} among those whose outcome is known.`,
		empty: NO_PAIR,
		sql: `SELECT countIf(outcome = 'fail') / nullIf(countIf(outcome != 'unknown'), 0) AS failure_rate FROM (${verdicts("compared")}) WHERE ${isSide(side)}`,
	})
		.unit("percentunit")
		.decimals(1);
}

const COUNTS = `SELECT countIf(${IS_BASELINE} AND outcome = 'fail') AS failed_a, countIf(${IS_BASELINE} AND outcome != 'unknown') AS known_a,
    countIf(${IS_CANDIDATE} AND outcome = 'fail') AS failed_b, countIf(${IS_CANDIDATE} AND outcome != 'unknown') AS known_b
FROM (${verdicts("compared")})`;
const UNPAIRED =
	"The two versions' runs are taken as independent; `faultline compare` pairs runs of the same task and sees smaller changes.";

const differenceStat = (id: number, title: string, description: string, expression: string): Stat =>
	statPanel({
		id,
		title,
		description,
		empty: NO_PAIR,
		sql: `SELECT ${expression} AS difference FROM (${COUNTS})`,
	})
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0, 0.02));

const difference = (): Stat =>
	differenceStat(
		5,
		"Difference",
		"Failure rate of the candidate less that of the baseline. Above 0 the candidate is worse.",
		"failed_b / nullIf(known_b, 0) - failed_a / nullIf(known_a, 0)",
	);

const differenceLow = (): Stat =>
	differenceStat(
		6,
		"At least",
		`Lower end of Newcombe's 95 % interval of the difference. Above 0 the candidate is worse beyond chance. ${UNPAIRED}`,
		newcombeLow("failed_a", "known_a", "failed_b", "known_b"),
	);

const differenceHigh = (): Stat =>
	differenceStat(
		7,
		"At most",
		`Upper end of Newcombe's 95 % interval of the difference: how much worse the candidate may be. ${UNPAIRED}`,
		newcombeHigh("failed_a", "known_a", "failed_b", "known_b"),
	);

function rateOverTime(): TimeSeries {
	return shareLines({
		id: 11,
		title: "Failure rate by version",
		description:
			"Failed runs of either version per interval, among those whose outcome is known. Did the candidate start worse, or get worse later?",
		empty: NO_PAIR,
		sql: `SELECT $__timeInterval(run_start) AS time, service_version AS version, countIf(outcome = 'fail') / count() AS failure_rate
FROM (${verdicts("compared")})
WHERE outcome != 'unknown'
GROUP BY time, version
ORDER BY time, version`,
	});
}

function commands(): TextPanel {
	return textPanel({
		id: 12,
		title: "What to run",
		description:
			"The commands that go deeper than this page, with the pipeline and the versions chosen above.",
		markdown: `Which component changed the rate, paired by task and corrected for many comparisons:

\`\`\`
npx faultline compare --pipeline "\${pipeline}" --baseline service.version=\${baseline} --candidate service.version=\${candidate}
\`\`\`

Failing runs of the candidate, with the evidence:

\`\`\`
npx faultline locate --pipeline "\${pipeline}" --where service.version=\${candidate} --outcome fail
\`\`\`

Since when, and next to which deploy:

\`\`\`
npx faultline since --pipeline "\${pipeline}"
\`\`\`

[The comparison on Faultline's page](\${page:raw}/compare?pipeline=\${pipeline:percentencode}&baseline=service.version%3D\${baseline:percentencode}&candidate=service.version%3D\${candidate:percentencode}), [failing runs](\${page:raw}/runs?pipeline=\${pipeline:percentencode}&version=\${candidate:percentencode}&outcome=fail)`,
	});
}

/** One row a step: both versions' hazards as sums of probabilities. */
const PAIRS = `SELECT step, kind,
        sumIf(broken_runs, ${IS_BASELINE}) AS broken_a, sumIf(reached_runs, ${IS_BASELINE}) AS reached_a,
        sumIf(broken_runs, ${IS_CANDIDATE}) AS broken_b, sumIf(reached_runs, ${IS_CANDIDATE}) AS reached_b,
        if(reached_a > 0, broken_a / reached_a, NULL) AS hazard_a, if(reached_b > 0, broken_b / reached_b, NULL) AS hazard_b,
        max(arrived) AS arrived, anyIf(versions, ${IS_BASELINE}) AS versions_a, anyIf(versions, ${IS_CANDIDATE}) AS versions_b
    FROM (${hazards({ by: "service_version", ...COMPARED })})
    GROUP BY step, kind`;
/** Log-survival adds up over steps, so differences of it are shares of the whole change; a hazard of 1 would be infinite. */
const CONTRIBUTION =
	"log(greatest(1e-6, 1 - ifNull(hazard_a, 0))) - log(greatest(1e-6, 1 - ifNull(hazard_b, 0)))";

function stepTable(): Table {
	return tablePanel({
		id: 21,
		title: "Hazard by step, before and after",
		description: `Hazards of both versions, their difference with Newcombe's 95 % interval, the step's share of the change in log-survival, and its versions. The step whose interval lies wholly above 0 got worse. ${UNPAIRED} Not corrected for many steps.`,
		empty: NO_PAIR,
		sql: `SELECT step, kind, hazard_a AS baseline, hazard_b AS candidate, hazard_b - hazard_a AS difference,
    ${newcombeLow("broken_a", "reached_a", "broken_b", "reached_b")} AS low, ${newcombeHigh("broken_a", "reached_a", "broken_b", "reached_b")} AS high,
    if(abs(sum(${CONTRIBUTION}) OVER ()) < 0.005, NULL, (${CONTRIBUTION}) / sum(${CONTRIBUTION}) OVER ()) AS share_of_change,
    versions_a AS baseline_versions, versions_b AS candidate_versions, if(versions_a != versions_b, 'changed', '') AS version
FROM (${PAIRS})
ORDER BY low DESC, difference DESC
LIMIT 100`,
	})
		.thresholds(rateThresholds(0, 0.03))
		.overrideByRegexp("/^(baseline|candidate|difference|low|high)$/", unit("percentunit"))
		.overrideByName("share_of_change", unit("percentunit", 0))
		.overrideByName("low", coloured())
		.overrideByName("step", stepLinks("step"));
}

function contributions(): BarChart {
	return barPanel({
		id: 22,
		title: "Where the change comes from",
		description:
			"Change of log-survival per step, which for small rates is its part of the change of the end-to-end rate. The bars add up to the whole change.",
		empty: NO_PAIR,
		x: "step",
		sql: `SELECT step, ${CONTRIBUTION} AS contribution
FROM (${PAIRS})
ORDER BY arrived DESC, step, kind
LIMIT 100`,
	})
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.01, 0.03));
}

function costTable(): Table {
	return tablePanel({
		id: 23,
		title: "Latency, tokens and output by step, before and after",
		description:
			"Median and 95 % of the duration, mean tokens per call and median output length of both versions. A step can keep its hazard and still cost twice as much.",
		empty: NO_PAIR,
		sql: `SELECT name AS step, kind,
    quantileIf(0.5)(duration_ns / 1e6, ${IS_BASELINE}) AS p50_baseline, quantileIf(0.5)(duration_ns / 1e6, ${IS_CANDIDATE}) AS p50_candidate,
    quantileIf(0.95)(duration_ns / 1e6, ${IS_BASELINE}) AS p95_baseline, quantileIf(0.95)(duration_ns / 1e6, ${IS_CANDIDATE}) AS p95_candidate,
    avgIf(tokens, ${IS_BASELINE}) AS tokens_baseline, avgIf(tokens, ${IS_CANDIDATE}) AS tokens_candidate,
    quantileIf(0.5)(output_length, ${IS_BASELINE}) AS output_baseline, quantileIf(0.5)(output_length, ${IS_CANDIDATE}) AS output_candidate
FROM (${steps(
			"service_version, duration_ns, length(output) AS output_length, toFloat64OrNull(attributes['gen_ai.usage.input_tokens']) + toFloat64OrNull(attributes['gen_ai.usage.output_tokens']) AS tokens",
			COMPARED,
		)})
GROUP BY step, kind
HAVING countIf(${IS_BASELINE}) > 0 AND countIf(${IS_CANDIDATE}) > 0
ORDER BY abs(log((p95_candidate + 0.001) / (p95_baseline + 0.001))) DESC, step
LIMIT 100`,
	})
		.overrideByRegexp("/^p(50|95)_/", unit("ms", 1))
		.overrideByRegexp("/^tokens_/", unit("short", 0))
		.overrideByRegexp("/^output_/", unit("bytes", 0))
		.overrideByName("step", stepLinks("step"));
}

function evidenceTable(): Table {
	return tablePanel({
		id: 31,
		title: "Checks that fell",
		description:
			"Mean score of every check in both versions (1 good, 0 bad), the deepest fall first. A local check that fell in one step only is the best hint at what broke.",
		empty: NO_PAIR,
		sql: `SELECT scorer AS check, step, kind, sort, toString(source) AS scored_by,
    avgIf(value, ${IS_BASELINE}) AS baseline, avgIf(value, ${IS_CANDIDATE}) AS candidate, baseline - candidate AS fell_by,
    countIf(value IS NOT NULL AND ${IS_BASELINE}) AS baseline_scores, countIf(value IS NOT NULL AND ${IS_CANDIDATE}) AS candidate_scores
FROM (${scores("", "compared")})
GROUP BY scorer, step, kind, sort, source
HAVING baseline_scores > 0 AND candidate_scores > 0
ORDER BY fell_by DESC NULLS LAST, check, step
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByRegexp("/^(baseline|candidate|fell_by)$/", unit("percentunit", 1))
		.overrideByRegexp("/_scores$/", unit("short", 0))
		.overrideByName("fell_by", coloured())
		.overrideByName("step", stepLinks("step"));
}

function brokenTasks(): Table {
	return tablePanel({
		id: 32,
		title: "Tasks that fail more often now",
		description:
			"The same task (or the same input) under both versions: how often it failed before and now, with the step where the newest failure began. The run's id opens Faultline's page, or the trace.",
		empty: "No task ran under both versions in this range and fails more often under the candidate.",
		sql: `SELECT task, any(question) AS input, countIf(${IS_BASELINE}) AS runs_before, countIf(${IS_BASELINE} AND outcome = 'fail') AS failed_before,
    countIf(${IS_CANDIDATE}) AS runs_now, countIf(${IS_CANDIDATE} AND outcome = 'fail') AS failed_now,
    argMaxIf(trace_id, run_start, ${IS_CANDIDATE} AND outcome = 'fail') AS run, argMaxIf(origin_step, run_start, ${IS_CANDIDATE} AND outcome = 'fail') AS step
FROM (
    SELECT trace_id, if(task_id != '', task_id, lower(hex(cityHash64(input)))) AS task, substring(input, 1, 120) AS question
    FROM runs
    WHERE ${chosen("start_time", "compared")} AND eval_id = ''
    LIMIT 1 BY trace_id
) AS asked
INNER JOIN (${verdicts("compared")}) AS judged USING (trace_id)
WHERE outcome != 'unknown'
GROUP BY task
HAVING runs_before > 0 AND runs_now > 0 AND failed_now / runs_now > failed_before / runs_before
ORDER BY failed_now / runs_now - failed_before / runs_before DESC, task
LIMIT 50`,
	})
		.overrideByRegexp("/^(runs|failed)_(before|now)$/", unit("short", 0))
		.overrideByName("run", runLinks("run"))
		.overrideByName("step", stepLinks("step"));
}

function gateDecisions(): Table {
	return tablePanel({
		id: COMPARISON_PANELS.gate,
		title: "What the gate said",
		description:
			"Gate decisions on either version, newest first, with the components that it named. Only decisions of the range.",
		empty: "The gate decided on neither version in this range. Run `npx faultline gate` before a deploy.",
		sql: `SELECT decided_at AS decided, service_version AS version, toString(verdict) AS gate, arrayStringConcat(steps, ', ') AS named, revision, eval_id AS evaluation
FROM gate_decisions FINAL
WHERE ${chosen("decided_at", "compared")}
ORDER BY decided DESC
LIMIT 50`,
	}).overrideByName("decided", time());
}
