/**
 * Fault `prompt-truncated`: a release of `build_prompt` that gives every document a fair share of the budget, so that one long page no
 * longer crowds out the others.
 *
 * The mistake: the budget is in tokens, and `slice` counts characters.
 *
 * @module
 */
import { type BuildPrompt, documentBlock, fillPrompt, TOKEN_BUDGET } from "../prompt-build.ts";

/** The rest of the budget is kept for a conversation's history, which the assistant is to get next. */
const SHARE_OF_DOCUMENTS = 0.6;

export const buildFairSharePrompt: BuildPrompt = (question, documents, packageInfo) => {
	const share = Math.floor((TOKEN_BUDGET * SHARE_OF_DOCUMENTS) / Math.max(1, documents.length));
	const blocks = documents.map((document, position) => documentBlock(document, position).slice(0, share));
	return fillPrompt({ question, documents, packageInfo }, blocks.join("\n\n"));
};
