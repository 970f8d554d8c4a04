import type { Scorer } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

const KINDS = new Set(["tool_call", "custom", "post_process"]);
const MAX_ITEMS = 200;

/**
 * How many records of a step's output are copies of another one in the same list: a join that doubles rows, a page that is read twice. Some lists
 * repeat themselves in good health, so it speaks beside what is usual.
 */
export const repeatedItems: Scorer = {
	name: "repeated-items",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read({ step, output }) {
		if (!KINDS.has(step.kind) || step.failed || isCut(step, "output")) return null;
		const lists = listsIn(output.json);
		if (lists.length === 0) return null;
		let copies = 0;
		for (const list of lists) {
			const items = list.slice(0, MAX_ITEMS).map((item) => JSON.stringify(item));
			copies += items.length - new Set(items).size;
		}
		return {
			value: Math.log2(1 + copies),
			text:
				copies === 0 ? "its records are all different" : `${copies} of its records are copies of another one`,
		};
	},
};

/** Lists of at least two records: the output itself, and those right inside it. */
function listsIn(json: unknown): readonly (readonly unknown[])[] {
	if (typeof json !== "object" || json === null) return [];
	const found = Array.isArray(json)
		? [json as readonly unknown[]]
		: Object.values(json).filter((value) => Array.isArray(value));
	return found.filter(
		(list) => list.length > 1 && list.every((item) => typeof item === "object" && item !== null),
	);
}
