/** The parts of the generated files that the tests read. Parsed from the files' text, not taken from the builders. */
export interface Target {
	readonly refId: string;
	readonly rawSql: string;
	readonly format: number;
}

export interface Override {
	readonly matcher: { readonly id: string; readonly options: string };
	readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Panel {
	readonly id: number;
	readonly type: string;
	readonly title: string;
	readonly description?: string;
	readonly datasource?: { readonly uid: string };
	readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
	readonly targets?: readonly Target[];
	readonly fieldConfig?: {
		readonly defaults: { readonly unit?: string; readonly noValue?: string; readonly thresholds?: object };
		readonly overrides: readonly Override[];
	};
	readonly options?: { readonly xField?: string; readonly content?: string };
}

export interface DashboardFile {
	readonly uid: string;
	readonly editable: boolean;
	readonly panels: readonly Panel[];
	readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
	readonly tags: readonly string[];
	readonly templating: {
		readonly list: readonly {
			readonly name: string;
			readonly type: string;
			readonly label?: string;
			readonly refresh?: number;
			readonly query?: string | { rawSql: string };
		}[];
	};
	readonly annotations?: { readonly list: readonly { readonly name: string; readonly target: Target }[] };
}

export interface DataLink {
	readonly title: string;
	readonly url: string;
}

/** The panels that ask the database something: neither rows nor text. */
export const queryPanels = (dashboard: DashboardFile): Panel[] =>
	dashboard.panels.filter((panel) => panel.type !== "row" && panel.type !== "text");

/** Every data link of a panel. */
export const linksOf = (panel: Panel): DataLink[] =>
	(panel.fieldConfig?.overrides ?? [])
		.flatMap((override) => override.properties)
		.filter((property) => property.id === "links")
		.flatMap((property) => property.value as DataLink[]);

/** Does an override speak of this column? */
export function matches(override: Override, column: string): boolean {
	if (override.matcher.id === "byName") return override.matcher.options === column;
	const pattern = /^\/(.*)\/$/.exec(override.matcher.options)?.[1];
	if (override.matcher.id === "byRegexp" && pattern !== undefined) return new RegExp(pattern).test(column);
	throw new Error(`the tests know no matcher ${override.matcher.id} ${override.matcher.options}`);
}
