import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRedact, PATTERN_GROUPS } from "./redact.ts";

describe("createRedact", () => {
	const all = createRedact({ patterns: PATTERN_GROUPS });
	const taken: readonly (readonly [string, string])[] = [
		[`key sk-proj-${"aB3".repeat(8)} end`, "key [redacted secret] end"],
		["Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer [redacted secret]"],
		["postgres://app:hunter2@db:5432/x", "postgres://app:[redacted secret]@db:5432/x"],
		["-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----!", "[redacted secret]!"],
		["paid with 4111 1111 1111 1111 today", "paid with [redacted card] today"],
		['{"card":4111111111111111}', '{"card":0}'],
		["write to ann.lee+x@mail.example.org now", "write to [redacted email] now"],
		["call +49 30 901820 or", "call [redacted phone] or"],
		["from 192.168.0.1 at", "from [redacted ip] at"],
	];
	for (const [text, expected] of taken) {
		it(`takes out what is in: ${expected}`, () => assert.equal(all(text, "x"), expected));
	}

	const kept = [
		'{"score":0.4111111111111111}',
		"order 1234567890123",
		"2026-11-23T10:00:00.000Z",
		"the task-force",
		"https://example.org/a:b",
	];
	for (const text of kept) it(`leaves alone: ${text}`, () => assert.equal(all(text, "x"), text));

	it("leaves personal data to the evaluator's anonymiser unless told otherwise", () => {
		assert.equal(createRedact()("ann@example.org", "x"), "ann@example.org");
	});

	it("stays fast on long hostile texts", () => {
		const began = performance.now();
		for (const unit of ["a@", "1 ", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaaaaaa.", "://a:", "sk-"])
			all(unit.repeat(20_000), "x");
		assert.ok(performance.now() - began < 2_000);
	});
});
