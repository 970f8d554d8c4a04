import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { provisioningFiles } from "./provisioning.ts";
import { type DashboardFile, linksOf, queryPanels } from "./testing/grafana-files.ts";
import { lintDashboard } from "./testing/lint-dashboard.ts";

const dashboards = [...provisioningFiles()]
	.filter(([path]) => path.startsWith("dashboards/"))
	.map(([, text]) => ({ text, file: JSON.parse(text) as DashboardFile }));

/** Names that Grafana itself defines in links and queries. */
const BUILT_IN = /^__/;

it("gives six dashboards with addresses of their own", () => {
	assert.equal(new Set(dashboards.map(({ file }) => file.uid)).size, 6);
});

for (const { text, file } of dashboards) {
	describe(`dashboard ${file.uid}`, () => {
		it("keeps the rules of Grafana's dashboard linter", () => assert.deepEqual(lintDashboard(file), []));

		it("gives every panel an id and a title of its own", () => {
			const ids = file.panels.map((panel) => panel.id);
			assert.deepEqual([...new Set(ids)], ids);
			assert.ok(ids.every((id) => Number.isInteger(id) && id > 0));
			const titles = file.panels.map((panel) => panel.title);
			assert.deepEqual([...new Set(titles)], titles);
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
				assert.ok((panel.description ?? "").length > 40, `${panel.title} is not described`);
				assert.ok(
					(panel.fieldConfig?.defaults.noValue ?? "").length > 20,
					`${panel.title} is silent when empty`,
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

		it("links only to dashboards and variables that there are, to Faultline's page and to the trace", () => {
			for (const { url } of queryPanels(file).flatMap(linksOf)) {
				const [, uid, query] = /^\/d\/([\w-]+)\?(.*)$/.exec(url) ?? [];
				if (uid === undefined) {
					assert.match(url, /^(\$\{page:raw\}\/runs[/?]|\/explore\?)/);
					continue;
				}
				const target = dashboards.find((one) => one.file.uid === uid)?.file;
				for (const [, name] of (query ?? "").matchAll(/var-(\w+)=/g))
					assert.ok(
						target?.templating.list.some((variable) => variable.name === name),
						`${uid} has no $${name}`,
					);
			}
			assert.deepEqual(
				file.links.map(({ type, tags }) => [type, tags]),
				[["dashboards", ["faultline"]]],
			);
			assert.ok(file.tags.includes("faultline"));
		});

		it("shows annotations and links without opening a menu", () => {
			assert.ok(!text.includes("inControlsMenu"));
		});
	});
}

it("opens failing runs on Faultline's page and in the trace view wherever runs are listed", () => {
	const listing = dashboards.filter(({ file }) => file.panels.some(({ title }) => /runs|Tasks/i.test(title)));
	for (const { file } of listing.filter(({ file: { uid } }) => /overview|step|comparison|judge/.test(uid))) {
		const urls = queryPanels(file).flatMap(linksOf);
		assert.ok(
			urls.some(({ url }) => url === `\${page:raw}/runs/\${__data.fields.run}`),
			file.uid,
		);
		assert.ok(
			urls.some(({ url }) => url.startsWith("/explore?")),
			file.uid,
		);
	}
});

it("the linter finds what breaks its rules", () => {
	const [first] = dashboards;
	assert.ok(first !== undefined);
	const broken = JSON.parse(first.text.replaceAll('"percentunit"', '"shares"')) as DashboardFile;
	assert.ok(
		lintDashboard({ ...broken, editable: true }).some((line) => line.startsWith("uneditable-dashboard-rule")),
	);
	assert.ok(lintDashboard(broken).some((line) => line.startsWith("panel-units-rule")));
});
