import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { provisioningFiles } from "./provisioning.ts";
import { type DashboardFile, linksOf, queryPanels } from "./testing/grafana-files.ts";

const dashboards = [...provisioningFiles()]
	.filter(([path]) => path.endsWith(".json"))
	.map(([, text]) => ({ text, file: JSON.parse(text) as DashboardFile }));

/** Names that Grafana itself defines in links and queries. */
const BUILT_IN = /^__/;

for (const { text, file } of dashboards) {
	describe(`dashboard ${file.uid}`, () => {
		it("gives every panel an id of its own", () => {
			const ids = file.panels.map((panel) => panel.id);
			assert.deepEqual([...new Set(ids)], ids);
			assert.ok(ids.every((id) => Number.isInteger(id) && id > 0));
		});

		it("keeps panels within 24 columns and off each other", () => {
			const taken = new Map<string, string>();
			for (const { title, gridPos } of file.panels) {
				assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, `${title} leaves the grid`);
				for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
					for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
						assert.equal(taken.get(`${x},${y}`), undefined, `${title} lies on another panel`);
						taken.set(`${x},${y}`, title);
					}
				}
			}
		});

		it("says in every panel what it shows, and what it means when it is empty", () => {
			for (const panel of queryPanels(file)) {
				assert.ok(panel.title !== "", `panel ${panel.id} has no title`);
				assert.ok((panel.description ?? "").length > 40, `${panel.title} has no description`);
				assert.ok(
					(panel.fieldConfig?.defaults.noValue ?? "") !== "",
					`${panel.title} says nothing when empty`,
				);
				assert.ok(panel.fieldConfig?.defaults.thresholds !== undefined, `${panel.title} has no thresholds`);
				assert.equal(panel.targets?.length, 1);
			}
		});

		it("uses only variables that it defines, and every one that it defines", () => {
			const defined = new Set(file.templating.list.map(({ name }) => name));
			const used = new Set(
				[...text.matchAll(/\$\{(\w+)[^}]*\}|\$(?!__)([a-z]\w*)/g)].map((match) => match[1] ?? match[2] ?? ""),
			);
			for (const name of used) assert.ok(defined.has(name) || BUILT_IN.test(name), `$${name} is not defined`);
			for (const name of defined) assert.ok(used.has(name), `$${name} is never used`);
		});

		it("opens failing runs on Faultline's page and in the trace view", () => {
			const urls = queryPanels(file).flatMap(linksOf);
			assert.ok(urls.some(({ url }) => url === `\${page:raw}/runs/\${__data.fields.run}`));
			assert.ok(urls.some(({ url }) => url.startsWith("/explore?")));
		});

		it("shows deploys without opening a menu", () => {
			assert.deepEqual(
				file.annotations.list.map(({ name }) => name),
				["Deploys"],
			);
			assert.ok(!text.includes("inControlsMenu"));
		});
	});
}
