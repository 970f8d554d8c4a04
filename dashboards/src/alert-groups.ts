import type { AlertGroup, AlertRule } from "./alert-rule.ts";
import { runBurnRules, stepBurnRules } from "./burn-rules.ts";
import { driftRules } from "./drift-rules.ts";
import { gateRules } from "./gate-rules.ts";
import { judgeRules } from "./judge-rules.ts";
import { type AlertOptions, alertSettings } from "./objectives.ts";
import { silenceRules } from "./silence-rules.ts";

/** The folder of dashboards and rules. */
export const FOLDER = { uid: "faultline", title: "Faultline" } as const;

/**
 * All alert rules, in groups that are evaluated together.
 *
 * @throws RangeError where an option is out of range; it names the field.
 * @example alertGroups({ objectives: { "*": { success: 0.98 } }, periodDays: 28 })
 */
export function alertGroups(options: AlertOptions = {}): AlertGroup[] {
	const settings = alertSettings(options);
	return [
		...burnGroups("faultline-steps", stepBurnRules(settings)),
		...burnGroups("faultline-end-to-end", runBurnRules(settings)),
		group("faultline-silence", "1m", silenceRules(settings)),
		group("faultline-judge", "5m", judgeRules(settings)),
		group("faultline-slow", "10m", [...driftRules(settings), ...gateRules(settings)]),
	];
}

/** Pages are looked for every minute; a ticket can wait ten, and its windows of days cost more to read. */
const burnGroups = (name: string, rules: readonly AlertRule[]): AlertGroup[] => [
	group(
		name,
		"1m",
		rules.filter(({ labels }) => labels["severity"] === "page"),
	),
	group(
		`${name}-tickets`,
		"10m",
		rules.filter(({ labels }) => labels["severity"] === "ticket"),
	),
];

const group = (name: string, interval: string, rules: readonly AlertRule[]): AlertGroup => ({
	orgId: 1,
	name,
	folder: FOLDER.title,
	interval,
	rules,
});
