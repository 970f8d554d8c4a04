import {
	QueryVariableBuilder,
	TextBoxVariableBuilder,
	VariableRefresh,
	VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PICKED_SOURCE } from "./clickhouse-query.ts";

/** Where `faultline up` serves its page. */
export const PAGE_URL = "http://127.0.0.1:4319";

function queryVariable(
	name: string,
	label: string,
	description: string,
	rawSql: string,
): QueryVariableBuilder {
	return (
		new QueryVariableBuilder(name)
			.label(label)
			.description(description)
			.datasource(PICKED_SOURCE)
			.query({ editorType: "sql", rawSql })
			.refresh(VariableRefresh.OnTimeRangeChanged)
			// The queries order their values: the busiest pipeline first, the newest version first.
			.sort(VariableSort.Disabled)
	);
}

/** The busiest pipeline first. Runs that nobody judged count too, so that a broken evaluator empties no menu. */
export const pipelineVariable = (): QueryVariableBuilder =>
	queryVariable(
		"pipeline",
		"Pipeline",
		"Pipelines with runs in the time range, the busiest first.",
		`SELECT pipeline FROM runs WHERE $__timeFilter(start_time) AND eval_id = '' GROUP BY pipeline ORDER BY count() DESC LIMIT 200`,
	);

const VERSIONS = `SELECT service_version FROM runs
WHERE $__timeFilter(start_time) AND eval_id = '' AND pipeline = \${pipeline:singlequote} AND service_version != ''
GROUP BY service_version ORDER BY min(start_time) DESC LIMIT 200`;

/** Any number of versions; All by default. */
export const versionVariable = (): QueryVariableBuilder =>
	queryVariable(
		"service_version",
		"Service version",
		"Versions with runs in the time range, the newest first.",
		VERSIONS,
	)
		.multi(true)
		.includeAll(true);

/** The newest version by default. */
export const candidateVariable = (): QueryVariableBuilder =>
	queryVariable("candidate", "Candidate", "The version that is looked at; by default the newest.", VERSIONS);

/** The version before the newest by default: what the candidate is compared with. */
export const baselineVariable = (): QueryVariableBuilder =>
	queryVariable(
		"baseline",
		"Baseline",
		"The version that the candidate is compared with; by default the one before it.",
		`SELECT service_version FROM runs
WHERE $__timeFilter(start_time) AND eval_id = '' AND pipeline = \${pipeline:singlequote} AND service_version != '' AND service_version != \${candidate:singlequote}
GROUP BY service_version ORDER BY min(start_time) DESC LIMIT 200`,
	);

/** The step at which most runs broke first. */
export const stepVariable = (): QueryVariableBuilder =>
	queryVariable(
		"step",
		"Step",
		"Steps of the pipeline; those at which most runs broke come first.",
		`SELECT step FROM step_verdicts
WHERE $__timeFilter(run_start) AND eval_id = '' AND pipeline = \${pipeline:singlequote}
GROUP BY step ORDER BY sum(broke) DESC, step LIMIT 200`,
	);

/** The address of Faultline's own page, for links. */
export const pageVariable = (pageUrl: string): TextBoxVariableBuilder =>
	new TextBoxVariableBuilder("page")
		.label("Faultline's page")
		.description("Where links to runs lead: the address of `faultline up`.")
		.defaultValue(pageUrl);
