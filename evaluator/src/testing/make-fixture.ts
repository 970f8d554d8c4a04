import type { Fixture, FixtureExpectation, FixtureStep } from "../core/fixture.ts";

/** What a test says of a fixture; the rest is filled in. */
export interface FixtureSpec extends Partial<Omit<Fixture, "steps" | "expected">> {
	readonly steps?: readonly (Partial<FixtureStep> & { readonly step: string })[];
	readonly expected?: Partial<FixtureExpectation>;
}

/**
 * A fixture that was recorded passing, of a pipeline named `answer`.
 *
 * @example
 * makeFixture({ id: "a", input: 2, steps: [{ step: "double", output: 4 }] });
 */
export function makeFixture({ steps = [], expected = {}, ...spec }: FixtureSpec = {}): Fixture {
	const calls = new Map<string, number>();
	return {
		format: 1,
		id: "a",
		pipeline: "answer",
		input: null,
		stratum: { cluster: "", outcome: "pass", route: "" },
		weight: 1,
		provenance: {
			serviceVersion: "1",
			recorded: "2026-05-01T12:00:00Z",
			captured: "2026-05-02T12:00:00Z",
			anonymiser: "1",
			key: "k",
		},
		...spec,
		steps: steps.map((step) => {
			const index = calls.get(step.step) ?? 0;
			calls.set(step.step, index + 1);
			return { kind: "custom", index, version: "", input: null, output: null, error: null, ...step };
		}),
		expected: { outcome: "pass", output: null, contains: null, documents: null, ...expected },
	};
}
