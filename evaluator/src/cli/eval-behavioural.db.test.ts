import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { migrate, openStore } from "@faultline/collector";
import type { PresentedSample } from "../core/present-sample.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";
import { insertRuns } from "../testing/insert-runs.ts";

const DAY_MS = 86_400_000;
const RUNS = 3000;

describe("eval behavioural", { timeout: 60_000 }, () => {
	let folder = "";
	const run = (...args: string[]): Promise<CalledCommand> =>
		callCli(["eval", "behavioural", ...args, "--data-dir", join(folder, "data")], { cwd: folder });
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-behavioural-"));
		await using store = await openStore({ dataDir: join(folder, "data") });
		await migrate(store);
		await insertRuns(store, { prefix: "a1", count: RUNS, startMs: Date.now() - 2 * DAY_MS });
		await insertRuns(store, { prefix: "b2", count: 100, startMs: Date.now() - 2 * DAY_MS, version: "2" });
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("draws one run in a hundred of the last week without any configuration, and weighs it back", async () => {
		const { code, out, err } = await run("--json");
		assert.equal(code, 0, err);
		const sample: PresentedSample = JSON.parse(out);
		assert.equal(sample.runs, RUNS + 100);
		assert.ok(sample.drawn > 10 && sample.drawn < 60, String(sample.drawn));
		assert.equal(sample.stands_for, 100 * sample.drawn);
		const [low, high] = sample.as_it_stands.interval ?? [1, 0];
		assert.ok(low < 0.2 && 0.2 < high);
		assert.deepEqual([sample.replay, sample.waits_from, sample.judged], [null, null, 0]);
		assert.deepEqual(JSON.parse((await run("--json")).out).groups, sample.groups);
	});

	it("takes rate and budget from the command line, and says what it drew", async () => {
		const { code, out } = await run("--rate", "0.5", "--budget", "120");
		assert.equal(code, 0);
		assert.match(out, /^shop-answer: \d+ of 3,100 runs drawn, .*; they stand for [\d,]+$/m);
		assert.match(out, /all runs, uniform: \d+, each with a chance of \d\.\d %/);
		assert.match(out, /as it stands: .* of all runs failed; \d+ of \d+ drawn, worth \d+ equal ones/);
		const drawn = Number(/shop-answer: (\d+)/.exec(out)?.[1]);
		assert.ok(drawn <= 120 && drawn >= 5, String(drawn));
	});

	it("takes strata from the configuration", async () => {
		const behaviour = `{ rate: 0.01, strata: [{ name: "new version", where: { "service.version": "2" }, rate: 0.5 }] }`;
		await writeFile(
			join(folder, "strata.mjs"),
			`export default { pipelines: { "shop-answer": { run() {} } }, behaviour: ${behaviour} };\n`,
		);
		const sample: PresentedSample = JSON.parse((await run("--config", "strata.mjs", "--json")).out);
		const group = sample.groups.find(({ stratum }) => stratum === "new version");
		assert.ok(group !== undefined && group.drawn > 30 && group.drawn < 70, JSON.stringify(sample.groups));
		assert.deepEqual(group.probability, [0.5, 0.5]);
		const [low, high] = sample.as_it_stands.interval ?? [1, 0];
		assert.ok(low < 0.2 && 0.2 < high, "the stratum's runs weigh less");
	});

	it("cannot tell where nothing was drawn, and refuses what is not there", async () => {
		const none = await run("--rate", "0.000001");
		assert.equal(none.code, 2);
		assert.match(none.out, /nothing was drawn: widen --since, or raise --rate or --budget/);
		const wrong = await run("--pipeline", "other");
		assert.equal(wrong.code, 64);
		assert.match(wrong.err, /no run of other is stored in this range/);
		assert.equal((await run("--budget", "0")).code, 64);
	});
});
