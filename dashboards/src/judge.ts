import type { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import { type Dashboard, TextBoxVariableBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard } from "./build-dashboard.ts";
import { deployAnnotation } from "./deploy-annotation.ts";
import { coloured, runLinks, time, unit } from "./overrides.ts";
import {
	barPanel,
	floorThresholds,
	linePanel,
	rateThresholds,
	shareLines,
	statPanel,
	tablePanel,
} from "./panel-kinds.ts";
import { PAGE_URL, pageVariable, pipelineVariable, versionVariable } from "./variables.ts";
import { runIds, verdicts } from "./verdict-sql.ts";
import { wilsonHigh, wilsonLow } from "./wilson-sql.ts";

export const JUDGE_UID = "faultline-judge";

/** Panels that alert rules link to. Ids never change once released. */
export const JUDGE_PANELS = { nullShare: 12 } as const;

const NO_SCORES =
	"No judge scored a run of this time range. Scores with source `judge` appear here as soon as one does.";
const NO_CALLS =
	"No model call of the judge's service in this time range. They appear here where the evaluator sends its own spans to the same database.";
const NO_RATINGS =
	"No run of this time range has both a judge's score and a person's rating, so nothing can be said about how good the judge is.";

/** Is the judge answering, what does it cost, and can its answers be believed. */
export function judge({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	return buildDashboard({
		uid: JUDGE_UID,
		title: "Faultline: judge",
		description:
			"Models that grade: how many scores, how many without an answer, what they cost, and how well they agree with people.",
		from: "now-7d",
		variables: [pipelineVariable(), versionVariable(), ...judgeVariables(), pageVariable(pageUrl)],
		annotations: [deployAnnotation()],
		sections: [
			{
				id: 100,
				title: "Does it answer, and for how much",
				lines: [
					{
						height: 4,
						panels: [
							[judgeScores(), 4],
							[nullShare(), 4],
							[agreement(), 4],
							[calls(), 4],
							[cost(), 4],
							[callErrors(), 4],
						],
					},
					{
						height: 8,
						panels: [
							[scoresOverTime(), 8],
							[nullsOverTime(), 8],
							[costOverTime(), 8],
						],
					},
					{ height: 8, panels: [[judgeTable(), 24]] },
				],
			},
			{
				id: 101,
				title: "Can it be believed",
				lines: [
					{
						height: 8,
						panels: [
							[calibrationTable(), 14],
							[reliability(), 10],
						],
					},
					{
						height: 8,
						panels: [
							[disagreements(), 14],
							[verdictReliability(), 10],
						],
					},
				],
			},
			{
				id: 102,
				title: "What goes wrong",
				lines: [{ height: 7, panels: [[errors(), 24]] }],
			},
		],
	});
}

const judgeVariables = (): TextBoxVariableBuilder[] => [
	textVariable(
		"judge_service",
		"Judge's service",
		"service.name under which the evaluator sends its own spans.",
		"faultline-evaluator",
	),
	textVariable(
		"price_in",
		"Price in",
		"Price of a million tokens that the judge reads, in US dollars.",
		"0.15",
	),
	textVariable(
		"price_out",
		"Price out",
		"Price of a million tokens that the judge writes, in US dollars.",
		"0.60",
	),
];

const textVariable = (
	name: string,
	label: string,
	description: string,
	value: string,
): TextBoxVariableBuilder =>
	new TextBoxVariableBuilder(name).label(label).description(description).defaultValue(value);

/** Scores of judges on the chosen runs, every score once. */
const JUDGE_SCORES = `SELECT trace_id, scorer, scorer_version, step, value, run_start, created_at
    FROM scores
    WHERE $__timeFilter(run_start) AND source = 'judge' AND trace_id IN (${runIds()})
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, span_id, scorer, scorer_version`;

function judgeScores(): Stat {
	return statPanel({
		id: 1,
		title: "Judge scores",
		description: "Scores that a judge was asked for on runs of the range, those without an answer included.",
		empty: NO_SCORES,
		sql: `SELECT nullIf(count(), 0) AS scores FROM (${JUDGE_SCORES})`,
	})
		.unit("short")
		.decimals(0);
}

function nullShare(): Stat {
	return statPanel({
		id: 2,
		title: "Without an answer",
		description:
			"Share of the judge's scores that are null: it could not tell, refused, or its call failed. They are left out of every mean, never counted as 0.",
		empty: NO_SCORES,
		sql: `SELECT countIf(value IS NULL) / nullIf(count(), 0) AS null_share FROM (${JUDGE_SCORES})`,
	})
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.05, 0.2));
}

/** What a rating says, in the judge's terms; other words are left out. */
const RATED_PASS = "multiIf(rating IN ('pass', 'good'), 1, rating IN ('fail', 'bad'), 0, NULL)";

/** Judge's scores of whole runs or steps beside the newest rating of the same run. */
const PAIRED = `SELECT trace_id, scorer, scorer_version, step, value, assumeNotNull(passed) AS passed, run_start, rating, comment
    FROM (SELECT * FROM (${JUDGE_SCORES}) WHERE value IS NOT NULL) AS judged
    INNER JOIN (
        SELECT trace_id, ${RATED_PASS} AS passed, rating, comment FROM ratings FINAL
        WHERE passed IS NOT NULL
        ORDER BY created_at DESC
        LIMIT 1 BY trace_id
    ) AS rated USING (trace_id)`;

function agreement(): Stat {
	return statPanel({
		id: 3,
		title: "Agrees with people",
		description:
			"Share of rated runs on which the judge's score (at least one half: pass) and the person's rating agree. Where nearly all runs pass, agreement by chance is high: see κ below.",
		empty: NO_RATINGS,
		sql: `SELECT countIf((value >= 0.5) = (passed = 1)) / nullIf(count(), 0) AS agreement FROM (${PAIRED})`,
	})
		.unit("percentunit")
		.decimals(0)
		.thresholds(floorThresholds(0.7, 0.85));
}

/** The judge's own model calls, as its instrumentation sent them. */
const CALLS = `SELECT start_time, trace_id, status_code, error_type, status_message, toFloat64OrZero(attributes['gen_ai.usage.input_tokens']) AS tokens_in,
        toFloat64OrZero(attributes['gen_ai.usage.output_tokens']) AS tokens_out
    FROM steps
    WHERE $__timeFilter(start_time) AND kind = 'model' AND service_name = \${judge_service:singlequote}
    LIMIT 1 BY trace_id, span_id`;
const DOLLARS = `(tokens_in * toFloat64OrZero(\${price_in:singlequote}) + tokens_out * toFloat64OrZero(\${price_out:singlequote})) / 1e6`;

function calls(): Stat {
	return statPanel({
		id: 4,
		title: "Calls",
		description:
			"Model calls of the judge's service in the range, of all pipelines, as its own spans show them.",
		empty: NO_CALLS,
		sql: `SELECT nullIf(count(), 0) AS calls FROM (${CALLS})`,
	})
		.unit("short")
		.decimals(0);
}

function cost(): Stat {
	return statPanel({
		id: 5,
		title: "Cost",
		description: "Tokens of the judge's calls times the two prices above, in US dollars, of all pipelines.",
		empty: NO_CALLS,
		sql: `SELECT if(count() = 0, NULL, sum(${DOLLARS})) AS dollars FROM (${CALLS})`,
	})
		.unit("currencyUSD")
		.decimals(2);
}

function callErrors(): Stat {
	return statPanel({
		id: 6,
		title: "Failed calls",
		description:
			"Share of the judge's model calls that ended with an error, such as a rate limit. Without retries they turn into scores without an answer.",
		empty: NO_CALLS,
		sql: `SELECT countIf(status_code IN ('Error', 'STATUS_CODE_ERROR')) / nullIf(count(), 0) AS failed_share FROM (${CALLS})`,
	})
		.unit("percentunit")
		.decimals(1)
		.thresholds(rateThresholds(0.02, 0.1));
}

function scoresOverTime(): TimeSeries {
	return shareLines({
		id: 11,
		title: "Mean score by judge",
		description:
			"Mean of the judge's answers per interval, as they are: not corrected for the judge's own errors. A step without a deploy may be the judge's own model that changed.",
		empty: NO_SCORES,
		sql: `SELECT $__timeInterval(run_start) AS time, concat(scorer, if(scorer_version = '', '', concat(' ', scorer_version))) AS judge, avg(value) AS score
FROM (${JUDGE_SCORES})
WHERE value IS NOT NULL
GROUP BY time, judge
ORDER BY time, judge`,
	});
}

function nullsOverTime(): TimeSeries {
	return shareLines({
		id: JUDGE_PANELS.nullShare,
		title: "Without an answer, by judge",
		description:
			"Share of scores without an answer per interval. A jump to 100 % is a judge that is down or out of quota.",
		empty: NO_SCORES,
		sql: `SELECT $__timeInterval(run_start) AS time, scorer AS judge, countIf(value IS NULL) / count() AS null_share
FROM (${JUDGE_SCORES})
GROUP BY time, judge
ORDER BY time, judge`,
	});
}

function costOverTime(): TimeSeries {
	return linePanel({
		id: 13,
		title: "Cost per interval",
		description: "Tokens of the judge's calls times the two prices above, in US dollars per interval.",
		empty: NO_CALLS,
		sql: `SELECT $__timeInterval(start_time) AS time, sum(${DOLLARS}) AS dollars
FROM (${CALLS})
GROUP BY time
ORDER BY time`,
	})
		.unit("currencyUSD")
		.decimals(3);
}

function judgeTable(): Table {
	return tablePanel({
		id: 14,
		title: "Judges",
		description:
			"Every judge and version in the range: how many scores, how many without an answer, their mean and spread, and how many lie at the ends. A judge that only ever says 1 tells nothing.",
		empty: NO_SCORES,
		sql: `SELECT scorer AS judge, scorer_version AS version, step, count() AS scores, countIf(value IS NULL) / count() AS without_answer, avg(value) AS mean, stddevPop(value) AS spread,
    countIf(value <= 0.05) / nullIf(count(value), 0) AS at_0, countIf(value >= 0.95) / nullIf(count(value), 0) AS at_1, min(created_at) AS first_score, max(created_at) AS last_score
FROM (${JUDGE_SCORES})
GROUP BY judge, version, step
ORDER BY last_score DESC, judge, version, step
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByName("without_answer", [...unit("percentunit", 1), ...coloured()])
		.overrideByRegexp("/^(mean|spread|at_0|at_1)$/", unit("percentunit", 0))
		.overrideByName("scores", unit("short", 0))
		.overrideByRegexp("/^(first|last)_score$/", time());
}

function calibrationTable(): Table {
	return tablePanel({
		id: 21,
		title: "Judges against people",
		description:
			"Per judge and version, over runs that a person rated: sensitivity (people pass, judge passes) and specificity (people fail, judge fails) with Wilson's 95 % interval, and Cohen's κ (0 no better than chance). Below about 50 rated runs on either side the intervals say little.",
		empty: NO_RATINGS,
		sql: `SELECT judge, version, passed_runs, failed_runs, hits / nullIf(passed_runs, 0) AS sensitivity, ${wilsonLow("hits", "passed_runs")} AS sensitivity_low, ${wilsonHigh("hits", "passed_runs")} AS sensitivity_high,
    rejections / nullIf(failed_runs, 0) AS specificity, ${wilsonLow("rejections", "failed_runs")} AS specificity_low, ${wilsonHigh("rejections", "failed_runs")} AS specificity_high,
    if(chance < 1, (agreed - chance) / (1 - chance), NULL) AS kappa
FROM (
    SELECT scorer AS judge, scorer_version AS version, countIf(passed = 1) AS passed_runs, countIf(passed = 0) AS failed_runs, countIf(passed = 1 AND value >= 0.5) AS hits,
        countIf(passed = 0 AND value < 0.5) AS rejections, (hits + rejections) / count() AS agreed,
        avg(passed) * avg(value >= 0.5) + (1 - avg(passed)) * (1 - avg(value >= 0.5)) AS chance
    FROM (${PAIRED})
    GROUP BY judge, version
)
ORDER BY judge, version
LIMIT 100`,
	})
		.thresholds(floorThresholds(0.7, 0.85))
		.overrideByRegexp("/^(sensitivity|specificity)/", unit("percentunit", 0))
		.overrideByName("kappa", [...unit("none", 2), ...coloured()])
		.overrideByRegexp("/_runs$/", unit("short", 0));
}

function reliability(): BarChart {
	return barPanel({
		id: 22,
		title: "What a judge's score means",
		description:
			"Rated runs by the judge's score in five classes: the mean score, and the share that people passed. For a judge that can be taken at its word both bars are as high.",
		empty: NO_RATINGS,
		x: "score_class",
		sql: `SELECT concat(toString(class * 20), ' to ', toString(class * 20 + 20), ' %') AS score_class, avg(value) AS judge_says, avg(passed) AS people_say
FROM (SELECT least(4, toUInt8(floor(value * 5))) AS class, value, passed FROM (${PAIRED}))
GROUP BY class
ORDER BY class`,
	})
		.unit("percentunit")
		.decimals(0)
		.min(0)
		.max(1);
}

function disagreements(): Table {
	return tablePanel({
		id: 23,
		title: "Where judge and people disagree most",
		description:
			"Rated runs with the widest gap between the judge's score and the person's rating. Reading ten of them tells more than any figure. The run's id opens Faultline's page, or the trace.",
		empty: NO_RATINGS,
		sql: `SELECT run_start AS started, trace_id AS run, scorer AS judge, step, value AS score, rating, substring(comment, 1, 200) AS comment
FROM (${PAIRED})
WHERE abs(value - passed) >= 0.5
ORDER BY abs(value - passed) DESC, started DESC
LIMIT 50`,
	})
		.overrideByName("started", time())
		.overrideByName("score", unit("percentunit", 0))
		.overrideByName("run", runLinks("run"));
}

function verdictReliability(): BarChart {
	return barPanel({
		id: 24,
		title: "When a verdict says 90 %",
		description:
			"Failing runs in which a person named the step to blame, by the verdict's probability: the mean probability, and the share in which the person named the same step.",
		empty: "No person named the step to blame in a failing run of this time range.",
		x: "probability_class",
		sql: `SELECT concat(toString(class * 20), ' to ', toString(class * 20 + 20), ' %') AS probability_class, avg(probability) AS verdict_says, avg(origin_step = blame_step) AS people_agree
FROM (
    SELECT least(4, toUInt8(floor(assumeNotNull(probability) * 5))) AS class, probability, origin_step, blame_step
    FROM (SELECT * FROM (${verdicts()}) WHERE outcome = 'fail' AND probability IS NOT NULL) AS judged
    INNER JOIN (SELECT trace_id, blame_step FROM ratings FINAL WHERE blame_step != '' ORDER BY created_at DESC LIMIT 1 BY trace_id) AS rated USING (trace_id)
)
GROUP BY class
ORDER BY class`,
	})
		.unit("percentunit")
		.decimals(0)
		.min(0)
		.max(1);
}

function errors(): Table {
	return tablePanel({
		id: 31,
		title: "Errors of the judge's calls",
		description:
			"Errors that the judge's own spans recorded, the most frequent first. Rate limits ask for a smaller sample or a bigger quota.",
		empty: "No call of the judge's service failed in this time range, or its spans do not arrive here.",
		sql: `SELECT if(error_type = '', '(none given)', error_type) AS error, substring(status_message, 1, 200) AS message, count() AS calls, max(start_time) AS last_seen
FROM (${CALLS})
WHERE status_code IN ('Error', 'STATUS_CODE_ERROR')
GROUP BY error, message
ORDER BY calls DESC, error, message
LIMIT 50`,
	})
		.overrideByName("calls", unit("short", 0))
		.overrideByName("last_seen", time());
}
