/**
 * Steps `read_reply` and `write_email`: what the model said as data, and the mail that the customer gets.
 *
 * @module
 */
import type { FoundPolicy, Locale } from "./policies.ts";

export interface Reply {
	readonly answer: string;
	readonly sources: readonly { readonly id: string; readonly title: string }[];
}

export type ReadReply = (reply: {
	readonly text: string;
	readonly policies: readonly FoundPolicy[];
}) => Reply;
export type WriteEmail = (mail: { readonly reply: Reply; readonly locale: Locale }) => string;

/** Reads the JSON object that was asked for; what is no JSON is taken as the answer as it stands. */
export const readReply: ReadReply = ({ text, policies }) => {
	const { answer, sources } = jsonIn(text) ?? { answer: text, sources: [] };
	return {
		answer,
		sources: policies.filter(({ id }) => sources.includes(id)).map(({ id, title }) => ({ id, title })),
	};
};

function jsonIn(text: string): { readonly answer: string; readonly sources: readonly string[] } | null {
	try {
		const { answer, sources } = JSON.parse(text) as { answer?: unknown; sources?: unknown };
		if (typeof answer !== "string") return null;
		return { answer, sources: Array.isArray(sources) ? sources.map(String) : [] };
	} catch {
		return null;
	}
}

const WORDS = {
	en: { greeting: "Hello,", terms: "Our terms:", end: "Kind regards, your shop" },
	de: { greeting: "Guten Tag,", terms: "Unsere Bedingungen:", end: "Freundliche Grüße, Ihr Shop" },
	es: { greeting: "Buenos días:", terms: "Nuestras condiciones:", end: "Un cordial saludo, su tienda" },
} as const;

export const linkTo = (id: string, title: string): string => `[${title}](https://shop.example/terms/${id})`;

/** The mail in Markdown. */
export const writeEmail: WriteEmail = ({ reply, locale }) => fillEmail(reply, locale, linkTo);

export function fillEmail({ answer, sources }: Reply, locale: Locale, link: typeof linkTo): string {
	const words = WORDS[locale];
	const terms =
		sources.length === 0 ? [] : [words.terms, ...sources.map(({ id, title }) => `- ${link(id, title)}`)];
	return [words.greeting, "", answer, "", ...terms, "", words.end].join("\n");
}
