import { ATTR } from "@faultline/instrumentation/attributes";
import type { Scorer } from "../core/score.ts";

/** The index was built with another embedding model or analyser than the query's. */
export const indexVersions: Scorer = {
	name: "index-versions",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step }) {
		const index = step.attributes[ATTR.indexEmbeddingModel];
		const query = step.attributes[ATTR.queryEmbeddingModel];
		if (!index || !query) return null;
		if (index === query) return { value: 1, text: `index and query were both embedded by ${index}` };
		return { value: 0, text: `the index was built with ${index}, the query is read with ${query}` };
	},
};
