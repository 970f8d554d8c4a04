/**
 * Step `render_html`: the parsed answer in, what the user sees out.
 *
 * @module
 */
import type { Answer, Statement } from "./parse-answer.ts";

export type RenderHtml = (answer: Answer) => string;

/** A renderer whose links carry `rel` where it is given. */
export function createRenderer({ rel }: { rel?: string } = {}): RenderHtml {
	return (answer) => {
		const numbers = new Map(answer.citations.map((pageId, position) => [pageId, position + 1]));
		const statements = answer.statements.map((statement) => renderStatement(statement, numbers, rel));
		return `<article class="answer">\n${statements.join("\n")}\n</article>`;
	};
}

function renderStatement(statement: Statement, numbers: ReadonlyMap<string, number>, rel?: string): string {
	const links = statement.citations.map((pageId) => renderLink(pageId, numbers.get(pageId) ?? 0, rel));
	return `<p>${renderText(statement.text)} ${links.join(" ")}</p>`;
}

/** A citation as a link to the page. */
export function renderLink(pageId: string, number: number, rel?: string): string {
	const attributes = rel === undefined ? "" : ` rel="${escapeHtml(rel)}"`;
	return `<a href="${escapeHtml(pageHref(pageId))}" title="${escapeHtml(pageId)}"${attributes}>[${number}]</a>`;
}

/** Where the documentation site serves a page. */
export function pageHref(pageId: string): string {
	return `/docs/${encodeURI(pageId)}`;
}

function renderText(text: string): string {
	return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;")
		.replaceAll("'", "&#39;");
}
