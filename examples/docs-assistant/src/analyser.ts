/**
 * Text to terms. An index only finds what was analysed as its pages were, so every analyser has a name with a version, and
 * the index carries the name of the one that built it.
 *
 * @module
 */

/** Turns a text into the terms that are indexed or looked up. */
export interface Analyser {
	/** Name and version: changes whenever {@link terms} would give other terms for some text. */
	readonly name: string;
	terms(text: string): string[];
}

const STOP_WORDS = new Set(
	"a an and are as at be by can do does for from has have how i if in is it its my of on or that the there this to use used using was what when where which who why will with you your".split(
		" ",
	),
);

/** Whole words as they are written. What the index was built with until stems came. */
export const wordAnalyser: Analyser = {
	name: "docs-words-3",
	terms: (text) => words(text).map((word) => word.toLowerCase()),
};

/** Words without stop words, identifiers also in their parts (`maxRetries`: max, retries), all cut to their stems. */
export const stemAnalyser: Analyser = {
	name: "docs-stems-4",
	terms: (text) =>
		words(text.normalize("NFKD").replace(/\p{M}/gu, ""))
			.flatMap((word) => [word, ...identifierParts(word)])
			.map((word) => word.toLowerCase())
			.filter((word) => !STOP_WORDS.has(word))
			.map(stem),
};

function words(text: string): string[] {
	return text.match(/[\p{L}\p{N}_]+/gu) ?? [];
}

function identifierParts(word: string): string[] {
	const parts = word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+/gu) ?? [];
	return parts.length > 1 ? parts : [];
}

const SUFFIXES: readonly (readonly [RegExp, string])[] = [
	[/ies$/, "y"],
	[/(ss|x|ch|sh)es$/, "$1"],
	[/([^su])s$/, "$1"],
	[/(ation|ations|ator|ating|ated|ates|ate)$/, "at"],
	[/(ing|ed|er|or|ion|ment|able|ible|ive|al|ity|ly|ness)$/, ""],
	[/e$/, ""],
	[/y$/, "i"],
	[/([bdfglmnprt])\1$/, "$1"],
];

/** A light English stemmer: strips one suffix after another as long as four letters remain. */
function stem(word: string): string {
	if (!/^[a-z]{4,}$/.test(word)) return word;
	return SUFFIXES.reduce((short, [suffix, ending]) => {
		const stripped = short.replace(suffix, ending);
		return stripped.length >= 3 ? stripped : short;
	}, word);
}
