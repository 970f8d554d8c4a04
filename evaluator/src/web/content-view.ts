import { toChatMessages } from "../core/chat-messages.ts";
import { parseJson, readContent } from "../core/content.ts";
import type { WordPiece } from "../core/diff-words.ts";
import { type Html, html } from "./html.ts";

const SHOWN_CHARACTERS = 20_000;

/** A recorded input or output for reading: messages by role, else JSON indented, with its line breaks as such; always as text. */
export function contentView(text: string): Html {
	if (text === "") return html`<p class="faint">Not recorded.</p>`;
	const messages = messagesOf(text);
	if (messages === null) return block(readable(text));
	return html`${messages.map(({ role, content }) => html`<figure class="message"><figcaption class="faint small">${role}</figcaption>${block(content)}</figure>`)}`;
}

function messagesOf(text: string): { role: string; content: string }[] | null {
	const recorded = parseJson(text);
	if (!Array.isArray(recorded)) return null;
	return (
		toChatMessages(recorded)?.map(({ role, content, tool_calls }) => ({
			role,
			content: [content ?? "", ...(tool_calls ?? []).map((call) => JSON.stringify(call, null, 2))]
				.filter(Boolean)
				.join("\n"),
		})) ?? null
	);
}

const block = (text: string): Html =>
	html`<pre tabindex="0">${text.slice(0, SHOWN_CHARACTERS)}${text.length > SHOWN_CHARACTERS ? `\n… ${(text.length - SHOWN_CHARACTERS).toLocaleString("en")} more characters` : ""}</pre>`;

/** JSON indented, line breaks inside its strings as line breaks; other text as it is. */
export function readable(text: string): string {
	const value = parseJson(text);
	if (value === undefined) return text;
	if (typeof value === "string") return value;
	return JSON.stringify(value, null, 2).replaceAll("\\n", "\n").replaceAll('\\"', '"');
}

/** As much of it as is shown, for laying two texts over each other. */
export const shownText = (text: string): string => readable(text).slice(0, SHOWN_CHARACTERS);

/** The difference of two texts, with what both have in the same ink. */
export const piecesView = (pieces: readonly WordPiece[]): Html =>
	html`<pre tabindex="0">${pieces.map(({ kind, text }) =>
		kind === "same" ? text : kind === "removed" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`,
	)}</pre>`;

const TITLE_CHARACTERS = 160;

/** What was asked as one line: the texts inside the recorded input. */
export function titleOf(asked: string): string {
	const line = readContent(asked).text.replaceAll(/\s+/g, " ").trim();
	return line.length > TITLE_CHARACTERS ? `${line.slice(0, TITLE_CHARACTERS - 1)}…` : line;
}
