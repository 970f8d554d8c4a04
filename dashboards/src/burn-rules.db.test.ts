import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { migrate, openStore, type Store } from "@faultline/collector";
import { alertGroups } from "./alert-groups.ts";
import type { AlertQuery } from "./alert-rule.ts";
import { alarmRate, BURN_WINDOWS, type Counts, fires, lowerRate } from "./burn-rate.ts";
import { alertSettings } from "./objectives.ts";
import { expandBackend } from "./testing/expand-macros.ts";

/** A minute's counts of one step, as they were written. */
interface Minute extends Counts {
	readonly pipeline: string;
	readonly step: string;
	/** Minutes before now. */
	readonly age: number;
}

const settings = alertSettings({
	objectives: {
		"*": { success: 0.95 },
		"it's named": { success: 0.9, steps: { search: 0.98 } },
		loose: { success: 0.7 },
	},
});
const groups = alertGroups(settings);
const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
const STEPS = ["search", "model", "render"] as const;

let store: Store;
let dataDir: string;
let minutes: Minute[];

before(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "faultline-burn-"));
	store = await openStore({ dataDir });
	await migrate(store);
	minutes = drawMinutes(randomOf(7));
	await insert(store, minutes);
});
after(async () => {
	await store.close();
	await rm(dataDir, { recursive: true, force: true });
});

it("the rules' SQL decides what the arithmetic of the simulation decides, for every step, window and budget", async () => {
	let fired = 0;
	for (const window of BURN_WINDOWS) {
		const long = await valuesOf(queryOf(`faultline-step-burn-${window.name}`, "L"));
		const short = await valuesOf(queryOf(`faultline-step-burn-${window.name}`, "S"));
		for (const pipeline of new Set(minutes.map((one) => one.pipeline))) {
			for (const step of STEPS) {
				const counts = (age: number): Counts => sumOf(pipeline, step, age);
				const alarm = alarmRate(window, budgetOf(pipeline, step, window.longMinutes), settings.periodDays);
				const expected = fires(window, counts(window.longMinutes), counts(window.shortMinutes), alarm);
				const key = `${pipeline}/${step}`;
				const [l, s] = [long.get(key), short.get(key)];
				assert.equal(l !== undefined && l > 1 && s !== undefined && s > 1, expected, `${window.name} ${key}`);
				if (expected) fired++;
				if (l !== undefined) {
					const value = lowerRate(counts(window.longMinutes)) / alarm;
					assert.ok(Math.abs(l - value) < 1e-6 * (1 + value), `${key}: ${l} is not ${value}`);
				}
			}
		}
	}
	assert.ok(fired >= 20, `only ${fired} of the drawn cases fire; the test would show little`);
});

it("tells since when a step breaks runs", async () => {
	const since = await valuesOf(queryOf("faultline-step-burn-slow", "T"));
	// "since" breaks half of its runs from 47 minutes ago on, and none before.
	const seconds = since.get("since/model") ?? Number.NaN;
	assert.ok(Math.abs(seconds - 47 * 60) <= 180, `${seconds / 60} minutes`);
});

it("gives every number of a message a row wherever the alert has one", async () => {
	for (const window of BURN_WINDOWS) {
		const rows = await Promise.all(
			["L", "B", "T"].map((refId) => valuesOf(queryOf(`faultline-step-burn-${window.name}`, refId))),
		);
		const [long, burn, since] = rows;
		for (const key of long?.keys() ?? []) assert.ok(burn?.has(key) && since?.has(key), key);
	}
});

/** A named step has its budget; the others share what is left evenly. */
function budgetOf(pipeline: string, step: string, age: number): number {
	const objective = settings.objectives[pipeline] ?? settings.objectives["*"];
	assert.ok(objective !== undefined);
	const own = objective.steps?.[step];
	if (own !== undefined) return 1 - own;
	const named = Object.values(objective.steps ?? {});
	const left = objective.success / named.reduce((product, share) => product * share, 1);
	const ran = STEPS.filter((one) => sumOf(pipeline, one, age).total > 0).length;
	return 1 - left ** (1 / (ran - named.length));
}

function sumOf(pipeline: string, step: string, age: number): Counts {
	const inside = minutes.filter((one) => one.pipeline === pipeline && one.step === step && one.age <= age);
	return {
		broken: inside.reduce((sum, { broken }) => sum + broken, 0),
		total: inside.reduce((sum, { total }) => sum + total, 0),
	};
}

function queryOf(uid: string, refId: string): AlertQuery {
	const query = groups
		.flatMap(({ rules }) => rules)
		.find((rule) => rule.uid === uid)
		?.data.find((one) => one.refId === refId);
	assert.ok(query !== undefined, `${uid} ${refId}`);
	return query;
}

async function valuesOf({ model, relativeTimeRange }: AlertQuery): Promise<Map<string, number>> {
	assert.ok("rawSql" in model);
	const sql = expandBackend(model.rawSql, {
		fromMs: nowMs - relativeTimeRange.from * 1000,
		toMs: nowMs - relativeTimeRange.to * 1000,
		intervalMs: 60_000,
	});
	const rows = await store.query<Record<string, string | number>>(sql);
	return new Map(
		rows.map((row) => [
			`${row["pipeline"]}/${row["step"]}`,
			Number(Object.values(row).find((value) => typeof value === "number")),
		]),
	);
}

/** mulberry32. */
function randomOf(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** Pipelines of all sorts of traffic, of which some steps began to break runs at some time. */
function drawMinutes(random: () => number): Minute[] {
	const names = [...Array.from({ length: 14 }, (_, index) => `p${index}`), "it's named", "loose"];
	const drawn = names.flatMap((pipeline) => {
		const perMinute = 0.02 * 10 ** (2 * random());
		return STEPS.flatMap((step) => drawStep(pipeline, step, perMinute, random));
	});
	for (let age = 1; age < 200; age++)
		drawn.push({ pipeline: "since", step: "model", age, total: 2, broken: age <= 47 ? 1 : 0 });
	// Seldom reached: the budget is split over them too, in the short window as well.
	for (const step of ["search", "render"])
		drawn.push({ pipeline: "since", step, age: 10, total: 1, broken: 0 });
	return drawn;
}

function drawStep(pipeline: string, step: string, perMinute: number, random: () => number): Minute[] {
	const onset = 4000 * random() ** 3;
	const before = 0.02 * random();
	const since = random() < 0.5 ? 0.02 * random() : random();
	return Array.from({ length: 4318 }, (_, index) => index + 1)
		.map((age): Minute => {
			const total = Math.floor(perMinute) + (random() < perMinute % 1 ? 1 : 0);
			const rate = age < onset ? since : before;
			const broken = Array.from({ length: total }).filter(() => random() < rate).length;
			return { pipeline, step, age, broken, total };
		})
		.filter(({ total }) => total > 0);
}

async function insert(into: Store, rows: readonly Minute[]): Promise<void> {
	let id = 0;
	const verdicts = rows.flatMap(({ pipeline, step, age, total, broken }) =>
		Array.from({ length: total }, (_, index) => ({
			trace_id: (++id).toString(16).padStart(32, "0"),
			evaluator: "faultline-1",
			pipeline,
			step,
			kind: "custom",
			run_start: ((nowMs - age * 60_000 + 1000) / 1000).toFixed(3),
			reached: 1,
			broke: index < broken ? 1 : 0,
		})),
	);
	await into.insert("step_verdicts", verdicts);
}
