import { exploreTraceLink } from "./explore-link.ts";

/** One property that an override sets on the columns that it fits. */
export interface Property {
	readonly id: string;
	readonly value: unknown;
}

/** Mutable, since the SDK's builders ask for that. */
type Properties = Property[];

export const unit = (id: string, decimals = 2): Properties => [
	{ id: "unit", value: id },
	{ id: "decimals", value: decimals },
];

/** A time, of which decimals mean nothing. */
export const time = (): Properties => [{ id: "unit", value: "dateTimeAsIso" }];

export const colour = (fixed: string): Properties => [
	{ id: "color", value: { mode: "fixed", fixedColor: fixed } },
];

/** The cell's background takes the colour of the threshold that its number reached. */
export const coloured = (): Properties => [
	{ id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
];

const links = (...value: readonly { readonly title: string; readonly url: string }[]): Properties => [
	{ id: "links", value: value.map((link) => ({ ...link, targetBlank: true })) },
];

/** From the column `field`, which holds a trace id, to Faultline's page and to the trace. */
export const runLinks = (field: string): Properties =>
	links(
		{ title: "Faultline's page", url: `\${page:raw}/runs/\${__data.fields.${field}}` },
		{ title: "Trace", url: exploreTraceLink(field) },
	);

/** From the column `field`, which holds a step's name, to that step's dashboard and to its failing runs. */
export const stepLinks = (field: string): Properties =>
	links(
		{
			title: "This step in detail",
			url: `/d/faultline-step-detail?var-pipeline=\${pipeline:percentencode}&var-step=\${__data.fields.${field}:percentencode}&from=\${__from}&to=\${__to}`,
		},
		{
			title: "Failing runs of this step",
			url: `\${page:raw}/runs?pipeline=\${pipeline:percentencode}&step=\${__data.fields.${field}:percentencode}&outcome=fail`,
		},
	);
