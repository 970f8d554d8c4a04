import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Store, startClickHouseHttp } from "@faultline/collector";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { seededRandom } from "../core/random.ts";
import { readDesk } from "../store/rating-desk.ts";
import { type Rating, writeRatings } from "../store/ratings.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";
import { insertRuns } from "../testing/insert-runs.ts";

const NOW = Date.now();
const START_MS = NOW - 8 * 3_600_000;
const OLD = 600;
const NEW = 30;

describe("rate, judge calibrate and estimate", { timeout: 120_000 }, () => {
	let home: string;
	let store: Store;
	let url: string;
	let close: () => Promise<void>;
	let discard: () => Promise<void>;
	before(async () => {
		home = await mkdtemp(join(tmpdir(), "faultline-people-"));
		({ store, discard } = await openTemporaryStore());
		const http = await startClickHouseHttp({ store, port: 0 });
		close = () => http.close();
		url = `http://127.0.0.1:${http.port}`;
		const old = await insertRuns(store, { prefix: "a", count: OLD, startMs: START_MS, version: "41" });
		const young = await insertRuns(store, {
			prefix: "b",
			count: NEW,
			startMs: START_MS + 3_600_000,
			version: "42",
		});
		const random = seededRandom(3);
		// Every fifth run fails; the judge finds 90 % of these and fails 10 % of the others.
		await store.insert(
			"scores",
			[...old, ...young].map((trace_id, at) => {
				const fails = random() < (failed(trace_id) ? 0.9 : 0.1);
				return {
					trace_id,
					span_id: "",
					scorer: "judge/end-to-end",
					scorer_version: "ab12",
					step: "",
					kind: "",
					sort: "inherited",
					source: "judge",
					value: at % 50 === 7 ? null : fails ? 0.1 : 0.95,
					label: at % 50 === 7 ? "" : fails ? "fail" : "pass",
					run_start: ((START_MS + (at < OLD ? at : 3_600_000 + at - OLD)) / 1000).toFixed(3),
					created_at: ((NOW - 3_600_000 + at) / 1000).toFixed(3),
				};
			}),
		);
	});
	after(async () => {
		await close();
		await discard();
		await rm(home, { recursive: true, force: true });
	});

	/** As `insertRuns` has it. */
	const failed = (traceId: string): boolean => Number.parseInt(traceId.slice(1), 16) % 5 === 4;
	const run = async (...args: string[]): Promise<CalledCommand> => {
		const called = await callCli(args, { cwd: home, env: { CLICKHOUSE_URL: url }, now: () => NOW });
		assert.notEqual(called.code, 70, called.err);
		return called;
	};

	/** Ann rates all that was chosen of the old deploy, and is right; Bob rates what is for two, and errs on every ninth. */
	const rateOld = async (): Promise<void> => {
		const scope = { sinceMs: START_MS - 1000, untilMs: NOW, serviceVersion: "41" };
		const { chosen } = await readDesk(store, scope);
		const given = [...chosen.values()].flatMap((run, at) =>
			["ann", ...(run.double ? ["bob"] : [])].map((rater): Rating => {
				const fails = failed(run.traceId) !== (rater === "bob" && at % 9 === 0);
				return {
					traceId: run.traceId,
					spanId: "",
					rater,
					rating: fails ? "fail" : "pass",
					scale: fails ? 2 : 5,
					blameStep: fails ? "answer" : "",
					comment: "",
					probability: run.probability * run.sampleProbability,
					pipeline: run.pipeline,
					serviceVersion: run.serviceVersion,
					runStartMs: Number(run.startNs / 1_000_000n),
					createdMs: NOW,
				};
			}),
		);
		await writeRatings(store, given);
	};

	it("chooses runs and says where they are rated", async () => {
		const { code, out } = await run(
			"rate",
			"--target",
			"150",
			"--double",
			"0.3",
			"--page-url",
			"http://127.0.0.1:4319",
			"--json",
		);
		assert.equal(code, 0);
		const report = JSON.parse(out);
		assert.equal(report.page, "http://127.0.0.1:4319/rate");
		assert.equal(report.runs, OLD + NEW);
		assert.ok(report.chosen > 130 && report.chosen < 230 && report.added === report.chosen);
		assert.deepEqual(report.strata.map(({ stratum }: { stratum: string }) => stratum.split(" ")[1]).sort(), [
			"41",
			"42",
		]);
		assert.match((await run("rate", "--target", "150")).out, /0 now.*Start `faultline up`/s);
	});

	it("says before anybody rated that nothing is known, and how many labels are missing", async () => {
		const estimated = await run("estimate");
		assert.equal(estimated.code, 2);
		assert.match(estimated.out, /50 labels are missing/);
		const calibrated = await run("judge", "calibrate");
		assert.equal(calibrated.code, 2);
		assert.match(calibrated.out, /stale: 0 labels; 50 more are needed/);
		assert.equal((await run("rate", "--agreement")).code, 2);
	});

	it("calibrates the judge and corrects the rates with the ratings, each deploy with its own", async () => {
		await rateOld();
		const { code, out } = await run("judge", "calibrate", "--json");
		assert.equal(code, 2, "the newest deploy has no labels");
		const { judges } = JSON.parse(out);
		const [young, old] = judges;
		assert.deepEqual([young.service_version, old.service_version], ["42", "41"]);
		assert.ok(Math.abs(old.sensitivity.value - 0.9) < 0.12 && Math.abs(old.specificity.value - 0.9) < 0.12);
		assert.ok(old.kappa.interval[0] > 0.4 && old.stale.length === 0 && old.without_answer > 5);
		assert.equal(young.sensitivity, null);
		assert.deepEqual(
			young.stale.map(({ kind }: { kind: string }) => kind),
			["too-few", "other-deploy"],
		);
		assert.equal((await run("judge", "calibrate", "--version", "41")).code, 0);

		const estimated = JSON.parse((await run("estimate", "--json")).out);
		const [first, second] = estimated.deploys;
		assert.deepEqual(estimated.judge, { name: "judge/end-to-end", version: "ab12" });
		assert.ok(first.end_to_end.judge_alone > 0.23, "the judge alone says too much");
		const { value, interval } = first.end_to_end.corrected;
		assert.ok(interval[0] <= 0.2 && interval[1] >= 0.2 && Math.abs(value - 0.2) < 0.05);
		assert.ok(first.end_to_end.corrected.effective_runs > first.end_to_end.labels);
		const [step] = first.steps;
		assert.equal(step.step, "answer");
		assert.ok(step.corrected.interval[0] <= 0.2 && step.corrected.interval[1] >= 0.2);
		assert.equal(second.end_to_end.corrected, null);
		assert.match((await run("estimate")).out, /shop-answer 41, 600 runs.*end to end +\d/s);
	});

	it("says how far raters agree", async () => {
		const { code, out } = await run("rate", "--agreement", "--json");
		assert.equal(code, 0);
		const found = JSON.parse(out);
		assert.ok(found.double >= 25 && found.alpha.value > 0.5 && found.alpha.value < 1);
		assert.deepEqual(found.pairs[0].raters, ["ann", "bob"]);
		assert.match((await run("rate", "--agreement")).out, /Krippendorff's α: pass or fail 0\.\d\d \(/);
	});

	it("writes ratings to a file and reads them again, into the same ones", async () => {
		for (const file of ["ratings.csv", "ratings.jsonl"]) {
			assert.equal((await run("rate", "--export", file)).code, 0);
			const before = await readFile(join(home, file), "utf8");
			const { out } = await run("rate", "--import", file, "--json");
			assert.deepEqual(JSON.parse(out).unknown_runs, 0);
			assert.ok(JSON.parse(out).ratings > 100);
			await run("rate", "--export", file);
			assert.equal(await readFile(join(home, file), "utf8"), before);
		}
	});

	it("a rating of a run that nobody chose is kept, and no rate uses it", async () => {
		const ids = new Set((await readFile(join(home, "ratings.jsonl"), "utf8")).match(/a0+[0-9a-f]*/g));
		const free = Array.from({ length: OLD }, (_, at) => `a${at.toString(16).padStart(31, "0")}`).find(
			(id) => !ids.has(id),
		);
		const corrected = async (): Promise<unknown> =>
			JSON.parse((await run("estimate", "--json")).out).deploys[0].end_to_end.corrected;
		const before = await corrected();
		const text = `trace_id,rater,rating,comment\n${free},zoe,bad,"slow, and wrong"\nffff,zoe,good,\n`;
		await writeFile(join(home, "more.csv"), text);
		const { code, out } = await run("rate", "--import", "more.csv");
		assert.equal(code, 0);
		assert.match(out, /stored 2 ratings; 1 of runs that are not stored, 2 without a known chance/);
		assert.deepEqual(await corrected(), before);
		assert.match((await run("estimate")).out, /1 rated runs are left out/);
		assert.match((await run("rate", "--export", "-")).out, /"zoe","rating":"fail".*"slow, and wrong"/);
	});

	it("takes a rating from a clock that stood still", async () => {
		await writeFile(
			join(home, "old.jsonl"),
			'{"trace_id":"fffe","rater":"ann","rating":"pass","created_at":"1970-01-01T00:00:01Z"}\n',
		);
		assert.equal((await run("rate", "--import", "old.jsonl")).code, 0);
	});

	it("says what is wrong with a file or an option, and stores nothing of it", async () => {
		const cases: [string, string, RegExp][] = [
			[
				"a.csv",
				"trace_id,rater,rating\nab,ann,maybe\n",
				/a\.csv:2: rating is "maybe"; give pass, fail, unsure/,
			],
			["b.csv", "trace_id,rater,rating\nab,ann\n", /b\.csv:2 has 2 fields/],
			["c.csv", "trace_id,who\n", /c\.csv:1 has a column "who"/],
			["d.jsonl", '{"trace_id":"ab","rater":"ann","rating":"pass"}\n{', /d\.jsonl:2 is no JSON/],
			["e.jsonl", '{"trace_id":"ab","rater":"ann","rating":"pass","scale":9}', /e\.jsonl:1: scale is "9"/],
			["f.jsonl", '{"trace_id":"ab","rating":"pass"}', /f\.jsonl:1 has no rater/],
			["g.jsonl", '{"trace_id":"xyz","rater":"ann","rating":"pass"}', /trace_id is "xyz"/],
			["h.jsonl", '{"trace_id":"ab","rater":"ann","rating":"pass","probability":2}', /probability is "2"/],
		];
		for (const [file, text, message] of cases) {
			await writeFile(join(home, file), text);
			const { code, err } = await run("rate", "--import", file);
			assert.equal(code, 64, err);
			assert.match(err, message);
		}
		const uses: [string[], RegExp][] = [
			[["rate", "--import", "nowhere.csv"], /nowhere\.csv/],
			[["rate", "--target", "0"], /--target is "0"/],
			[["rate", "--double", "2"], /--double is "2"/],
			[["rate", "--agreement", "--export", "x"], /give one of/],
			[["judge"], /give judge calibrate/],
			[["estimate", "now"], /takes no arguments/],
		];
		for (const [args, message] of uses) {
			const { code, err } = await run(...args);
			assert.equal(code, 64, err);
			assert.match(err, message);
		}
		for (const command of ["rate", "judge", "estimate"])
			assert.match((await run(command, "--help")).out, /^Usage: faultline/);
	});
});
