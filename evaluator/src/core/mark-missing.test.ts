import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { markMissing } from "./mark-missing.ts";

describe("markMissing", () => {
	for (const [given, used, shown, words, kept] of [
		["", "anything", [], 0, 0],
		["all of it", "it is all of it", ["same:all of it"], 3, 3],
		["ships in 5 days", "it ships: days", ["same:ships ", "removed:in 5 ", "same:days"], 4, 2],
		["Version 1.5.0!", "version 1.4.0", ["same:Version ", "removed:1.5.0!"], 2, 1],
		["lost", "", ["removed:lost"], 1, 0],
	] as const) {
		it(`lays "${given}" over "${used}"`, () => {
			const found = markMissing(given, used);
			assert.deepEqual(
				found.pieces.map(({ kind, text }) => `${kind}:${text}`),
				shown,
			);
			assert.deepEqual([found.words, found.used], [words, kept]);
		});
	}
});
