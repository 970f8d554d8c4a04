import { UsageError } from "../cli/io.ts";
import { parseCsv } from "../core/csv.ts";

/** A score from elsewhere, as a file holds it. */
export interface ImportedScore {
	readonly line: number;
	readonly traceId: string;
	/** Empty for the whole run. */
	readonly spanId: string;
	readonly scorer: string;
	readonly version: string;
	readonly source: "code" | "judge" | "human";
	readonly value: number | null;
	readonly label: string;
	readonly explanation: string;
	/** Milliseconds since the epoch; null where the file does not say: then the stored run does. */
	readonly runStartMs: number | null;
}

/** Names of the columns, and others under which they are known elsewhere. */
const COLUMNS = {
	trace_id: ["traceid"],
	span_id: ["spanid"],
	scorer: ["name", "gen_ai.evaluation.name"],
	scorer_version: ["version"],
	source: [],
	value: ["score", "gen_ai.evaluation.score.value"],
	label: ["gen_ai.evaluation.score.label"],
	explanation: ["comment", "reason", "gen_ai.evaluation.explanation"],
	run_start: ["timestamp", "time"],
} as const satisfies Record<string, readonly string[]>;
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];
const SOURCES = ["code", "judge", "human"] as const;

/**
 * Reads scores from CSV (with a head line) or from JSON lines, told apart by their first character. Nothing is returned where a line is wrong.
 *
 * @throws UsageError `FILE:LINE: what is wrong, and what to write`.
 * @example
 * readScoreFile("trace_id,scorer,value\n4bf9…,helpful,0.8\n", "scores.csv");
 */
export function readScoreFile(text: string, file: string): ImportedScore[] {
	const body = text.replace(/^\uFEFF/, "");
	const scores = [
		...(body.trimStart().startsWith("{") ? jsonRecords(body, file) : csvRecords(body, file)),
	].map(({ line, fields }) => toScore(fields, `${file}:${line}`, line));
	if (scores.length === 0)
		throw new UsageError(
			`${file} holds no score; give CSV with the head trace_id,scorer,value, or JSON lines`,
		);
	return scores;
}

interface RawRecord {
	readonly line: number;
	readonly fields: Readonly<Partial<Record<Column, unknown>>>;
}

function* csvRecords(text: string, file: string): Generator<RawRecord> {
	const records = asUsageOf(file, () => parseCsv(text));
	const [head, ...rows] = records;
	if (head === undefined) return;
	const columns = head.fields.map((name) => columnOf(name, `${file}:${head.line}`));
	for (const needed of ["trace_id", "scorer"] as const)
		if (!columns.includes(needed))
			throw new UsageError(
				`${file}:${head.line}: the head has no column ${needed}; it has ${head.fields.join(", ")}`,
			);
	for (const { line, fields } of rows) {
		if (fields.length !== columns.length)
			throw new UsageError(
				`${file}:${line}: it has ${fields.length} fields, and the head has ${columns.length}`,
			);
		yield { line, fields: Object.fromEntries(columns.map((name, at) => [name, fields[at] ?? ""])) };
	}
}

function* jsonRecords(text: string, file: string): Generator<RawRecord> {
	for (const [at, row] of text.split("\n").entries()) {
		if (row.trim() === "") continue;
		const where = `${file}:${at + 1}`;
		let value: unknown;
		try {
			value = JSON.parse(row);
		} catch (cause) {
			throw new UsageError(`${where}: it is no JSON: ${cause instanceof Error ? cause.message : cause}`, {
				cause,
			});
		}
		if (typeof value !== "object" || value === null || Array.isArray(value))
			throw new UsageError(`${where}: it is no object; write {"trace_id": "…", "scorer": "…", "value": 0.5}`);
		yield {
			line: at + 1,
			fields: Object.fromEntries(
				Object.entries(value).map(([name, field]) => [columnOf(name, where), field]),
			),
		};
	}
}

function columnOf(name: string, where: string): Column {
	const plain = name.trim().toLowerCase();
	const found = NAMES.find(
		(column) => column === plain || (COLUMNS[column] as readonly string[]).includes(plain),
	);
	if (found === undefined)
		throw new UsageError(`${where}: nothing is known of a field "${name}"; known: ${NAMES.join(", ")}`);
	return found;
}

function asUsageOf<Result>(file: string, work: () => Result): Result {
	try {
		return work();
	} catch (cause) {
		throw new UsageError(`${file}, ${cause instanceof Error ? cause.message : cause}`, { cause });
	}
}

function toScore(fields: RawRecord["fields"], where: string, line: number): ImportedScore {
	const text = (name: Column): string => {
		const value = fields[name];
		if (value === undefined || value === null) return "";
		if (typeof value === "object") throw new UsageError(`${where}: ${name} must be a text`);
		return String(value).trim();
	};
	const traceId = text("trace_id").toLowerCase();
	if (!/^[0-9a-f]{32}$/.test(traceId))
		throw new UsageError(`${where}: trace_id is "${traceId}"; give 32 hexadecimal digits`);
	const spanId = text("span_id").toLowerCase();
	if (spanId !== "" && !/^[0-9a-f]{16}$/.test(spanId))
		throw new UsageError(
			`${where}: span_id is "${spanId}"; give 16 hexadecimal digits, or nothing for the whole run`,
		);
	const scorer = text("scorer");
	if (scorer === "") throw new UsageError(`${where}: scorer is empty; name what was scored, such as helpful`);
	const given = text("source");
	const source = SOURCES.find((known) => known === (given === "" ? "human" : given));
	if (source === undefined)
		throw new UsageError(`${where}: source is "${given}"; give one of ${SOURCES.join(", ")}`);
	return {
		line,
		traceId,
		spanId,
		scorer,
		version: text("scorer_version"),
		source,
		value: toValue(fields["value"], where),
		label: text("label"),
		explanation: text("explanation"),
		runStartMs: toTime(text("run_start"), where),
	};
}

function toValue(value: unknown, where: string): number | null {
	if (value === undefined || value === null || value === "") return null;
	if (typeof value === "boolean") return value ? 1 : 0;
	const text = String(value).trim();
	const number = text === "" ? Number.NaN : Number(text);
	if (number >= 0 && number <= 1) return number;
	throw new UsageError(
		`${where}: value is "${text}"; give a number from 0 to 1, or nothing where it could not be told`,
	);
}

function toTime(text: string, where: string): number | null {
	if (text === "") return null;
	const time = Date.parse(text);
	if (Number.isNaN(time))
		throw new UsageError(`${where}: run_start is "${text}"; give an ISO time such as 2026-05-01T12:00:00Z`);
	return time;
}
