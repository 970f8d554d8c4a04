/** What each check reads, and the faults that it is meant for: of both examples, and of the simulated pipelines by the fault's own name. */
export interface Purpose {
	readonly reads: string;
	readonly faults: readonly string[];
}

/** Faults as `app/fault`. A check that no fault here is meant for has an empty list, and its hits are left to its unit tests. */
export const PURPOSES: Readonly<Record<string, Purpose>> = {
	"span-error": { reads: "the step's end", faults: [] },
	"empty-output": { reads: "output", faults: [] },
	leftovers: {
		reads: "output against input: placeholders, undefined, [object Object]",
		faults: ["shop-agent/terms-lost", "docs-assistant/render-broken", "docs-assistant/tool-shape-changed"],
	},
	"template-kept": { reads: "prompt against its declared template", faults: [] },
	"variables-kept": { reads: "prompt against its declared variables", faults: [] },
	"prompt-budget": { reads: "tokens against their limit", faults: [] },
	mojibake: { reads: "encoding of the output", faults: ["shop-agent/mail-garbled"] },
	"index-versions": { reads: "embedding model of index and query", faults: ["docs-assistant/stale-index"] },
	"stale-documents": {
		reads: "documents against their source's last change",
		faults: ["shop-agent/stale-terms"],
	},
	"duplicate-documents": { reads: "documents against each other", faults: ["shop-agent/doubled-terms"] },
	"unknown-documents": { reads: "ids and texts of documents", faults: [] },
	"score-spread": {
		reads: "scores of documents",
		faults: ["shop-agent/unranked-terms", "shop-agent/doubled-terms"],
	},
	"document-language": { reads: "language of query and documents", faults: ["shop-agent/foreign-terms"] },
	"document-count": { reads: "number of documents", faults: ["docs-assistant/wrong-documents"] },
	"top-score": {
		reads: "the best score",
		faults: ["docs-assistant/wrong-documents", "docs-assistant/stale-index"],
	},
	"retrieval-relevance": {
		reads: "query's words in the documents",
		faults: ["docs-assistant/wrong-documents", "docs-assistant/stale-index"],
	},
	"tool-error": {
		reads: "a tool's result",
		faults: ["shop-agent/carrier-down", "shop-agent/ids-shortened", "shop-agent/model-dreams"],
	},
	"tool-schema": {
		reads: "arguments and result against declared JSON Schemas",
		faults: ["shop-agent/carrier-down", "shop-agent/ids-shortened", "docs-assistant/tool-shape-changed"],
	},
	"tool-arguments": { reads: "arguments: JSON, filled in", faults: [] },
	"arguments-explained": {
		reads: "ids in arguments against all that was said before",
		faults: ["shop-agent/model-dreams", "shop-agent/ids-shortened"],
	},
	"empty-result": { reads: "a tool's result", faults: [] },
	"repeated-call": { reads: "a tool's calls against each other", faults: ["shop-agent/loop-forgets"] },
	"repeated-items": { reads: "records of a list against each other", faults: [] },
	"output-shape": {
		reads: "output against the shape learned",
		faults: ["shop-agent/price-as-text", "shop-agent/carrier-down", "docs-assistant/tool-shape-changed"],
	},
	"usual-values": {
		reads: "values against those learned",
		faults: ["shop-agent/price-as-text", "shop-agent/doubled-terms"],
	},
	"finish-reason": {
		reads: "why the model stopped",
		faults: ["shop-agent/reply-cut", "shop-agent/model-rambles"],
	},
	refusal: { reads: "the beginning of the answer", faults: ["shop-agent/model-refuses"] },
	"empty-answer": { reads: "the model's turn", faults: [] },
	"format-asked": {
		reads: "answer against the format that the instructions ask for",
		faults: ["shop-agent/model-writes-prose", "shop-agent/reply-cut"],
	},
	repetition: { reads: "sentences of the answer", faults: ["shop-agent/model-rambles"] },
	"results-contradicted": {
		reads: "numbers of the answer against tools' results",
		faults: ["shop-agent/model-misreads"],
	},
	"results-used": { reads: "tools' results in the answer", faults: [] },
	"answer-figures": {
		reads: "numbers and codes of the answer against the prompt",
		faults: ["shop-agent/model-misreads"],
	},
	"answer-grounded": { reads: "answer against the retrieved documents", faults: [] },
	citations: { reads: "sources cited against those shown", faults: ["shop-agent/model-invents-sources"] },
	unparsed: { reads: "output of a parser", faults: ["shop-agent/reply-cut"] },
	markup: { reads: "rendered HTML", faults: [] },
	links: { reads: "targets of links", faults: ["shop-agent/links-dead"] },
	"documents-used": {
		reads: "documents retrieved against the prompt: none there",
		faults: ["shop-agent/terms-lost"],
	},
	"document-share": {
		reads: "documents retrieved against the prompt: how much",
		faults: ["shop-agent/terms-lost", "docs-assistant/prompt-truncated"],
	},
	"content-kept": {
		reads: "input's words in the output",
		faults: [
			"shop-agent/answer-shortened",
			"docs-assistant/prompt-truncated",
			"docs-assistant/answer-mangled",
		],
	},
	"parts-kept": {
		reads: "input's words in the output, part by part",
		faults: [
			"shop-agent/answer-shortened",
			"shop-agent/terms-lost",
			"docs-assistant/answer-mangled",
			"docs-assistant/render-broken",
		],
	},
	"figures-kept": {
		reads: "numbers of the output against the input",
		faults: ["shop-agent/answer-shortened"],
	},
	"hand-off-kept": { reads: "what was given against what arrived", faults: ["shop-agent/ids-shortened"] },
	"hand-off-explained": {
		reads: "what arrived against what was given",
		faults: ["shop-agent/ids-shortened"],
	},
};
