import { type AlertRule, alertRule, ask } from "./alert-rule.ts";
import { COMPARISON_PANELS, COMPARISON_UID } from "./deploy-comparison.ts";
import type { AlertSettings } from "./objectives.ts";

/** How long a version may run before its missing gate decision is told. */
const GRACE_HOURS = 1;
const DAYS_BACK = 180;

/** Only pipelines that have been through the gate at least once are nagged about it. */
export const gateRules = (settings: AlertSettings): AlertRule[] => [
	ungatedRule(settings),
	overdueRule(settings),
];

function ungatedRule({ pageUrl }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-gate-passed-by",
			title: "A version runs that the gate did not pass",
			queries: [
				ask(
					"A",
					{ from: 30 * 1440 },
					`SELECT pipeline, service_version, dateDiff('second', first_run, $__toTime) / 3600 AS hours
FROM (
    SELECT pipeline, service_version, min(start_time) AS first_run, max(start_time) AS last_run
    FROM runs
    WHERE $__timeFilter(start_time) AND eval_id = '' AND service_version != ''
    GROUP BY pipeline, service_version
) AS deployed
INNER JOIN (
    SELECT pipeline, min(decided_at) AS first_decision, groupUniqArrayIf(service_version, verdict = 'pass') AS passed
    FROM gate_decisions FINAL
    WHERE decided_at >= $__toTime - INTERVAL ${DAYS_BACK} DAY
    GROUP BY pipeline
) AS decided USING (pipeline)
WHERE last_run >= $__toTime - INTERVAL 1 DAY AND first_run > first_decision AND NOT has(passed, service_version)
ORDER BY pipeline, service_version
LIMIT 200`,
				),
			],
			condition: `$A > ${GRACE_HOURS}`,
			dashboardUid: COMPARISON_UID,
			panelId: COMPARISON_PANELS.gate,
			for: "5m",
			severity: "ticket",
			words: {
				summary:
					'Version {{ $labels.service_version }} of {{ $labels.pipeline }} has run for {{ printf "%.0f" $values.A.Value }} hours without having passed the gate',
				description:
					"Component: the deploy pipeline of {{ $labels.pipeline }}. Version {{ $labels.service_version }} serves users, and no gate decision says pass for it: the gate was skipped, failed and was overruled, or ran under another version's name.",
				runbook: `1. What did the gate say: npx faultline eval list --pipeline {{ $labels.pipeline }}
2. Run it now against the deployed version: npx faultline gate
3. See how the version does among users: npx faultline compare --pipeline {{ $labels.pipeline }} --baseline service.version=BEFORE --candidate service.version={{ $labels.service_version }}`,
				link: "/?pipeline={{ urlquery $labels.pipeline }}&version={{ urlquery $labels.service_version }}",
			},
		},
		pageUrl,
	);
}

function overdueRule({ pageUrl, gateDays }: AlertSettings): AlertRule {
	return alertRule(
		{
			uid: "faultline-gate-overdue",
			title: "The gate is overdue",
			queries: [
				ask(
					"A",
					{ from: DAYS_BACK * 1440 },
					`SELECT pipeline, dateDiff('second', max(decided_at), $__toTime) / 86400 AS days
FROM gate_decisions
WHERE $__timeFilter(decided_at) AND pipeline IN (SELECT pipeline FROM runs WHERE start_time >= $__toTime - INTERVAL 1 DAY AND start_time <= $__toTime AND eval_id = '')
GROUP BY pipeline
ORDER BY pipeline
LIMIT 200`,
				),
			],
			condition: `$A > ${gateDays}`,
			dashboardUid: COMPARISON_UID,
			panelId: COMPARISON_PANELS.gate,
			for: "1h",
			severity: "ticket",
			words: {
				summary:
					'The gate of {{ $labels.pipeline }} last decided {{ printf "%.0f" $values.A.Value }} days ago',
				description: `Component: the deploy pipeline of {{ $labels.pipeline }}. Its users are served, but the last gate decision is more than ${gateDays} days old, so that models, data and tools behind it may have moved since.`,
				runbook: `1. Evaluate and decide now, without a deploy: npx faultline gate
2. If it passes, save a new baseline: npx faultline gate --save-baseline gate-baseline.json
3. Where the pipeline is deployed less often on purpose, raise alerts.gateDays in faultline.config.ts and build again.`,
				link: "/gates?pipeline={{ urlquery $labels.pipeline }}",
			},
		},
		pageUrl,
	);
}
