import { wordsOf } from "./words.ts";

/** Scripts that belong to few enough languages to stand for them; the first that fits is taken. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
	["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
	["ko", /\p{Script=Hangul}/gu],
	["zh", /\p{Script=Han}/gu],
	["th", /\p{Script=Thai}/gu],
	["el", /\p{Script=Greek}/gu],
	["he", /\p{Script=Hebrew}/gu],
	["Arabic script", /\p{Script=Arabic}/gu],
	["Cyrillic script", /\p{Script=Cyrillic}/gu],
	["Devanagari script", /\p{Script=Devanagari}/gu],
];

/** The commonest words that a language shares with few others of the list. */
const COMMON: Readonly<Record<string, string>> = {
	en: "the is of and to in how what why do does my i you can for not with it are this that",
	de: "der die das und ist ich nicht wie was ein eine mit auf für den dem kann mein warum zu im von wird",
	fr: "le les est et je pas que comment pourquoi une des du pour dans mon ma quel sur au avec ne il",
	es: "el los las y qué cómo por una para mi con puedo es del al cuál dónde no se lo",
	it: "il che di è come non una per mio con posso perché gli della sono questo quale ho",
	pt: "o os não como uma para meu minha com posso é que do da em por qual você isso",
	nl: "de het een en ik niet hoe wat waarom kan mijn van voor met op zijn dat hebben",
	pl: "nie jak się jest co czy mogę dlaczego na i w z do mój moje to",
};

const BY_LANGUAGE = Object.entries(COMMON).map(([language, words]) => ({
	language,
	words: new Set(words.split(" ")),
}));

const MAX_CHARACTERS = 4000;
/** A script is the text's when at least this share of its letters is of it: a name in a foreign script is none. */
const MOSTLY = 0.3;

/**
 * A guess at the language of a text, for putting like inputs together and nothing else: by its script, or by which language's commonest
 * words it holds most of.
 *
 * @returns a language tag or a script's name; null where it cannot be told.
 * @example
 * languageOf("Wie kann ich mein Passwort ändern?"); // "de"
 */
export function languageOf(text: string): string | null {
	const beginning = text.slice(0, MAX_CHARACTERS);
	const letters = beginning.match(/\p{L}/gu)?.length ?? 0;
	if (letters === 0) return null;
	for (const [language, script] of SCRIPTS) {
		if ((beginning.match(script)?.length ?? 0) >= MOSTLY * letters) return language;
	}
	const words = wordsOf(beginning);
	const counts = BY_LANGUAGE.map(({ language, words: common }) => ({
		language,
		count: words.filter((word) => common.has(word)).length,
	})).sort((a, b) => b.count - a.count);
	const [first, second] = counts;
	if (first === undefined || first.count < 2 || first.count === second?.count) return null;
	return first.language;
}
