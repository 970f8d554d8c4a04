import type { Fixture } from "../core/fixture.ts";
import { type PresentedReplay, presentOutcomes } from "../core/present-sample.ts";
import { readRecorded, recordedSteps } from "../core/recorded-steps.ts";
import type { Outcome, Run } from "../core/trace.ts";
import { faultOfRecording, type Unreplayable } from "../fixtures/recorded-run.ts";
import { readRuns } from "../store/read-runs.ts";
import type { SampledResult } from "../store/samples.ts";
import { runSystemEval, type SystemEvalOptions } from "./system.ts";

export type ReplaySampleOptions = Omit<SystemEvalOptions, "fixtures" | "trials" | "resume" | "layer">;

/**
 * Sends the inputs of drawn runs through the pipeline as it is now, once each, and weights the outcomes back to all runs. Tools that are not declared safe
 * are answered from what the drawn run recorded. Inputs stay as they were recorded: nothing leaves the database and the pipeline.
 *
 * @example
 * const { rate, mended, broken } = await replaySample(drawn, { store, pipeline: "docs-answer", config, runner, … });
 */
export async function replaySample(
	drawn: readonly SampledResult[],
	options: ReplaySampleOptions,
): Promise<PresentedReplay & { readonly pinnedTools: Readonly<Record<string, number>> }> {
	const { store, evalId } = options;
	const runs = await readRuns(store, { traceIds: drawn.map(({ traceId }) => traceId) });
	const unreplayable: Partial<Record<Unreplayable, number>> = {};
	const fixtures = runs.flatMap((run) => {
		const fault = faultOfRecording(run);
		if (fault === null) return [toFixture(run)];
		unreplayable[fault] = (unreplayable[fault] ?? 0) + 1;
		return [];
	});
	const byFixture = new Map(drawn.map((one) => [fixtureIdOf(one.traceId), one]));
	const done =
		fixtures.length === 0 ? null : await runSystemEval({ ...options, fixtures, layer: "behavioural" });
	const cases = done?.evaluation.cases ?? [];
	const replayed = cases.flatMap(({ fixtureId, status, outcome }) => {
		const before = byFixture.get(fixtureId);
		return before === undefined || status !== "completed"
			? []
			: [{ before: before.outcome, outcome, probability: before.probability }];
	});
	const turned = (from: Outcome, to: Outcome): number =>
		replayed.filter(({ before, outcome }) => before === from && outcome === to).length;
	return {
		eval_id: evalId,
		...presentOutcomes(replayed),
		unreplayable,
		errored: cases.length - replayed.length,
		mended: turned("fail", "pass"),
		broken: turned("pass", "fail"),
		pinnedTools: done?.pinnedTools ?? {},
	};
}

const fixtureIdOf = (traceId: string): string => `run-${traceId}`;

/** A recorded run as it is, for this evaluation only: it is not anonymised and written nowhere. */
function toFixture(run: Run): Fixture {
	const recorded = new Date(run.startUs / 1000).toISOString();
	return {
		format: 1,
		id: fixtureIdOf(run.traceId),
		pipeline: run.pipeline,
		input: readRecorded(run.input),
		steps: recordedSteps(run),
		expected: {
			outcome: run.outcome,
			output: run.output === "" ? null : readRecorded(run.output),
			contains: null,
			documents: null,
		},
		stratum: { cluster: "", outcome: run.outcome, route: "" },
		weight: 1,
		provenance: {
			serviceVersion: run.serviceVersion,
			recorded,
			captured: recorded,
			anonymiser: "none",
			key: "",
		},
	};
}
