/**
 * Fault `answer-mangled`: a release of `parse_answer` with one regular expression for a whole line, first sentence only.
 *
 * The mistake: `[^.]+` ends at any full stop, also at the one in `7.57.0` or in `client.close()`.
 *
 * @module
 */
import { citedPages, collectAnswer, type ParseAnswer } from "../parse-answer.ts";

const FIRST_SENTENCE = /^(?:[-*•]\s+)?(?<text>[^.]+)[^[]*(?<markers>(?:\[[^\]]+\])*)/;

export const parseFirstSentences: ParseAnswer = (completion, prompt) =>
	collectAnswer(
		completion.text
			.split("\n")
			.filter((line) => line.trim() !== "")
			.map((line) => {
				const parts = FIRST_SENTENCE.exec(line)?.groups ?? {};
				return { text: parts["text"] ?? line, citations: citedPages(parts["markers"] ?? "", prompt.sources) };
			}),
	);
