/**
 * What the simulated model knows of a language: how questions are asked and how facts are told. It knows no facts. Whatever it answers
 * it has read in the text that it was given.
 *
 * @module
 */

/** One thing that can be asked about: `{e}` stands for what it is asked of, `{v}` for the value. */
export interface Attribute {
	readonly key: string;
	readonly ask: readonly string[];
	readonly tell: readonly string[];
}

export interface Fact {
	readonly subject: string;
	readonly value: string;
}

interface Pattern {
	readonly expression: RegExp;
	readonly order: readonly ("e" | "v")[];
}

function compile(template: string, anchored: boolean): Pattern {
	const order: ("e" | "v")[] = [];
	const source = template.split(/(\{[ev]\})/).map((part) => {
		if (part === "{e}" || part === "{v}") {
			order.push(part === "{e}" ? "e" : "v");
			return "(.+?)";
		}
		return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	});
	// A subject at the end of a question goes as far as the question does.
	const end = template.endsWith("{e}") ? "(?=\\s*[,?.;!\\n]|\\s+(?:and|und|et)\\s|$)" : "";
	return {
		expression: new RegExp(anchored ? `^${source.join("")}$` : `${source.join("")}${end}`, "i"),
		order,
	};
}

/** Words by which a pronoun stands for the document's own subject. */
export interface Grammar {
	readonly attributes: readonly Attribute[];
	readonly pronouns: readonly string[];
}

/** Fills a template. */
export const tell = (template: string, entity: string, value: string): string =>
	template.replace("{e}", entity).replace("{v}", value);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The same, with the first letter in capitals, as at the start of a sentence. */
export const sentence = (template: string, entity: string, value = ""): string =>
	capital(tell(template, entity, value));

export class Reader {
	readonly #ask: readonly { readonly key: string; readonly pattern: Pattern }[];
	readonly #tell: ReadonlyMap<string, readonly Pattern[]>;
	readonly #pronouns: ReadonlySet<string>;

	constructor(grammar: Grammar) {
		this.#ask = grammar.attributes.flatMap(({ key, ask }) =>
			ask.map((template) => ({ key, pattern: compile(template, false) })),
		);
		this.#tell = new Map(
			grammar.attributes.map(({ key, tell }) => [key, tell.map((template) => compile(template, true))]),
		);
		this.#pronouns = new Set(grammar.pronouns.map((pronoun) => pronoun.toLowerCase()));
	}

	/** What a question asks, in the order in which it asks: attribute and subject. */
	understand(question: string): { readonly key: string; readonly subject: string }[] {
		const found: { key: string; subject: string; at: number }[] = [];
		for (const { key, pattern } of this.#ask) {
			const match = pattern.expression.exec(question);
			if (match?.[1] === undefined || found.some((other) => other.key === key)) continue;
			found.push({ key, subject: match[1].trim(), at: match.index });
		}
		return found.toSorted((a, b) => a.at - b.at);
	}

	/** Every value of the attribute that the text tells, with whose it is, in the order of the text. */
	facts(key: string, passages: readonly { readonly title: string; readonly text: string }[]): Fact[] {
		const patterns = this.#tell.get(key) ?? [];
		const found: Fact[] = [];
		for (const { title, text } of passages) {
			for (const line of splitSentences(text)) {
				const fact = readFact(patterns, line);
				if (fact === null) continue;
				const own = fact.subject === "" || this.#pronouns.has(fact.subject.toLowerCase());
				found.push(own ? { ...fact, subject: title } : fact);
			}
		}
		return found;
	}
}

/** What the first pattern that fits the line reads in it; the subject is empty where the line names none. */
function readFact(patterns: readonly Pattern[], line: string): Fact | null {
	for (const { expression, order } of patterns) {
		const match = expression.exec(line);
		if (match === null) continue;
		const subject = order.includes("e") ? (match[1 + order.indexOf("e")] ?? "") : "";
		return { subject, value: (match[1 + order.indexOf("v")] ?? "").trim() };
	}
	return null;
}

/** Sentences and lines; a full stop inside a number or an abbreviation ends none. */
export const splitSentences = (text: string): string[] =>
	text
		.split(/\n+|(?<=[\p{L}\p{N})%°€$"”][.!?])\s+(?=[\p{Lu}"„“])/u)
		.map((line) => line.replace(/^[-*•]\s+/, "").trim())
		.filter((line) => line !== "");

/** Whether two names mean the same thing, whatever their case and spacing. */
export const sameName = (a: string, b: string): boolean => plainName(a) === plainName(b);
const plainName = (name: string): string =>
	name
		.toLowerCase()
		.replace(/^(the|der|die|das|le|la)\s+/, "")
		.replace(/[\s'’-]+/g, " ")
		.trim();
