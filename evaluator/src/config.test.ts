import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ExactMatch, JSONDiff, Levenshtein } from "autoevals";
import { UsageError } from "./cli/io.ts";
import { checkConfig, defineConfig, loadConfig } from "./config.ts";
import type { ScoredCase } from "./scoring-config.ts";

const run = (): string => "answer";

test("a configuration in TypeScript is loaded from the folder, or from where --config says", async () => {
	const folder = await mkdtemp(join(tmpdir(), "faultline-config-"));
	try {
		await assert.rejects(loadConfig(undefined, folder), /no faultline\.config\.ts, .* is in/);
		const source =
			"const shout: (input: { text: string }) => string = (input) => input.text.toUpperCase();\n";
		await writeFile(
			join(folder, "faultline.config.ts"),
			`${source}export default { pipelines: { shout: { run: shout } } };\n`,
		);
		const config = await loadConfig(undefined, folder);
		assert.equal(config.path, join(folder, "faultline.config.ts"));
		assert.equal(
			await config.pipelines["shout"]?.run?.(
				{ text: "hi" },
				{ fixtureId: "f", evalId: "e", trial: 0, signal: new AbortController().signal },
			),
			"HI",
		);
		await writeFile(join(folder, "other.mjs"), "export const config = { pipelines: { a: { run() {} } } };\n");
		assert.deepEqual(Object.keys((await loadConfig("other.mjs", folder)).pipelines), ["a"]);
		await writeFile(join(folder, "empty.mjs"), "export const nothing = 1;\n");
		await assert.rejects(loadConfig("empty.mjs", folder), /exports no configuration/);
		await writeFile(join(folder, "broken.mjs"), "throw new Error('no database');\n");
		await assert.rejects(loadConfig("broken.mjs", folder), (error: unknown) => {
			assert.ok(error instanceof UsageError);
			assert.match(error.message, /broken\.mjs cannot be imported: no database/);
			return true;
		});
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

test("what is wrong in a configuration is named field by field", () => {
	const cases: readonly (readonly [unknown, RegExp])[] = [
		[null, /the configuration must be an object/],
		[{}, /pipelines must be an object/],
		[{ pipelines: {} }, /pipelines has no entry/],
		[{ pipelines: { a: { run } }, pipline: {} }, /unknown field "pipline"; known: pipelines/],
		[{ pipelines: { a: {} } }, /pipelines\.a has nothing to run/],
		[{ pipelines: { a: { run } }, behaviour: { rate: 0 } }, /behaviour\.rate must be a share above 0/],
		[
			{ pipelines: { a: { run } }, behaviour: { strata: [{ name: "x", where: {}, rate: 1 }] } },
			/behaviour\.strata\[0\]\.where names no field/,
		],
		[{ pipelines: { a: { run } }, behaviour: { strata: {} } }, /behaviour\.strata must be a list/],
		[
			{ pipelines: { a: { run } }, behaviour: { budgetPerDay: 0.5 } },
			/behaviour\.budgetPerDay must be a whole number from 1 up/,
		],
		[
			{ pipelines: { a: { run } }, behaviour: { importance: { rare: 0 } } },
			/behaviour\.importance\.rare must be a number from 1/,
		],
		[{ pipelines: { a: { run: "answer" } } }, /pipelines\.a\.run must be a function/],
		[{ pipelines: { a: { run, http: { url: "http://x" } } } }, /pipelines\.a has both run and http/],
		[
			{ pipelines: { "docs-answer": { http: { url: "x" } } } },
			/pipelines\["docs-answer"\]\.http\.url must be a URL/,
		],
		[{ pipelines: { a: { run, passFrom: 2 } } }, /pipelines\.a\.passFrom must be a number from 0 to 1/],
		[{ pipelines: { a: { run, metrics: { words: 3 } } } }, /pipelines\.a\.metrics\.words must be a function/],
		[
			{ pipelines: { a: { models: { m: { price: { input: 1 } } } } } },
			/models\.m\.price\.output must be a number/,
		],
		[{ pipelines: { a: { run } }, redact: { fields: [1] } }, /redact\.fields must be a list of texts/],
		[
			{ pipelines: { a: { run } }, redact: { patterns: { id: "x" } } },
			/redact\.patterns\.id must be a regular/,
		],
		[{ pipelines: { a: { run } }, gate: 1 }, /gate must be an object/],
	];
	for (const [config, expected] of cases) {
		assert.throws(
			() => checkConfig(config, "faultline.config.ts"),
			(error: unknown) => error instanceof UsageError && expected.test(error.message),
			`${JSON.stringify(config)} should be refused with ${expected}`,
		);
	}
});

test("a function with a narrower input fits, as users write it", () => {
	const config = defineConfig({
		pipelines: {
			a: {
				run: (input: { question: string }) => input.question,
				grade: ({ output }) => (output === "x" ? "pass" : null),
				metrics: { words: ({ output }) => String(output).split(" ").length },
				models: { small: {}, own: (model, input) => `${model} ${String(input)}` },
			},
		},
	});
	assert.equal(checkConfig(config, "c.ts"), config);
});

test("what is wrong with scorers and the judge is named too", () => {
	const score = (): number => 1;
	const cases: readonly (readonly [object, RegExp])[] = [
		[{ scorers: {} }, /scorers must be a list/],
		[{ scorers: [1] }, /scorers\[0\] must be an object/],
		[{ scorers: [() => 1] }, /scorers\[0\] is a function without a name/],
		[{ scorers: [{ name: "a" }] }, /scorers\[0\] needs one of scoreStep .* and scoreRun/],
		[{ scorers: [{ name: "a", scoreRun: score, scoreStep: score }] }, /scorers\[0\] needs one of/],
		[{ scorers: [{ name: "a", scoreRun: score, sort: "remote" }] }, /sort must be one of local, inherited/],
		[
			{ scorers: [{ name: "a", scoreStep: score, kinds: ["llm"] }] },
			/kinds\[0\] must be one of prompt_build/,
		],
		[
			{ scorers: [{ name: "a", scoreStep: score, timeout: 1 }] },
			/unknown field "timeout"; known: name, scoreStep/,
		],
		[
			{ scorers: [score, { name: "score", scoreRun: score }] },
			/scorers\[1\] has the name "score", as another/,
		],
		[{ scorers: [{ name: "judge/mine", scoreRun: score }] }, /begins with judge\//],
		[{ scorers: [{ name: "span-error", scoreRun: score }] }, /which is a built-in scorer's/],
		[{ judge: {} }, /judge\.model must be a text/],
		[{ judge: { model: "m", repeats: 0 } }, /judge\.repeats must be a whole number from 1/],
		[{ judge: { model: "m", temperature: -1 } }, /judge\.temperature must be a number from 0 up/],
		[{ judge: { model: "m", budget: { costPerDay: 1 } } }, /costPerDay cannot be kept without judge\.price/],
		[{ judge: { model: "m", budget: { perDay: 1 } } }, /unknown field "perDay"/],
		[
			{ judge: { model: "m", rubrics: { own: { steps: ["a"] } } } },
			/judge\.rubrics\.own\.text must be a text/,
		],
		[
			{ judge: { model: "m", rubrics: { own: { text: "t", kinds: ["x"] } } } },
			/own\.kinds\[0\] must be one of/,
		],
	];
	for (const [more, expected] of cases)
		assert.throws(
			() => checkConfig({ pipelines: {}, ...more }, "c.ts"),
			(error: unknown) => error instanceof UsageError && expected.test(error.message),
			`${JSON.stringify(more)} should be refused with ${expected}`,
		);
});

test("scorers of autoevals fit as they are, and functions say what they expect", () => {
	const config = defineConfig({
		pipelines: {},
		scorers: [
			Levenshtein,
			JSONDiff,
			{ name: "close", scoreStep: ExactMatch, kinds: ["model"], expected: (run) => run.taskId },
			{
				name: "cites",
				steps: ["answer"],
				sort: "local",
				scoreStep: ({ output, inputs }: { output: { sources?: string[] }; inputs: ScoredCase["inputs"] }) =>
					inputs.length > 0 && (output.sources?.length ?? 0) > 0,
			},
		],
		judge: { model: "m", budget: { tokensPerDay: 1 }, rubrics: { model: "Is it polite?" } },
	});
	assert.equal(checkConfig(config, "c.ts"), config);
});
