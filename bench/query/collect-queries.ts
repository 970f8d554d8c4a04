import { readdir, readFile } from "node:fs/promises";
import {
	expandBackend,
	expandFrontend,
	type QueryRange,
	type Variables,
} from "../../dashboards/src/testing/expand-macros.ts";
import { type DashboardFile, queryPanels } from "../../dashboards/src/testing/grafana-files.ts";

export interface NamedQuery {
	readonly from: string;
	readonly name: string;
	readonly sql: string;
}

const OUT = new URL("../../dashboards/out/", import.meta.url);

/** Every panel's, annotation's and variable's query of every generated dashboard, as Grafana sends it for this range. */
export async function dashboardQueries(
	range: QueryRange,
	known: Readonly<Record<string, string>>,
): Promise<NamedQuery[]> {
	const folder = new URL("dashboards/", OUT);
	const queries: NamedQuery[] = [];
	for (const name of (await readdir(folder)).filter((each) => each.endsWith(".json"))) {
		const file = JSON.parse(await readFile(new URL(name, folder), "utf8")) as DashboardFile & {
			title: string;
		};
		const all: Variables = {
			...Object.fromEntries(file.templating.list.map((variable) => [variable.name, "$__all"])),
			...known,
		};
		const add = (label: string, sql: string | undefined): void => {
			if (sql !== undefined)
				queries.push({ from: file.title, name: label, sql: expandBackend(expandFrontend(sql, all), range) });
		};
		for (const { name: variable, query } of file.templating.list)
			if (typeof query === "object") add(`variable ${variable}`, query.rawSql);
		for (const annotation of file.annotations?.list ?? [])
			add(`annotation ${annotation.name}`, annotation.target.rawSql);
		for (const panel of queryPanels(file))
			for (const target of panel.targets ?? []) add(panel.title, target.rawSql);
	}
	return queries;
}

/** Every alert rule's queries, at the rule's own range, as Grafana's backend evaluates them. */
export async function alertQueries(nowMs: number): Promise<NamedQuery[]> {
	const folder = new URL("provisioning/alerting/", OUT);
	const queries: NamedQuery[] = [];
	for (const name of (await readdir(folder)).filter((each) => each.endsWith(".yaml"))) {
		const lines = (await readFile(new URL(name, folder), "utf8")).split("\n");
		let title = "";
		let fromSeconds = 0;
		for (const [index, line] of lines.entries()) {
			title = /^\s*title: (.*)$/.exec(line)?.[1]?.replaceAll('"', "") ?? title;
			fromSeconds = Number(/^\s*from: (\d+)$/.exec(line)?.[1] ?? fromSeconds);
			if (!/^\s*rawSql: \|-?$/.test(line)) continue;
			const range = { fromMs: nowMs - fromSeconds * 1000, toMs: nowMs, intervalMs: 60_000 };
			const sql = blockAfter(lines, index);
			queries.push({
				from: "alert rules",
				name: `${title}, ${fromSeconds / 60} min`,
				sql: expandBackend(sql, range),
			});
		}
	}
	return queries;
}

/** The lines of a YAML block scalar: those that are indented further than its key. */
function blockAfter(lines: readonly string[], key: number): string {
	const indent = (line: string): number => line.length - line.trimStart().length;
	const rest = lines.slice(key + 1);
	const end = rest.findIndex((line) => line.trim() !== "" && indent(line) <= indent(lines[key] ?? ""));
	return rest.slice(0, end === -1 ? undefined : end).join("\n");
}
