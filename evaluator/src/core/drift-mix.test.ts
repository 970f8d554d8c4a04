import assert from "node:assert/strict";
import { it } from "node:test";
import { drawQuestion } from "../testing/draw-texts.ts";
import { makeRun } from "../testing/make-run.ts";
import { clusterMix } from "./cluster-mix.ts";
import { driftMix } from "./drift-mix.ts";
import { seededRandom } from "./random.ts";
import type { Run } from "./trace.ts";

/** Runs of which some ask about a new topic, with a failure rate for the known topics and one for the new. */
function draw(
	count: number,
	prefix: string,
	asks: { share: number; known: number; novel: number },
	seed: number,
): Run[] {
	const random = seededRandom(seed);
	return Array.from({ length: count }, (_, at) => {
		const novel = random() < asks.share;
		return makeRun({
			traceId: `${prefix}${at}`,
			input: drawQuestion(random, novel ? "new-topic" : null),
			outcome: random() < (novel ? asks.novel : asks.known) ? "fail" : "pass",
		});
	});
}

it("counts the failures of a topic that is new as another mix of inputs", () => {
	const before = draw(300, "b", { share: 0, known: 0.1, novel: 0 }, 1);
	const after = draw(300, "a", { share: 0.1, known: 0.1, novel: 0.95 }, 2);
	const mix = driftMix(before, after, { random: seededRandom(1) });
	assert.ok(mix !== null && mix.inputs > 0.06, JSON.stringify(mix));
	assert.ok(Math.abs(mix.response) < 0.06, JSON.stringify(mix));
	assert.match(mix.clusters[0]?.name ?? "", /^with \w+, \w+, \w+ …$/);
	const coarse = clusterMix(before, after, { random: seededRandom(1) });
	assert.ok(coarse === null || coarse.inputs < mix.inputs / 2, JSON.stringify([coarse, mix]));
});

it("counts failures of the same inputs as another response", () => {
	const before = draw(300, "b", { share: 0, known: 0.1, novel: 0 }, 3);
	const after = draw(300, "a", { share: 0.1, known: 0.4, novel: 0.4 }, 4);
	const mix = driftMix(before, after, { random: seededRandom(1) });
	assert.ok(mix !== null && mix.response > 0.2 && Math.abs(mix.inputs) < 0.08, JSON.stringify(mix));
});
