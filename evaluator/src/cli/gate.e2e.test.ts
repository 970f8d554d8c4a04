import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { Evaluation } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import type { PresentedGate } from "../core/present-gate.ts";
import { renderFixture } from "../fixtures/fixture-file.ts";
import { makeFixture } from "../testing/make-fixture.ts";
import { type CommandResult, runFaultline } from "../testing/run-faultline.ts";
import { runCli } from "./run-cli.ts";

const CONFIG = fileURLToPath(new URL("../testing/apps/gated.config.ts", import.meta.url));
/** One more than the gate needs to rule out a loss of 5 points. */
const FIXTURES = 60;

/** What the healthy pipeline records of a city. */
function cityFixture(at: number): Fixture {
	const city = `Town${at}`;
	const content = `${city} lies by the river of ${city}.`;
	const pages = [{ id: `page-${city}`, content }];
	const prompt = `Where does ${city} lie? ${content}`;
	return makeFixture({
		id: `city-${String(at).padStart(3, "0")}`,
		pipeline: "cities",
		input: { city },
		steps: [
			{ step: "find", kind: "retrieval", version: "find-1", input: { city }, output: pages },
			{ step: "build", kind: "prompt_build", version: "build-1", input: [{ city }, pages], output: prompt },
			{
				step: "shorten",
				kind: "post_process",
				version: "shorten-1",
				input: prompt,
				output: { answer: content },
			},
			{
				step: "show",
				kind: "render",
				version: "show-1",
				input: { answer: content },
				output: `<p>${content}</p>`,
			},
		],
		expected: { outcome: "pass", output: `<p>${content}</p>` },
	});
}

describe("the gate from the command line", { timeout: 300_000 }, () => {
	let folder = "";
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-gate-"));
		await mkdir(join(folder, "fixtures"));
		for (let at = 0; at < FIXTURES; at++) {
			await writeFile(join(folder, "fixtures", `${at}.json`), renderFixture(cityFixture(at)));
		}
	});
	after(() => rm(folder, { recursive: true, force: true }));

	const gate = (
		args: readonly string[],
		env: Readonly<Record<string, string>> = {},
	): Promise<CommandResult> => runFaultline(["gate", ...args], folder, env);
	const run = ["--config", CONFIG];
	/** In this process: what does not run the pipeline. */
	const decide = async (args: readonly string[]): Promise<CommandResult> => {
		const said = { out: "", err: "" };
		const code = await runCli(["gate", ...args], {
			out: (text) => {
				said.out += `${text}\n`;
			},
			err: (text) => {
				said.err += `${text}\n`;
			},
			env: {},
			cwd: folder,
			signal: new AbortController().signal,
			colours: false,
			now: Date.now,
		});
		return { code, ...said };
	};

	it("has nothing to compare with at first, and saves a baseline that can be reviewed", async () => {
		const { code, out, err } = await gate([...run, "--save-baseline", "baseline.json"]);
		assert.equal(code, 2, err);
		assert.match(out, /there is no baseline to compare with/);
		const text = await readFile(join(folder, "baseline.json"), "utf8");
		assert.equal(text.split("\n").filter((line) => line.startsWith('{"fixtureId":"city-')).length, FIXTURES);
		const { run: saved } = JSON.parse(text) as Evaluation;
		assert.equal(saved.planned, FIXTURES);
		assert.match(saved.grader ?? "", /^[0-9a-f]{12}$/);
	});

	it("passes what did not change, and writes every report", async () => {
		const reports = "junit=gate.xml,markdown=gate.md,json=gate.json,github";
		const { code, out, err } = await gate([...run, "--baseline", "baseline.json", "--report", reports]);
		assert.equal(code, 0, out + err);
		assert.match(out, /^=> Passed: all 6 rows hold over 60 fixtures × 1 trials, against system-/m);
		assert.equal(XMLValidator.validate(await readFile(join(folder, "gate.xml"), "utf8")), true);
		assert.match(await readFile(join(folder, "gate.md"), "utf8"), /^## ✅ Faultline gate: cities/);
		const { verdict } = JSON.parse(await readFile(join(folder, "gate.json"), "utf8")) as PresentedGate;
		assert.equal(verdict, "pass");
	});

	it("blocks a broken deploy early, names the component, and proves it by replay", async () => {
		const { code, out, err } = await gate(
			[
				...run,
				"--baseline",
				"baseline.json",
				"--report",
				"junit=gate.xml",
				"--json",
				"--page-url",
				"http://127.0.0.1:4319/",
			],
			{ BROKEN: "shorten" },
		);
		assert.equal(code, 1, err);
		const { blame, candidate, stopped, obstacles } = JSON.parse(out) as PresentedGate;
		assert.deepEqual(blame?.steps, ["shorten"]);
		assert.equal(blame.source, "compare");
		assert.ok(
			blame.evidence.includes("its version changed: shorten-1 -> shorten-2"),
			blame.evidence.join("\n"),
		);
		assert.deepEqual([...new Set(blame.bisect?.fixtures.flatMap(({ steps }) => steps))], ["shorten"]);
		assert.ok((blame.bisect?.replays ?? 99) <= 20);
		assert.match(blame.traces[0]?.url ?? "", /^http:\/\/127\.0\.0\.1:4319\/runs\/[0-9a-f]{32}$/);
		assert.ok(stopped?.stop && candidate.counts.attempted < FIXTURES, "the rest was not run");
		assert.deepEqual(obstacles, []);
		const xml = new XMLParser({ ignoreAttributes: false }).parse(
			await readFile(join(folder, "gate.xml"), "utf8"),
		) as { testsuites: Record<string, string> };
		assert.equal(xml.testsuites["@_failures"], "6");
		// The same from what is stored, where the baseline's traces are elsewhere: what the fixtures recorded stands in.
		const baseline = JSON.parse(await readFile(join(folder, "baseline.json"), "utf8")) as Evaluation;
		const untraced = { ...baseline, cases: baseline.cases.map((one) => ({ ...one, traceId: "" })) };
		await writeFile(join(folder, "untraced.json"), JSON.stringify(untraced));
		await writeFile(
			join(folder, "policy.json"),
			JSON.stringify({ rows: [{ kind: "outcome", margin: 0.05 }] }),
		);
		const again = await decide([
			"--eval",
			candidate.eval_id,
			"--baseline",
			"untraced.json",
			"--policy",
			"policy.json",
			"--save-baseline",
			"bad.json",
		]);
		assert.equal(again.code, 1, again.err);
		assert.match(again.out, /Look at shorten\./);
		assert.match(again.err, /what \d+ fixtures recorded/);
		assert.match(again.err, /bad\.json is not written/);
	});

	const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
		["an evaluation that is not stored", ["--eval", "nope"], /no evaluation nope is stored here/],
		[
			"a baseline that is nowhere",
			["--eval", "@", "--baseline", "nope"],
			/neither a file nor a stored evaluation/,
		],
		["a baseline file that is gone", ["--eval", "@", "--baseline", "gone.json"], /gone\.json cannot be read/],
		[
			"a baseline file of something else",
			["--eval", "@", "--baseline", "policy.json"],
			/policy\.json is no baseline/,
		],
		[
			"a policy of something else",
			["--eval", "@", "--policy", "baseline.json"],
			/baseline\.json is no gate policy/,
		],
		["a report of no known kind", ["--eval", "@", "--report", "html=x"], /--report has "html=x"/],
		["a report without a file", ["--eval", "@", "--report", "junit"], /--report has "junit"/],
		[
			"a report that cannot be written",
			["--eval", "@", "--baseline", "baseline.json", "--report", "junit=no/such/gate.xml"],
			/cannot be written/,
		],
		["a page that is no address", ["--eval", "@", "--page-url", "localhost"], /--page-url is "localhost"/],
		["an argument", ["now"], /takes no arguments/],
	];
	for (const [name, args, message] of wrong) {
		it(`is used wrongly with ${name}`, async () => {
			const { run: saved } = JSON.parse(await readFile(join(folder, "baseline.json"), "utf8")) as Evaluation;
			const policy = args.includes("--policy") ? [] : ["--policy", "policy.json"];
			const { code, err } = await decide([
				...args.map((text) => (text === "@" ? saved.evalId : text)),
				...policy,
			]);
			assert.equal(code, 64, err);
			assert.match(err, message);
		});
	}

	it("takes the latest evaluation that passed where no baseline is named", async () => {
		const { run: saved } = JSON.parse(await readFile(join(folder, "baseline.json"), "utf8")) as Evaluation;
		const { code, out, err } = await decide(["--eval", saved.evalId, "--policy", "policy.json", "--json"]);
		assert.equal(code, 0, err);
		const { baseline } = JSON.parse(out) as PresentedGate;
		assert.notEqual(baseline?.eval_id, saved.evalId);
	});
});
