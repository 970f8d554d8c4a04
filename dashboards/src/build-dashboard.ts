import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
	type AnnotationQueryBuilder,
	type Dashboard,
	DashboardBuilder,
	DashboardCursorSync,
	DashboardLinkBuilder,
	DashboardLinkType,
	DatasourceVariableBuilder,
	type GridPos,
	type Panel,
	RowBuilder,
	type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { CLICKHOUSE_PLUGIN } from "./clickhouse-query.ts";

/** Any of the SDK's panel builders. */
interface PlacedPanel extends Builder<Panel> {
	gridPos(gridPos: GridPos): this;
}

/** Panels beside each other, with their widths in the grid's 24 columns. */
export interface Line {
	readonly height: number;
	readonly panels: readonly (readonly [panel: PlacedPanel, width: number])[];
}

/** A row of Grafana's: a heading that can be folded, and the lines of panels under it. */
export interface Section {
	readonly id: number;
	readonly title: string;
	readonly lines: readonly Line[];
}

export interface DashboardPlan {
	readonly uid: string;
	readonly title: string;
	readonly description: string;
	readonly variables: readonly Builder<VariableModel>[];
	readonly annotations?: readonly AnnotationQueryBuilder[];
	readonly sections: readonly Section[];
	/** Default: the last 24 hours. */
	readonly from?: string;
}

const COLUMNS = 24;

/**
 * A dashboard from its sections: panels are placed line by line, beside each other from the left.
 *
 * @throws RangeError where a line is wider than the grid.
 * @example
 * buildDashboard({ uid: "x", title: "X", description: "…", variables: [], sections: [{ id: 100, title: "Y", lines: [{ height: 8, panels: [[panel, 12]] }] }] });
 */
export function buildDashboard(plan: DashboardPlan): Dashboard {
	const dashboard = new DashboardBuilder(plan.title)
		.uid(plan.uid)
		.description(plan.description)
		.tags(["faultline", "generated"])
		.time({ from: plan.from ?? "now-24h", to: "now" })
		.refresh("1m")
		.timezone("browser")
		.tooltip(DashboardCursorSync.Crosshair)
		.readonly()
		.link(
			new DashboardLinkBuilder("Faultline")
				.type(DashboardLinkType.Dashboards)
				.tags(["faultline"])
				.asDropdown(true)
				.keepTime(true)
				.includeVars(true),
		)
		.withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type(CLICKHOUSE_PLUGIN));
	for (const variable of plan.variables) dashboard.withVariable(variable);
	for (const annotation of plan.annotations ?? []) dashboard.annotation(annotation);
	let y = 0;
	for (const section of plan.sections) {
		dashboard.withRow(new RowBuilder(section.title).id(section.id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
		y += 1;
		for (const { height, panels } of section.lines) {
			let x = 0;
			for (const [panel, width] of panels) {
				if (x + width > COLUMNS)
					throw new RangeError(`a line of "${section.title}" is wider than ${COLUMNS}`);
				dashboard.withPanel(panel.gridPos({ x, y, w: width, h: height }));
				x += width;
			}
			y += height;
		}
	}
	const built = dashboard.build();
	// The SDK tucks annotations and links away in a menu unless this key is missing.
	for (const annotation of built.annotations?.list ?? []) delete annotation.placement;
	for (const link of built.links ?? []) delete link.placement;
	return built;
}
