/**
 * Decides whether a statement that an agent wrote may run: a SELECT over Faultline's own tables with functions that compute and nothing else.
 * The engine may run inside this process with this process's rights, where a function reads files and a clause writes them even in its read-only
 * mode, so what is not known to be harmless is refused. Pure.
 *
 * @module
 */

/** What the guard needs to know of the database. */
export interface GuardContext {
	/** The database whose tables may be read. */
	readonly database: string;
	/** All databases: a name that begins with another one of them is refused. */
	readonly databases: readonly string[];
	/** Functions that may be called, lower case. */
	readonly functions: ReadonlySet<string>;
}

/** A function as `system.functions` lists it. */
export interface ListedFunction {
	readonly name: string;
	readonly categories: string;
	readonly is_aggregate: number | boolean;
	readonly alias_to: string;
}

/** Categories of ClickHouse's own list whose functions only compute from their arguments. */
const HARMLESS = new Set([
	"Aggregate Functions",
	"Arithmetic",
	"Arrays",
	"Bit",
	"Bitmap",
	"Comparison",
	"Conditional",
	"Dates and Times",
	"Distance",
	"Encoding",
	"Hash",
	"IP Address",
	"JSON",
	"Logical",
	"Map",
	"Mathematical",
	"Null",
	"Random Number",
	"Rounding",
	"String",
	"String Replacement",
	"String Search",
	"String Splitting",
	"Time Window",
	"Tuple",
	"Type Conversion",
	"URL",
	"UUID",
]);

/** Of the categories that also hold dangerous ones: the parser's own, and a few that are wanted. */
const ALSO = [
	"lambda",
	"exists",
	"caseWithExpression",
	"toTypeName",
	"transform",
	"bar",
	"identity",
	"formatReadableSize",
	"formatReadableQuantity",
	"formatReadableTimeDelta",
	"rowNumberInAllBlocks",
	"finalizeAggregation",
	// Window functions, which older lists leave out.
	"row_number",
	"rank",
	"dense_rank",
	"lagInFrame",
	"leadInFrame",
	"lag",
	"lead",
	"ntile",
	"percent_rank",
	"first_value",
	"last_value",
	"nth_value",
];

/**
 * The functions that may be called, in lower case.
 *
 * @example
 * harmlessFunctions(rowsOfSystemFunctions).has("file"); // false
 */
export function harmlessFunctions(listed: readonly ListedFunction[]): ReadonlySet<string> {
	const byName = new Map(listed.map((one) => [one.name, one]));
	const isHarmless = ({ categories, is_aggregate }: ListedFunction): boolean =>
		Boolean(is_aggregate) ||
		(categories !== "" && categories.split(",").every((category) => HARMLESS.has(category.trim())));
	const names = listed
		.filter((one) => isHarmless(byName.get(one.alias_to) ?? one))
		.map(({ name }) => name.toLowerCase());
	return new Set([...names, ...ALSO.map((name) => name.toLowerCase())]);
}

/** Nodes of ClickHouse's syntax tree that a harmless SELECT is made of. */
const NODES = new Set([
	"SelectWithUnionQuery",
	"SelectQuery",
	"SelectIntersectExceptQuery",
	"ExpressionList",
	"Subquery",
	"WithElement",
	"Identifier",
	"TableIdentifier",
	"Literal",
	"Function",
	"Asterisk",
	"QualifiedAsterisk",
	"ColumnsListMatcher",
	"ColumnsRegexpMatcher",
	"ColumnsTransformerList",
	"ColumnsExceptTransformer",
	"TablesInSelectQuery",
	"TablesInSelectQueryElement",
	"TableExpression",
	"TableJoin",
	"ArrayJoin",
	"OrderByElement",
	"WindowDefinition",
	"WindowListElement",
]);

/** Endings that make another aggregate function of one. */
const COMBINATORS =
	/(?:If|Array|Map|State|SimpleState|Merge|MergeState|ForEach|Distinct|OrDefault|OrNull|Resample|ArgMin|ArgMax)$/i;

/**
 * What is wrong with the text itself, before any parser sees it; null where nothing is. What stands behind the closing bracket of
 * a subquery could not be told from Faultline's own words, so brackets must match; comments and heredocs, in which ClickHouse's lexer and this one might
 * differ, are refused.
 *
 * @example
 * faultOfText("SELECT 1) INTO OUTFILE 'x' --"); // "its brackets do not match"
 */
export function faultOfText(sql: string): string | null {
	let depth = 0;
	for (let at = 0; at < sql.length; at++) {
		const sign = sql[at] ?? "";
		if (sign === "'" || sign === '"' || sign === "`") {
			const end = endOfQuoted(sql, at);
			if (end === null) return "a quote is not closed";
			at = end;
			continue;
		}
		const odd = faultOfSign(sql.slice(at, at + 2));
		if (odd !== null) return odd;
		if (sign === "(") depth++;
		if (sign === ")") depth--;
		if (depth < 0) return "its brackets do not match";
	}
	if (depth > 0) return "its brackets do not match";
	return sql.trim() === "" ? "it is empty" : null;
}

function faultOfSign(pair: string): string | null {
	const sign = pair[0] ?? "";
	if (";$#\0‘’“”".includes(sign)) return `it holds ${JSON.stringify(sign)} outside of a text`;
	return ["--", "/*", "//"].includes(pair) ? "it holds a comment; leave comments out" : null;
}

function endOfQuoted(sql: string, from: number): number | null {
	const quote = sql[from];
	for (let at = from + 1; at < sql.length; at++) {
		if (sql[at] === "\\") at++;
		// A doubled quote ends one text and begins the next, which comes to the same.
		else if (sql[at] === quote) return at;
	}
	return null;
}

/**
 * What is wrong with a statement, given ClickHouse's own syntax tree of it (`EXPLAIN AST`); null where nothing is.
 *
 * @example
 * faultOfTree([" SelectWithUnionQuery (children 1)", …], context); // "the function file is not among those that may be called"
 */
export function faultOfTree(lines: readonly string[], context: GuardContext): string | null {
	const parents: string[] = [];
	for (const line of lines) {
		const text = line.trimStart();
		if (text === "") continue;
		const depth = line.length - text.length;
		const [, node = "", rest = ""] = /^([\w:]+) ?(.*)$/s.exec(text) ?? [];
		parents.length = Math.min(parents.length, depth);
		const parent = parents.at(-1) ?? "";
		parents[depth] = node;
		const fault = faultOfNode(node, rest, parent, context);
		if (fault !== null) return fault;
	}
	return lines.some((line) => line.trimStart().startsWith("SelectWithUnionQuery")) ? null : "it is no SELECT";
}

function faultOfNode(node: string, rest: string, parent: string, context: GuardContext): string | null {
	if (!NODES.has(node)) return `${node} is not allowed; write a plain SELECT`;
	const name = rest.replace(/ \(children \d+\)$/, "").replace(/ \(alias .*\)$/s, "");
	switch (node) {
		case "Function":
			if (parent === "TableExpression") return `the table function ${name} is not allowed; read tables only`;
			return isHarmlessName(name, context.functions)
				? null
				: `the function ${name} is not among those that may be called`;
		case "TableIdentifier":
			return !name.includes(".") || databaseOf(name) === context.database
				? null
				: `the table ${name} is not one of database ${context.database}`;
		case "Identifier":
			return name.includes(".") && isForeign(databaseOf(name), context)
				? `${name} is not one of database ${context.database}`
				: null;
		default:
			return null;
	}
}

const databaseOf = (name: string): string => (name.split(".")[0] ?? "").replaceAll(/[`"]/g, "");

const isForeign = (first: string, { database, databases }: GuardContext): boolean =>
	first !== database && databases.some((other) => other.toLowerCase() === first.toLowerCase());

function isHarmlessName(name: string, functions: ReadonlySet<string>): boolean {
	for (let bare = name; bare !== ""; bare = bare.replace(COMBINATORS, "")) {
		if (functions.has(bare.toLowerCase())) return true;
		if (!COMBINATORS.test(bare)) return false;
	}
	return false;
}
