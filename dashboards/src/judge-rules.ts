import { type AlertRule, alertRule, ask } from "./alert-rule.ts";
import { ONE_SIDED_95 } from "./burn-rate.ts";
import { JUDGE_PANELS, JUDGE_UID } from "./judge.ts";
import type { AlertSettings } from "./objectives.ts";
import { wilsonLow } from "./wilson-sql.ts";

const MINIMUM_SCORES = 20;
const WINDOW_MINUTES = 60;

/** A judge that does not answer: missing scores look like quiet, not like failures. */
export const judgeRules = ({ pageUrl, judgeNullShare }: AlertSettings): AlertRule[] => [
	alertRule(
		{
			uid: "faultline-judge-failing",
			title: "A judge does not answer",
			queries: [
				ask(
					"A",
					{ from: WINDOW_MINUTES },
					`SELECT judge, ${wilsonLow("nulls", "total", ONE_SIDED_95)} AS null_share
FROM (
    SELECT scorer AS judge, toFloat64(countIf(value IS NULL)) AS nulls, toFloat64(count()) AS total
    FROM scores
    WHERE $__timeFilter(created_at) AND run_start >= $__fromTime - INTERVAL 7 DAY AND source = 'judge'
    GROUP BY judge
)
WHERE total >= ${MINIMUM_SCORES}
ORDER BY judge
LIMIT 200`,
				),
			],
			condition: `$A > ${judgeNullShare}`,
			dashboardUid: JUDGE_UID,
			panelId: JUDGE_PANELS.nullShare,
			for: "10m",
			severity: "ticket",
			words: {
				summary:
					"Judge {{ $labels.judge }} leaves at least {{ humanizePercentage $values.A.Value }} of its scores empty",
				description: `Component: the judge {{ $labels.judge }}. Of the scores that it was asked for in the last hour at least {{ humanizePercentage $values.A.Value }} are without an answer (limit ${100 * judgeNullShare} %). Judged rates stand on what is left, and the checks that need this judge see nothing.`,
				runbook: `1. What do its calls end with: the panel "Errors of the judge's calls" on the dashboard (rate limit, quota, time-out, refused content).
2. What is wrong with the set-up: npx faultline doctor
3. When it answers again, score what was missed: npx faultline evaluate --since 2h`,
				link: "/",
			},
		},
		pageUrl,
	),
];
