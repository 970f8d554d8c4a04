import type { Store } from "@faultline/collector";
import type { Run } from "../core/trace.ts";
import { timeText } from "../store/result-rows.ts";
import {
	type QuestionFilter,
	questionsOf,
	type RubricAnswer,
	type RubricJudge,
} from "./open-rubric-judge.ts";

/**
 * Asks the judge about a run, with every rubric or the ones named, and writes what it says into `scores`: source `judge`, scorer
 * `judge/RUBRIC`, the span id empty for the whole run. Writing the same answer again changes nothing.
 *
 * @example
 * const [answer] = await askJudge(store, judge, run, { rubrics: ["end-to-end"] });
 * answer?.value; // 1 passes, 0 fails, null could not be judged: see answer.notJudged
 */
export async function askJudge(
	store: Store,
	judge: RubricJudge,
	run: Run,
	filter: QuestionFilter = {},
): Promise<RubricAnswer[]> {
	const answers = await Promise.all(questionsOf(judge, run, filter).map((question) => judge.ask(question)));
	await writeAnswers(store, run, answers);
	return answers;
}

/** Writes answers about a run into `scores`. */
export async function writeAnswers(
	store: Store,
	run: Pick<Run, "startUs">,
	answers: readonly RubricAnswer[],
): Promise<void> {
	if (answers.length === 0) return;
	await store.insert(
		"scores",
		answers.map((answer) => answerRow(run, answer)),
	);
}

function answerRow(run: Pick<Run, "startUs">, answer: RubricAnswer): object {
	const { question, value, tokens, cost, repeats, agreement, suspicious, notJudged } = answer;
	return {
		trace_id: question.traceId,
		span_id: question.spanId,
		scorer: `judge/${question.rubric.name}`,
		scorer_version: answer.version,
		step: question.step,
		kind: question.kind,
		sort: question.kind === "" ? "inherited" : "local",
		source: "judge",
		value,
		label: value === null ? "" : value >= 0.5 ? "pass" : "fail",
		explanation: answer.reason,
		evidence: JSON.stringify({
			tokens,
			cost,
			repeats,
			agreement,
			...(notJudged === null ? {} : { not_judged: notJudged }),
			...(suspicious.length === 0 ? {} : { suspicious }),
		}),
		p: null,
		from_span_id: "",
		run_start: timeText(run.startUs),
	};
}
