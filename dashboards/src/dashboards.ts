import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { behaviour } from "./behaviour.ts";
import { deployComparison } from "./deploy-comparison.ts";
import { health } from "./health.ts";
import { judge } from "./judge.ts";
import { pipelineOverview } from "./pipeline-overview.ts";
import { stepDetail } from "./step-detail.ts";

export interface DashboardOptions {
	/** Default address of Faultline's page, which the reader of a dashboard may change. */
	readonly pageUrl?: string;
}

/**
 * All dashboards, in the order in which one needs them.
 * @example dashboards({ pageUrl: "https://faultline.example" }).map(({ title }) => title)
 */
export const dashboards = (options: DashboardOptions = {}): Dashboard[] => [
	pipelineOverview(options),
	stepDetail(options),
	deployComparison(options),
	behaviour(options),
	judge(options),
	health(),
];
