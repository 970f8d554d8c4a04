/**
 * Step `find_policies`: what the shop promises, in the customer's language, best first.
 *
 * @module
 */
import policies from "./policies.json" with { type: "json" };

export const LOCALES = ["en", "de", "es"] as const;
export type Locale = (typeof LOCALES)[number];

export interface Policy {
	readonly id: string;
	readonly language: Locale;
	readonly title: string;
	readonly content: string;
	/** When the page was last edited, and when the index took it in. */
	readonly modified_at: string;
	readonly indexed_at: string;
}

export type FoundPolicy = Policy & { readonly score: number };
export type FindPolicies = (message: string, locale: Locale) => FoundPolicy[];

/** When the index that is served was built, and the one before. */
export const INDEX_BUILDS = { A: "2026-09-18", B: "2026-09-20", former: "2026-05-02" } as const;
const FORMER_TERMS: readonly (readonly [RegExp, string])[] = [
	[/\b30\b/g, "14"],
	[/4([.,])50/g, "6$190"],
	[/\b48\b/g, "72"],
];

/** The pages as an index of that build holds them: before the summer the shop's terms were others. */
export function indexPolicies(build: keyof typeof INDEX_BUILDS): Policy[] {
	return (policies as unknown as readonly Omit<Policy, "indexed_at">[]).map((page) => ({
		...page,
		content:
			build === "former"
				? FORMER_TERMS.reduce((text, [now, then]) => text.replace(now, then), page.content)
				: page.content,
		indexed_at: INDEX_BUILDS[build],
	}));
}

const TOP_K = 3;

/** Ranks pages by what they share with the message: stems, rare ones weighing more, and likeness. */
export function createFindPolicies(pages: readonly Policy[]): FindPolicies {
	return (message, locale) => rankPolicies(pages, message, locale).slice(0, TOP_K);
}

export function rankPolicies(pages: readonly Policy[], message: string, locale: Locale): FoundPolicy[] {
	const own = pages.filter(({ language }) => language === locale);
	const stems = own.map((page) => stemsOf(`${page.title} ${page.content}`));
	const asked = stemsOf(message);
	return own
		.map((page, at) => {
			let score = likeness(`${page.title} ${page.content}`, message);
			for (const stem of asked) {
				if (!stems[at]?.has(stem)) continue;
				score += Math.log(1 + own.length / stems.filter((other) => other.has(stem)).length);
			}
			return { ...page, score: Number(score.toFixed(3)) };
		})
		.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** Share of the message's groups of three characters that the page has: breaks ties as an embedding would. */
function likeness(page: string, message: string): number {
	const [text, asked] = [page.toLowerCase(), message.toLowerCase()];
	let held = 0;
	for (let at = 0; at + 3 <= asked.length; at++) if (text.includes(asked.slice(at, at + 3))) held++;
	return held / Math.max(1, asked.length - 2);
}

const stemsOf = (text: string): Set<string> =>
	new Set((text.toLowerCase().match(/\p{L}{4,}/gu) ?? []).map((word) => word.slice(0, 5)));
