import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { seededRandom } from "../core/random.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";

const START_MS = Date.now() - 6 * 3_600_000;
const RUNS = 240;
const DEPLOY_AT = 130;
const MINUTE_MS = 60_000;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

const attributes = (map: Readonly<Record<string, string>>): object[] =>
	Object.entries(map).map(([key, value]) => ({ key, value: { stringValue: value } }));

/** One run a minute; from the deploy on, search finds nothing for the tenant acme, and the model takes twice as long. */
function otlpLine(at: number, random: () => number, silent = false): string {
	const trace = silent ? RUNS + at + 1 : at + 1;
	const deployed = at >= DEPLOY_AT;
	const tenant = at % 3 === 0 ? "acme" : `tenant-${at % 3}`;
	const finds = !(deployed && tenant === "acme") && random() > 0.04;
	const modelMs = (deployed ? 400 : 200) * (0.7 + 0.6 * random());
	const start = START_MS + at * MINUTE_MS;
	const time = (ms: number): string => `${BigInt(Math.round((start + ms) * 1000)) * 1000n}`;
	const span = (
		id: number,
		name: string,
		from: number,
		to: number,
		map: Readonly<Record<string, string>>,
		parent?: number,
	) => ({
		traceId: hex(trace, 32),
		spanId: hex(10 * trace + id, 16),
		...(parent === undefined ? {} : { parentSpanId: hex(10 * trace + parent, 16) }),
		name,
		startTimeUnixNano: time(from),
		endTimeUnixNano: time(to),
		attributes: attributes(map),
	});
	const found = finds ? `[{"id":"page","content":"Answer number ${at} is in this page"}]` : "[]";
	const step = (kind: string, name: string, version: string, input: string, output: string) => ({
		"faultline.step.kind": kind,
		"faultline.step.name": name,
		"faultline.component.version": version,
		"faultline.step.input": input,
		"faultline.step.output": output,
	});
	const root = {
		"faultline.pipeline": silent ? "silent" : "answer",
		...(silent ? {} : { "faultline.outcome": finds ? "pass" : "fail" }),
		"faultline.step.input": `How do I find answer number ${at}?`,
		"faultline.step.output": finds ? `It is ${at}` : "I do not know",
		"app.tenant": tenant,
	};
	return JSON.stringify({
		resourceSpans: [
			{
				resource: {
					attributes: attributes({ "service.name": "docs", "service.version": deployed ? "1.5.0" : "1.4.0" }),
				},
				scopeSpans: [
					{
						spans: [
							span(0, "answer", 0, 40 + modelMs, root),
							span(
								1,
								"search",
								5,
								25,
								step("retrieval", "search", deployed ? "index-2" : "index-1", `answer ${at}`, found),
								0,
							),
							span(
								2,
								"model",
								30,
								30 + modelMs,
								step("model", "write", "m", found, finds ? `It is ${at}` : "I do not know"),
								0,
							),
						],
					},
				],
			},
		],
	});
}

describe("since when, on stored runs", () => {
	let folder = "";
	const run = (...args: string[]): Promise<CalledCommand> =>
		callCli([...args, "--data-dir", join(folder, "data")], { cwd: folder });
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-since-"));
		const random = seededRandom(7);
		const lines = Array.from({ length: RUNS }, (_, at) => otlpLine(at, random));
		await writeFile(join(folder, "runs.jsonl"), `${lines.join("\n")}\n`);
		const { code, err } = await run("import", "runs.jsonl");
		assert.equal(code, 0, err);
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("names the moment, the deploy beside it, the tenant, and what behaves differently", async () => {
		const { code, out, err } = await run("since", "--json");
		assert.equal(code, 0, err);
		const report = JSON.parse(out);
		const [{ changes }] = report.measures;
		assert.equal(changes.length, 1);
		const [change] = changes;
		const truth = START_MS + DEPLOY_AT * MINUTE_MS;
		assert.ok(Math.abs(Date.parse(change.at) - truth) <= 10 * MINUTE_MS, change.at);
		assert.ok(Date.parse(change.interval[0]) <= truth && truth <= Date.parse(change.interval[1]));
		assert.deepEqual(
			change.deploys.map(({ what, from, to }: { what: string; from: string; to: string }) => [
				what,
				from,
				to,
			]),
			[
				["service.version", "1.4.0", "1.5.0"],
				["search", "index-1", "index-2"],
			],
		);
		const [surroundings] = report.surroundings;
		const [slice] = surroundings.slices.found;
		assert.deepEqual([slice.dimension, slice.value], ["app.tenant", "acme"]);
		assert.ok(slice.new_failures.inside > 0.8 * slice.new_failures.all);
		const changed = surroundings.behaviour.map(
			(one: { step: string; measure: string }) => `${one.step} ${one.measure}`,
		);
		assert.ok(changed.includes("write self-time"), String(changed));
		assert.ok(changed.includes("search content"), String(changed));
	});

	it("says it in sentences", async () => {
		const { out } = await run("since");
		assert.match(out, /failed runs: since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(95 %: /);
		assert.match(out, /next to service\.version 1\.4\.0 -> 1\.5\.0.*search index-1 -> index-2/);
		assert.match(out, /new failures are in app\.tenant=acme \(3\d\.\d % of the runs\)/);
		assert.match(out, /write: own time/);
	});

	it("says since when a step is at fault and behaves so, and that another is as it was", async () => {
		const { code, out } = await run("since", "--step", "search");
		assert.equal(code, 0);
		assert.match(out, /executions with an output: since /);
		assert.match(out, /own time: no change seen, 20\.0 ms of 240 runs/);
		const model = JSON.parse((await run("since", "--step", "write", "--json")).out);
		const slower = model.measures.find((one: { measure: string }) => one.measure === "self-time");
		assert.equal(slower.changes.length, 1);
		assert.equal(slower.changes[0].deploys[0].to, "1.5.0");
	});

	it("refuses a step that is none, and selections that fit nothing", async () => {
		const wrong = await run("since", "--step", "serach");
		assert.equal(wrong.code, 64);
		assert.match(wrong.err, /no run of answer has a step "serach"; its steps are search, write/);
		const none = await run("since", "--where", "service.version=9");
		assert.equal(none.code, 64);
		assert.match(none.err, /no run is stored that fits/);
	});

	it("too few runs are no stream: could not tell", async () => {
		const until = new Date(START_MS + 9.5 * MINUTE_MS).toISOString();
		assert.equal((await run("since", "--until", until)).code, 2);
	});

	it("compare shows the same beside its attribution", async () => {
		const sides = ["--baseline", "service.version=1.4.0", "--candidate", "service.version=1.5.0"];
		const { context } = JSON.parse((await run("compare", ...sides, "--json")).out);
		assert.equal(context.since.changes.length, 1);
		assert.equal(context.slices.found[0].value, "acme");
		assert.ok(context.behaviour.changes.length >= 2);
		const { out } = await run("compare", ...sides);
		assert.match(out, /Since when\n {2}failed runs: since /);
		assert.match(out, /Where\n {2}\d+ of \d+ new failures are in app\.tenant=acme/);
		assert.match(out, /Behaves differently \(no blame/);
	});

	it("goes by how the steps behave where no run says how it ended, and asks which pipeline is meant", async () => {
		const random = seededRandom(8);
		const lines = Array.from({ length: RUNS }, (_, at) => otlpLine(at, random, true));
		await writeFile(join(folder, "silent.jsonl"), `${lines.join("\n")}\n`);
		assert.equal((await run("import", "silent.jsonl")).code, 0);
		const both = await run("since");
		assert.equal(both.code, 64);
		assert.match(
			both.err,
			/several pipelines \((answer, silent|silent, answer)\); choose one with --pipeline/,
		);
		const { code, out } = await run("since", "--pipeline", "silent");
		assert.equal(code, 0);
		assert.match(out, /failed runs: no run says how it ended/);
		assert.match(out, /search: executions with an output: since /);
		assert.match(out, /write: own time: since /);
		assert.doesNotMatch(out, /search: own time/, "what did not change is counted, not listed");
	});
});
