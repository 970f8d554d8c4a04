import type { RunScoring } from "../rubrics/run-scoring.ts";

type Counts = RunScoring["counts"];

/** What scorers of the user's and the judge did, in the documented JSON shape. */
export function presentScoring({ scorers, judge }: Counts): object {
	return {
		scorers: [...scorers].map(([name, { answered, abstained, failed }]) => ({
			name,
			answered,
			abstained,
			failed,
		})),
		judge:
			judge === null
				? null
				: {
						judged: judge.judged,
						cached: judge.cached,
						not_judged: judge.notJudged,
						calls: judge.calls,
						tokens: judge.tokens,
						cost: judge.cost,
						bound: judge.bound,
					},
	};
}

const WHY: Readonly<Record<string, string>> = {
	budget: "the budget was spent",
	endpoint: "the endpoint failed",
	unreadable: "the answer was no verdict",
	cannot_tell: "the judge could not tell",
	no_content: "no content was recorded",
};

/** The same for a terminal. */
export function renderScoring({ scorers, judge }: Counts): string[] {
	const own = [...scorers].map(
		([name, { answered, abstained, failed }]) =>
			`scorer ${name}: ${answered} scores${abstained > 0 ? `, ${abstained} times it could not tell` : ""}${failed > 0 ? `, ${failed} times it failed` : ""}`,
	);
	if (judge === null) return own;
	const lacking = Object.entries(judge.notJudged).map(([why, count]) => `${count} (${WHY[why] ?? why})`);
	const cost = judge.cost === null ? "" : `, cost ${judge.cost.toFixed(4)}`;
	return [
		...own,
		`judge: ${judge.judged} answers (${judge.cached} known before), ${judge.calls} calls, ${judge.tokens.toLocaleString("en")} tokens${cost}`,
		...(lacking.length === 0 ? [] : [`  not judged: ${lacking.join(", ")}`]),
		...(judge.bound === null ? [] : [`  the budget's ${judge.bound} was reached`]),
	];
}
