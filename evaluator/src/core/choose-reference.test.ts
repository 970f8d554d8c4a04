import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { chooseReference } from "./choose-reference.ts";
import type { Outcome, Run } from "./trace.ts";

const runs = (serviceVersion: string, counts: Partial<Record<Outcome, number>>): Run[] =>
	Object.entries(counts).flatMap(([outcome, count]) =>
		Array.from({ length: count }, (_, at) =>
			makeRun({ traceId: `${serviceVersion}-${outcome}-${at}`, serviceVersion, outcome: outcome as Outcome }),
		),
	);

for (const [title, considered, versions, count, text] of [
	[
		"the healthier of two versions",
		[...runs("1", { pass: 190, fail: 10 }), ...runs("2", { pass: 120, fail: 80 })],
		undefined,
		190,
		/^190 passing runs of version 1$/,
	],
	[
		"both versions where neither is clearly worse",
		[...runs("1", { pass: 95, fail: 5 }), ...runs("2", { pass: 94, fail: 6 })],
		undefined,
		189,
		/^189 passing runs of versions 1, 2$/,
	],
	[
		"the version that was asked for, however bad",
		[...runs("1", { pass: 95 }), ...runs("2", { pass: 40, fail: 60 })],
		["2"],
		40,
		/version 2/,
	],
	[
		"passing runs only, of runs with a stated outcome",
		runs("1", { pass: 30, fail: 5, unknown: 50 }),
		undefined,
		30,
		/^30 passing/,
	],
	[
		"all runs where none says how it ended",
		runs("1", { unknown: 12 }),
		undefined,
		12,
		/^all 12 runs, since no run says/,
	],
	[
		"few passing runs where there are no more",
		runs("", { pass: 3, fail: 2 }),
		undefined,
		3,
		/^3 passing runs$/,
	],
	["nothing where all failed", runs("1", { fail: 9 }), undefined, 0, /^0 passing runs/],
	["nothing of nothing", [], undefined, 0, /^all 0 runs/],
	["nothing of a version that never ran", runs("1", { pass: 9 }), ["7"], 0, /^all 0 runs/],
] as const satisfies readonly (readonly [
	string,
	readonly Run[],
	readonly string[] | undefined,
	number,
	RegExp,
])[]) {
	test(`takes as healthy ${title}`, () => {
		const choice = chooseReference(considered, versions);
		assert.equal(choice.runs.length, count);
		assert.match(choice.text, text);
	});
}
