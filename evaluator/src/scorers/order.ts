import { rarity } from "../core/focus.ts";
import type { Scorer } from "../core/score.ts";
import { wordHashes } from "../core/words.ts";

const KINDS = new Set(["retrieval", "custom", "post_process", "tool_call"]);
const MAX_ITEMS = 100;

/** Where in a list stands what bears most on the question: 0 first, 1 last. Whoever reads the list may stop before its end. */
export const focusOrder: Scorer = {
	name: "focus-order",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read({ step, output, question, reference }) {
		const items = KINDS.has(step.kind) ? listIn(output.json) : null;
		if (items === null || question.words.size === 0) return null;
		const relevances = items.map((item) => {
			const words = wordHashes(JSON.stringify(item) ?? "");
			let relevance = 0;
			for (const word of question.words) if (words.has(word)) relevance += rarity(word, reference);
			return relevance;
		});
		const best = Math.max(...relevances);
		if (!(best > 0)) return null;
		const at = relevances.indexOf(best);
		return {
			value: at / (items.length - 1),
			text: `what bears most on the question stands at place ${at + 1} of ${items.length}`,
		};
	},
};

/** Whether numbers along a list go down as they usually do: 1 always, 0 never. */
export const numberOrder: Scorer = {
	name: "number-order",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read({ step, output }) {
		if (!KINDS.has(step.kind) || listIn(output.json) === null) return null;
		for (const { leaves } of output.parts.values()) {
			const numbers = leaves.filter((leaf) => typeof leaf === "number");
			if (numbers.length < 2 || numbers.length !== leaves.length) continue;
			const down = numbers.filter((number, at) => at > 0 && number <= (numbers[at - 1] ?? number)).length;
			const value = down / (numbers.length - 1);
			return { value, text: `${Math.round(value * 100)} % of its numbers stand in falling order` };
		}
		return null;
	},
};

/** The list that an output is, or holds as its only one. */
function listIn(json: unknown): readonly unknown[] | null {
	const lists = Array.isArray(json)
		? [json as readonly unknown[]]
		: typeof json === "object" && json !== null
			? Object.values(json).filter((value): value is unknown[] => Array.isArray(value))
			: [];
	const [only] = lists;
	if (lists.length !== 1 || only === undefined || only.length < 2) return null;
	return only.slice(0, MAX_ITEMS);
}
