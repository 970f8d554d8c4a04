/**
 * A guess at a text's language from words that were read already: cheap enough for every document that a retrieval gives.
 *
 * @module
 */

import { hashWord, wordHashes } from "./words.ts";

/** Commonest words of languages in Latin script. A word that several have counts for each of them. */
const COMMON: Readonly<Record<string, string>> = {
	en: "a an in on or be the is of and to how what why does my you can for not with it are this that from was which have your",
	de: "in am im es der die das und ist ich nicht wie was ein eine mit auf für den dem kann mein warum zu von wird sie bei oder nach",
	fr: "de la un à en le les est et je pas que comment pourquoi une des du pour dans mon ma quel sur au avec ne il vous",
	es: "de la en que un a el los las y qué cómo por una para mi con puedo es del al cuál dónde no se lo su desde",
	it: "la un in a e si il che di è come non una per mio con posso perché gli della sono questo quale ho del nel",
	pt: "de a e que um o os não como uma para meu minha com posso é que do da em por qual você isso ao",
	nl: "in is te de het een en ik niet hoe wat waarom kan mijn van voor met op zijn dat hebben wordt",
	pl: "nie jak się jest co czy mogę dlaczego na i w z do mój moje to oraz przez",
	sv: "i de och att det som en på är av för med inte till den har jag om",
	tr: "ve bir bu için ile nasıl ne değil mi olarak daha çok gibi",
};

const LANGUAGES = Object.keys(COMMON);
const BY_WORD = new Map<number, number>();
for (const [at, language] of LANGUAGES.entries())
	for (const word of (COMMON[language] ?? "").split(" "))
		BY_WORD.set(hashWord(word), (BY_WORD.get(hashWord(word)) ?? 0) | (1 << at));

/** First and last code of scripts that stand for a language or a few. */
const SCRIPTS: readonly (readonly [number, number, string])[] = [
	[0x0370, 0x03ff, "el"],
	[0x0400, 0x052f, "Cyrillic script"],
	[0x0590, 0x05ff, "he"],
	[0x0600, 0x06ff, "Arabic script"],
	[0x0900, 0x097f, "Devanagari script"],
	[0x0e00, 0x0e7f, "th"],
	[0x3040, 0x30ff, "ja"],
	[0x4e00, 0x9fff, "zh"],
	[0xac00, 0xd7af, "ko"],
];
const LOOKS_AT = 300;
const MIN_COMMON = 2;

/**
 * The language of a text, or its script where that is all that can be told; null where neither can.
 *
 * @example
 * textLanguage("Wie kann ich mein Passwort ändern?"); // "de"
 */
export function textLanguage(text: string): string | null {
	const script = scriptOf(text);
	return script === null ? languageOfWords(wordHashes(text.slice(0, LOOKS_AT))) : script;
}

/** Kana make a text Japanese whatever else is in it; any other script must make up a third of what is looked at. */
function scriptOf(text: string): string | null {
	const end = Math.min(text.length, LOOKS_AT);
	let counts: Map<string, number> | null = null;
	let letters = 0;
	for (let at = 0; at < end; at++) {
		const unit = text.charCodeAt(at);
		if (unit < 0x80) {
			if ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) letters++;
			continue;
		}
		letters++;
		if (unit < 0x0370) continue;
		const script = SCRIPTS.find(([first, last]) => unit >= first && unit <= last)?.[2];
		if (script === undefined) continue;
		counts ??= new Map();
		counts.set(script, (counts.get(script) ?? 0) + 1);
	}
	if (counts === null) return null;
	if ((counts.get("ja") ?? 0) > 0.1 * letters) return "ja";
	const [best] = [...counts].sort((a, b) => b[1] - a[1]);
	return best !== undefined && best[1] * 3 >= letters ? best[0] : null;
}

function languageOfWords(words: ReadonlySet<number>): string | null {
	const counts = new Array<number>(LANGUAGES.length).fill(0);
	for (const word of words) {
		const of = BY_WORD.get(word);
		if (of === undefined) continue;
		for (let at = 0; at < counts.length; at++) if (of & (1 << at)) counts[at] = (counts[at] ?? 0) + 1;
	}
	let [best, second] = [0, 0];
	let language: string | null = null;
	for (const [at, count] of counts.entries()) {
		if (count > best) [best, second, language] = [count, best, LANGUAGES[at] ?? null];
		else if (count > second) second = count;
	}
	return best >= MIN_COMMON && best > second ? language : null;
}
