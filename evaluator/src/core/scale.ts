import { type Conditional, conditionalOf, distributionNear } from "./conditional.ts";
import type { ReadRun } from "./read-run.ts";
import type { Reading } from "./score.ts";
import { type Distribution, distributionOf, surprise } from "./surprise.ts";
import { componentKey } from "./trace.ts";

/** What one scorer reads off healthy executions of one component. */
interface Scale {
	readonly values: Distribution;
	readonly breaches: number;
	/** Null for readings that depend on nothing. */
	readonly given: Conditional | null;
}

/** `scorer component` → scale. */
export type Scales = ReadonlyMap<string, Scale>;

/** Declared before anything is known: how often a contract is broken without a fault, and where the fault is. */
const DECLARED_FALSE_ALARM = 0.01;
const DECLARED_HIT = 0.5;
const DECLARED_WEIGHT = 20;
const MIN_REFERENCE = 20;

export const keyAt = (steps: ReadRun["steps"], index: number): string => {
	const step = steps[index];
	return step === undefined ? "" : componentKey(step);
};

/** Learns from reference runs what every scorer usually reads off every component. */
export function learnScales(runs: readonly ReadRun[], reference: ReadonlySet<string>): Scales {
	const values = new Map<string, { value: number; given: number | undefined }[]>();
	for (const read of runs) {
		if (!reference.has(read.run.traceId)) continue;
		for (const [index, readings] of read.readings.entries()) {
			for (const { scorer, value, given, yardstick } of readings) {
				if (value === null || yardstick !== undefined) continue;
				const key = `${scorer} ${keyAt(read.steps, index)}`;
				const list = values.get(key);
				if (list === undefined) values.set(key, [{ value, given }]);
				else list.push({ value, given });
			}
		}
	}
	return new Map(
		[...values].map(([key, list]) => [
			key,
			{
				values: distributionOf(list.map(({ value }) => value)),
				breaches: list.filter(({ value }) => value < 0.5).length,
				given: conditionalOf(
					list.flatMap(({ value, given }) => (given === undefined ? [] : [{ value, given }])),
				),
			},
		]),
	);
}

/**
 * How strange a reading is beside the healthy ones of the component, in standard deviations; null where there is nothing to compare with.
 *
 * @param component the component it was read off.
 * @param member the run is itself one of the reference, so that it must not vouch for itself.
 */
export function strangenessOf(
	reading: Reading,
	component: string,
	scales: Scales,
	member: boolean,
): number | null {
	const { value } = reading;
	if (value === null) return null;
	const [scorer = ""] = reading.scorer.split("@");
	const scale = scales.get(`${scorer} ${reading.yardstick ?? component}`);
	if (reading.reads === "contract") return breachStrangeness(value, scale, member);
	if (scale !== undefined && scale.values.ascending.length >= MIN_REFERENCE) {
		const beside =
			reading.given === undefined || scale.given === null
				? scale.values
				: distributionNear(scale.given, reading.given);
		return beside === null ? null : surprise(value, reading.strange, beside, { member });
	}
	if (reading.declared === undefined) return null;
	return surprise(value, reading.strange, distributionOf(reading.declared));
}

/** A breach speaks by itself, less where healthy executions commit it too. */
function breachStrangeness(value: number, scale: Scale | undefined, member: boolean): number {
	if (value >= 1) return 0;
	const executions = scale?.values.ascending.length ?? 0;
	const breaches = (scale?.breaches ?? 0) - (member && value < 0.5 ? 1 : 0);
	const alarms = (breaches + DECLARED_FALSE_ALARM * DECLARED_WEIGHT) / (executions + DECLARED_WEIGHT);
	const z = Math.sqrt(2 * Math.max(0, Math.log(DECLARED_HIT / alarms)));
	return value < 0.5 ? z : 0.3 * z;
}
