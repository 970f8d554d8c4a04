import * as units from "@grafana/grafana-foundation-sdk/units";
import type { DashboardFile, Panel } from "./grafana-files.ts";

const UNITS: ReadonlySet<unknown> = new Set(Object.values(units));

/**
 * The rules of Grafana's dashboard-linter that do not speak of Prometheus or Loki, by their names there, for all kinds of panels that ask
 * for data. Its units are those of the Foundation SDK. Gives one line for everything that is wrong.
 */
export function lintDashboard(dashboard: DashboardFile): string[] {
	const found: string[] = [];
	const say = (rule: string, what: string): void => void found.push(`${rule}: ${what}`);
	const sources = dashboard.templating.list.filter(({ type }) => type === "datasource");
	if (sources.length !== 1) say("template-datasource-rule", `${sources.length} variables for data sources`);
	for (const { name, label } of sources) {
		if (name !== "datasource")
			say("template-datasource-rule", `the variable is named ${name}, not datasource`);
		if (label !== "Data source") say("template-datasource-rule", `the variable's label is ${label}`);
	}
	for (const { name, type, refresh } of dashboard.templating.list) {
		if (type === "query" && refresh !== 2)
			say("template-on-time-change-reload-rule", `$${name} keeps its values when the time range changes`);
	}
	if (dashboard.editable !== false)
		say("uneditable-dashboard-rule", "it can be edited, and edits would be lost");
	for (const panel of dashboard.panels.filter(({ type }) => type !== "row")) lintPanel(panel, say);
	return found;
}

function lintPanel(panel: Panel, say: (rule: string, what: string) => void): void {
	if (panel.title === "") say("panel-title-description-rule", `panel ${panel.id} has no title`);
	if ((panel.description ?? "") === "")
		say("panel-title-description-rule", `"${panel.title}" has no description`);
	if (panel.type === "text") return;
	if ((panel.targets ?? []).length === 0) say("panel-no-targets-rule", `"${panel.title}" asks nothing`);
	if (panel.datasource?.uid !== `\${datasource}`)
		say("panel-datasource-rule", `"${panel.title}" uses ${panel.datasource?.uid}`);
	const named = (panel.fieldConfig?.overrides ?? [])
		.flatMap(({ properties }) => properties)
		.filter(({ id }) => id === "unit")
		.map(({ value }) => value);
	const all = [panel.fieldConfig?.defaults.unit ?? [], named].flat();
	if (all.length === 0) say("panel-units-rule", `"${panel.title}" has no unit`);
	for (const unit of all)
		if (!UNITS.has(unit)) say("panel-units-rule", `"${panel.title}" has the unit ${unit}`);
}
