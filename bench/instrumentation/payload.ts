/** What a step takes and gives in the benchmark: a question with documents, as a retrieval hands them to a prompt. */
export interface Payload {
	readonly question: string;
	readonly documents: readonly {
		readonly id: string;
		readonly score: number;
		readonly content: string;
		readonly url: string;
	}[];
}

export type PayloadSize = "1 kB" | "100 kB";

const WORDS =
	"the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years where much your way down should because long each just state those people too mr how little good world make very year still see own work men day get here old both life being under three never know same last another while us might great go come since against right came take used himself few house use place during high without again home around small however found mrs part school thought went say general once upon".split(
		" ",
	);

/** Prose of so many characters. Deterministic: xorshift32, so that every variant gets the same texts. */
function prose(characters: number, seed: number): string {
	let state = seed | 1;
	let text = "";
	while (text.length < characters) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		text += `${WORDS[Math.abs(state) % WORDS.length]} `;
	}
	return text.slice(0, characters);
}

/** JSON texts of different payloads whose length is about that many bytes. */
export function payloadTexts(size: PayloadSize, count: number): string[] {
	const [documents, characters] = size === "1 kB" ? [3, 210] : [50, 1_920];
	return Array.from({ length: count }, (_, index) =>
		JSON.stringify({
			question: prose(90, index + 1),
			documents: Array.from({ length: documents }, (_, rank) => ({
				id: `page-${index}-${rank}`,
				score: 1 / (rank + 2),
				content: prose(characters, (index + 1) * 1_000 + rank),
				url: `https://docs.example.org/${index}/${rank}`,
			})),
		} satisfies Payload),
	);
}
