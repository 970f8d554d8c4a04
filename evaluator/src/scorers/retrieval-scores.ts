import { ATTR } from "@faultline/instrumentation/attributes";
import { parseJson } from "../core/content.ts";
import type { Scorer, StepView } from "../core/score.ts";

/** The best document's score: what the index itself thinks of its answer. */
export const topScore: Scorer = {
	name: "top-score",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read(view) {
		const scores = scoresOf(view);
		if (scores === null) return null;
		const value = Math.max(...scores);
		return { value, text: `its best document scores ${Number(value.toPrecision(4))}` };
	},
};

/** How many documents came back. */
export const documentCount: Scorer = {
	name: "document-count",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read(view) {
		const documents = documentsOf(view);
		if (documents === null) return null;
		return { value: documents.length, text: `it returned ${documents.length} documents` };
	},
};

function documentsOf({ step, output }: StepView): readonly unknown[] | null {
	if (step.kind !== "retrieval") return null;
	const documents = parseJson(step.attributes[ATTR.retrievalDocuments] ?? "") ?? output.json;
	return Array.isArray(documents) ? documents : null;
}

function scoresOf(view: StepView): readonly number[] | null {
	const scores = documentsOf(view)?.map((document) =>
		typeof document === "object" && document !== null ? (document as Record<string, unknown>)["score"] : null,
	);
	const numbers = scores?.filter((score) => typeof score === "number" && Number.isFinite(score)) as
		| number[]
		| undefined;
	return numbers === undefined || numbers.length === 0 ? null : numbers;
}
