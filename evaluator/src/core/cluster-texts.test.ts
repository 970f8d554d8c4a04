import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTexts } from "./cluster-texts.ts";
import { seededRandom } from "./random.ts";

const TOPICS = {
	refund: ["money", "refund", "paid", "card", "return"],
	password: ["password", "login", "reset", "account", "locked"],
	delivery: ["parcel", "courier", "late", "tracking", "doorstep"],
};

/** Questions of three topics in different words. */
function questions(each: number): { text: string; topic: string }[] {
	const random = seededRandom(3);
	return Object.entries(TOPICS).flatMap(([topic, words]) =>
		Array.from({ length: each }, (_, index) => ({
			topic,
			text: `please help number${index} ${words.filter(() => random() < 0.7).join(" ")} ${topic}`,
		})),
	);
}

describe("clustering texts", () => {
	it("puts texts of one topic together", () => {
		const asked = questions(40);
		const clusters = clusterTexts(
			asked.map(({ text }) => text),
			{ clusters: 3, random: seededRandom(1) },
		);
		const topics = Map.groupBy(asked.keys(), (index) => clusters[index]);
		let right = 0;
		for (const members of topics.values()) {
			const counts = Map.groupBy(members, (index) => asked[index]?.topic);
			right += Math.max(...[...counts.values()].map((same) => same.length));
		}
		assert.ok(right / asked.length > 0.95, `${right} of ${asked.length} are with their topic`);
	});

	it("gives the same clusters in whatever order the texts come", () => {
		const texts = questions(30).map(({ text }) => text);
		const turned = texts.toReversed();
		const forwards = clusterTexts(texts, { random: seededRandom(5) });
		const backwards = clusterTexts(turned, { random: seededRandom(5) });
		const pairs = new Set(
			texts.map((text, index) => `${forwards[index]} ${backwards[turned.indexOf(text)]}`),
		);
		assert.equal(pairs.size, new Set(forwards).size);
	});

	it("numbers clusters by size and makes no more of them than the texts carry", () => {
		assert.deepEqual(
			clusterTexts(["only one", "only two"], { clusters: 8, random: seededRandom(1) }),
			[0, 0],
		);
		assert.deepEqual(clusterTexts([], { random: seededRandom(1) }), []);
		assert.deepEqual(clusterTexts(["", "..."], { random: seededRandom(1) }), [0, 0]);
	});
});
