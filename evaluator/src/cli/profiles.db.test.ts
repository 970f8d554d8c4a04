import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { seededRandom } from "../core/random.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";

const START_MS = Date.now() - 6 * 3_600_000;

interface Drawn {
	readonly at: number;
	readonly version: string;
	readonly price: (value: number) => unknown;
}

/** One run a second: a tool looks an order up, and a mail is written; every tenth run fails with an empty order. */
function otlpLine({ at, version, price }: Drawn, random: () => number): string {
	const trace = (at + 1).toString(16).padStart(32, "0");
	const attributes = (map: Readonly<Record<string, string>>): object[] =>
		Object.entries(map).map(([key, value]) => ({ key, value: { stringValue: value } }));
	const time = (ms: number): string => `${BigInt(Math.round((START_MS + at * 1000 + ms) * 1000)) * 1000n}`;
	const span = (id: number, from: number, to: number, map: Readonly<Record<string, string>>) => ({
		traceId: trace,
		spanId: `${trace.slice(-12)}000${id}`,
		...(id === 0 ? {} : { parentSpanId: `${trace.slice(-12)}0000` }),
		name: "span",
		startTimeUnixNano: time(from),
		endTimeUnixNano: time(to),
		attributes: attributes(map),
	});
	const fails = at % 10 === 9;
	const order = fails ? {} : { order_id: `SO-${at}`, price: price(Math.round(1e4 * random()) / 100) };
	const step = (kind: string, name: string, input: unknown, output: unknown) => ({
		"faultline.step.kind": kind,
		"faultline.step.name": name,
		"faultline.component.version": version,
		"faultline.step.input": JSON.stringify(input),
		"faultline.step.output": JSON.stringify(output),
	});
	const root = {
		"faultline.pipeline": "support",
		"faultline.outcome": fails ? "fail" : "pass",
		"faultline.step.input": `Where is SO-${at}?`,
		"faultline.step.output": "mail",
	};
	const spans = [
		span(0, 0, 100, root),
		span(1, 5, 25 + 10 * random(), step("tool_call", "find_order", { order_id: `SO-${at}` }, order)),
		span(
			2,
			40,
			90,
			step("render", "write_mail", order, `Your order ${JSON.stringify(order)} is on its way.`),
		),
	];
	const resource = { attributes: attributes({ "service.name": "shop", "service.version": version }) };
	return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

describe("profiles of stored runs", () => {
	let folder = "";
	const random = seededRandom(9);
	const run = (...args: string[]): Promise<CalledCommand> =>
		callCli([...args, "--data-dir", join(folder, "data")], { cwd: folder });
	const add = async (from: number, count: number, version: string, price: Drawn["price"]): Promise<void> => {
		const lines = Array.from({ length: count }, (_, at) =>
			otlpLine({ at: from + at, version, price }, random),
		);
		await writeFile(join(folder, `${from}.jsonl`), `${lines.join("\n")}\n`);
		assert.equal((await run("import", `${from}.jsonl`)).code, 0);
	};
	const executions = async (version: string, step = "find_order"): Promise<number> => {
		const { profiles } = JSON.parse((await run("profiles", "--json")).out) as {
			profiles: { service_version: string; step: string; executions: number }[];
		};
		return profiles
			.filter((one) => one.service_version === version && one.step === step)
			.reduce((sum, one) => sum + one.executions, 0);
	};
	const asNumber = (value: number): unknown => value;
	const asText = (value: number): unknown => `${value} €`;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-profiles-"));
		await add(0, 100, "1.4.0", asNumber);
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("says what to do where none is stored", async () => {
		const { code, err } = await run("profiles");
		assert.equal(code, 64);
		assert.match(err, /no profile is stored; run `faultline evaluate`/);
	});

	it("evaluating learns them from the runs that passed, and learning again changes nothing", async () => {
		assert.equal((await run("evaluate", "--json")).code, 0);
		assert.equal(await executions("1.4.0"), 90);
		assert.equal((await run("evaluate", "--json")).code, 0);
		assert.equal(await executions("1.4.0"), 90);
	});

	it("shows one step for people and as JSON, with times that the database counted", async () => {
		const shown = await run("profiles", "--step", "find_order");
		assert.match(
			shown.out,
			/find_order \(tool_call\), version 1\.4\.0: 90 executions; route find_order > write_mail/,
		);
		assert.match(shown.out, /`\.price: number` in 90 of 90/);
		const { profiles } = JSON.parse((await run("profiles", "--step", "find_order", "--json")).out);
		const self = profiles[0].measures.find(({ name }: { name: string }) => name === "self_time_ms");
		assert.ok(self.median > 18 && self.median < 34, JSON.stringify(self));
	});

	it("takes in new runs of a deploy, and gives the next deploy a profile of its own", async () => {
		await add(100, 50, "1.4.0", asNumber);
		await add(150, 40, "1.5.0", asText);
		await run("profiles", "--learn", "--json");
		assert.equal(await executions("1.4.0"), 135);
		assert.equal(await executions("1.5.0"), 36);
	});

	it("tells what differs between two deploys with its counts", async () => {
		const { code, out } = await run("profiles", "--diff", "1.4.0", "--diff", "1.5.0");
		assert.equal(code, 0);
		assert.match(out, /find_order \(tool_call\), 1\.4\.0 → 1\.5\.0/);
		assert.match(out, /`\.price: number` in 135 of 135; now `\.price: string` in 36 of 36/);
		const unknown = await run("profiles", "--diff", "1.4.0", "--diff", "9");
		assert.equal(unknown.code, 64);
		assert.match(unknown.err, /no profile of version "9" is stored; there are/);
	});

	it("says how new each step of a run is to the profile", async () => {
		const { out } = await run("profiles", "--trace", "1".padStart(32, "0"), "--json");
		const { steps } = JSON.parse(out) as { steps: { step: string; p: number }[] };
		assert.ok((steps.find(({ step }) => step === "find_order")?.p ?? 0) > 0.05, out);
		const broken = JSON.parse(
			(await run("profiles", "--trace", (160).toString(16).padStart(32, "0"), "--json")).out,
		);
		const tool = broken.steps.find(({ step }: { step: string }) => step === "find_order");
		assert.equal(tool.version, "1.4.0");
		assert.ok(tool.p < 0.02, JSON.stringify(tool));
	});

	it("refuses newer runs of a deploy that differ from its older ones, and says why", async () => {
		await add(190, 40, "1.4.0", asText);
		await run("profiles", "--learn", "--json");
		assert.equal(await executions("1.4.0"), 135);
		const { out } = await run("profiles", "--step", "find_order");
		assert.match(out, /refused as a reference: its healthy runs differ among themselves: .*price/);
	});

	it("proposes a reference and says so", async () => {
		const { code, out } = await run("profiles", "--propose");
		assert.equal(code, 0);
		assert.match(out, /support: \d+ passing runs of version/);
	});
});
