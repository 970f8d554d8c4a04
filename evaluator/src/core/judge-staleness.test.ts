import assert from "node:assert/strict";
import { test } from "node:test";
import { type JudgeUse, judgeStaleness } from "./judge-staleness.ts";

const DAY_MS = 86_400_000;
const USE: JudgeUse = {
	nowMs: 100 * DAY_MS,
	newestLabelMs: 99 * DAY_MS,
	labels: 80,
	missing: 0,
	before: { judged: 400, failed: 40 },
	since: { judged: 400, failed: 44 },
	otherVersions: [],
	otherDeploys: [],
};

test("a fresh calibration with enough labels is not stale", () => {
	assert.deepEqual(judgeStaleness(USE), []);
	assert.deepEqual(judgeStaleness({ ...USE, since: { judged: 0, failed: 0 } }), []);
});

test("every reason is said, with what stands behind it", () => {
	const cases: [Partial<JudgeUse>, string[], RegExp][] = [
		[{ labels: 7, missing: 43 }, ["too-few"], /7 labels; 43 more/],
		[
			{ labels: 0, missing: 50, newestLabelMs: null, otherDeploys: ["41"] },
			["too-few", "other-deploy"],
			/on 41 only/,
		],
		[{ labels: 0, missing: 50, otherVersions: ["ab12"] }, ["too-few", "other-version"], /calibrated as ab12/],
		[{ newestLabelMs: 60 * DAY_MS }, ["old"], /40 days old/],
		[{ newestLabelMs: 60 * DAY_MS, since: { judged: 0, failed: 0 } }, [], /^$/],
		[{ since: { judged: 400, failed: 120 } }, ["moved"], /20 points more/],
		[{ since: { judged: 12, failed: 3 } }, [], /^$/],
	];
	for (const [changed, kinds, text] of cases) {
		const found = judgeStaleness({ ...USE, ...changed });
		assert.deepEqual(
			found.map(({ kind }) => kind),
			kinds,
		);
		assert.match(found.at(-1)?.text ?? "", text);
	}
});
