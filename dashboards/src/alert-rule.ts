import type { Query, Rule } from "@grafana/grafana-foundation-sdk/alerting";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { CLICKHOUSE_PLUGIN, type ClickHouseModel, clickHouseModel } from "./clickhouse-query.ts";

/** The provisioned data source. Alert rules cannot use the dashboards' variable. */
export const SOURCE_UID = "faultline-clickhouse";

const EXPRESSION = { type: "__expr__", uid: "__expr__" } as const;

interface MathModel {
	readonly refId: string;
	readonly type: "math";
	readonly expression: string;
	readonly datasource: typeof EXPRESSION;
}

export interface AlertQuery {
	readonly refId: string;
	readonly datasourceUid: string;
	/** Seconds before the evaluation. */
	readonly relativeTimeRange: { readonly from: number; readonly to: number };
	readonly model: ClickHouseModel | MathModel;
}

/** A rule as Grafana's file provisioning reads it; the HTTP API names some keys differently, see `apiRule`. */
export interface AlertRule {
	readonly uid: string;
	readonly title: string;
	readonly condition: string;
	readonly data: readonly AlertQuery[];
	readonly dashboardUid: string;
	readonly panelId: number;
	readonly noDataState: "OK" | "Alerting" | "NoData";
	readonly execErrState: "Error";
	readonly for: string;
	readonly keepFiringFor?: string;
	readonly annotations: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	readonly isPaused: boolean;
}

export interface AlertGroup {
	readonly orgId: number;
	readonly name: string;
	/** The folder's title. */
	readonly folder: string;
	/** A duration such as `1m`. */
	readonly interval: string;
	readonly rules: readonly AlertRule[];
}

/** What a rule says to whoever is woken. */
export interface RuleWords {
	/** One line: what, where, how bad. */
	readonly summary: string;
	/** Which component, since when, what it means. */
	readonly description: string;
	/** Numbered steps, each with the command to run. */
	readonly runbook: string;
	/** Below Faultline's page. */
	readonly link: string;
}

/** The part of a rule that differs between rules. */
export interface RulePlan extends Pick<AlertRule, "uid" | "title" | "dashboardUid" | "panelId" | "for"> {
	readonly queries: readonly AlertQuery[];
	/** An alert for every set of labels for which this is not 0. */
	readonly condition: string;
	readonly severity: "page" | "ticket";
	readonly keepFiringFor?: string;
	/** Default OK. */
	readonly noDataState?: AlertRule["noDataState"];
	readonly words: RuleWords;
	readonly labels?: Readonly<Record<string, string>>;
}

export function alertRule(plan: RulePlan, pageUrl: string): AlertRule {
	return {
		uid: plan.uid,
		title: plan.title,
		condition: "C",
		data: [
			...plan.queries,
			{
				refId: "C",
				datasourceUid: EXPRESSION.uid,
				relativeTimeRange: { from: 0, to: 0 },
				model: { refId: "C", type: "math", expression: plan.condition, datasource: EXPRESSION },
			},
		],
		dashboardUid: plan.dashboardUid,
		panelId: plan.panelId,
		noDataState: plan.noDataState ?? "OK",
		execErrState: "Error",
		for: plan.for,
		...(plan.keepFiringFor === undefined ? {} : { keepFiringFor: plan.keepFiringFor }),
		annotations: {
			summary: plan.words.summary,
			description: plan.words.description,
			runbook: plan.words.runbook,
			runbook_url: `${pageUrl}${plan.words.link}`,
		},
		labels: { severity: plan.severity, source: "faultline", ...plan.labels },
		isPaused: false,
	};
}

/** A query over the minutes from `from` to `to` before the evaluation: any number of text columns, which become labels, and one number. */
export const ask = (
	refId: string,
	minutes: { readonly from: number; readonly to?: number },
	sql: string,
): AlertQuery => ({
	refId,
	datasourceUid: SOURCE_UID,
	relativeTimeRange: { from: minutes.from * 60, to: (minutes.to ?? 0) * 60 },
	model: clickHouseModel(sql, "table", { refId, datasource: { type: CLICKHOUSE_PLUGIN, uid: SOURCE_UID } }),
});

/** A duration as Grafana writes it. */
export const spell = (minutes: number): string =>
	minutes % 1440 === 0 ? `${minutes / 1440}d` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;

/** A rule as Grafana's HTTP API wants it, in the Foundation SDK's types. Panel links are annotations there. */
export function apiRule(rule: AlertRule, group: AlertGroup, folderUid: string): Rule {
	return {
		uid: rule.uid,
		title: rule.title,
		condition: rule.condition,
		data: rule.data.map(
			(query): Query => ({
				refId: query.refId,
				datasourceUid: query.datasourceUid,
				relativeTimeRange: { ...query.relativeTimeRange },
				model: query.model as unknown as Dataquery,
			}),
		),
		execErrState: rule.execErrState,
		noDataState: rule.noDataState,
		folderUID: folderUid,
		ruleGroup: group.name,
		orgID: group.orgId,
		for: rule.for,
		...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
		annotations: {
			...rule.annotations,
			__dashboardUid__: rule.dashboardUid,
			__panelId__: String(rule.panelId),
		},
		labels: { ...rule.labels },
		isPaused: rule.isPaused,
	};
}
