import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";
import { parseSelector, parseTime } from "./parse-selector.ts";

const NOW = Date.parse("2026-05-01T12:00:00Z");
const home = mkdtempSync(join(tmpdir(), "faultline-cli-"));
after(() => rm(home, { recursive: true, force: true }));

const run = (args: readonly string[], cwd = home): Promise<CalledCommand> =>
	callCli(args, { cwd, now: () => NOW });

describe("the command line", () => {
	it("lists its commands, and says what they do", async () => {
		const { code, out } = await run(["help"]);
		assert.equal(code, 0);
		for (const name of ["up", "demo", "import", "export", "evaluate", "locate", "compare", "since"]) {
			assert.match(out, new RegExp(`^  ${name} +\\S`, "m"));
		}
	});

	it("shows every option of a command", async () => {
		const { code, out } = await run(["compare", "--help"]);
		assert.equal(code, 0);
		assert.match(out, /--baseline RUNS/);
		assert.match(out, /--json/);
	});

	const wrong: readonly (readonly [readonly string[], RegExp])[] = [
		[["bogus"], /"bogus" is no command/],
		[["locate", "--trase", "x"], /--trase/],
		[["locate", "x"], /--trace ID/],
		[["locate", "--outcome", "bad"], /pass, fail or unknown/],
		[["compare", "--baseline", "service.version=1"], /--baseline and --candidate/],
		[
			["compare", "--baseline", "colour=red", "--candidate", "service.version=2"],
			/"colour=red" selects no runs/,
		],
		[
			["compare", "--baseline", "service.version=1", "--candidate", "service.version=2", "--seed", "x"],
			/--seed/,
		],
		[["since", "x"], /--step NAME/],
		[["since", "--seed", "x"], /--seed/],
		[["since", "--where", "colour=red"], /"colour=red" selects no runs/],
		[["import"], /at least one file/],
		[["import", "missing.jsonl"], /cannot read .*missing\.jsonl/],
		[["import", "."], /is no file/],
		[["demo", "--fault", "nope"], /stale-index/],
		[["demo", "--seed", "0"], /positive integer/],
		[["up", "--host", "0.0.0.0"], /--token/],
		[["up", "--page-port", "99999"], /--page-port/],
		[["evaluate", "--since", "soon"], /"soon" is no time/],
		[["eval", "behavioural", "--rate", "0"], /--rate is "0"; give a share above 0/],
		[["eval", "behavioural", "--since", "1h", "--until", "2h"], /--since is not before --until/],
	];
	for (const [args, message] of wrong) {
		it(`refuses \`${args.join(" ")}\` with code 64 and says why`, async () => {
			const { code, err, out } = await run(args);
			assert.equal(code, 64, err);
			assert.match(err, message);
			assert.equal(out, "");
		});
	}

	const files: readonly (readonly [string, string, RegExp])[] = [
		["empty.jsonl", "", /empty\.jsonl is empty/],
		["text.jsonl", "hello\n", /text\.jsonl:1 is not JSON/],
		["other.jsonl", '{"a":1}\n', /other\.jsonl:1 is not OTLP/],
	];
	for (const [name, text, message] of files) {
		it(`refuses to import ${name}, naming file and line`, async () => {
			const folder = await mkdtemp(join(tmpdir(), "faultline-cli-"));
			try {
				await writeFile(join(folder, name), text);
				const { code, err } = await run(["import", name], folder);
				assert.equal(code, 64);
				assert.match(err, message);
			} finally {
				await rm(folder, { recursive: true, force: true });
			}
		});
	}
});

describe("selectors", () => {
	it("reads ages and ISO times", () => {
		assert.equal(parseTime("2h", NOW), NOW - 7_200_000);
		assert.equal(parseTime("1.5d", NOW), NOW - 129_600_000);
		assert.equal(parseTime("2026-05-01T00:00:00Z", NOW), NOW - 43_200_000);
	});

	it("reads fields and time ranges", () => {
		assert.deepEqual(parseSelector("service.version=41,pipeline=a=b", NOW), {
			serviceVersion: "41",
			pipeline: "a=b",
		});
		assert.deepEqual(parseSelector("2h..1h", NOW), { sinceMs: NOW - 7_200_000, untilMs: NOW - 3_600_000 });
		assert.deepEqual(parseSelector("1h..", NOW), { sinceMs: NOW - 3_600_000 });
	});
});
