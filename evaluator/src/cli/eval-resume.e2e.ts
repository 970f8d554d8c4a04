import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { migrate, openStore } from "@faultline/collector";
import { renderFixture } from "../fixtures/fixture-file.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { runFaultline, startFaultline } from "../testing/run-faultline.ts";

const CONFIG = fileURLToPath(new URL("../testing/apps/slow.config.ts", import.meta.url));
const FIXTURES = 10;
const TRIALS = 2;

let folder = "";
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-resume-"));
	await mkdir(join(folder, "fixtures"));
	for (let at = 0; at < FIXTURES; at++) {
		const fixture = makeFixture({ id: `f${at}`, input: { text: `number ${at}` } });
		await writeFile(join(folder, "fixtures", `f${at}.json`), renderFixture(fixture));
	}
});
after(() => rm(folder, { recursive: true, force: true }));

it("loses no case and doubles none when the process is killed in the middle and resumed", {
	timeout: 60_000,
}, async () => {
	const args = [
		"eval",
		"system",
		"--config",
		CONFIG,
		"--trials",
		String(TRIALS),
		"--concurrency",
		"2",
		"--json",
	];
	const killed = startFaultline(args, folder);
	const ran = async (): Promise<string[]> =>
		(await readFile(join(folder, "ran.log"), "utf8").catch(() => "")).split("\n").filter(Boolean);
	while ((await ran()).length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
	killed.kill("SIGKILL");
	await killed.ended;
	const evalId = /(system-\S+): 20 cases/.exec(killed.err())?.[1] ?? "";
	assert.notEqual(evalId, "");

	const list = await runFaultline(["eval", "list", "--json"], folder);
	const [cut] = (
		JSON.parse(list.out) as { evaluations: { counts: { attempted: number }; finished_at: null }[] }
	).evaluations;
	assert.ok(cut !== undefined && cut.counts.attempted > 0 && cut.counts.attempted < 20, list.out);
	assert.equal(cut.finished_at, null);

	const resumed = await runFaultline(
		["eval", "system", "--config", CONFIG, "--resume", evalId, "--json"],
		folder,
	);
	assert.equal(resumed.code, 0, resumed.err);
	const evaluation = JSON.parse(resumed.out) as {
		counts: { planned: number; attempted: number; completed: number };
		passed: number;
		cases: { fixture_id: string; trial: number; trace_id: string }[];
	};
	assert.deepEqual([evaluation.counts.planned, evaluation.counts.completed, evaluation.passed], [20, 20, 20]);
	assert.equal(new Set(evaluation.cases.map((one) => `${one.fixture_id} ${one.trial}`)).size, 20);
	assert.equal(new Set(evaluation.cases.map((one) => one.trace_id)).size, 20);
	// What was stored before the kill did not run again: at most the two cases under way, and those not yet stored, did.
	const all = await ran();
	assert.equal(new Set(all).size, 20);
	assert.ok(all.length <= 20 + 8 - cut.counts.attempted + 2, `${all.length} runs`);

	const store = await openStore({ dataDir: join(folder, ".faultline") });
	try {
		await migrate(store);
		const [counts] = await store.query<{ cases: string; traced: string }>(
			`SELECT count() AS cases, countIf(trace_id IN (SELECT trace_id FROM runs WHERE eval_id = {id: String})) AS traced
			FROM eval_cases FINAL WHERE eval_id = {id: String}`,
			{ id: evalId },
		);
		assert.deepEqual(counts, { cases: "20", traced: "20" });
	} finally {
		await store.close();
	}

	const shown = await runFaultline(["eval", "show", evalId, "--against", evalId, "--json"], folder);
	const against = (JSON.parse(shown.out) as { against: { pairs: number; difference: number } }).against;
	assert.deepEqual([against.pairs, against.difference], [20, 0]);
	const wrong = await runFaultline(["eval", "system", "--config", CONFIG, "--resume", "system-none"], folder);
	assert.equal(wrong.code, 64);
	assert.match(wrong.err, /no evaluation system-none is stored/);
});
