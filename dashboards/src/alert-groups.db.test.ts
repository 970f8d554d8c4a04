import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore, type Store } from "@faultline/collector";
import { parse } from "yaml";
import type { AlertGroup, AlertQuery, AlertRule } from "./alert-rule.ts";
import { provisioningFiles } from "./provisioning.ts";
import { assertBackendOnly, expandBackend } from "./testing/expand-macros.ts";
import { seedStore } from "./testing/seed-store.ts";

const file = parse(provisioningFiles().get("provisioning/alerting/faultline.yaml") ?? "") as {
	groups: AlertGroup[];
};
const rules = file.groups.flatMap((group) => group.rules);
const nowMs = Math.floor(Date.now() / 60_000) * 60_000;

const sqlOf = (query: AlertQuery): string => ("rawSql" in query.model ? query.model.rawSql : "");
const expressionOf = (query: AlertQuery): string =>
	"expression" in query.model ? query.model.expression : "";

function expand(query: AlertQuery, atMs: number): string {
	const { from, to } = query.relativeTimeRange;
	const expanded = expandBackend(sqlOf(query), {
		fromMs: atMs - from * 1000,
		toMs: atMs - to * 1000,
		intervalMs: 60_000,
	});
	assert.ok(!expanded.includes("$"), `something is left unexpanded in ${expanded}`);
	return expanded;
}

/** Labels for which a rule fires: Grafana's math joins the queries by their labels; a label that one of them lacks drops out. */
async function firing(store: Store, uid: string, atMs: number = nowMs): Promise<string[]> {
	const rule = rules.find((one) => one.uid === uid);
	assert.ok(rule !== undefined, uid);
	const values = new Map<string, Map<string, number>>();
	for (const query of rule.data.filter((one) => sqlOf(one) !== "")) {
		const rows = await store.query<Record<string, string | number>>(expand(query, atMs));
		values.set(
			query.refId,
			new Map(
				rows.map((row) => [
					Object.values(row)
						.filter((value) => typeof value === "string")
						.join("/"),
					Number(Object.values(row).find((value) => typeof value === "number")),
				]),
			),
		);
	}
	const condition = expressionOf(rule.data.at(-1) as AlertQuery).split(" && ");
	const labels = [...(values.values().next().value ?? new Map<string, number>()).keys()];
	return labels.filter((label) =>
		condition.every((part) => {
			const [, refId = "", sign, threshold] = /^\$(\w+) (>=?) ([\d.]+)$/.exec(part) ?? [];
			assert.ok(threshold !== undefined, `the test cannot read ${part}`);
			const value = values.get(refId)?.get(label);
			if (value === undefined) return false;
			return sign === ">" ? value > Number(threshold) : value >= Number(threshold);
		}),
	);
}

describe("alert rules on a database with a broken step", () => {
	let store: Store;
	let dataDir: string;

	before(async () => {
		dataDir = await mkdtemp(join(tmpdir(), "faultline-alerts-"));
		store = await openStore({ dataDir });
		await seedStore(store, { healthy: 20, broken: 100, lastMs: nowMs - 30_000 });
	});
	after(async () => {
		await store.close();
		await rm(dataDir, { recursive: true, force: true });
	});

	for (const rule of rules) {
		it(`"${rule.title}" asks for one number with labels, without anything only a browser knows`, async () => {
			for (const query of rule.data.filter((one) => sqlOf(one) !== "")) {
				assertBackendOnly(sqlOf(query));
				assert.match(sqlOf(query), /\$__timeFilter\(/);
				const columns = await store.query<{ type: string }>(`DESCRIBE TABLE (${expand(query, nowMs)})`);
				const numbers = columns.filter(({ type }) => /^(Nullable\()?Float64/.test(type));
				const labels = columns.filter(({ type }) => /^(LowCardinality\()?String/.test(type));
				assert.deepEqual([numbers.length, labels.length], [1, columns.length - 1]);
			}
		});
	}

	it("pages for the step that broke, and for no other step", async () => {
		for (const name of ["fast", "slow", "day", "trend"])
			assert.deepEqual(await firing(store, `faultline-step-burn-${name}`), [
				"docs-answer/build_prompt/prompt_build",
			]);
	});

	it("judges the whole run by the end-to-end budget: 42 % is over 6 times 5 %, and under the half that stands for 14.4 times 5 %", async () => {
		assert.deepEqual(await firing(store, "faultline-run-burn-fast"), []);
		assert.deepEqual(await firing(store, "faultline-run-burn-slow"), ["docs-answer"]);
	});

	it("stops when the short window is over", async () => {
		assert.deepEqual(await firing(store, "faultline-step-burn-fast", nowMs + 6 * 60_000), []);
		assert.deepEqual(await firing(store, "faultline-step-burn-slow", nowMs + 6 * 60_000), [
			"docs-answer/build_prompt/prompt_build",
		]);
	});

	it("tells silence from traffic", async () => {
		assert.deepEqual(await firing(store, "faultline-silence-traces"), []);
		assert.deepEqual(await firing(store, "faultline-silence-traces", nowMs + 61 * 60_000), ["docs-answer"]);
		assert.deepEqual(await firing(store, "faultline-silence-verdicts"), []);
	});
});

describe("alert rules on other databases", () => {
	let dataDir: string;
	before(async () => {
		dataDir = await mkdtemp(join(tmpdir(), "faultline-alerts-"));
	});
	after(async () => await rm(dataDir, { recursive: true, force: true }));

	it("say when runs arrive and nobody judges them", async () => {
		await using store = await openStore({ dataDir, database: "unjudged" });
		await seedStore(store, {
			healthy: 40,
			broken: 0,
			lastMs: nowMs - 15 * 60_000,
			withoutVerdicts: true,
		});
		assert.deepEqual(await firing(store, "faultline-silence-verdicts"), ["docs-answer"]);
		assert.deepEqual(await firing(store, "faultline-silence-traces"), []);
	});

	it("keep quiet where too few runs failed to say anything", async () => {
		await using store = await openStore({ dataDir, database: "few" });
		await seedStore(store, { healthy: 0, broken: 12, lastMs: nowMs - 30_000 });
		for (const rule of rules) assert.deepEqual(await firing(store, rule.uid), [], rule.uid);
	});

	it("tell drift from a quiet day, and say nothing where there is no past", async () => {
		await using store = await openStore({ dataDir, database: "drift" });
		await seedStore(store, { healthy: 1, broken: 0, lastMs: nowMs - 30_000 });
		const insert = (pipeline: string, hoursAgo: number, length: number): Promise<void> =>
			store.insert(
				"runs",
				Array.from({ length: 300 }, (_, index) => ({
					trace_id: `${pipeline}-${hoursAgo}-${index}`,
					pipeline,
					start_time: ((nowMs - hoursAgo * 3_600_000 + index) / 1000).toFixed(3),
					input: `${index}`.padEnd(length + (index % 50), "x"),
				})),
			);
		await insert("new", 2, 50);
		await insert("same", 2, 50);
		await insert("same", 72, 50);
		await insert("longer", 2, 90);
		await insert("longer", 72, 50);
		assert.deepEqual(await firing(store, "faultline-drift"), ["longer/input length"]);
	});

	it("tell what the watch for drift found, for some days", async () => {
		await using store = await openStore({ dataDir, database: "watch" });
		await seedStore(store, { healthy: 1, broken: 0, lastMs: nowMs - 30_000 });
		const watched = (step: string, days: number, evidence: number): Promise<void> =>
			store.insert("drift_days", [
				{
					pipeline: "docs-answer",
					step,
					text: "input",
					bucket_seconds: 86_400,
					bucket: Math.floor(nowMs / 1000 - days * 86_400),
					log_wealth: Math.log(evidence),
					log_threshold: Math.log(80),
					alarm: evidence >= 80,
				},
			]);
		await watched("search", 1, 79);
		assert.deepEqual(await firing(store, "faultline-drift-watch"), []);
		await watched("", 2, 81);
		await watched("build", 5, 200);
		assert.deepEqual(await firing(store, "faultline-drift-watch"), ["docs-answer/input of the pipeline"]);
	});

	it("tell a version that runs without having passed the gate, and a gate that is overdue", async () => {
		await using store = await openStore({ dataDir, database: "gate" });
		await seedStore(store, { healthy: 20, broken: 20, lastMs: nowMs - 2 * 3_600_000 });
		assert.deepEqual(
			await firing(store, "faultline-gate-passed-by"),
			[],
			"a pipeline without a gate is not nagged",
		);
		const decide = (version: string, verdict: string, days: number): Promise<void> =>
			store.insert("gate_decisions", [
				{
					eval_id: version,
					pipeline: "docs-answer",
					service_version: version,
					verdict,
					decided_at: (nowMs / 1000 - days * 86_400).toFixed(3),
				},
			]);
		await decide("1", "pass", 40);
		assert.deepEqual(await firing(store, "faultline-gate-passed-by"), ["docs-answer/2"]);
		assert.deepEqual(await firing(store, "faultline-gate-overdue"), ["docs-answer"]);
		await decide("2", "fail", 1);
		assert.deepEqual(await firing(store, "faultline-gate-overdue"), []);
		assert.deepEqual(await firing(store, "faultline-gate-passed-by"), ["docs-answer/2"]);
		await store.insert("gate_decisions", [
			{
				eval_id: "again",
				pipeline: "docs-answer",
				service_version: "2",
				verdict: "pass",
				decided_at: (nowMs / 1000).toFixed(3),
			},
		]);
		assert.deepEqual(await firing(store, "faultline-gate-passed-by"), []);
	});

	it("tell a judge that does not answer, and not one with a hole or two", async () => {
		await using store = await openStore({ dataDir, database: "judge" });
		await seedStore(store, { healthy: 1, broken: 0, lastMs: nowMs - 30_000 });
		for (const [scorer, nulls] of [
			["dead", 60],
			["half", 30],
			["fine", 6],
		] as const) {
			await store.insert(
				"scores",
				Array.from({ length: 60 }, (_, index) => ({
					trace_id: `${index}`,
					scorer,
					source: "judge",
					value: index < nulls ? null : 1,
					run_start: (nowMs / 1000 - 60).toFixed(3),
					created_at: (nowMs / 1000 - 30).toFixed(3),
				})),
			);
		}
		assert.deepEqual(await firing(store, "faultline-judge-failing"), ["dead", "half"]);
	});

	it("keep quiet where all is well", async () => {
		await using store = await openStore({ dataDir, database: "well" });
		await seedStore(store, { healthy: 150, broken: 0, lastMs: nowMs - 30_000 });
		for (const rule of rules) assert.deepEqual(await firing(store, rule.uid), [], rule.uid);
	});
});

describe("the shape of the alerting file", () => {
	const required: readonly (keyof AlertRule)[] = ["uid", "title", "condition", "data", "noDataState", "for"];

	it("has what Grafana's file reader insists on", () => {
		assert.equal(new Set(rules.map(({ uid }) => uid)).size, rules.length);
		for (const group of file.groups)
			assert.ok(group.name !== "" && group.folder !== "" && group.interval !== "");
		for (const rule of rules) {
			for (const key of required) assert.ok(rule[key] !== undefined, `${rule.title} has no ${key}`);
			assert.ok(rule.uid.length <= 40);
			assert.equal(rule.data.at(-1)?.refId, rule.condition);
		}
	});

	it("tells whoever is woken which component, what to run and where to look", () => {
		for (const { title, annotations, labels } of rules) {
			assert.match(annotations["description"] ?? "", /[Cc]omponent|Pipeline/, title);
			assert.match(annotations["runbook"] ?? "", /npx faultline \w+/, title);
			assert.match(annotations["runbook_url"] ?? "", /^http:\/\/127\.0\.0\.1:4319\//, title);
			assert.ok(["page", "ticket"].includes(labels["severity"] ?? ""));
			// Labels are expanded from the environment when the file is read.
			assert.ok(!Object.values(labels).some((value) => value.includes("$")));
		}
	});

	it("links to panels that exist", () => {
		const dashboards = [...provisioningFiles()]
			.filter(([path]) => path.endsWith(".json"))
			.map(([, text]) => JSON.parse(text) as { uid: string; panels: { id: number }[] });
		for (const rule of rules) {
			const panels = dashboards.find(({ uid }) => uid === rule.dashboardUid)?.panels ?? [];
			assert.ok(
				panels.some(({ id }) => id === rule.panelId),
				rule.title,
			);
		}
	});
});
