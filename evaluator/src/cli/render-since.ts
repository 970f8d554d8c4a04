import type { PresentedBehaviourChange, PresentedSince, PresentedSlices } from "../core/present-context.ts";
import { FEWEST_RUNS } from "../core/since-when.ts";
import { renderBehaviour, renderSince, renderSlices, valueIn, wordsOf } from "./render-context.ts";

/** One measure over time, in the shape of `since --json` (docs/json.md). */
export interface SinceMeasure extends PresentedSince {
	readonly measure: string;
	/** Null where the run as a whole is meant. */
	readonly step: string | null;
	readonly to: string | null;
	readonly unit: string;
}

/** What surrounds a change: the runs before it, up to the former change, against those after it. */
export interface SinceSurroundings {
	readonly at: string;
	readonly slices: PresentedSlices;
	readonly behaviour: readonly PresentedBehaviourChange[];
}

/** The document of `since --json`. */
export interface SinceReport {
	readonly pipeline: string;
	readonly step: string | null;
	readonly runs: number;
	readonly first: string;
	readonly last: string;
	/** Measures looked at; those of a step share the chance of a false change among them. */
	readonly measures: readonly SinceMeasure[];
	readonly surroundings: readonly SinceSurroundings[];
	/** Where nothing changed, the slices in which the failures are concentrated. */
	readonly slices: PresentedSlices | null;
}

const day = (iso: string): string => iso.slice(0, 16).replace("T", " ");
const share = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Since when, for a terminal. */
export function renderSinceReport(report: SinceReport): string {
	const changed = report.measures.filter((measure) => measure.changes.length > 0);
	return [
		`Pipeline ${report.pipeline}: ${report.runs} runs from ${day(report.first)} to ${day(report.last)} UTC${report.step === null ? "" : `, step ${report.step}`}`,
		"",
		...changed.flatMap((measure) => renderSince(measure, nameOf(measure, report.step), showOf(measure))),
		...renderStill(report),
		...report.surroundings.flatMap(({ at, slices, behaviour }) => [
			...(slices.found.length === 0
				? []
				: ["", `Where (runs since ${day(at)} against those before)`, ...renderSlices(slices)]),
			...(behaviour.length === 0
				? []
				: [
						"",
						`Behaves differently since ${day(at)} (no blame: a harmless change does too)`,
						...renderBehaviour(behaviour),
					]),
		]),
		...(report.slices === null || report.slices.found.length === 0
			? []
			: ["", "Where the failures are", ...renderSlices(report.slices)]),
		"",
	].join("\n");
}

function nameOf({ measure, step, to }: SinceMeasure, within: string | null): string {
	if (measure === "failed") return "failed runs";
	if (measure === "at-fault") return "runs whose evidence names it";
	const words = wordsOf({ measure: measure as PresentedBehaviourChange["measure"], to });
	return step === within ? words : `${step}: ${words}`;
}

const showOf = (measure: SinceMeasure): ((value: number) => string) =>
	valueIn(measure.unit as PresentedBehaviourChange["unit"]);

/** What did not change; of all steps of a pipeline only how many measures. */
function renderStill({ measures, step }: SinceReport): string[] {
	const still = measures.filter((measure) => measure.changes.length === 0);
	const listed = still.filter((measure) => measure.step === step);
	const others = still.length - listed.length;
	return [
		...listed.map((measure) => {
			const { overall, runs } = measure;
			if (measure.measure === "failed" && runs < FEWEST_RUNS) {
				return `  failed runs: ${runs === 0 ? "no run says" : `only ${runs} runs say`} how it ended (faultline.outcome); ${FEWEST_RUNS} are needed to see a change`;
			}
			if (overall === null || runs < FEWEST_RUNS)
				return `  ${nameOf(measure, step)}: too few runs tell (${runs})`;
			const range =
				overall.interval === null ? "" : ` [${share(overall.interval[0])}, ${share(overall.interval[1])}]`;
			return `  ${nameOf(measure, step)}: no change seen, ${showOf(measure)(overall.value)}${range} of ${runs} runs`;
		}),
		...(others === 0 ? [] : [`  ${others} other measures of how the steps behave: no change seen`]),
	];
}
