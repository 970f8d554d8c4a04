import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffWords, joinChanges } from "./diff-words.ts";
import { seededRandom } from "./random.ts";

const shown = (before: string, after: string): string[] =>
	diffWords(before, after).map(({ kind, text }) => `${kind}:${text}`);

describe("diffWords", () => {
	for (const [before, after, expected] of [
		["", "", []],
		["same", "same", ["same:same"]],
		["", "new words", ["added:new words"]],
		["gone", "", ["removed:gone"]],
		["a red car", "a blue car", ["same:a ", "removed:red", "added:blue", "same: car"]],
		["price: 14", "price: 15", ["same:price: ", "removed:14", "added:15"]],
		["one two three", "one three", ["same:one ", "removed:two ", "same:three"]],
		["über straße", "über straße!", ["same:über straße", "added:!"]],
	] as const) {
		it(`tells "${before}" from "${after}"`, () => assert.deepEqual(shown(before, after), expected));
	}

	it("gives both texts back, and finds the shortest script, on drawn texts", () => {
		const random = seededRandom(7);
		const words = ["a", "b", "c", "d"];
		const draw = (): string[] =>
			Array.from({ length: Math.floor(random() * 12) }, () => words[Math.floor(random() * 4)] ?? "a");
		for (let round = 0; round < 500; round++) {
			const [a, b] = [draw(), draw()];
			const pieces = diffWords(a.join(";"), b.join(";"));
			const side = (without: string): string =>
				pieces
					.filter(({ kind }) => kind !== without)
					.map(({ text }) => text)
					.join("");
			assert.equal(side("added"), a.join(";"));
			assert.equal(side("removed"), b.join(";"));
			const same = pieces
				.filter(({ kind }) => kind === "same")
				.reduce((sum, { text }) => sum + text.length, 0);
			assert.equal(same, longestCommon(a.join(";"), b.join(";")));
		}
	});

	it("gives up on texts that share hardly anything, and still gives both back, quickly", () => {
		const text = (name: string): string =>
			Array.from({ length: 20_000 }, (_, at) => `${name}${at}`).join(" ");
		const started = performance.now();
		const pieces = diffWords(`begin ${text("a")}`, `begin ${text("b")}`);
		assert.deepEqual(
			pieces.map(({ kind }) => kind),
			["same", "removed", "added"],
		);
		assert.ok(performance.now() - started < 3000);
	});
});

describe("joinChanges", () => {
	for (const [before, after, expected] of [
		['"a": 1', '"b": 2', ['same:"', 'removed:a": 1', 'added:b": 2']],
		[
			"a red, big car",
			"a blue, small car",
			["same:a ", "removed:red, big", "added:blue, small", "same: car"],
		],
		["one two three", "one 2 three 4", ["same:one ", "removed:two", "added:2", "same: three", "added: 4"]],
		["same", "same", ["same:same"]],
		["gone. ", " ", ["removed:gone.", "same: "]],
	] as const) {
		it(`takes the changes from "${before}" to "${after}" together`, () => {
			const pieces = joinChanges(diffWords(before, after));
			assert.deepEqual(
				pieces.map(({ kind, text }) => `${kind}:${text}`),
				expected,
			);
			const side = (without: string): string =>
				pieces.flatMap(({ kind, text }) => (kind === without ? [] : [text])).join("");
			assert.deepEqual([side("added"), side("removed")], [before, after]);
		});
	}
});

/** Length of the longest common subsequence of single characters, by the textbook's table. */
function longestCommon(a: string, b: string): number {
	let row = new Array<number>(b.length + 1).fill(0);
	for (const letter of a) {
		const next = [0];
		for (let at = 0; at < b.length; at++)
			next.push(letter === b[at] ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
		row = next;
	}
	return row.at(-1) ?? 0;
}
