import assert from "node:assert/strict";
import { test } from "node:test";
import { docsRun } from "../testing/docs-pipeline.ts";
import { readChangeContext } from "./change-context.ts";
import { presentContext } from "./present-context.ts";
import { drawIndex, type Random, seededRandom } from "./random.ts";
import type { Run } from "./trace.ts";

const START_US = 1_777_636_800_000_000;

interface Side {
	readonly name: string;
	readonly runs: number;
	/** Second of the first run; one run a second. */
	readonly from: number;
	readonly rate: (topic: number) => number;
	/** Topic of the next question, of six. */
	readonly topic?: (random: Random) => number;
}

const evenly = (random: Random): number => drawIndex(6, random);

/** No two runs ask the same, so that no task is shared. */
function side({ name, runs, from, rate, topic = evenly }: Side, random: Random): Run[] {
	return Array.from({ length: runs }, (_, at) => {
		const asked = topic(random);
		const question = 6 * (10_000 * from + at) + asked;
		const fault = random() < rate(asked) ? "search" : null;
		return {
			...docsRun(`${name}${at}`, question, { fault, version: name }),
			startUs: START_US + (from + at) * 1e6,
		};
	});
}

test("one side after the other is a stream; two at the same time are none", () => {
	const random = seededRandom(170);
	const before = side({ name: "1", runs: 150, from: 0, rate: () => 0.05 }, random);
	const after = side({ name: "2", runs: 150, from: 150, rate: () => 0.5 }, random);
	const named = { step: "search", kind: "retrieval" };
	const naming = { named: [named], originOf: (run: Run) => (run.outcome === "fail" ? named : null) };
	const { since, sinceNamed } = readChangeContext(before, after, { random, naming });
	assert.equal(since?.changes.length, 1);
	assert.equal(since?.changes[0]?.deploys[0]?.deploy.to, "2");
	assert.equal(sinceNamed[0]?.since.changes.length, 1);
	const meanwhile = side({ name: "2", runs: 150, from: 10, rate: () => 0.5 }, random);
	assert.equal(readChangeContext(before, meanwhile, { random }).since, null);
});

test("without a shared task, a changed mix of topics is told from a changed response by the topics", () => {
	const random = seededRandom(171);
	const isHard = (topic: number): boolean => topic === 0;
	const often = (share: number) => (drawn: Random) => (drawn() < share ? 0 : 1 + drawIndex(5, drawn));
	const base = { runs: 400, rate: (topic: number) => (isHard(topic) ? 0.6 : 0.05) };
	const moved = readChangeContext(
		side({ ...base, name: "1", from: 0, topic: often(0.1) }, random),
		side({ ...base, name: "2", from: 400, topic: often(0.5) }, random),
		{ random },
	).clusterMix;
	assert.ok(moved && (moved.inputsInterval?.low ?? 0) > 0.1, JSON.stringify(moved));
	assert.ok((moved.responseInterval?.low ?? 1) <= 0.02 && (moved.responseInterval?.high ?? -1) >= -0.02);
	assert.match(moved.clusters[0]?.name ?? "", /refund/);
	const worse = readChangeContext(
		side({ ...base, name: "1", from: 0, rate: () => 0.05 }, random),
		side({ ...base, name: "2", from: 400, rate: () => 0.3 }, random),
		{ random },
	).clusterMix;
	assert.ok(worse && (worse.responseInterval?.low ?? 0) > 0.1);
	assert.ok(Math.abs(worse.inputs) < 0.05);
});

test("is presented as one JSON document without anything that JSON cannot hold", () => {
	const random = seededRandom(172);
	const before = side({ name: "1", runs: 240, from: 0, rate: () => 0.05 }, random);
	const after = side(
		{ name: "2", runs: 240, from: 240, rate: (topic) => (topic === 2 ? 0.9 : 0.05) },
		random,
	);
	const presented = presentContext(readChangeContext(before, after, { random }));
	assert.deepEqual(JSON.parse(JSON.stringify(presented)), presented);
	assert.equal(presented.slices.found[0]?.dimension, "topic");
	assert.match(presented.slices.found[0]?.value ?? "", /warranty/);
});
