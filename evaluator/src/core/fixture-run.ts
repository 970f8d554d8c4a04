import { STEP_KINDS } from "@faultline/instrumentation/attributes";
import type { Fixture, FixtureStep } from "./fixture.ts";
import type { Run, Step } from "./trace.ts";

/** A step's place in time is its place in the list: a fixture does not record durations. */
const STEP_US = 1000;

/**
 * The run that a fixture was recorded from, as far as the fixture holds it: what the same task did at the same step when it went well. Its
 * trace id is not that of any stored run.
 *
 * @example
 * const healthy = fixtures.filter(({ expected }) => expected.outcome === "pass").map(fixtureRun);
 */
export function fixtureRun(fixture: Fixture): Run {
	const { id, pipeline, expected, provenance, steps } = fixture;
	const startUs = Date.parse(provenance.recorded) * 1000 || 0;
	return {
		traceId: `fixture:${id}`,
		rootSpanId: `fixture:${id}`,
		pipeline,
		serviceName: "",
		serviceVersion: provenance.serviceVersion,
		environment: "",
		startUs,
		durationUs: steps.length * STEP_US,
		outcome: expected.outcome,
		taskId: id,
		input: recordedText(fixture.input),
		output: recordedText(expected.output),
		spans: steps.map((step, at) => toSpan(step, `fixture:${id}`, at, startUs)),
	};
}

function toSpan(step: FixtureStep, root: string, at: number, startUs: number): Step {
	return {
		spanId: `${root}:${at}`,
		parentSpanId: root,
		name: step.step,
		kind: STEP_KINDS.find((kind) => kind === step.kind) ?? "custom",
		version: step.version,
		startUs: startUs + at * STEP_US,
		durationUs: STEP_US,
		input: recordedText(step.input),
		output: recordedText(step.output),
		failed: step.error !== null,
		statusMessage: step.error ?? "",
		attributes: {},
		links: [],
	};
}

/** As `step()` records a value: JSON. What was not recorded is empty. */
const recordedText = (value: unknown): string =>
	value === null || value === undefined ? "" : JSON.stringify(value);
