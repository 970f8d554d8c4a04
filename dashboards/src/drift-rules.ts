import { type AlertRule, alertRule, ask } from "./alert-rule.ts";
import { BEHAVIOUR_PANELS, BEHAVIOUR_UID } from "./behaviour.ts";
import type { AlertSettings } from "./objectives.ts";

/** Distinct inputs of the last day and of the week before that are needed; the two-sample test says nothing of fewer. */
const MINIMUM_INPUTS = 200;
/** Chance of a distance this large in one test of nothing; a day holds 144 tests of every quantity, most of them on the same runs. */
const LEVEL = 0.0001;
/** Inputs of either side that are compared at most: the newest. */
const SAMPLE = 20_000;

export const driftRules = (settings: AlertSettings): AlertRule[] => [
	watchRule(settings),
	distanceRule(settings),
];

/** Days that are looked back for alarms of the watch. */
const DAYS_TOLD = 3;

/** The alarms of `faultline drift`, whose false-alarm rate holds however often one looks. */
function watchRule({ pageUrl }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-drift-watch",
			title: "Inputs or responses changed",
			queries: [
				ask(
					"A",
					{ from: DAYS_TOLD * 1440 },
					`SELECT pipeline, concat(toString(text), ' of ', if(step = '', 'the pipeline', toString(step))) AS stream, max(log_wealth / log_threshold) AS way_to_alarm
FROM drift_days FINAL
WHERE $__timeFilter(bucket) AND alarm
GROUP BY pipeline, stream
ORDER BY pipeline, stream
LIMIT 500`,
				),
			],
			condition: "$A >= 1",
			dashboardUid: BEHAVIOUR_UID,
			panelId: BEHAVIOUR_PANELS.watch,
			for: "5m",
			severity: "ticket",
			words: {
				summary: "The {{ $labels.stream }} of {{ $labels.pipeline }} changed",
				description:
					"Pipeline {{ $labels.pipeline }}: the {{ $labels.stream }} no longer looks as on the days before. The watch alarms without cause with a chance of at most 5 % in all the time until its first alarm. Other inputs can raise the failure rate without any component having broken.",
				runbook: `1. Which words, clusters and runs: npx faultline drift --pipeline {{ $labels.pipeline }}
2. How much of a change of the failure rate is another mix of inputs: npx faultline drift --pipeline {{ $labels.pipeline }} --baseline 14d..3d --candidate 3d..
3. If the new inputs are here to stay, capture fixtures of them: npx faultline fixtures capture --pipeline {{ $labels.pipeline }} --since 3d`,
				link: "/drift?pipeline={{ urlquery $labels.pipeline }}",
			},
		},
		pageUrl,
	);
}

/**
 * The last day beside the seven days before: what is asked and what is answered. Every distinct input counts once with its mean, so that one
 * user's repeated question is no drift and runs of one task are not taken for independent. Whole days are compared, so the time of day is no drift either.
 */
function distanceRule({ pageUrl, driftDistance }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-drift",
			title: "Behaviour has drifted",
			queries: [
				ask(
					"A",
					{ from: 8 * 1440 },
					`SELECT pipeline, quantity, if(tupleElement(ks, 2) < ${LEVEL}, tupleElement(ks, 1), 0) AS distance
FROM (
    SELECT pipeline, quantity, kolmogorovSmirnovTest('two-sided', 'asymp')(value, toUInt8(now)) AS ks
    FROM (
        SELECT pipeline, quantity, now, value, countIf(now) OVER (PARTITION BY pipeline, quantity) AS inputs_now, countIf(NOT now) OVER (PARTITION BY pipeline, quantity) AS inputs_before
        FROM (
            SELECT pipeline, now, pair.1 AS quantity, avg(assumeNotNull(pair.2)) AS value
            FROM (
                SELECT pipeline, start_time >= $__toTime - INTERVAL 1 DAY AS now, cityHash64(input) AS asked, [
                        ('input length', if(input = '', NULL, toFloat64(lengthUTF8(input)))),
                        ('share of bytes beyond ASCII', if(input = '', NULL, (length(input) - lengthUTF8(input)) / length(input))),
                        ('output length', if(output = '', NULL, toFloat64(lengthUTF8(output))))
                    ] AS quantities
                FROM runs
                WHERE $__timeFilter(start_time) AND eval_id = ''
                ORDER BY start_time DESC
                LIMIT ${SAMPLE} BY pipeline, now
            )
            ARRAY JOIN quantities AS pair
            WHERE pair.2 IS NOT NULL
            GROUP BY pipeline, now, asked, quantity
        )
    )
    WHERE inputs_now >= ${MINIMUM_INPUTS} AND inputs_before >= ${MINIMUM_INPUTS}
    GROUP BY pipeline, quantity
)
ORDER BY pipeline, quantity
LIMIT 500`,
				),
			],
			condition: `$A > ${driftDistance}`,
			dashboardUid: BEHAVIOUR_UID,
			panelId: BEHAVIOUR_PANELS.drift,
			for: "30m",
			severity: "ticket",
			words: {
				summary: `{{ $labels.quantity }} of {{ $labels.pipeline }} has drifted: distance {{ printf "%.2f" $values.A.Value }}`,
				description:
					'Pipeline {{ $labels.pipeline }}: the {{ $labels.quantity }} of the last day lies away from the seven days before (Kolmogorov–Smirnov distance {{ printf "%.2f" $values.A.Value }}; 0 is the same, 1 has nothing in common). Other questions can raise the failure rate without any component having broken.',
				runbook: `1. Is it a different mix of inputs or a different response to the same: npx faultline compare --pipeline {{ $labels.pipeline }} --baseline 8d..1d --candidate 1d..
2. See the dashboard for what moved with it: scores, steps that run, answers.
3. If the new inputs are here to stay, capture fixtures of them: npx faultline fixtures capture --pipeline {{ $labels.pipeline }} --since 1d`,
				link: "/runs?pipeline={{ urlquery $labels.pipeline }}",
			},
		},
		pageUrl,
	);
}
