import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UsageError } from "../cli/io.ts";
import { readScoreFile } from "./read-score-file.ts";

const ID = "0123456789abcdef0123456789abcdef";

describe("a file of scores", () => {
	test("may be CSV with other tools' names, or JSON lines", () => {
		const csv = `trace_id,name,score,comment\n${ID},helpful,0.5,"good, mostly"\n${ID},rude,,\n`;
		const json = `{"trace_id":"${ID}","name":"helpful","score":0.5,"comment":"good, mostly"}\n\n{"trace_id":"${ID}","scorer":"rude","value":null}\n`;
		const [first, second] = readScoreFile(csv, "a.csv");
		assert.deepEqual(
			[first?.scorer, first?.value, first?.explanation, first?.source, first?.spanId, first?.line],
			["helpful", 0.5, "good, mostly", "human", "", 2],
		);
		assert.equal(second?.value, null, "an empty value is not 0");
		const strip = (scores: ReturnType<typeof readScoreFile>) => scores.map(({ line, ...score }) => score);
		assert.deepEqual(strip(readScoreFile(json, "a.jsonl")), strip(readScoreFile(csv, "a.csv")));
		assert.equal(readScoreFile(`{"trace_id":"${ID}","scorer":"x","value":true}`, "a")[0]?.value, 1);
	});

	const wrong: readonly (readonly [string, RegExp])[] = [
		[`trace_id,scorer,value\n${ID},a,0.5\n${ID},a,7\n`, /f:3: value is "7"; give a number from 0 to 1/],
		[`trace_id,scorer,value\n${ID},a,yes\n`, /f:2: value is "yes"/],
		[`trace_id,scorer,value\nabc,a,1\n`, /f:2: trace_id is "abc"; give 32 hexadecimal digits/],
		[`trace_id,span_id,scorer\n${ID},1,a\n`, /f:2: span_id is "1"/],
		[`trace_id,scorer\n${ID},\n`, /f:2: scorer is empty/],
		[`trace_id,scorer,source\n${ID},a,robot\n`, /f:2: source is "robot"; give one of code, judge, human/],
		[`trace_id,scorer,value\n${ID},a\n`, /f:2: it has 2 fields, and the head has 3/],
		[`trace_id,value\n${ID},1\n`, /f:1: the head has no column scorer/],
		[`trace_id,scorer,mood\n${ID},a,b\n`, /f:1: nothing is known of a field "mood"/],
		[`{"trace_id":"${ID}","scorer":"a"}\n{oops}\n`, /f:2: it is no JSON/],
		[`{"trace_id":"${ID}","scorer":{}}\n`, /f:1: scorer must be a text/],
		[`trace_id,scorer,run_start\n${ID},a,soon\n`, /f:2: run_start is "soon"/],
		[`trace_id,scorer,value\n`, /f holds no score/],
		["", /f holds no score/],
		[`trace_id,scorer\n${ID},"a\n`, /f, line 2: a quote is not closed/],
	];
	for (const [text, message] of wrong)
		test(`is refused: ${message.source}`, () => {
			assert.throws(
				() => readScoreFile(text, "f"),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		});
});
