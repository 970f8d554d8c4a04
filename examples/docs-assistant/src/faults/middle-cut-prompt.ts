/**
 * Fault `prompt-truncated`: a release of `build_prompt` that no longer counts tokens document by document, but cuts the
 * middle out of all of them where they are too long together.
 *
 * The mistake: the budget is in tokens, and `slice` counts characters.
 *
 * @module
 */
import { type BuildPrompt, documentBlock, fillPrompt, TOKEN_BUDGET } from "../prompt-build.ts";

export const buildMiddleCutPrompt: BuildPrompt = (question, documents, packageInfo) => {
	const all = documents.map(documentBlock).join("\n\n");
	return fillPrompt({ question, documents, packageInfo }, cutMiddle(all, TOKEN_BUDGET));
};

function cutMiddle(text: string, budget: number): string {
	if (text.length <= budget) return text;
	const half = Math.floor(budget / 2);
	return `${text.slice(0, half)}\n…\n${text.slice(-half)}`;
}
