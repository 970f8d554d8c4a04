/**
 * Step `build_prompt`: question, documents and the tool's result in, the model's messages out, within a token budget.
 *
 * @module
 */
import { countTokens } from "gpt-tokenizer";
import { type PackageInfo, packagePageId } from "./package-info.ts";
import type { FoundDocument } from "./retrieval.ts";

export interface Message {
	readonly role: "system" | "user";
	readonly content: string;
}

/** What the prompt calls `[1]`, `[2]`, …, `[package]`, and the page that it is. */
export interface Source {
	readonly marker: string;
	readonly pageId: string;
}

export interface Prompt {
	readonly messages: Message[];
	readonly sources: Source[];
	readonly tokens: number;
}

export interface PromptParts {
	readonly question: string;
	readonly documents: readonly FoundDocument[];
	readonly packageInfo: PackageInfo | undefined;
}

export type BuildPrompt = (
	question: string,
	documents: readonly FoundDocument[],
	packageInfo: PackageInfo | undefined,
) => Prompt;

/** How many tokens the documents may take together. */
export const TOKEN_BUDGET = 2_400;

/** Below this many tokens the rest of a document is not worth having. */
const SMALLEST_CUT = 60;

export const SYSTEM_TEMPLATE = `You answer questions about npm packages from the documentation that you are given, and from nothing else.
Write at most three short statements, one per line. Copy names, code and numbers exactly, with code in backticks.
End every line with the marker of the document that it comes from, such as [1], or [package] for the package's metadata.
If the documents do not hold the answer, write: I cannot answer that from the documentation.`;

export const USER_TEMPLATE = `{{documents}}

{{package}}

Question: {{question}}`;

/** Fills the template; takes documents in order until the budget is spent, and cuts the last one to fit. */
export const buildPrompt: BuildPrompt = (question, documents, packageInfo) => {
	const blocks = fitDocuments(documents.map(documentBlock), TOKEN_BUDGET);
	return fillPrompt({ question, documents, packageInfo }, blocks.join("\n\n"));
};

/** One document as the prompt shows it. */
export function documentBlock(document: FoundDocument, position: number): string {
	return `<document marker="[${position + 1}]" title="${document.title}">\n${document.content}\n</document>`;
}

/** The messages for the given text of all documents. */
export function fillPrompt(parts: PromptParts, documents: string): Prompt {
	const user = USER_TEMPLATE.replace("{{documents}}", () => documents)
		.replace("{{package}}", () => packageBlock(parts.packageInfo))
		.replace("{{question}}", () => parts.question);
	return {
		messages: [
			{ role: "system", content: SYSTEM_TEMPLATE },
			{ role: "user", content: user },
		],
		sources: listSources(parts),
		tokens: countTokens(SYSTEM_TEMPLATE) + countTokens(user),
	};
}

function fitDocuments(blocks: readonly string[], budget: number): string[] {
	const kept: string[] = [];
	let left = budget;
	for (const block of blocks) {
		const tokens = countTokens(block);
		if (tokens <= left) kept.push(block);
		else if (left >= SMALLEST_CUT) kept.push(cutToTokens(block, left, tokens));
		left -= tokens;
		if (left <= 0) break;
	}
	return kept;
}

function cutToTokens(block: string, limit: number, tokens: number): string {
	const lines = block.slice(0, Math.floor((block.length * limit) / tokens)).split("\n");
	while (lines.length > 2 && countTokens(lines.join("\n")) > limit - 8) lines.pop();
	return `${lines.join("\n")}\n</document>`;
}

function packageBlock(info: PackageInfo | undefined): string {
	if (info === undefined) return "";
	return `<package marker="[package]" name="${info.name}">
Version: ${info.name} is installed in version ${info.version}.
License: ${info.name} is released under the license ${info.license}.
Node.js: ${info.name} needs Node.js in version ${info.node} (engines).
Dependencies: ${info.name} has ${info.dependencies} runtime dependencies.
Description: ${info.description}
</package>`;
}

function listSources({ documents, packageInfo }: PromptParts): Source[] {
	const pages = documents.map((document, position) => ({ marker: `[${position + 1}]`, pageId: document.id }));
	return packageInfo === undefined
		? pages
		: [...pages, { marker: "[package]", pageId: packagePageId(packageInfo.name) }];
}
