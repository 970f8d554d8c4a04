import { type AlertRule, alertRule, ask } from "./alert-rule.ts";
import { BEHAVIOUR_PANELS, BEHAVIOUR_UID } from "./behaviour.ts";
import type { AlertSettings } from "./objectives.ts";

/** Distinct inputs of the last day and of the week before that are needed; the two-sample test says nothing of fewer. */
const MINIMUM_INPUTS = 200;
/** Chance of a distance this large in one test of nothing; a day holds 144 tests of every quantity, most of them on the same runs. */
const LEVEL = 0.0001;
/** Inputs of either side that are compared at most: the newest. */
const SAMPLE = 20_000;

/**
 * The last day beside the seven days before: what is asked and what is answered. Every distinct input counts once with its mean, so that one
 * user's repeated question is no drift and runs of one task are not taken for independent. Whole days are compared, so the time of day is no drift either.
 */
export const driftRules = ({ pageUrl, driftDistance }: AlertSettings): AlertRule[] => [
	alertRule(
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
	),
];
