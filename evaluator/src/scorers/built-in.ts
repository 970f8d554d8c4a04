import type { Scorer } from "../core/score.ts";
import { contentExplained } from "./content-explained.ts";
import { contentKept } from "./content-kept.ts";
import { emptyOutput } from "./empty-output.ts";
import { expectedContent } from "./expected-content.ts";
import { finishReason } from "./finish-reason.ts";
import { indexVersions } from "./index-versions.ts";
import { leftovers } from "./leftovers.ts";
import { markup } from "./markup.ts";
import { answerLength, lengthRatio, outputLength } from "./output-length.ts";
import { outputShape } from "./output-shape.ts";
import { promptBudget } from "./prompt-budget.ts";
import { answerRelevance, retrievalRelevance } from "./relevance.ts";
import { documentCount, scoreOrder, topScore } from "./retrieval-scores.ts";
import { sameInput } from "./same-input.ts";
import { spanError } from "./span-error.ts";
import { toolError } from "./tool-error.ts";
import { toolSchema } from "./tool-schema.ts";

/** Every scorer that runs without anybody having configured one. */
export const builtInScorers: readonly Scorer[] = [
	spanError,
	emptyOutput,
	leftovers,
	indexVersions,
	toolError,
	toolSchema,
	finishReason,
	outputShape,
	markup,
	promptBudget,
	retrievalRelevance,
	answerRelevance,
	topScore,
	documentCount,
	scoreOrder,
	outputLength,
	answerLength,
	lengthRatio,
	contentKept,
	contentExplained,
	expectedContent,
	sameInput,
];
