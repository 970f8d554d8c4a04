import assert from "node:assert/strict";
import { test } from "node:test";
import { type ActiveFault, Play } from "./play.ts";

const FAULT: ActiveFault = {
	name: "lost",
	step: "give",
	receiver: "take",
	magnitude: "blatant",
	share: 1,
	versionChanges: false,
};

function playTwo(allowed: ReadonlySet<string> | null): { readonly play: Play; readonly draws: number[] } {
	const play = new Play(
		{
			seed: 5,
			inputSeed: 6,
			deploy: "B",
			fault: FAULT,
			decoys: new Set(["slow:give"]),
			allowed,
			linked: true,
			recorded: true,
			emptyPrompts: false,
			plainText: true,
		},
		1_000_000,
	);
	const given = play.step({ name: "give", kind: "custom", version: "1", input: "in", ms: [5, 5] }, () => {
		play.happens("mishap", 1);
		return "content";
	});
	const content = play.fault("lost") === null ? given.value : "";
	play.step(
		{ name: "take", kind: "render", version: "1", input: content, from: [given], ms: [1, 9] },
		() => content,
	);
	return { play, draws: [play.roll("one")(), play.roll("two")()] };
}

const about = {
	pipeline: "p",
	service: "s",
	taskId: null,
	outcome: "pass",
	input: "in",
	output: "out",
} as const;

test("an event is placed in the span that was open, a hand-off between the giving and the receiving span", () => {
	const { play } = playTwo(null);
	const [give, take] = play.finish(about).spans;
	assert.ok(give !== undefined && take !== undefined);
	assert.deepEqual(
		play.events().map(({ name, edge, places }) => [name, edge, places.map(({ spanId }) => spanId)]),
		[
			["mishap", false, [give.spanId]],
			["lost", true, [give.spanId, take.spanId]],
		],
	);
	assert.deepEqual([give.output, take.input, take.links], ["content", "", [give.spanId]]);
});

test("taking an event out leaves every other draw as it was", () => {
	const whole = playTwo(null);
	const without = playTwo(new Set(["mishap#0"]));
	assert.deepEqual(without.draws, whole.draws);
	assert.deepEqual(
		without.play.events().map(({ id }) => id),
		["mishap#0"],
	);
	const [before, after] = [whole, without].map(({ play }) => play.finish(about));
	assert.equal(after?.spans[1]?.input, "content");
	assert.equal(after?.durationUs, before?.durationUs);
});

test("a slow step takes 2.2 times as long, and the next one starts when it ends", () => {
	const [give, take] = playTwo(null).play.finish(about).spans;
	assert.equal(give?.durationUs, 11_000);
	assert.equal(take?.startUs, 1_011_000);
});
