/** A record of a CSV text with the line that it begins in, from 1. */
export interface CsvRecord {
	readonly line: number;
	readonly fields: readonly string[];
}

/**
 * Reads CSV (RFC 4180): fields with commas, quotes or line breaks stand in double quotes, a quote inside is written twice. Line ends may be
 * either; empty lines are left out.
 *
 * @throws Error that names the line where a quoted field does not end, or goes on after its closing quote.
 * @example
 * [...readCsv('a,"b ""c"""\n')]; // [{ line: 1, fields: ["a", 'b "c"'] }]
 */
export function* readCsv(text: string): Generator<CsvRecord> {
	// A quoted field, or anything up to the next separator; then the separator, or the end.
	const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|\r|$)/y;
	let [line, start] = [1, 1];
	let fields: string[] = [];
	while (field.lastIndex < text.length || fields.length > 0) {
		const at = field.lastIndex;
		const found = field.exec(text);
		if (found === null)
			throw new Error(`line ${line}: a field in quotes does not end, or goes on after its last quote`);
		const [whole, quoted, plain = "", separator = ""] = found;
		if (quoted === undefined && plain.startsWith('"'))
			throw new Error(`line ${line}: a field in quotes does not end, or goes on after its last quote`);
		fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
		line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
		if (separator === ",") continue;
		if (fields.length > 1 || fields[0] !== "") yield { line: start, fields };
		fields = [];
		start = line;
		if (field.lastIndex === at || field.lastIndex >= text.length) return;
	}
}
