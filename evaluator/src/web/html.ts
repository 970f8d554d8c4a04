/** Markup that may stand in a page as it is. Everything else is escaped. */
export class Html {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

type Value = Html | string | number | null | undefined | readonly Value[];

/**
 * Markup with values in it, escaped unless they are markup themselves: the only way in which the page makes HTML, so that nothing that an
 * application recorded can become a tag.
 *
 * @example
 * html`<p>${"<script>"}</p>`.text; // "<p>&lt;script&gt;</p>"
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
	return new Html(strings.map((text, index) => text + render(values[index])).join(""));
}

function render(value: Value): string {
	if (value === null || value === undefined) return "";
	if (value instanceof Html) return value.text;
	if (typeof value === "object") return value.map(render).join("");
	return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

export const escapeHtml = (text: string): string =>
	text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
