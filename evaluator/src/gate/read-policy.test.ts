import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UsageError } from "../cli/io.ts";
import { GATE_POLICY_SCHEMA } from "../core/gate-policy.ts";
import { makeEvaluation } from "../testing/make-evaluation.ts";
import { readBaseline, renderBaseline, writeBaseline } from "./baseline-file.ts";
import { checkPolicy, readPolicy } from "./read-policy.ts";

const root = new URL("../../../", import.meta.url);

test("an empty policy has the defaults, and the example and the documented one are policies", async () => {
	const { falsePass, falseBlock, rows } = checkPolicy({}, "nothing");
	assert.deepEqual([falsePass, falseBlock, rows.map(({ kind }) => kind)], [0.05, 0.05, ["outcome", "steps"]]);
	assert.equal((await readPolicy(new URL("examples/ci/gate.json", root).pathname)).rows.length, 3);
	const doc = await readFile(new URL("docs/gate.md", root), "utf8");
	const documented = /```json\n([\s\S]*?)```/.exec(doc)?.[1] ?? "";
	assert.equal(checkPolicy(JSON.parse(documented), "docs/gate.md").rows.length, 5);
});

test("docs/gate-policy.schema.json is the schema", async () => {
	assert.deepEqual(
		JSON.parse(await readFile(new URL("docs/gate-policy.schema.json", root), "utf8")),
		GATE_POLICY_SCHEMA,
	);
});

test("what is wrong in a policy is named", () => {
	const outcome = { kind: "outcome", margin: 0.05 };
	const cases: readonly (readonly [unknown, RegExp])[] = [
		[null, /the policy must be object/],
		[{ falsPass: 0.05 }, /additional properties \("falsPass"\)/],
		[{ falsePass: 0 }, /falsePass must be > 0/],
		[{ falseBlock: Number.NaN }, /falseBlock must be number/],
		[{ rows: [] }, /rows must NOT have fewer than 1 items/],
		[{ rows: [{ kind: "outcome" }] }, /rows\.0 must have required property 'margin'/],
		[{ rows: [{ kind: "outcome", margin: 5 }] }, /rows\.0\.margin must be < 1/],
		[{ rows: [{ kind: "latency", margin: 0.1 }] }, /rows\.0 value of tag "kind" must be in oneOf/],
		[{ rows: [{ kind: "metric", metric: "ms", margin: 0.1 }] }, /must have required property 'better'/],
		[
			{ effective: { otherwise: "pass" } },
			/effective\.otherwise must be equal to one of the allowed values: inconclusive, fail/,
		],
		[{ rows: [outcome, outcome] }, /rows 1 and 2 are both of kind outcome; keep one/],
		[
			{ rows: [{ kind: "metric", metric: "ms", better: "lower", margin: 20 }] },
			/row 1 \(ms\): the margin of 20 must be less than the scale from 0 to 1 is wide/,
		],
	];
	for (const [policy, expected] of cases) {
		assert.throws(
			() => checkPolicy(policy, "gate.json"),
			(error: unknown) => error instanceof UsageError && expected.test(error.message),
			`${JSON.stringify(policy)} should be refused with ${expected}`,
		);
	}
});

test("a baseline file is read as it was written, and does not depend on the order of the cases", async () => {
	const folder = await mkdtemp(join(tmpdir(), "faultline-baseline-"));
	try {
		const path = join(folder, "baseline.json");
		const evaluation = makeEvaluation([
			[
				true,
				{ outcome: "unknown", metrics: { ms: null, score: 0.5 }, steps: { search: true, render: null } },
			],
			[false, { status: "errored", outcome: "unknown", error: "TypeError: “x”\nis no function" }],
		]);
		await writeBaseline(path, evaluation);
		assert.deepEqual(await readBaseline(path), evaluation);
		const reversed = { ...evaluation, cases: [...evaluation.cases].reverse() };
		assert.equal(renderBaseline(reversed), renderBaseline(evaluation));
		await writeFile(path, renderBaseline(evaluation).replace('"outcome":"fail"', '"outcome":"passed"'));
		await assert.rejects(readBaseline(path), /cases\.2\.outcome must be equal to one of the allowed values/);
		await writeFile(path, "{");
		await assert.rejects(readBaseline(path), /cannot be read .*restore it, or save one/);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});
