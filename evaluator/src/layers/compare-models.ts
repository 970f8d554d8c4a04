import { preferenceRate } from "../core/length-controlled.ts";
import { rounded } from "../core/present-verdict.ts";
import { compareAnswers } from "../rubrics/compare-answers.ts";
import type { RubricJudge } from "../rubrics/open-rubric-judge.ts";
import type { ModelSaid } from "./model.ts";

/** What a judge says of a model's answers beside the first model's, in the shape of `eval model --json`. */
export interface PresentedPreference {
	/** Pairs that were judged, ties among them. */
	readonly pairs: number;
	readonly ties: number;
	/** Ties because the judge took the same place in both orders. */
	readonly by_position: number;
	readonly not_judged: number;
	/** Share of pairs in which this model's answer is preferred, a tie counting half; null without pairs. */
	readonly raw: number | null;
	/** The same as if both answers were equally long; null where there are too few pairs. */
	readonly controlled: number | null;
	readonly interval: readonly [number, number] | null;
}

/**
 * Has a judge compare every model's answers with the first model's, pair by pair of the same fixture and trial. In the order of the evaluations; the
 * first, with which the others are compared, is null.
 *
 * @param said by the models, in any order; what a model did not answer makes no pair.
 * @example
 * const [, other] = await compareModels(judge, said, { evalIds: [first, second] });
 */
export async function compareModels(
	judge: RubricJudge,
	said: readonly ModelSaid[],
	{
		evalIds,
		onProgress = () => {},
	}: {
		readonly evalIds: readonly string[];
		readonly onProgress?: (done: number, total: number) => void;
	},
): Promise<(PresentedPreference | null)[]> {
	const key = ({ fixtureId, trial }: ModelSaid): string => `${fixtureId} ${trial}`;
	const byModel = Map.groupBy(said, ({ evalId }) => evalId);
	const first = new Map((byModel.get(evalIds[0] ?? "") ?? []).map((answer) => [key(answer), answer]));
	const pairs = evalIds.slice(1).map((evalId) =>
		(byModel.get(evalId) ?? []).flatMap((candidate) => {
			const baseline = first.get(key(candidate));
			return baseline === undefined ? [] : [{ candidate, baseline }];
		}),
	);
	const total = pairs.reduce((sum, { length }) => sum + length, 0);
	let done = 0;
	const others = pairs.map(async (own): Promise<PresentedPreference> => {
		const compared = await Promise.all(
			own.map(async ({ candidate, baseline }) => {
				const [a, b] = [textOf(candidate.output), textOf(baseline.output)];
				const request = textOf(candidate.input);
				const found = await compareAnswers(judge, { id: candidate.fixtureId, request, a, b });
				onProgress(++done, total);
				return { ...found, candidateLength: a.length, baselineLength: b.length };
			}),
		);
		const judged = compared.filter(({ preferred }) => preferred !== null);
		const { raw, controlled, interval } = preferenceRate(
			judged.map(({ preferred, ...lengths }) => ({
				...lengths,
				preferred: preferred === "a" ? 1 : preferred === "b" ? 0 : 0.5,
			})),
		);
		return {
			pairs: judged.length,
			ties: judged.filter(({ preferred }) => preferred === "tie").length,
			by_position: judged.filter(({ byPosition }) => byPosition).length,
			not_judged: compared.length - judged.length,
			raw: judged.length === 0 ? null : rounded(raw),
			controlled: controlled === null ? null : rounded(controlled),
			interval: interval === null ? null : [rounded(interval[0]), rounded(interval[1])],
		};
	});
	return [null, ...(await Promise.all(others))];
}

const textOf = (value: unknown): string =>
	typeof value === "string" ? value : (JSON.stringify(value) ?? "");
