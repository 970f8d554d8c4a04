export { type AlertGroup, type AlertOptions, type AlertRule, alertGroups } from "./alert-rules.ts";
export { BURN_WINDOWS, type BurnWindow, burnFactor, DEFAULT_OBJECTIVE, type Objective } from "./burn-rate.ts";
export { pipelineOverview } from "./pipeline-overview.ts";
export { provisioningFiles } from "./provisioning.ts";
