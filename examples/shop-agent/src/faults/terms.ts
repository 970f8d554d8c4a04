/**
 * Broken releases of `find_policies`.
 *
 * @module
 */
import { type FindPolicies, indexPolicies, type Policy, rankPolicies } from "../policies.ts";

/** A job that ran twice has put every page into the index two more times, and all copies are found. */
export function createDoubledFinder(pages: readonly Policy[]): FindPolicies {
	const doubled = pages.flatMap((page) => [page, page, page]);
	return (message, locale) => rankPolicies(doubled, message, locale).slice(0, 3);
}

/** The locale comes as `de-DE` from the new gateway, is not known, and falls back. */
export function createFallbackFinder(pages: readonly Policy[]): FindPolicies {
	return (message, locale) => {
		const known = `${locale}-XX` === "en-XX" ? locale : "en";
		return rankPolicies(pages, message, known).slice(0, 3);
	};
}

/** The ranker's model did not load: every page has the default score, in the order of their ids. */
export function createUnrankedFinder(pages: readonly Policy[]): FindPolicies {
	return (message, locale) =>
		rankPolicies(pages, message, locale)
			.map((page) => ({ ...page, score: 1 }))
			.sort((a, b) => (a.id < b.id ? -1 : 1))
			.slice(0, 3);
}

/** The folder of the former build is still mounted. */
export const formerPages = (): Policy[] => indexPolicies("former");
