/**
 * Broken releases of the steps that only pass text on.
 *
 * @module
 */
import { fillTemplate, type WritePrompt } from "../prompt.ts";
import { fillEmail, linkTo, type ReadReply, readReply, type WriteEmail, writeEmail } from "../reply.ts";

/** The pages' field is called `body` in the template's new version, and there is no such field. */
export const writePromptWithoutTerms: WritePrompt = (asked, policies) =>
	fillTemplate(
		asked,
		policies.map((page) => `[${page.id}] ${page.title}\n${(page as { body?: string }).body}`).join("\n\n"),
	);

/** The mail's preview wants one sentence, and a sentence ends at the first full stop or comma before a digit or blank. */
export const readFirstSentence: ReadReply = (reply) => {
	const read = readReply(reply);
	return { ...read, answer: /^.*?[.,](?=[\s\d])/s.exec(read.answer)?.[0] ?? read.answer };
};

/** The mail is written in UTF-8 and read as Latin-1 by the next function. */
export const writeLatinEmail: WriteEmail = (mail) => Buffer.from(writeEmail(mail), "utf8").toString("latin1");

/** The terms have moved, and their new address is looked up in a table that is still empty. */
export const writeEmailWithDeadLinks: WriteEmail = ({ reply, locale }) =>
	fillEmail(reply, locale, (id, title) =>
		linkTo(id, title).replace(/\(.*\)/, `(${({} as Record<string, string>)[id]})`),
	);
