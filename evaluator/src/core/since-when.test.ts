import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRun } from "../testing/make-run.ts";
import { findDeploys } from "./find-deploys.ts";
import { type Random, seededRandom } from "./random.ts";
import { failed, sinceWhen } from "./since-when.ts";
import type { Run } from "./trace.ts";

const MINUTE_US = 60e6;
const START_US = 1_777_636_800_000_000;

interface Stream {
	readonly runs: number;
	/** The run at which version 2 of the search is deployed. */
	readonly deployAt: number;
	readonly rate: (at: number) => number;
}

/** One run a minute. */
const stream = ({ runs, deployAt, rate }: Stream, random: Random): Run[] =>
	Array.from({ length: runs }, (_, at) =>
		makeRun({
			traceId: `t${at}`,
			startUs: START_US + at * MINUTE_US,
			serviceVersion: at < deployAt ? "1.4.0" : "1.5.0",
			outcome: random() < rate(at) ? "fail" : "pass",
			steps: [
				{ kind: "retrieval", name: "search", version: at < deployAt ? "index-1" : "index-2" },
				{ kind: "model", name: "answer", version: "m" },
			],
		}),
	);

test("says since when, with the deploy beside it", () => {
	const random = seededRandom(60);
	const runs = stream({ runs: 200, deployAt: 120, rate: (at) => (at < 120 ? 0.05 : 0.6) }, random);
	const { changes, untold } = sinceWhen([...runs].reverse(), failed, { random });
	assert.equal(changes.length, 1);
	const [change] = changes;
	assert.ok(change);
	assert.equal(untold, 0);
	assert.ok(Math.abs(change.startUs - (START_US + 120 * MINUTE_US)) <= 6 * MINUTE_US);
	assert.ok(change.earliestUs <= change.startUs && change.startUs <= change.latestUs);
	assert.ok(change.before.value < 0.12 && change.after.value > 0.4);
	assert.deepEqual(
		change.deploys.map(({ deploy }) => [deploy.what, deploy.from, deploy.to]),
		[
			["service.version", "1.4.0", "1.5.0"],
			["retrieval/search", "index-1", "index-2"],
		],
	);
	assert.ok(change.chance !== null && change.chance < 0.1);
});

test("a change far from every deploy has the nearest one beside it, as near as chance", () => {
	const random = seededRandom(61);
	const runs = stream({ runs: 200, deployAt: 30, rate: (at) => (at < 120 ? 0.05 : 0.6) }, random);
	const [change] = sinceWhen(runs, failed, { random }).changes;
	assert.equal(change?.deploys.length, 1);
	assert.ok((change?.deploys[0]?.runsApart ?? 0) > 70);
	assert.ok((change?.chance ?? 0) > 0.5);
});

test("the chance of nearness is as large as it is said to be", (t) => {
	const random = seededRandom(62);
	let [small, all] = [0, 0];
	for (let trial = 0; trial < 150; trial++) {
		const at = 30 + Math.floor(140 * random());
		const deployAt = Math.floor(200 * random());
		const runs = stream({ runs: 200, deployAt, rate: (place) => (place < at ? 0.05 : 0.7) }, random);
		const [change] = sinceWhen(runs, failed, { random, permutations: 199 }).changes;
		if (change === undefined || change.chance === null) continue;
		all++;
		if (change.chance <= 0.2) small++;
	}
	t.diagnostic(`unrelated deploys: chance at most 0.2 in ${(small / all).toFixed(3)} of ${all}`);
	assert.ok(all > 100);
	assert.ok(small / all < 0.3, "about 0.2; more only because deploys at the very ends reach less far");
});

test("runs that do not say how they ended are counted, and too few are no stream", () => {
	const runs = Array.from({ length: 30 }, (_, at) =>
		makeRun({ traceId: `t${at}`, outcome: at < 15 ? "unknown" : "fail", startUs: at }),
	);
	const result = sinceWhen(runs, failed, { random: seededRandom(63) });
	assert.deepEqual([result.runs, result.untold, result.changes], [15, 15, []]);
	assert.equal(sinceWhen([], failed, { random: seededRandom(63) }).overall, null);
});

test("a deploy is a first run with a version, or the return of one that was long gone", () => {
	const stray = [...Array(60).fill("a"), ...Array(60).fill("b"), "a", ...Array(60).fill("b")];
	assert.deepEqual(
		findDeploys(stray.map((serviceVersion, at) => makeRun({ serviceVersion, startUs: at }))).map(
			({ what, from, to, index }) => [what, from, to, index],
		),
		[["service.version", "a", "b", 60]],
		"a single straggler is no deploy",
	);
	const back = [...Array(60).fill("a"), ...Array(60).fill("b"), ...Array(60).fill("a")];
	assert.deepEqual(
		findDeploys(back.map((serviceVersion, at) => makeRun({ serviceVersion, startUs: at }))).map(
			({ to, index }) => [to, index],
		),
		[
			["b", 60],
			["a", 120],
		],
	);
});
