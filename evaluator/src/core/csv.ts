/** One record of a CSV text with the line on which it begins, counted from 1. */
export interface CsvRecord {
	readonly line: number;
	readonly fields: readonly string[];
}

/**
 * Records of a CSV text (RFC 4180): quoted fields may hold commas, doubled quotes and line breaks; lines may end in CRLF or LF; empty lines are left out.
 *
 * @throws RangeError where a quote is not closed or stands inside a field that is not quoted, with the line.
 * @example
 * parseCsv('a,"b, c"\n')[0]?.fields; // ["a", "b, c"]
 */
export function parseCsv(text: string): CsvRecord[] {
	const records: CsvRecord[] = [];
	const token = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y;
	let [line, first] = [1, 1];
	let fields: string[] = [];
	token.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
	while (token.lastIndex < text.length) {
		const found = token.exec(text);
		if (found === null)
			throw new RangeError(
				`line ${line}: a quote is not closed, or stands inside a field that is not quoted`,
			);
		const [, field = "", end = ""] = found;
		fields.push(unquote(field));
		line += field.split("\n").length - 1;
		const last = token.lastIndex >= text.length;
		if (end === "," && last) fields.push("");
		if (end === "," && !last) continue;
		if (fields.length > 1 || fields[0] !== "") records.push({ line: first, fields });
		line += 1;
		[fields, first] = [[], line];
	}
	return records;
}

const unquote = (field: string): string =>
	field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;

/**
 * Rows as CSV (RFC 4180) with a line for the heads.
 *
 * @example
 * renderCsv([["a", "b"], ["1", "x, y"]]); // 'a,b\n1,"x, y"\n'
 */
export const renderCsv = (rows: readonly (readonly string[])[]): string =>
	rows.map((row) => `${row.map(quote).join(",")}\n`).join("");

const quote = (field: string): string =>
	/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
