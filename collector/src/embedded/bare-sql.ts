/**
 * A statement as its bare words: texts become '', comments a space, and quoted names lose their quotes, so that what is looked for is found however it
 * is written. Null where the statement is written in a way in which this reading and ClickHouse's may differ: escapes in quoted names, heredocs,
 * typographic quotes, a quote or comment that is not closed.
 *
 * @example
 * bareSql("SELECT `file`('x') -- y"); // "SELECT file('')  "
 */
export function bareSql(sql: string): string | null {
	let bare = "";
	for (let at = 0; at < sql.length; ) {
		const part = readComment(sql, at) ?? readPlain(sql, at);
		if (part === "unclear") return null;
		bare += part.bare;
		at += part.length;
	}
	return bare;
}

/** How many characters of the statement a part takes, and what stands for it. */
type Part = { readonly length: number; readonly bare: string } | "unclear";

function readComment(sql: string, at: number): Part | null {
	const comment = COMMENTS.find(({ start }) => sql.startsWith(start, at));
	if (comment === undefined) return null;
	const end = sql.indexOf(comment.end, at + comment.start.length);
	if (end >= 0) return { length: end + comment.end.length - at, bare: " " };
	return comment.end === "\n" ? { length: sql.length - at, bare: " " } : "unclear";
}

function readPlain(sql: string, at: number): Part {
	const sign = sql[at] ?? "";
	if (!["'", '"', "`"].includes(sign)) {
		const isUnclear = /[‘’“”\0]/.test(sign) || /^\$\w*\$/.test(sql.slice(at, at + 80));
		return isUnclear ? "unclear" : { length: 1, bare: sign };
	}
	const quoted = readQuoted(sql, at);
	if (quoted === null) return "unclear";
	if (sign === "'") return { length: quoted.length, bare: "''" };
	return quoted.includes("\\") ? "unclear" : { length: quoted.length, bare: quoted.slice(1, -1) };
}

const COMMENTS = [
	{ start: "--", end: "\n" },
	{ start: "//", end: "\n" },
	{ start: "#", end: "\n" },
	{ start: "/*", end: "*/" },
] as const;

/** From the quote that opens to the one that closes; a doubled quote closes one and opens the next, which comes to the same. */
function readQuoted(sql: string, from: number): string | null {
	for (let at = from + 1; at < sql.length; at++) {
		if (sql[at] === "\\") at++;
		else if (sql[at] === sql[from]) return sql.slice(from, at + 1);
	}
	return null;
}
