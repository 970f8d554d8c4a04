import { shareHeld } from "../core/content.ts";
import { documentWords, type RetrievedDocument, readDocuments } from "../core/retrieved-documents.ts";
import type { Scorer, StepView } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

/** A document counts as used from this share of its words on: templates shorten, and budgets cut. */
const USED = 0.3;
/** Shorter ones share their words with any prompt. */
const MIN_WORDS = 12;

/** What was retrieved against the prompt: that nothing of it got there. */
export const documentsUsed: Scorer = {
	name: "documents-used",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read(view) {
		const uses = usesOf(view);
		if (uses === null) return null;
		const lost = uses.filter(({ share }) => share < USED);
		if (lost.length < uses.length)
			return { value: 1, text: "its prompt holds documents that were retrieved" };
		return {
			value: 0,
			text: `none of the ${uses.length} documents that were retrieved is in its prompt: ${namesOf(lost)}`,
		};
	},
};

/** How many of the retrieved documents the prompt holds, and which it does not. Some applications drop the last ones, so it speaks beside what is usual. */
export const documentShare: Scorer = {
	name: "document-share",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		const uses = usesOf(view);
		if (uses === null || uses.length < 2) return null;
		const value = uses.reduce((sum, { share }) => sum + share, 0) / uses.length;
		const lost = uses.filter(({ share }) => share < USED);
		const told = lost.length === 0 ? "" : `; not in it: ${namesOf(lost)}`;
		return {
			value,
			text: `its prompt holds ${Math.round(value * 100)} % of the words of the documents retrieved${told}`,
		};
	},
};

interface Use {
	readonly document: RetrievedDocument;
	/** Share of its words that the prompt holds. */
	readonly share: number;
}

function usesOf(view: StepView): readonly Use[] | null {
	const { step, output, sources } = view;
	if (step.kind !== "prompt_build" || output.raw === "" || isCut(step, "output")) return null;
	const givers = sources.flatMap((source) => (source.step.kind === "edge" ? source.sources : [source]));
	const uses = givers.flatMap((giver) =>
		(readDocuments(giver.step, giver.output) ?? []).flatMap((document): Use[] => {
			const words = documentWords(document);
			const share = words.size < MIN_WORDS ? null : shareHeld(words, output.words);
			return share === null ? [] : [{ document, share }];
		}),
	);
	return uses.length === 0 ? null : uses;
}

const namesOf = (uses: readonly Use[]): string =>
	uses
		.slice(0, 3)
		.map(({ document }) => `“${document.id ?? (document.text ?? "").slice(0, 40)}”`)
		.join(", ") + (uses.length > 3 ? " and more" : "");
