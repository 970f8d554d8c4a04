/**
 * Grades a rendered answer as the user meets it.
 *
 * @module
 */
import type { Question } from "./question.ts";
import { pageHref } from "./render-html.ts";

/** `pass` where the page's text holds all expected content and links the expected page. */
export function gradeAnswer(html: string, question: Question): "pass" | "fail" {
	const text = normalise(visibleText(html));
	const complete = question.expected_content.every((expected) =>
		expected.split("||").some((wording) => text.includes(normalise(wording))),
	);
	return complete && linkTargets(html).includes(pageHref(question.expected_page)) ? "pass" : "fail";
}

/** What a browser would show of the HTML, as plain text. */
export function visibleText(html: string): string {
	return decodeEntities(html.replace(/<\/(p|article|li)>/g, "\n").replace(/<[^>]*>/g, ""));
}

function linkTargets(html: string): string[] {
	return [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map((link) => decodeEntities(link[1] ?? ""));
}

function decodeEntities(text: string): string {
	return text
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&quot;", '"')
		.replaceAll("&#39;", "'")
		.replaceAll("&amp;", "&");
}

/** Letter case, backticks, emphasis and runs of white space make no difference to whether an answer is right. */
export function normalise(text: string): string {
	return text.replace(/[`*]/g, "").replace(/\s+/g, " ").toLowerCase();
}
