import type { Scorer } from "../core/score.ts";
import {
	answerFigures,
	answerGrounded,
	citations,
	figuresKept,
	resultsContradicted,
	resultsUsed,
} from "./answer-evidence.ts";
import { answerExplained, contentExplained } from "./content-explained.ts";
import { contentKept } from "./content-kept.ts";
import { documentShare, documentsUsed } from "./documents-used.ts";
import { emptyOutput } from "./empty-output.ts";
import { expectedAnswer, expectedContent } from "./expected-content.ts";
import { finishReason } from "./finish-reason.ts";
import { answerFocus, focusKept } from "./focus-kept.ts";
import { handOffExplained } from "./hand-off.ts";
import { indexVersions } from "./index-versions.ts";
import { leftovers } from "./leftovers.ts";
import { markup } from "./markup.ts";
import { emptyAnswer, formatAsked, refusal, repetition } from "./model-answer.ts";
import { mojibake } from "./mojibake.ts";
import { focusOrder, numberOrder } from "./order.ts";
import { answerLength, lengthRatio, outputLength } from "./output-length.ts";
import { outputShape } from "./output-shape.ts";
import { handOffKept, partsKept } from "./parts-kept.ts";
import { promptBudget } from "./prompt-budget.ts";
import { questionLength, taskRecord, usualQuestion } from "./question.ts";
import { answerRelevance, retrievalRelevance } from "./relevance.ts";
import { links, unparsed } from "./rendered-text.ts";
import { repeatedItems } from "./repeated-items.ts";
import { documentCount, topScore } from "./retrieval-scores.ts";
import {
	documentLanguage,
	duplicateDocuments,
	scoreSpread,
	staleDocuments,
	unknownDocuments,
} from "./retrieved-documents.ts";
import { sameInput, sameTask } from "./same-input.ts";
import { spanError } from "./span-error.ts";
import { templateKept, variablesKept } from "./template-kept.ts";
import { argumentsExplained, emptyResult, repeatedCall, toolArguments } from "./tool-arguments.ts";
import { toolError } from "./tool-error.ts";
import { toolSchema } from "./tool-schema.ts";
import { usualChoice } from "./usual-choice.ts";
import { usualValues } from "./usual-values.ts";
import { usualWords } from "./usual-words.ts";

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
	focusOrder,
	numberOrder,
	outputLength,
	answerLength,
	lengthRatio,
	contentKept,
	contentExplained,
	answerExplained,
	expectedContent,
	expectedAnswer,
	sameInput,
	sameTask,
	partsKept,
	handOffKept,
	focusKept,
	answerFocus,
	handOffExplained,
	usualValues,
	usualWords,
	usualChoice,
	usualQuestion,
	questionLength,
	taskRecord,
	templateKept,
	variablesKept,
	mojibake,
	scoreSpread,
	duplicateDocuments,
	unknownDocuments,
	staleDocuments,
	documentLanguage,
	toolArguments,
	argumentsExplained,
	emptyResult,
	repeatedCall,
	repeatedItems,
	refusal,
	emptyAnswer,
	formatAsked,
	repetition,
	links,
	unparsed,
	documentsUsed,
	documentShare,
	resultsContradicted,
	resultsUsed,
	answerFigures,
	answerGrounded,
	citations,
	figuresKept,
];
