import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspectText, SECRET_PREFIXES } from "./inspect-text.ts";
import { createRedact, PATTERN_GROUPS } from "./redact.ts";
import { randomFrom } from "./testing/random.ts";

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

	it("finds the same with the quick look before the patterns as without it", () => {
		const random = randomFrom(7);
		const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
		const letters = [...'abkXYZ019_-. /+="\\:@ésk'];
		const pieces = [
			...SECRET_PREFIXES.map(([prefix]) => prefix),
			"-----BEGIN RSA PRIVATE KEY-----",
			"-----END RSA PRIVATE KEY-----",
			"4111 1111 1111 1111",
			"4111-1111-1111-1111",
			"5500005555555559",
			"0.4111111111111111",
			"https://",
			"postgres://app:pw@db",
			"日本語",
			"\ud800",
		];
		let redacted = 0;
		for (let round = 0; round < 20_000; round += 1) {
			let text = "";
			for (let part = 0; part < 6; part += 1) {
				if (random() < 0.4) text += pick(pieces);
				for (let more = Math.floor(random() * 24); more > 0; more -= 1) text += pick(letters);
			}
			const expected = all(text, "x");
			redacted += expected === text ? 0 : 1;
			const found = inspectText(text);
			assert.equal(all(text, "x", found), expected, JSON.stringify(text));
			assert.equal(found.bytes, Buffer.byteLength(text));
		}
		assert.ok(redacted > 2_000, `only ${redacted} texts had something to take out`);
	});

	it("finds a secret anywhere in a text of many parts, and nothing in clean prose", () => {
		const prose = "the answer is on page 42, he said; see the manual. ".repeat(8_000);
		assert.deepEqual(inspectText(prose), { secrets: false, cards: false, bytes: undefined });
		assert.deepEqual(inspectText(prose.slice(0, 100_000)), { secrets: false, cards: false, bytes: 100_000 });
		for (const at of [0, 1, 15, 16, 131_060, 131_065, 131_071, 131_072, 262_100, prose.length]) {
			const text = `${prose.slice(0, at)}sk-abcdefghijklmnop4111111111111111${prose.slice(at)}`;
			const { secrets, cards } = inspectText(text);
			assert.deepEqual([secrets, cards], [true, true], String(at));
		}
	});

	it("sees the shortest of everything wherever it stands, whatever stands around it", () => {
		const shortest = [
			"sk-abcdefghijklmnop",
			"ghp_abcdefghijklmnopqrst",
			"github_pat_abcdefghijklmnopqrst",
			"glpat-abcdefghijklmnop",
			"xoxb-abcdefghij",
			"AKIAABCDEFGHIJKLMNOP",
			`AIza${"a".repeat(30)}`,
			`npm_${"a".repeat(30)}`,
			"eyJabcdefghij.abcdefghij.a",
			"-----BEGIN PRIVATE KEY-----",
			"Bearer abcdefghijklmnop",
			`Basic ${" ".repeat(70)}abcdefghijklmnop`,
			"://a:b@",
			"4222222222222",
			"4 2 2 2 2 2 2 2 2 2 2 2 2",
			"4111-1111-1111-1111",
		];
		const redact = createRedact();
		for (const [before, after] of [
			[" ", " "],
			['"', '"'],
			["é", "日"],
			["x", ","],
			[":", ":"],
		] as const) {
			for (const one of shortest) {
				for (let offset = 0; offset < 200; offset += 1) {
					const text = `${before.repeat(offset)}${one}${after.repeat(90)}`;
					const expected = redact(text, "x");
					assert.equal(redact(text, "x", inspectText(text)), expected, JSON.stringify(text));
					if (before === " ") assert.notEqual(expected, text);
				}
			}
		}
	});

	it("stays fast on long hostile texts", () => {
		const began = performance.now();
		for (const unit of ["a@", "1 ", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaaaaaa.", "://a:", "sk-"])
			all(unit.repeat(20_000), "x");
		assert.ok(performance.now() - began < 2_000);
	});
});
