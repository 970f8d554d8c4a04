import { ATTR } from "@faultline/instrumentation/attributes";
import { type Content, parseJson } from "./content.ts";
import type { Step } from "./trace.ts";
import { wordHashes } from "./words.ts";

/** One document as a retrieval gave it. */
export interface RetrievedDocument {
	/** Null where it has none. */
	readonly id: string | null;
	/** Null where it has no text of its own. */
	readonly text: string | null;
	readonly score: number | null;
	/** All its fields, those of its metadata among them. */
	readonly fields: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

const TEXT_FIELDS = ["content", "text", "page_content", "pageContent", "body", "snippet", "chunk"];
const ID_FIELDS = ["id", "_id", "doc_id", "document_id", "chunk_id", "uuid"];
const MAX_DOCUMENTS = 100;

const known = new WeakMap<Content, readonly RetrievedDocument[] | null>();

/**
 * The documents of a retrieval, in its order, whatever its library calls their fields.
 *
 * @returns null where the step is no retrieval or gave no list of objects.
 */
export function readDocuments(step: Step, output: Content): readonly RetrievedDocument[] | null {
	if (step.kind !== "retrieval") return null;
	const cached = known.get(output);
	if (cached !== undefined) return cached;
	const attribute = step.attributes[ATTR.retrievalDocuments];
	const own = documentsIn(output.json);
	const documents = own === null && attribute !== undefined ? documentsIn(parseJson(attribute)) : own;
	known.set(output, documents);
	return documents;
}

function documentsIn(value: unknown): readonly RetrievedDocument[] | null {
	const list = Array.isArray(value) ? value : onlyList(value);
	if (list === null || !list.every(isObject)) return null;
	return list.slice(0, MAX_DOCUMENTS).map(toDocument);
}

/** A retrieval that wraps its documents: `{ "documents": […], "took": 3 }`. */
function onlyList(value: unknown): readonly unknown[] | null {
	if (!isObject(value)) return null;
	const lists = Object.values(value).filter((field) => Array.isArray(field));
	return lists.length === 1 ? (lists[0] ?? null) : null;
}

const isObject = (value: unknown): value is Fields =>
	typeof value === "object" && value !== null && !Array.isArray(value);

function toDocument(item: Fields): RetrievedDocument {
	const inner = isObject(item["document"]) ? item["document"] : {};
	const metadata = isObject(item["metadata"]) ? item["metadata"] : {};
	const fields = { ...metadata, ...inner, ...item };
	const score = fields["score"] ?? fields["similarity"];
	const id = firstOf(fields, ID_FIELDS);
	return {
		id: id === null ? null : String(id),
		text: textOf(firstOf(fields, TEXT_FIELDS)),
		score: typeof score === "number" && Number.isFinite(score) ? score : null,
		fields,
	};
}

function firstOf(fields: Fields, names: readonly string[]): unknown {
	for (const name of names) {
		const value = fields[name];
		if (value !== undefined && value !== null) return value;
	}
	return null;
}

const textOf = (value: unknown): string | null =>
	value === null ? null : typeof value === "string" ? value : (JSON.stringify(value) ?? null);

const words = new WeakMap<RetrievedDocument, ReadonlySet<number>>();

/** Hashes of the distinct words of a document's text, read once; none where it has no text. */
export function documentWords(document: RetrievedDocument): ReadonlySet<number> {
	const known = words.get(document);
	if (known !== undefined) return known;
	const found = document.text === null ? new Set<number>() : wordHashes(document.text);
	words.set(document, found);
	return found;
}
