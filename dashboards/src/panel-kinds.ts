import { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import {
	GraphDrawStyle,
	LegendDisplayMode,
	LegendPlacement,
	ReduceDataOptionsBuilder,
	StackingConfigBuilder,
	StackingMode,
	VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { TextMode, PanelBuilder as TextPanel } from "@grafana/grafana-foundation-sdk/text";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { clickHouseQuery, PICKED_SOURCE } from "./clickhouse-query.ts";

/** What every panel says: an id that stays (links hold it), what it shows, what it means when it is empty, and its query. */
export interface PanelWords {
	readonly id: number;
	readonly title: string;
	readonly description: string;
	/** Shown in the panel's place when the query gives nothing: what is missing and what to do. */
	readonly empty: string;
	readonly sql: string;
}

/** One number. */
export function statPanel({ id, title, description, empty, sql }: PanelWords): Stat {
	return new Stat()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
		.noValue(empty)
		.thresholds(plain())
		.withTarget(clickHouseQuery(sql, "table"));
}

/** Rows; give every number a unit by overrides. */
export function tablePanel({ id, title, description, empty, sql }: PanelWords): Table {
	return new Table()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.noValue(empty)
		.thresholds(plain())
		.withTarget(clickHouseQuery(sql, "table"));
}

/** Lines over time; the query's first column is `time`. */
export function linePanel({ id, title, description, empty, sql }: PanelWords): TimeSeries {
	return new TimeSeries()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.interval("1m")
		.min(0)
		.noValue(empty)
		.thresholds(plain())
		.lineWidth(1)
		.fillOpacity(5)
		.legend(legend())
		.withTarget(clickHouseQuery(sql, "timeseries"));
}

/** Lines of shares from 0 to 1. */
export const shareLines = (words: PanelWords): TimeSeries =>
	linePanel(words).unit("percentunit").decimals(1).max(1).thresholds(rateThresholds(0.01, 0.03));

/** Stacked bars of counts over time. */
export function countBars(words: PanelWords): TimeSeries {
	return linePanel(words)
		.unit("short")
		.decimals(0)
		.drawStyle(GraphDrawStyle.Bars)
		.fillOpacity(70)
		.lineWidth(0)
		.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
}

/** Bars beside each other, by the text column `x`. */
export function barPanel({
	id,
	title,
	description,
	empty,
	sql,
	x,
}: PanelWords & { readonly x: string }): BarChart {
	return new BarChart()
		.id(id)
		.title(title)
		.description(description)
		.datasource(PICKED_SOURCE)
		.noValue(empty)
		.thresholds(plain())
		.xField(x)
		.legend(legend())
		.withTarget(clickHouseQuery(sql, "table"));
}

/** Words in Markdown; Grafana puts the dashboard's variables in. It asks for nothing, so it can stand where there is no data. */
export const textPanel = (words: {
	readonly id: number;
	readonly title: string;
	readonly description: string;
	readonly markdown: string;
}): TextPanel =>
	new TextPanel()
		.id(words.id)
		.title(words.title)
		.description(words.description)
		.mode(TextMode.Markdown)
		.content(words.markdown);

const legend = (): VizLegendOptionsBuilder =>
	new VizLegendOptionsBuilder()
		.showLegend(true)
		.displayMode(LegendDisplayMode.List)
		.placement(LegendPlacement.Bottom);

/** Green below `warn`, yellow below `bad`, red from there on, in the panel's own unit. */
export const rateThresholds = (warn: number, bad: number): ThresholdsConfigBuilder =>
	thresholdsOf(
		{ value: null, color: "green" },
		{ value: warn, color: "yellow" },
		{ value: bad, color: "red" },
	);

/** The other way round: red below `bad`, yellow below `warn`, green from there on. */
export const floorThresholds = (bad: number, warn: number): ThresholdsConfigBuilder =>
	thresholdsOf(
		{ value: null, color: "red" },
		{ value: bad, color: "yellow" },
		{ value: warn, color: "green" },
	);

/** Green between −`width` and `width`, yellow outside. */
export const aroundZero = (width: number): ThresholdsConfigBuilder =>
	thresholdsOf(
		{ value: null, color: "yellow" },
		{ value: -width, color: "green" },
		{ value: width, color: "yellow" },
	);

/** No judgement: the number is neither good nor bad. */
const plain = (): ThresholdsConfigBuilder => thresholdsOf({ value: null, color: "text" });

const thresholdsOf = (
	...steps: readonly { readonly value: number | null; readonly color: string }[]
): ThresholdsConfigBuilder =>
	new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map((step) => ({ ...step })));
