import { parseCsv, renderCsv } from "../core/csv.ts";
import { isRaterName, RATER_NAME_RULE } from "../core/rater-name.ts";
import { RATINGS, type Rating, ratingWord } from "../store/ratings.ts";
import { UsageError } from "./io.ts";

/** Columns of a file of ratings, in CSV and in JSON lines alike. */
const COLUMNS = [
	"trace_id",
	"span_id",
	"rater",
	"rating",
	"scale",
	"blame_step",
	"comment",
	"probability",
	"created_at",
] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ["trace_id", "rater", "rating"];

/** A rating as a file has it: of its run only the id is known. */
export type FiledRating = Omit<Rating, "pipeline" | "serviceVersion" | "runStartMs" | "createdMs"> & {
	/** Null where the file does not say. */
	readonly createdMs: number | null;
};

/** Ratings as text: CSV, or one JSON object a line. */
export function renderRatings(ratings: readonly Rating[], format: "csv" | "jsonl"): string {
	const rows = ratings.map((rating) => ({
		trace_id: rating.traceId,
		span_id: rating.spanId,
		rater: rating.rater,
		rating: rating.rating,
		scale: rating.scale,
		blame_step: rating.blameStep,
		comment: rating.comment,
		probability: rating.probability,
		created_at: new Date(rating.createdMs).toISOString(),
	}));
	if (format === "jsonl") return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
	return renderCsv([COLUMNS, ...rows.map((row) => COLUMNS.map((column) => `${row[column] ?? ""}`))]);
}

/**
 * Reads a file of ratings.
 *
 * @param file name for messages; `.csv` is CSV with heads, anything else JSON lines.
 * @throws UsageError with the line where something is missing or wrong; then nothing is to be stored.
 */
export function parseRatings(text: string, file: string): FiledRating[] {
	return /\.csv$/i.test(file) ? parseCsvRatings(text, file) : parseJsonRatings(text, file);
}

function parseCsvRatings(text: string, file: string): FiledRating[] {
	let records: ReturnType<typeof parseCsv>;
	try {
		records = parseCsv(text);
	} catch (cause) {
		throw new UsageError(`${file}, ${cause instanceof Error ? cause.message : cause}`, { cause });
	}
	const [heads, ...rows] = records;
	if (heads === undefined) return [];
	const unknown = heads.fields.find((name) => !(COLUMNS as readonly string[]).includes(name));
	if (unknown !== undefined)
		throw new UsageError(`${file}:1 has a column "${unknown}"; known are ${COLUMNS.join(", ")}`);
	return rows.map(({ line, fields }) => {
		if (fields.length !== heads.fields.length)
			throw new UsageError(
				`${file}:${line} has ${fields.length} fields, and the heads are ${heads.fields.length}`,
			);
		const row = Object.fromEntries(heads.fields.map((name, at) => [name, fields[at] ?? ""]));
		return toRating(row, `${file}:${line}`);
	});
}

function parseJsonRatings(text: string, file: string): FiledRating[] {
	return text.split("\n").flatMap((line, at) => {
		if (line.trim() === "") return [];
		const place = `${file}:${at + 1}`;
		let row: unknown;
		try {
			row = JSON.parse(line);
		} catch (cause) {
			throw new UsageError(`${place} is no JSON; give one object a line`, { cause });
		}
		if (typeof row !== "object" || row === null || Array.isArray(row))
			throw new UsageError(`${place} is no JSON object`);
		return [toRating(row as Readonly<Record<string, unknown>>, place)];
	});
}

function toRating(row: Readonly<Record<string, unknown>>, place: string): FiledRating {
	const text = (column: Column): string => {
		const value = row[column] ?? "";
		if (typeof value !== "string" && typeof value !== "number")
			throw new UsageError(`${place}: ${column} is ${JSON.stringify(value)}; give text or a number`);
		return `${value}`;
	};
	for (const column of REQUIRED)
		if (text(column) === "") throw new UsageError(`${place} has no ${column}; every rating needs one`);
	const rating = ratingWord(text("rating"));
	if (rating === null)
		throw new UsageError(`${place}: rating is "${text("rating")}"; give ${RATINGS.join(", ")}`);
	const [traceId, spanId, rater] = [
		text("trace_id").toLowerCase(),
		text("span_id").toLowerCase(),
		text("rater"),
	];
	for (const [name, id] of Object.entries({ trace_id: traceId, span_id: spanId }))
		if (!/^[0-9a-f]{0,32}$/.test(id))
			throw new UsageError(`${place}: ${name} is "${id}"; ids are up to 32 hexadecimal digits`);
	if (!isRaterName(rater)) throw new UsageError(`${place}: rater is "${rater}"; give ${RATER_NAME_RULE}`);
	return {
		traceId,
		spanId,
		rater,
		rating,
		scale: numberIn(
			text("scale"),
			`${place}: scale`,
			(scale) => Number.isInteger(scale) && scale >= 1 && scale <= 5,
			"1 to 5",
		),
		blameStep: text("blame_step"),
		comment: text("comment"),
		probability: numberIn(
			text("probability"),
			`${place}: probability`,
			(share) => share > 0 && share <= 1,
			"a share above 0, at most 1",
		),
		createdMs: timeIn(text("created_at"), place),
	};
}

function numberIn(
	text: string,
	what: string,
	fits: (value: number) => boolean,
	wanted: string,
): number | null {
	if (text === "") return null;
	const value = Number(text);
	if (fits(value)) return value;
	throw new UsageError(`${what} is "${text}"; give ${wanted}, or nothing`);
}

function timeIn(text: string, place: string): number | null {
	if (text === "") return null;
	const time = Date.parse(text);
	if (Number.isNaN(time))
		throw new UsageError(
			`${place}: created_at is "${text}"; give an ISO time such as 2026-05-01T12:00:00Z, or nothing`,
		);
	return time;
}
