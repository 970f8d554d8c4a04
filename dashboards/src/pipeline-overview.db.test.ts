import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore, type Store } from "@faultline/collector";
import { provisioningFiles } from "./provisioning.ts";
import { expandBackend, expandFrontend, type Variables } from "./testing/expand-macros.ts";
import { type DashboardFile, linksOf, type Panel, queryPanels } from "./testing/grafana-files.ts";
import { PIPELINE, seedStore } from "./testing/seed-store.ts";

const file = JSON.parse(
	provisioningFiles().get("dashboards/faultline-pipeline-overview.json") ?? "",
) as DashboardFile;
const lastMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
const range = { fromMs: lastMs - 2 * 3_600_000, toMs: lastMs + 60_000, intervalMs: 60_000 };
const all: Variables = {
	datasource: "x",
	page: "http://page",
	pipeline: PIPELINE,
	service_version: "$__all",
};

describe("pipeline overview on a filled database", () => {
	let store: Store;
	let dataDir: string;
	let failing: string;

	before(async () => {
		dataDir = await mkdtemp(join(tmpdir(), "faultline-dashboards-"));
		store = await openStore({ dataDir });
		failing = await seedStore(store, { healthy: 30, broken: 30, lastMs });
	});
	after(async () => {
		await store.close();
		await rm(dataDir, { recursive: true, force: true });
	});

	const expand = (sql: string, variables: Variables): string => {
		const expanded = expandBackend(expandFrontend(sql, variables), range);
		assert.ok(!expanded.includes("$"), `something is left unexpanded in ${expanded}`);
		return expanded;
	};
	const rowsOf = async (sql: string, variables: Variables = all): Promise<Record<string, unknown>[]> =>
		await store.query<Record<string, unknown>>(expand(sql, variables));
	const sqlOf = (title: string): string => panelOf(title).targets?.[0]?.rawSql ?? "";
	const panelOf = (title: string): Panel => {
		const found = file.panels.find((panel) => panel.title === title);
		assert.ok(found !== undefined, `no panel "${title}"`);
		return found;
	};
	const numberOf = async (title: string, variables: Variables = all): Promise<number> =>
		Number(Object.values((await rowsOf(sqlOf(title), variables))[0] ?? {})[0]);

	it("marks the first run of every version that is new in the range", async () => {
		const sql = file.annotations?.list[0]?.target.rawSql ?? "";
		assert.deepEqual(
			(await rowsOf(sql)).map(({ tags }) => tags),
			["1", "2"],
		);
	});

	it("marks no version that already ran before the range", async () => {
		const sql = file.annotations?.list[0]?.target.rawSql ?? "";
		const later = { ...range, fromMs: lastMs - 31 * 20_000 };
		const rows = await store.query<{ tags: string }>(expandBackend(expandFrontend(sql, all), later));
		assert.deepEqual(
			rows.map(({ tags }) => tags),
			["2"],
		);
	});

	it("counts a run once, by its newest verdict: 15 of 60 fail, not 75 of 120", async () => {
		assert.equal(await numberOf("Judged runs"), 60);
		assert.equal(await numberOf("End-to-end failure rate"), 0.25);
	});

	it("shows hazards that compound to the end-to-end rate", async () => {
		assert.ok(Math.abs((await numberOf("Compounded: 1 − Π(1 − hazard)")) - 0.25) < 1e-12);
		assert.ok(Math.abs(await numberOf("Not accounted for by steps")) < 1e-12);
		const bars = await rowsOf(sqlOf("How the hazards add up"));
		assert.ok(Math.abs(Number(bars.at(-1)?.["broken_by_here"]) - 0.25) < 1e-12);
	});

	it("ranks the broken step first, with Wilson's interval of 15 in 60", async () => {
		const [worst] = await rowsOf(sqlOf("Hazard by step"));
		assert.equal(worst?.["step"], "build_prompt");
		// statsmodels: proportion_confint(15, 60, method="wilson") gives 0.1577652 and 0.3723207
		assert.ok(Math.abs(Number(worst?.["low"]) - 0.1578) < 2e-4, `${worst?.["low"]}`);
		assert.ok(Math.abs(Number(worst?.["high"]) - 0.3723) < 2e-4, `${worst?.["high"]}`);
		assert.equal(worst?.["versions"], "1, 2");
	});

	it("keeps versions apart when one is chosen", async () => {
		assert.equal(await numberOf("End-to-end failure rate", { ...all, service_version: ["2"] }), 0.5);
		assert.equal(await numberOf("End-to-end failure rate", { ...all, service_version: ["1", "2"] }), 0.25);
	});

	it("names each version's weakest step", async () => {
		const [newest] = await rowsOf(sqlOf("Versions"));
		assert.deepEqual([newest?.["version"], newest?.["weakest_step"]], ["2", "build_prompt"]);
	});

	it("opens in Explore the trace of the run that was clicked", async () => {
		const link = queryPanels(file)
			.flatMap(linksOf)
			.find(({ url }) => url.startsWith("/explore?"));
		const clicked = (link?.url ?? "")
			.replaceAll(`\${datasource}`, "some-uid")
			.replaceAll(`\${__data.fields.run}`, failing);
		const panes = JSON.parse(new URL(clicked, "http://grafana").searchParams.get("panes") ?? "") as {
			trace: {
				datasource: string;
				queries: { rawSql: string; format: number; datasource: { uid: string } }[];
			};
		};
		const query = panes.trace.queries[0];
		assert.deepEqual(
			[panes.trace.datasource, query?.datasource.uid, query?.format],
			["some-uid", "some-uid", 3],
		);
		const spans = await rowsOf(query?.rawSql ?? "");
		assert.equal(spans.length, 4);
		for (const column of [
			"traceID",
			"spanID",
			"parentSpanID",
			"operationName",
			"startTime",
			"duration",
			"tags",
		])
			assert.ok(column in (spans[0] ?? {}), column);
	});
});
