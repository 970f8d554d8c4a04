export { alertGroups } from "./alert-groups.ts";
export type { AlertGroup, AlertRule } from "./alert-rule.ts";
export { dashboards } from "./dashboards.ts";
export { type AlertOptions, alertSettings, type Objective } from "./objectives.ts";
export { provisioningFiles } from "./provisioning.ts";
export { GrafanaError, type GrafanaTarget, pushToGrafana } from "./push-to-grafana.ts";
