/**
 * Step `parse_answer`: the model's text in, statements with the pages that they cite out.
 *
 * @module
 */
import type { Completion } from "./model.ts";
import type { Prompt, Source } from "./prompt-build.ts";

/** One sentence of the answer and the pages that it is taken from. */
export interface Statement {
	readonly text: string;
	readonly citations: readonly string[];
}

export interface Answer {
	/** The statements' texts as one. */
	readonly answer: string;
	readonly statements: readonly Statement[];
	/** Ids of all cited pages, each once. */
	readonly citations: readonly string[];
}

export type ParseAnswer = (completion: Completion, prompt: Prompt) => Answer;

/** A line of the model's answer: its text, then one or more markers. */
const LINE = /^(?<text>.*?)\s*(?<markers>(?:\[(?:\d+|package)\][\s,.]*)+)$/;

/** A parser that also drops a leading list bullet where the team chose so: models add them now and then. */
export function createParser({ dropBullets }: { dropBullets: boolean }): ParseAnswer {
	return (completion, prompt) =>
		collectAnswer(
			completion.text
				.split("\n")
				.map((line) => (dropBullets ? line.replace(/^\s*[-*•]\s+/, "") : line).trim())
				.filter((line) => line !== "")
				.map((line) => parseLine(line, prompt.sources)),
		);
}

/**
 * Puts statements together.
 *
 * @throws where there is none: a model that says nothing has failed.
 */
export function collectAnswer(statements: readonly Statement[]): Answer {
	if (statements.length === 0) throw new Error("the model's answer holds no statement; its text was empty");
	return {
		answer: statements.map((statement) => statement.text).join(" "),
		statements,
		citations: [...new Set(statements.flatMap((statement) => statement.citations))],
	};
}

/** The pages that markers such as `[1][package]` stand for; markers of no source are dropped. */
export function citedPages(markers: string, sources: readonly Source[]): string[] {
	const found: readonly string[] = markers.match(/\[[^\]]+\]/g) ?? [];
	return sources.filter((source) => found.includes(source.marker)).map((source) => source.pageId);
}

function parseLine(line: string, sources: readonly Source[]): Statement {
	const parts = LINE.exec(line)?.groups;
	if (parts === undefined) return { text: line, citations: [] };
	return { text: parts["text"] ?? "", citations: citedPages(parts["markers"] ?? "", sources) };
}
