import type { Scorer } from "../core/score.ts";

/** Windows-1252 where it differs from Latin-1: what its bytes 0x80–0x9F show as. */
const CP1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** The byte that a character stands for where UTF-8 was read as Latin-1 or Windows-1252; -1 where there is none. */
const BYTES = new Int16Array(0x1_0000).fill(-1);
for (let byte = 0x80; byte <= 0xff; byte++) BYTES[byte] = byte;
for (const [at, character] of [...CP1252].entries()) BYTES[character.charCodeAt(0)] = 0x80 + at;

/** Bytes that a sequence starting with this one has after it; 0 where none starts. */
const following = (byte: number): number =>
	byte >= 0xc2 && byte <= 0xdf ? 1 : byte >= 0xe0 && byte <= 0xef ? 2 : byte >= 0xf0 && byte <= 0xf4 ? 3 : 0;

/** « a », with the spaces that French sets inside its quotation marks. */
const isQuoting = (text: string, at: number): boolean =>
	text.charCodeAt(at + 1) === 0xa0 && (text[at + 2] === "»" || text[at + 2] === "«");

const MIN_FOUND = 2;
const SHOWN = 3;

/** A model may quote what it likes, and a hand-off only says again what the steps beside it say. */
const NOT_OF = new Set(["model", "input", "edge", "agent"]);

/** Two characters that may be bytes of one: most texts have none, which this says fastest. */
const MAY_BE = new RegExp(`[\u00c2-\u00f4][\u0080-\u00bf${CP1252}]`);

/** Text whose UTF-8 bytes were read in another encoding, in any language: “Größe” as “GrÃ¶ÃŸe”, “при” as “Ð¿Ñ€Ð¸”. */
export const mojibake: Scorer = {
	name: "mojibake",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (NOT_OF.has(step.kind) || output.raw === "") return null;
		if (!MAY_BE.test(output.text)) return { value: 1, text: "its text is in one encoding" };
		const found = sequencesIn(output.text);
		const own = found.filter((sequence) => !input.text.includes(sequence));
		if (own.length === 0) return { value: 1, text: "its text is in one encoding" };
		if (found.length < MIN_FOUND && !hasControl(own[0] ?? "")) {
			return { value: null, text: `“${own[0]}” in its output may be a text read in another encoding` };
		}
		const shown = own.slice(0, SHOWN).map((sequence) => `“${sequence}” for “${decode(sequence)}”`);
		return { value: 0, text: `its output was read in another encoding: ${shown.join(", ")}` };
	},
};

function sequencesIn(text: string): string[] {
	const found: string[] = [];
	for (let at = 0; at < text.length && found.length < 50; at++) {
		const unit = text.charCodeAt(at);
		if (unit < 0xc2 || unit > 0xf4) continue;
		const more = following(unit);
		if (more === 0 || isQuoting(text, at)) continue;
		let whole = true;
		for (let next = 1; next <= more; next++) {
			const byte = BYTES[text.charCodeAt(at + next)] ?? -1;
			if (!(byte >= 0x80 && byte <= 0xbf)) whole = false;
		}
		if (!whole) continue;
		found.push(text.slice(at, at + more + 1));
		at += more;
	}
	return found;
}

function hasControl(sequence: string): boolean {
	for (let at = 0; at < sequence.length; at++) {
		const unit = sequence.charCodeAt(at);
		if (unit >= 0x80 && unit <= 0x9f) return true;
	}
	return false;
}

const decode = (sequence: string): string =>
	new TextDecoder().decode(Uint8Array.from(sequence, (character) => BYTES[character.charCodeAt(0)] ?? 0));
