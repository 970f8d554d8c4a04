/**
 * Fault `render-broken`: a release of `render_html` that splits a statement into text and code nodes before it prints them.
 *
 * The mistake: the template prints the nodes themselves, and a code node is an object.
 *
 * @module
 */
import { escapeHtml, type RenderHtml, renderLink } from "../render-html.ts";

interface CodeNode {
	readonly code: string;
}

export const renderWithCodeNodes: RenderHtml = (answer) => {
	const numbers = new Map(answer.citations.map((pageId, position) => [pageId, position + 1]));
	const statements = answer.statements.map((statement) => {
		const links = statement.citations.map((pageId) =>
			renderLink(pageId, numbers.get(pageId) ?? 0, "noopener"),
		);
		return `<p>${splitCode(statement.text).join("")} ${links.join(" ")}</p>`;
	});
	return `<article class="answer">\n${statements.join("\n")}\n</article>`;
};

function splitCode(text: string): (string | CodeNode)[] {
	return text
		.split("`")
		.map((part, index) =>
			index % 2 === 1 ? { code: `<code>${escapeHtml(part)}</code>` } : escapeHtml(part),
		);
}
