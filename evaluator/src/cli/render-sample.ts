import type { PresentedRate, PresentedSample } from "../core/present-sample.ts";
import { percent, renderRate } from "./render-evaluation.ts";

const day = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;
const count = (n: number): string => n.toLocaleString("en");

/** What a sample of production says, for a terminal. */
export function renderSample(sample: PresentedSample): string {
	const { replay, groups, origins } = sample;
	return [
		`${sample.pipeline}: ${count(sample.drawn)} of ${count(sample.runs)} runs drawn, ${day(sample.since)} to ${day(sample.until)}; they stand for ${count(sample.stands_for)}`,
		...groups.map(
			({ stratum, reason, drawn, probability: [low, high] }) =>
				`  ${stratum === "" ? "all runs" : stratum}, ${reason}: ${count(drawn)}, each with a chance of ${low === high ? percent(low) : `${percent(low)} to ${percent(high)}`}`,
		),
		...(sample.waits_from === null
			? []
			: [
					`  under the budget, what started since ${day(sample.waits_from)} is drawn when its part of the day is over`,
				]),
		...(sample.drawn === 0 ? ["  nothing was drawn: widen --since, or raise --rate or --budget"] : []),
		...renderOutcome("as it stands", sample.as_it_stands),
		...(origins.length === 0
			? []
			: [
					`  where faults began, of all runs (${count(sample.judged)} of the drawn ones were judged)`,
					...origins.map(
						({ step, runs, rate, interval }) =>
							`    ${step}: ${renderRate(rate, interval)}, ${count(runs)} drawn`,
					),
				]),
		...(replay === null ? [] : renderReplay(replay)),
	].join("\n");
}

function renderOutcome(name: string, rate: PresentedRate): string[] {
	const unknown = rate.unknown === 0 ? "" : `; ${count(rate.unknown)} do not say how they ended`;
	const worth = rate.effective_n === null ? "" : `, worth ${count(Math.round(rate.effective_n))} equal ones`;
	return [
		`  ${name}: ${rate.rate === null ? "no drawn run says how it ended" : `${renderRate(rate.rate, rate.interval)} of all runs failed; ${count(rate.failed)} of ${count(rate.runs)} drawn${worth}`}${unknown}`,
	];
}

function renderReplay(replay: NonNullable<PresentedSample["replay"]>): string[] {
	const unreplayable = Object.entries(replay.unreplayable).map(([why, runs]) => `${why} (${runs})`);
	return [
		...renderOutcome(`replayed (${replay.eval_id})`, replay),
		`    ${replay.mended} failed before and pass now, ${replay.broken} passed before and fail now, ${replay.errored} errored`,
		...(unreplayable.length === 0 ? [] : [`    could not be replayed: ${unreplayable.join(", ")}`]),
	];
}
