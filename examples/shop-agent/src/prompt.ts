/**
 * Step `write_prompt`: the customer's message and the shop's pages in, the model's first messages out.
 *
 * @module
 */
import type { FoundPolicy, Locale } from "./policies.ts";

export interface Message {
	readonly role: "system" | "user";
	readonly content: string;
}

export interface Asked {
	readonly message: string;
	readonly locale: Locale;
}

export type WritePrompt = (asked: Asked, policies: readonly FoundPolicy[]) => Message[];

export const TEMPLATE = `You are the support agent of an online shop. Use the tools to look things up; never guess an order's content.
Answer in the customer's language ({{locale}}), in at most three sentences, and quote amounts and dates exactly.
Today is 2026-09-21. These are the shop's terms:

{{policies}}

When you are done, reply with a JSON object and nothing else: {"answer": "…", "sources": ["id of each term that you used"]}.`;

/** One page as the prompt shows it. */
export const policyBlock = (page: FoundPolicy): string => `[${page.id}] ${page.title}\n${page.content}`;

/** Fills the template. */
export const writePrompt: WritePrompt = (asked, policies) =>
	fillTemplate(asked, policies.map(policyBlock).join("\n\n"));

export const fillTemplate = ({ message, locale }: Asked, policies: string): Message[] => [
	{
		role: "system",
		content: TEMPLATE.replace("{{locale}}", locale).replace("{{policies}}", () => policies),
	},
	{ role: "user", content: message },
];
