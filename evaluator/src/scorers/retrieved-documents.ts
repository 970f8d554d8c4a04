import { type RetrievedDocument, readDocuments } from "../core/retrieved-documents.ts";
import type { Scorer, StepView } from "../core/score.ts";
import { textLanguage } from "../core/text-language.ts";

const documentsOf = ({ step, output }: StepView): readonly RetrievedDocument[] | null =>
	readDocuments(step, output);
const nameOf = ({ id, text }: RetrievedDocument): string => `“${id ?? (text ?? "").slice(0, 40)}”`;
const MIN_SCORED = 3;
const BEGINNING = 80;
/** Doublings below 1 that stand for no difference at all. */
const FLAT = -20;
/** The best few tell the language of all. */
const READS = 4;

/**
 * How far the documents' scores lie apart, as a share of the largest, in doublings: very low where all score the same, so that nothing was ranked. Some searches
 * never rank, so it speaks beside what is usual.
 */
export const scoreSpread: Scorer = {
	name: "score-spread",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		const scores = documentsOf(view)?.flatMap(({ score }) => (score === null ? [] : [score])) ?? [];
		if (scores.length < MIN_SCORED) return null;
		const [low, high] = [Math.min(...scores), Math.max(...scores)];
		const share = high === low ? 0 : (high - low) / Math.max(Math.abs(high), Math.abs(low));
		// In doublings: nothing at all is far from little.
		const value = Math.max(FLAT, Math.log2(share));
		if (share === 0)
			return { value, text: `all of its ${scores.length} documents score ${high}: nothing was ranked` };
		return { value, text: `its documents' scores lie ${Math.round(share * 100)} % of the best one's apart` };
	},
};

/** The same document more than once: it takes the place of others. */
export const duplicateDocuments: Scorer = {
	name: "duplicate-documents",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const documents = documentsOf(view);
		if (documents === null || documents.length < 2) return null;
		const seen = new Map<string, string>();
		const again = documents.filter(({ id, text }) => {
			const whole = text === null ? (id ?? "") : text.trim();
			if (whole === "") return false;
			// The beginning tells most of them apart; only what begins alike is compared whole.
			const key = `${text === null} ${whole.length} ${whole.slice(0, BEGINNING)}`;
			const isKnown = seen.get(key) === whole;
			seen.set(key, whole);
			return isKnown;
		});
		const [first] = again;
		if (first === undefined) return { value: 1, text: "its documents are all different" };
		return {
			value: 0,
			text: `${again.length} of its ${documents.length} documents are copies of another one, such as ${nameOf(first)}`,
		};
	},
};

/** A document without an id, or without the text that the others have: the index and its store have come apart. */
export const unknownDocuments: Scorer = {
	name: "unknown-documents",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const documents = documentsOf(view);
		if (documents === null || documents.length === 0) return null;
		const have = (what: (document: RetrievedDocument) => boolean): boolean => documents.some(what);
		const withId = have(({ id }) => id !== null && id !== "");
		const withText = have(({ text }) => (text ?? "").trim() !== "");
		const broken = documents.filter(
			({ id, text }) => (withId && (id ?? "") === "") || (withText && (text ?? "").trim() === ""),
		);
		const [first] = broken;
		if (first === undefined) return { value: 1, text: "its documents all have an id and a text" };
		const lacks = (first.id ?? "") === "" ? "no id" : "no text";
		return {
			value: 0,
			text: `${broken.length} of its ${documents.length} documents are not known to their store: ${nameOf(first)} has ${lacks}`,
		};
	},
};

/** When a document's source was last changed, and when the index took it in, as libraries name it. */
const CHANGED =
	"modified_at updated_at last_modified modified lastModified updatedAt modifiedAt source_updated_at".split(
		" ",
	);
const INDEXED =
	"indexed_at embedded_at indexedAt embeddedAt ingested_at ingestedAt crawled_at synced_at".split(" ");
/** And which edition of it. */
const EDITIONS: readonly (readonly [string, string])[] = [
	["source_version", "indexed_version"],
	["source_hash", "indexed_hash"],
	["source_etag", "indexed_etag"],
];

/** Documents whose source has changed since the index took them in. */
export const staleDocuments: Scorer = {
	name: "stale-documents",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read(view) {
		const known = (documentsOf(view) ?? []).map((document) => ({ document, stale: staleness(document) }));
		const judged = known.filter(({ stale }) => stale !== null);
		if (judged.length === 0) return null;
		const stale = judged.filter((one) => one.stale !== "");
		const [first] = stale;
		if (first === undefined) return { value: 1, text: "its documents are as their sources are" };
		return {
			value: 0,
			text: `${stale.length} of its ${judged.length} documents are older than their source: ${nameOf(first.document)} ${first.stale}`,
		};
	},
};

/** "" where it is fresh, words where it is stale, null where it does not say. */
function staleness({ fields }: RetrievedDocument): string | null {
	for (const [source, indexed] of EDITIONS) {
		if (fields[source] === undefined || fields[indexed] === undefined) continue;
		if (fields[source] === fields[indexed]) return "";
		return `was taken in as ${String(fields[indexed])} and is ${String(fields[source])} now`;
	}
	const changed = timeOf(fields, CHANGED);
	const indexed = timeOf(fields, INDEXED);
	if (changed === null || indexed === null) return null;
	return changed.ms > indexed.ms ? `was taken in ${indexed.text} and changed ${changed.text}` : "";
}

function timeOf(
	fields: Readonly<Record<string, unknown>>,
	names: readonly string[],
): { readonly ms: number; readonly text: string } | null {
	for (const name of names) {
		const value = fields[name];
		if (typeof value !== "string" && typeof value !== "number") continue;
		const ms = typeof value === "string" ? Date.parse(value) : value < 1e11 ? value * 1000 : value;
		if (Number.isFinite(ms)) return { ms, text: String(value) };
	}
	return null;
}

/**
 * The share of documents in the query's language. Some pipelines search across languages, so it only speaks beside what is usual: a search that
 * always answered in the query's language and now does not.
 */
export const documentLanguage: Scorer = {
	name: "document-language",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		const documents = documentsOf(view);
		if (documents === null || documents.length === 0) return null;
		const asked = textLanguage(view.input.text === "" ? view.question.text : view.input.text);
		if (asked === null) return null;
		const languages = documents.slice(0, READS).flatMap(({ text }) => textLanguage(text ?? "") ?? []);
		if (languages.length === 0) return null;
		const value = languages.filter((language) => language === asked).length / languages.length;
		const other = languages.find((language) => language !== asked);
		const told = other === undefined ? "" : `, others in ${other}`;
		return {
			value,
			text: `${Math.round(value * 100)} % of its documents are in the query's language (${asked})${told}`,
		};
	},
};
