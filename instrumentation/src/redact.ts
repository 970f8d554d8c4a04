import type { Inspection } from "./inspect-text.ts";
import { UNKNOWN } from "./inspect-text.ts";

/**
 * Groups of built-in patterns. `secrets` and `cards` are on by default; the groups of personal data are off by default
 * because the evaluator needs the text that a user saw, and fixtures have an anonymiser of their own.
 */
export const PATTERN_GROUPS = ["secrets", "cards", "email", "phone", "ip"] as const;

export type PatternGroup = (typeof PATTERN_GROUPS)[number];

/** What is taken out of every text before it leaves the process. */
export interface RedactOptions {
	/** Built-in groups to apply; default `["secrets", "cards"]`; `[]` turns them off. */
	readonly patterns?: readonly PatternGroup[];
	/** Your own function, after the patterns. If it throws, the whole text is withheld. */
	readonly custom?: (text: string, attribute: string) => string;
}

/**
 * Text to text, for the attribute of that name. Never throws. What a look at the text found (`inspectText`) spares the
 * patterns that cannot match.
 */
export type Redact = (text: string, attribute: string, found?: Inspection) => string;

const SECRET = new RegExp(
	[
		"sk-[A-Za-z0-9_-]{16,}",
		"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}",
		"glpat-[A-Za-z0-9_-]{16,}",
		"xox[abprs]-[A-Za-z0-9-]{10,}",
		"(?:AKIA|ASIA)[A-Z0-9]{16}",
		"AIza[A-Za-z0-9_-]{30,}",
		"npm_[A-Za-z0-9]{30,}",
		String.raw`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+`,
		String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`,
	].join("|"),
	"g",
);
const BEARER = /\b(Bearer|Basic) +[A-Za-z0-9._~+/-]{16,}=*/g;
const URL_PASSWORD = /(:\/\/[^\s:/@"]{1,64}:)[^\s/@"]{1,128}@/g;
/** Not after a point or a digit: the decimals of a score are no card. */
const CARD = /(?<![\d.])[2-6](?:[ -]?\d){12,18}(?!\d)/g;
const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/g;
const PHONE = /(?<![\w.])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}(?!\w)/g;
const IP = /\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b/g;

const APPLY: Readonly<Record<PatternGroup, (text: string) => string>> = {
	secrets: redactSecrets,
	cards: (text) => text.replace(CARD, redactCard),
	email: (text) => text.replace(EMAIL, "[redacted email]"),
	phone: (text) => text.replace(PHONE, "[redacted phone]"),
	ip: (text) => text.replace(IP, "[redacted ip]"),
};

/**
 * Builds the function that every recorded text goes through. It fails closed: where the user's function throws or
 * returns something that is no text, the text is withheld, not exported as it was.
 *
 * @example createRedact({ patterns: ["secrets", "email"] })("mail ann@example.org", "x"); // mail [redacted email]
 */
export function createRedact({ patterns = ["secrets", "cards"], custom }: RedactOptions = {}): Redact {
	const always = patterns
		.filter((group) => group !== "secrets" && group !== "cards")
		.map((group) => APPLY[group]);
	const forSecrets = patterns.includes("secrets");
	const forCards = patterns.includes("cards");
	return (text, attribute, { secrets, cards } = UNKNOWN) => {
		try {
			let clean = text;
			if (secrets && forSecrets) clean = APPLY.secrets(clean);
			if (cards && forCards) clean = APPLY.cards(clean);
			for (const step of always) clean = step(clean);
			const answer: unknown = custom === undefined ? clean : custom(clean, attribute);
			return typeof answer === "string" ? answer : WITHHELD;
		} catch {
			return WITHHELD;
		}
	};
}

const WITHHELD = '"[withheld: the redaction function failed]"';

/** The cheap looks first: these patterns begin where few texts have anything. */
function redactSecrets(text: string): string {
	let clean = text.replace(SECRET, "[redacted secret]");
	if (clean.includes("Bearer ") || clean.includes("Basic "))
		clean = clean.replace(BEARER, "$1 [redacted secret]");
	return clean.includes("://") ? clean.replace(URL_PASSWORD, "$1[redacted secret]@") : clean;
}

function redactCard(found: string, offset: number, text: string): string {
	if (!isCardNumber(found)) return found;
	// Where it may be a bare JSON number, a number takes its place, so that the text stays JSON.
	return /^\d+$/.test(found) && ":,[".includes(text[offset - 1] ?? "x") ? "0" : "[redacted card]";
}

/** Luhn's check, so that order numbers and timestamps stay readable. */
function isCardNumber(text: string): boolean {
	const digits = text.replace(/\D/g, "");
	let sum = 0;
	for (let index = 0; index < digits.length; index += 1) {
		const digit = Number(digits[digits.length - 1 - index]);
		const doubled = index % 2 === 1 ? digit * 2 : digit;
		sum += doubled > 9 ? doubled - 9 : doubled;
	}
	return sum % 10 === 0;
}
