/**
 * The questions that the assistant is asked in the demonstration, and what a right answer holds.
 *
 * @module
 */
import { findPackage } from "./corpus.ts";
import { describePackage } from "./package-info.ts";
import questions from "./questions.json" with { type: "json" };

export interface Question {
	readonly id: string;
	readonly question: string;
	readonly package: string;
	/** Id of the page that a right answer links: package and heading, or `NAME/package.json` for the tool's result. */
	readonly expected_page: string;
	/**
	 * What a right answer's text contains, all of it; wordings that do equally well are separated by `||`. In the file,
	 * `{version}`, `{license}`, `{node}` and `{dependencies}` stand for what the package's package.json says.
	 */
	readonly expected_content: readonly string[];
	/** Whether the answer is asked for as a stream. */
	readonly stream?: boolean;
}

/** All questions, with what they expect of packages filled in from those installed above `from`. */
export function readQuestions(from: string): Question[] {
	return questions.map((question) => ({
		...question,
		expected_content: question.expected_content.map((content) => fillFacts(content, question.package, from)),
	}));
}

function fillFacts(content: string, packageName: string, from: string): string {
	if (!content.includes("{")) return content;
	const facts: Record<string, unknown> = {
		...describePackage(packageName, findPackage(packageName, from).manifest),
	};
	return content.replace(/\{(\w+)\}/g, (placeholder, field: string) => String(facts[field] ?? placeholder));
}
