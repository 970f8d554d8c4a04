import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import type { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { buildDashboard, type Section } from "./build-dashboard.ts";
import { deployAnnotation, gateAnnotation } from "./deploy-annotation.ts";
import { coloured, stepLinks, unit } from "./overrides.ts";
import { countBars, linePanel, rateThresholds, shareLines, statPanel, tablePanel } from "./panel-kinds.ts";
import { PAGE_URL, pageVariable, pipelineVariable, versionVariable } from "./variables.ts";
import { chosen, runIds, steps, VERSIONS, verdicts } from "./verdict-sql.ts";

export const BEHAVIOUR_UID = "faultline-behaviour";

/** Panels that alert rules link to. Ids never change once released. */
export const BEHAVIOUR_PANELS = { drift: 11, watch: 14 } as const;

const NO_RUNS = "No run in this time range. Choose a longer range, or check that traces arrive.";
const NO_PAST =
	"Fewer than 30 runs in this range or in the range of the same length before it, so that nothing can be compared. Choose a longer range.";
const NO_RATINGS = "Nobody rated a run of this time range.";

/** Do inputs and answers look as they did before: what is asked, what is answered, which steps run, and what people say. */
export function behaviour({ pageUrl = PAGE_URL }: { pageUrl?: string } = {}): Dashboard {
	return buildDashboard({
		uid: BEHAVIOUR_UID,
		title: "Faultline: behaviour and drift",
		description:
			"What is asked and answered now, beside the range of the same length before: inputs, answers, scores, steps that run, people's ratings.",
		from: "now-7d",
		variables: [pipelineVariable(), versionVariable(), pageVariable(pageUrl)],
		annotations: [deployAnnotation(), gateAnnotation()],
		sections: [
			{
				id: 100,
				title: "How much is known",
				lines: [
					{
						height: 4,
						panels: [
							[runs(), 6],
							[statedShare(), 6],
							[judgedShare(), 6],
							[ratedShare(), 6],
						],
					},
				],
			},
			{
				id: 101,
				title: "Against the range before",
				lines: [
					{ height: 9, panels: [[driftTable(), 24]] },
					{
						height: 9,
						panels: [
							[scoreDrift(), 14],
							[stepDrift(), 10],
						],
					},
				],
			},
			watchSection(),
			{
				id: 102,
				title: "Over time",
				lines: [
					{
						height: 8,
						panels: [
							[inputLength(), 12],
							[outputLength(), 12],
						],
					},
					{
						height: 8,
						panels: [
							[finishReasons(), 12],
							[stepShares(), 12],
						],
					},
				],
			},
			{
				id: 103,
				title: "What people say",
				lines: [
					{
						height: 8,
						panels: [
							[ratings(), 12],
							[blamed(), 12],
						],
					},
				],
			},
		],
	});
}

function runs(): Stat {
	return statPanel({
		id: 1,
		title: "Runs",
		description: "Runs of users that started in the range; evaluation traffic is left out.",
		empty: NO_RUNS,
		sql: `SELECT nullIf(uniqExact(trace_id), 0) AS runs FROM (${runIds()})`,
	})
		.unit("short")
		.decimals(0);
}

const coverage = (id: number, title: string, description: string, expression: string): Stat =>
	statPanel({
		id,
		title,
		description,
		empty: NO_RUNS,
		sql: `SELECT if(count() = 0, NULL, ${expression}) AS covered_share FROM (SELECT trace_id, outcome FROM runs WHERE ${chosen("start_time")} AND eval_id = '' LIMIT 1 BY trace_id)`,
	})
		.unit("percentunit")
		.decimals(1);

const statedShare = (): Stat =>
	coverage(
		2,
		"Outcome stated",
		"Share of runs whose application or grader said pass or fail. The others are judged by their evidence alone, which is weaker.",
		"countIf(outcome != '') / count()",
	);

const judgedShare = (): Stat =>
	coverage(
		3,
		"Seen by a judge",
		"Share of runs with at least one score of a judge (a model that grades). A sample of about one in a hundred is usual.",
		"countIf(trace_id IN (SELECT trace_id FROM scores WHERE $__timeFilter(run_start) AND source = 'judge')) / count()",
	);

const ratedShare = (): Stat =>
	coverage(
		4,
		"Rated by people",
		"Share of runs that a person rated. Judged rates can be corrected only with some of them.",
		"countIf(trace_id IN (SELECT trace_id FROM ratings WHERE created_at >= $__fromTime)) / count()",
	);

/** Start of the range of the same length before the range. */
const BEFORE = "$__fromTime - toIntervalSecond(dateDiff('second', $__fromTime, $__toTime))";
const CHOSEN = `pipeline = \${pipeline:singlequote} AND ${VERSIONS.chosen}`;
/** Newest runs of either range that are compared; the comparison costs sorting. */
const SAMPLE = 20_000;

const RUN_QUANTITIES = `SELECT start_time >= $__fromTime AS now, [
        ('input: characters', toNullable(toFloat64(lengthUTF8(input)))),
        ('input: words', toNullable(toFloat64(length(splitByWhitespace(input))))),
        ('input: share of bytes beyond ASCII', if(input = '', NULL, (length(input) - lengthUTF8(input)) / length(input))),
        ('output: characters', if(output = '', NULL, toFloat64(lengthUTF8(output)))),
        ('output: words', if(output = '', NULL, toFloat64(length(splitByWhitespace(output))))),
        ('duration: ms', toNullable(duration_ns / 1e6))
    ] AS quantities
FROM runs
WHERE start_time >= ${BEFORE} AND start_time <= $__toTime AND ${CHOSEN} AND eval_id = ''
ORDER BY start_time DESC
LIMIT ${SAMPLE} BY now`;

function driftTable(): Table {
	return tablePanel({
		id: BEHAVIOUR_PANELS.drift,
		title: "What is asked and answered, now and before",
		description: `Mean of every quantity in the range and in the range of the same length before it, with the Kolmogorov–Smirnov distance of the two distributions (0 the same, 1 without overlap) and its p-value. A distance above 0.2 is worth a look. Several runs of one task make p too small. Up to ${SAMPLE.toLocaleString("en")} runs of either range.`,
		empty: NO_PAST,
		// The test fails on an empty side, so the sides are counted before it.
		sql: `SELECT quantity, before, now_mean, tupleElement(ks, 1) AS distance, tupleElement(ks, 2) AS p, runs_before, runs_now
FROM (
    SELECT quantity, avgIf(value, NOT now) AS before, avgIf(value, now) AS now_mean, countIf(NOT now) AS runs_before, countIf(now) AS runs_now,
        kolmogorovSmirnovTest('two-sided', 'asymp')(value, toUInt8(now)) AS ks
    FROM (
        SELECT now, pair.1 AS quantity, assumeNotNull(pair.2) AS value,
            countIf(now) OVER (PARTITION BY quantity) AS on_this_side, countIf(NOT now) OVER (PARTITION BY quantity) AS on_the_other
        FROM (${RUN_QUANTITIES})
        ARRAY JOIN quantities AS pair
        WHERE pair.2 IS NOT NULL
    )
    WHERE on_this_side >= 30 AND on_the_other >= 30
    GROUP BY quantity
)
ORDER BY distance DESC, quantity
LIMIT 20`,
	})
		.thresholds(rateThresholds(0.1, 0.2))
		.overrideByRegexp("/^(before|now_mean)$/", unit("short", 3))
		.overrideByName("distance", [...unit("none", 2), ...coloured()])
		.overrideByName("p", unit("none", 4))
		.overrideByRegexp("/^runs_(before|now)$/", unit("short", 0));
}

function scoreDrift(): Table {
	return tablePanel({
		id: 12,
		title: "Scores, now and before",
		description:
			"Mean score of every check in the range and in the range before it (1 good, 0 bad), the deepest fall first, judges included. Scores fall with worse answers, but also with other questions: look at the inputs above.",
		empty: NO_PAST,
		sql: `SELECT scorer AS check, step, toString(source) AS scored_by, avgIf(value, run_start < $__fromTime) AS before, avgIf(value, run_start >= $__fromTime) AS now, before - now AS fell_by,
    countIf(run_start < $__fromTime) AS scores_before, countIf(run_start >= $__fromTime) AS scores_now
FROM (
    SELECT trace_id, scorer, step, source, value, run_start
    FROM scores
    WHERE run_start >= ${BEFORE} AND run_start <= $__toTime AND value IS NOT NULL
        AND trace_id IN (SELECT trace_id FROM runs WHERE start_time >= ${BEFORE} AND start_time <= $__toTime AND ${CHOSEN} AND eval_id = '')
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, span_id, scorer
)
GROUP BY scorer, step, source
HAVING scores_before >= 30 AND scores_now >= 30
ORDER BY fell_by DESC, check, step
LIMIT 100`,
	})
		.thresholds(rateThresholds(0.05, 0.2))
		.overrideByRegexp("/^(before|now|fell_by)$/", unit("percentunit", 1))
		.overrideByRegexp("/^scores_/", unit("short", 0))
		.overrideByName("fell_by", coloured())
		.overrideByName("step", stepLinks("step"));
}

function stepDrift(): Table {
	return tablePanel({
		id: 13,
		title: "Steps that run, now and before",
		description:
			"Share of runs in which a step ran at all, in the range and in the range before it. An agent that stopped to call a tool shows here.",
		empty: NO_PAST,
		sql: `SELECT step, uniqExactIf(trace_id, run_start < $__fromTime) / any(all_before) AS before, uniqExactIf(trace_id, run_start >= $__fromTime) / any(all_now) AS now, now - before AS change
FROM step_verdicts
CROSS JOIN (
    SELECT uniqExactIf(trace_id, run_start < $__fromTime) AS all_before, uniqExactIf(trace_id, run_start >= $__fromTime) AS all_now
    FROM step_verdicts
    WHERE run_start >= ${BEFORE} AND run_start <= $__toTime AND ${CHOSEN} AND eval_id = ''
) AS everything
WHERE run_start >= ${BEFORE} AND run_start <= $__toTime AND ${CHOSEN} AND eval_id = ''
GROUP BY step
HAVING any(all_before) >= 30 AND any(all_now) >= 30
ORDER BY abs(change) DESC, step
LIMIT 100`,
	})
		.overrideByRegexp("/^(before|now|change)$/", unit("percentunit", 1))
		.overrideByName("step", stepLinks("step"));
}

const NOT_WATCHED =
	"No day was watched in this time range. Days are watched when they are over, by the evaluator or by `npx faultline drift`.";
const STREAM = "concat(toString(text), ' of ', if(step = '', 'the pipeline', toString(step)))";
const WATCHED = `$__timeFilter(bucket) AND pipeline = \${pipeline:singlequote}`;

const watchSection = (): Section => ({
	id: 104,
	title: "The watch for drift",
	lines: [
		{
			height: 8,
			panels: [
				[evidence(), 12],
				[driftAlarms(), 12],
			],
		},
	],
});

function evidence(): TimeSeries {
	return linePanel({
		id: BEHAVIOUR_PANELS.watch,
		title: "Evidence of drift",
		description:
			"How far the evidence that inputs or responses have changed has come on its way to an alarm, on a logarithmic scale: 1 is an alarm. In all the time until the first one, a false alarm has a chance of at most 5 %, all streams together. From `npx faultline drift`.",
		empty: NOT_WATCHED,
		sql: `SELECT toDateTime(bucket) AS time, ${STREAM} AS stream, greatest(0, log_wealth / log_threshold) AS way_to_alarm
FROM drift_days FINAL
WHERE ${WATCHED}
ORDER BY time, stream`,
	})
		.unit("percentunit")
		.decimals(0)
		.thresholds(rateThresholds(0.5, 1));
}

function driftAlarms(): Table {
	return tablePanel({
		id: 15,
		title: "Alarms of drift",
		description:
			"Streams that changed, by what (words, meaning or length), and the words that moved most. `npx faultline drift` shows them with their shares, and the page with runs.",
		empty: "No alarm in this time range, or no day was watched.",
		sql: `SELECT bucket AS day, ${STREAM} AS stream, aspect, exp(log_wealth) AS evidence, exp(log_threshold) AS needed,
    arrayStringConcat(arrayMap(word -> JSONExtractString(word, 'name'), JSONExtractArrayRaw(body, 'words')), ', ') AS words
FROM drift_days FINAL
WHERE ${WATCHED} AND alarm
ORDER BY bucket DESC, stream
LIMIT 100`,
	}).overrideByRegexp("/^(evidence|needed)$/", unit("short", 1));
}

const RUN_LENGTHS = (column: "input" | "output"): string =>
	`SELECT $__timeInterval(start_time) AS time, quantile(0.1)(characters) AS p10, quantile(0.5)(characters) AS p50, quantile(0.9)(characters) AS p90
FROM (
    SELECT trace_id, start_time, lengthUTF8(${column}) AS characters
    FROM runs
    WHERE ${chosen("start_time")} AND eval_id = '' AND ${column} != ''
    LIMIT 1 BY trace_id
)
GROUP BY time
ORDER BY time`;

function inputLength(): TimeSeries {
	return linePanel({
		id: 21,
		title: "Length of inputs",
		description:
			"Characters of what users asked per interval: a tenth is shorter than the lowest line, a tenth longer than the highest. Empty where input is not captured.",
		empty: "No input is recorded in this time range: no run, or content is not captured.",
		sql: RUN_LENGTHS("input"),
	})
		.unit("short")
		.decimals(0);
}

function outputLength(): TimeSeries {
	return linePanel({
		id: 22,
		title: "Length of answers",
		description:
			"Characters of the whole run's answer per interval: a tenth is shorter than the lowest line, a tenth longer than the highest.",
		empty: "No answer is recorded in this time range: no run, or content is not captured.",
		sql: RUN_LENGTHS("output"),
	})
		.unit("short")
		.decimals(0);
}

function finishReasons(): TimeSeries {
	return countBars({
		id: 23,
		title: "Why models stopped",
		description:
			"Model calls per interval by finish reason. More of `length` are answers that were cut off; more of `content_filter` are refusals.",
		empty: "No model call with a finish reason in this time range.",
		sql: `SELECT $__timeInterval(start_time) AS time, reason, count() AS calls
FROM (${steps(
			"start_time, arrayJoin(JSONExtract(attributes['gen_ai.response.finish_reasons'], 'Array(String)')) AS reason",
		)})
GROUP BY time, reason
ORDER BY time, reason`,
	});
}

function stepShares(): TimeSeries {
	return shareLines({
		id: 24,
		title: "Share of runs in which a step ran",
		description:
			"Per interval, for every step that does not run in all runs anyway: a tool that is called less than before, or an optional step that now always runs.",
		empty: "Every step ran in every judged run of this time range, or none was judged.",
		sql: `SELECT time, step, ran / all_runs AS share
FROM (
    SELECT time, step, ran, max(ran) OVER (PARTITION BY time) AS all_runs, min(ran) OVER (PARTITION BY step) AS fewest
    FROM (
        SELECT $__timeInterval(run_start) AS time, step, uniqExact(trace_id) AS ran
        FROM step_verdicts
        WHERE ${chosen("run_start")} AND eval_id = ''
        GROUP BY time, step
    )
)
ORDER BY time, step`,
	});
}

const RATED = `SELECT rating, blame_step, created_at, origin_step
FROM (SELECT trace_id, rating, blame_step, created_at FROM ratings FINAL WHERE created_at >= $__fromTime) AS rated
INNER JOIN (${verdicts()}) AS judged USING (trace_id)`;

function ratings(): TimeSeries {
	return countBars({
		id: 31,
		title: "Ratings",
		description:
			"Ratings by people of runs that started in the range, per interval of the rating. Chosen by hand they are no random sample: read rates from corrected figures only.",
		empty: NO_RATINGS,
		sql: `SELECT $__timeInterval(created_at) AS time, rating, count() AS ratings
FROM (${RATED})
GROUP BY time, rating
ORDER BY time, rating`,
	});
}

function blamed(): Table {
	return tablePanel({
		id: 32,
		title: "Which step people blame",
		description:
			"Ratings that name a step, and how often Faultline's own verdict on the same run names it too.",
		empty: "No rating of this time range names a step.",
		sql: `SELECT blame_step AS step, count() AS ratings, countIf(origin_step = blame_step) / count() AS verdict_agrees
FROM (${RATED})
WHERE blame_step != ''
GROUP BY step
ORDER BY ratings DESC, step
LIMIT 50`,
	})
		.overrideByName("ratings", unit("short", 0))
		.overrideByName("verdict_agrees", unit("percentunit", 0))
		.overrideByName("step", stepLinks("step"));
}
