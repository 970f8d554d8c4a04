import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertBackendOnly, expandBackend, expandFrontend } from "./expand-macros.ts";

const range = { fromMs: 1_000_500, toMs: 2_000_500, intervalMs: 15_000 };

describe("the data source's macros", () => {
	const cases = [
		["$__timeFilter(t)", "t >= toDateTime(1000) AND t <= toDateTime(2000)"],
		[
			"$__timeFilter_ms(t)",
			"t >= fromUnixTimestamp64Milli(1000500) AND t <= fromUnixTimestamp64Milli(2000500)",
		],
		["$__timeInterval(f(a, b))", "toStartOfInterval(toDateTime(f(a, b)), INTERVAL 15 second)"],
		["$__fromTime - 1, $__toTime", "toDateTime(1000) - 1, toDateTime(2000)"],
		["a $__unknown(b) $__interval_s", "a $__unknown(b) 15"],
		["1 -- $__timeFilter()\n+ '--' /* $__toTime */", "1 \n+ '--' "],
	] as const;
	for (const [sql, expanded] of cases) {
		it(`expands ${JSON.stringify(sql)}`, () => assert.equal(expandBackend(sql, range), expanded));
	}

	it("refuses a wrong number of arguments", () => {
		assert.throws(() => expandBackend("$__timeFilter(a, b)", range), /takes 1 arguments, got 2/);
		assert.throws(() => expandBackend("$__timeFilter", range), /got 0/);
	});
});

describe("what the browser replaces", () => {
	const sql = `$__conditionalAll(v IN (\${v:singlequote}), $v)`;
	it("drops the condition for All and for nothing, and quotes values", () => {
		assert.equal(expandFrontend(sql, { v: "$__all" }), "1=1");
		assert.equal(expandFrontend(sql, { v: "" }), "1=1");
		assert.equal(expandFrontend(sql, { v: ["1", "it's"] }), "v IN ('1','it\\'s')");
	});

	it("refuses variables that nobody defined", () => {
		assert.throws(() => expandFrontend("$nobody", {}), /no variable "nobody"/);
	});

	it("is not there for alert rules", () => {
		for (const frontend of [sql, "pipeline = $pipeline", `a = \${b}`, "$__adHocFilters('runs')"])
			assert.throws(() => assertBackendOnly(frontend), /in the browser only/);
		assert.doesNotThrow(() => assertBackendOnly("$__timeFilter(t) AND x = $__fromTime -- $comment"));
	});
});
