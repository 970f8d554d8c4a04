import { doublings } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

/** How much of the question is made of words that no reference question and no healthy step ever used. */
export const usualQuestion: Scorer = {
	name: "usual-question",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read({ step, question, asked }) {
		if (step.kind !== "input" || question.words.size === 0 || asked.questions < 20) return null;
		const own = asked.isKnown ? 1 : 0;
		let unknown = 0;
		for (const word of question.words) if ((asked.words.get(word) ?? 0) - own <= 0) unknown++;
		const value = unknown / question.words.size;
		return {
			value,
			text: `${Math.round(value * 100)} % of the question's words stand in no other healthy question`,
		};
	},
};

/** Length of the question, in doublings. */
export const questionLength: Scorer = {
	name: "question-length",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read({ step, question }) {
		if (step.kind !== "input" || question.raw === "") return null;
		return { value: doublings(question), text: `the question has ${question.text.length} characters` };
	},
};

/** Whether other runs of the same task fail too: then it is rather the task than a step. */
export const taskRecord: Scorer = {
	name: "task-record",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, asked }) {
		const { passed, failed } = asked.sameTask;
		if (step.kind !== "input" || passed + failed === 0) return null;
		// The rate is drawn towards passing: one failure of one other run says little.
		const value = (passed + 2) / (passed + failed + 2);
		return { value, text: `${failed} of ${passed + failed} other runs of the same task failed` };
	},
};
