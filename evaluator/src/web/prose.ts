import { type Html, html } from "./html.ts";

/** A sentence of ours in which names stand between backticks, as in a terminal: these become code. */
export const prose = (text: string): Html =>
	html`${text.split("`").map((part, index, all) => (index % 2 === 1 && index < all.length - 1 ? html`<code>${part}</code>` : index % 2 === 1 ? `\`${part}` : part))}`;
