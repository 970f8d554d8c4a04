import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { migrate, openStore } from "@faultline/collector";
import type { PresentedDriftComparison, PresentedWatch } from "../core/present-drift.ts";
import { seededRandom } from "../core/random.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";
import { drawAnswer, drawQuestion } from "../testing/draw-texts.ts";
import { startEmbeddingServer } from "../testing/embedding-server.ts";
import { type Chat, insertChats } from "../testing/insert-chats.ts";

const DAY_MS = 86_400_000;
const DAYS = 14;
const PER_DAY = 50;
const CHANGED_ON = 9;
/** Noon: a day is not over yet. */
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const FIRST = Math.floor(NOW / DAY_MS) * DAY_MS - DAYS * DAY_MS;

/** From the tenth day on a fifth asks about vouchers, which always goes wrong. */
function chatsOf(days: readonly number[], random: () => number): Chat[] {
	return days.flatMap((day) =>
		Array.from({ length: PER_DAY }, (_, at) => {
			const drifted = day >= CHANGED_ON && random() < 0.2;
			return {
				traceId: `${day.toString(16)}f${at.toString(16)}`.padStart(32, "0"),
				startMs: FIRST + day * DAY_MS + Math.floor(random() * DAY_MS),
				question: drawQuestion(random, drifted ? "new-topic" : null),
				answer: drawAnswer(random),
				failed: drifted || random() < 0.1,
				version: day >= CHANGED_ON ? "2" : "1",
			};
		}),
	);
}

describe("drift of stored runs", { timeout: 120_000 }, () => {
	let folder = "";
	let now = NOW;
	const run = (...args: string[]): Promise<CalledCommand> =>
		callCli(["drift", ...args, "--data-dir", join(folder, "data")], { cwd: folder, now: () => now });
	const withStore = async <Result>(
		work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<Result>,
	) => {
		await using store = await openStore({ dataDir: join(folder, "data") });
		await migrate(store);
		return await work(store);
	};
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-drift-"));
		const days = Array.from({ length: DAYS }, (_, day) => day);
		await withStore((store) => insertChats(store, chatsOf(days, seededRandom(5))));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("watches day by day, alarms soon after the change, and names words, runs and whose fault it is", async () => {
		// The first week, as it stood then.
		now = FIRST + 7.5 * DAY_MS;
		const week: PresentedWatch = JSON.parse((await run("--since", "30d", "--json")).out);
		assert.equal(week.new_buckets, 7);
		assert.ok(week.streams.every(({ days }) => days.every(({ alarm }) => !alarm)));
		now = NOW;
		const { code, out, err } = await run("--since", "30d", "--json");
		assert.equal(code, 0, err);
		const watch: PresentedWatch = JSON.parse(out);
		assert.equal(watch.new_buckets, DAYS - 7, "what was watched is not watched again");
		assert.deepEqual(
			watch.streams.map(({ step, text, days }) => [step, text, days.length]),
			[
				["", "input", DAYS],
				["", "response", DAYS],
				["search", "input", DAYS],
				["search", "response", DAYS],
				["write", "input", DAYS],
				["write", "response", DAYS],
			],
		);
		for (const stream of week.streams) {
			const later = watch.streams.find(({ step, text }) => step === stream.step && text === stream.text);
			assert.deepEqual(later?.days.slice(0, stream.days.length), stream.days);
		}
		const alarm = watch.streams[0]?.days.find((day) => day.alarm);
		const on = (Date.parse(alarm?.bucket ?? "") - FIRST) / DAY_MS;
		assert.ok(on >= CHANGED_ON && on <= CHANGED_ON + 3, String(on));
		assert.ok(
			(alarm?.evidence ?? 0) >= 120 && Math.abs((alarm?.needed ?? 0) - 120) < 1e-3,
			"six streams share 0.05",
		);
		assert.match(alarm?.changed?.words.map(({ name }) => name).join(" ") ?? "", /voucher|gift|coupon|redeem/);
		assert.equal(alarm?.changed?.examples.length, 3);
		const responses = watch.streams.find(({ step, text }) => step === "" && text === "response");
		assert.ok(
			responses?.days.every((day) => !day.alarm),
			"the answers are as they were",
		);
	});

	it("changes nothing when it is asked again, and says it in sentences", async () => {
		const again = await run("--since", "30d");
		assert.equal(again.code, 0);
		assert.match(
			again.out,
			/help-desk: 0 new days; a false alarm in all this time has a chance of at most 0\.05/,
		);
		assert.match(again.out, /=> \d{4}-\d\d-\d\d: the inputs of the pipeline changed \(words; evidence /);
		assert.match(again.out, /words, as shares of tasks/);
		assert.match(again.out, /for example “/);
	});

	it("compares two deploys: which streams, words and clusters, and whether the mix or the response moved the rate", async () => {
		const sides = ["--baseline", "service.version=1", "--candidate", "service.version=2"];
		const { code, out, err } = await run(...sides, "--json");
		assert.equal(code, 0, err);
		const comparison: PresentedDriftComparison = JSON.parse(out);
		const changed = comparison.streams.filter((stream) => stream.changed !== null);
		assert.deepEqual(
			changed.map(({ step, text }) => `${step} ${text}`).sort(),
			[" input", "search input", "search response", "write input"],
			"the answers did not change",
		);
		const input = changed.find(({ step }) => step === "");
		assert.equal(input?.aspect, "words");
		assert.ok((input?.q ?? 1) <= 0.05);
		const words = input?.changed?.words ?? [];
		const named = words.slice(0, 5).map(({ name }) => name);
		assert.ok(
			named.every((name) =>
				/voucher|gift|birthday|coupon|redeem|expired|balance|shop|friend|present/.test(name),
			),
			named.join(),
		);
		const [word] = words;
		assert.ok(word !== undefined && word.before[0] === 0 && word.after[0] > 10, JSON.stringify(word));
		const stored = await withStore((store) =>
			store.query<{ streams: string }>(
				"SELECT count() AS streams FROM drift_comparisons FINAL WHERE q <= 0.05",
			),
		);
		assert.equal(stored[0]?.streams, "4");
		assert.match((await run(...sides)).out, /=> The inputs of the pipeline changed\./);
	});

	it("uses embeddings where a model is configured, each text once", async () => {
		await using server = await startEmbeddingServer((text, request) =>
			request === 1 ? 429 : [text.length % 7, /voucher|gift|coupon|redeem|birthday/.test(text) ? 9 : 0, 1],
		);
		await writeFile(
			join(folder, "embed.config.mjs"),
			`export default { pipelines: { "help-desk": { run() {} } }, drift: { embeddings: { model: "tiny", baseURL: "${server.url}" } } };\n`,
		);
		const sides = ["--baseline", "service.version=1", "--candidate", "service.version=2"];
		const since = new Date(FIRST + (CHANGED_ON - 2) * DAY_MS).toISOString();
		const args = [...sides, "--since", since, "--config", "embed.config.mjs", "--json"];
		const { code, out, err } = await run(...args);
		assert.equal(code, 0, err);
		const comparison: PresentedDriftComparison = JSON.parse(out);
		const input = comparison.streams.find(({ step, text }) => step === "" && text === "input");
		assert.ok((input?.aspects["meaning"]?.z ?? 0) > 3, JSON.stringify(input?.aspects));
		const sent = server.requests.slice(1).flat();
		assert.equal(new Set(sent).size, sent.length, "no text is sent twice");
		const before = server.requests.length;
		await run(...args);
		assert.equal(server.requests.length, before, "nor by the next command");
		assert.ok(Math.max(...server.requests.map((texts) => texts.length)) <= 64);
	});

	it("refuses what cannot be meant, and says when nothing can be told", async () => {
		const cases: [string[], RegExp][] = [
			[["--baseline", "service.version=1"], /needs both --baseline and --candidate/],
			[
				["--baseline", "service.version=1", "--candidate", "service.version=9"],
				/--candidate service\.version=9 fits no stored run/,
			],
			[["--every", "5h"], /--every is "5h"; give whole days, or a part of a day/],
			[["--alpha", "5"], /--alpha is "5"/],
			[["--pipeline", "other"], /no run of other is stored/],
			[["--config", "none.ts"], /--config none\.ts does not exist/],
		];
		for (const [args, message] of cases) {
			const { code, err } = await run(...args);
			assert.equal(code, 64, args.join(" "));
			assert.match(err, message);
		}
		await writeFile(
			join(folder, "away.config.mjs"),
			`export default { pipelines: { a: { run() {} } }, drift: { embeddings: { model: "tiny" } } };\n`,
		);
		const keyless = await run("--config", "away.config.mjs");
		assert.match(keyless.err, /OPENAI_API_KEY is not set; set it, or give drift\.embeddings\.baseURL/);
		assert.equal(keyless.code, 64);
		const young = await run("--every", "7d", "--since", "3d");
		assert.equal(young.code, 2, young.err);
		assert.match(young.out, /no bucket of 10080 minutes is over yet/);
	});
});
