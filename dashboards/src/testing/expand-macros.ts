/** The time range and resolution of one query, as Grafana hands them to the data source. */
export interface QueryRange {
	readonly fromMs: number;
	readonly toMs: number;
	readonly intervalMs: number;
}

type Macro = (args: readonly string[], range: QueryRange) => string;

const seconds = (ms: number): number => Math.floor(ms / 1000);
const from = ({ fromMs }: QueryRange): string => `toDateTime(${seconds(fromMs)})`;
const to = ({ toMs }: QueryRange): string => `toDateTime(${seconds(toMs)})`;
const fromMillis = ({ fromMs }: QueryRange): string => `fromUnixTimestamp64Milli(${fromMs})`;
const toMillis = ({ toMs }: QueryRange): string => `fromUnixTimestamp64Milli(${toMs})`;
const day = (ms: number): string => `toDate('${new Date(ms).toISOString().slice(0, 10)}')`;
const intervalSeconds = ({ intervalMs }: QueryRange): number => Math.max(1, Math.floor(intervalMs / 1000));

/** What the plugin's backend (4.20.0) puts in a macro's place, with the number of arguments that it insists on. */
const MACROS: Readonly<Record<string, { readonly args: number; readonly expand: Macro }>> = {
	timeFilter: { args: 1, expand: ([c], r) => `${c} >= ${from(r)} AND ${c} <= ${to(r)}` },
	timeFilter_ms: { args: 1, expand: ([c], r) => `${c} >= ${fromMillis(r)} AND ${c} <= ${toMillis(r)}` },
	dateFilter: { args: 1, expand: ([c], r) => `${c} >= ${day(r.fromMs)} AND ${c} <= ${day(r.toMs)}` },
	dateTimeFilter: { args: 2, expand: dateTimeFilter },
	dt: { args: 2, expand: dateTimeFilter },
	timeFrom: { args: 1, expand: ([c], r) => `${c} >= ${from(r)}` },
	timeTo: { args: 1, expand: ([c], r) => `${c} <= ${to(r)}` },
	fromTime: { args: 0, expand: (_, r) => from(r) },
	toTime: { args: 0, expand: (_, r) => to(r) },
	fromTime_ms: { args: 0, expand: (_, r) => fromMillis(r) },
	toTime_ms: { args: 0, expand: (_, r) => toMillis(r) },
	timeInterval: {
		args: 1,
		expand: ([c], r) => `toStartOfInterval(toDateTime(${c}), INTERVAL ${intervalSeconds(r)} second)`,
	},
	timeInterval_ms: {
		args: 1,
		expand: ([c], r) =>
			`toStartOfInterval(toDateTime64(${c}, 3), INTERVAL ${Math.max(1, r.intervalMs)} millisecond)`,
	},
	interval_s: { args: 0, expand: (_, r) => `${intervalSeconds(r)}` },
	interval_ms: { args: 0, expand: (_, r) => `${r.intervalMs}` },
};

function dateTimeFilter([date, time]: readonly string[], r: QueryRange): string {
	return `(${date} >= ${day(r.fromMs)} AND ${date} <= ${day(r.toMs)}) AND (${time} >= ${from(r)} AND ${time} <= ${to(r)})`;
}

/**
 * Expands the macros that the data source's backend knows: all that an alert rule gets. Comments go first; unknown macros stay as they are.
 * Throws where a macro has the wrong number of arguments, as the backend does.
 */
export function expandBackend(sql: string, range: QueryRange): string {
	const bare = stripComments(sql);
	return replaceCalls(bare, (name, args) => {
		const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined;
		if (macro === undefined) return null;
		if (args.length !== macro.args)
			throw new Error(`$__${name} takes ${macro.args} arguments, got ${args.length}`);
		return macro.expand(args, range);
	});
}

/** The dashboard's variables: a list where several may be chosen; `$__all` stands for All. */
export type Variables = Readonly<Record<string, string | readonly string[]>>;

/** What the browser does before the query leaves it: `$__conditionalAll` and the variables. Alert rules never get this. */
export function expandFrontend(sql: string, variables: Variables): string {
	const conditions = replaceCalls(sql, (name, args) => {
		if (name !== "conditionalAll") return null;
		const variable = /^\$\{?(\w+)\}?$/.exec(args[1] ?? "")?.[1];
		if (args.length !== 2 || variable === undefined) {
			throw new Error(`$__conditionalAll takes a condition and a bare $variable, got ${args.join(", ")}`);
		}
		const value = [chosenValue(variables, variable)].flat();
		return value.includes("$__all") || value.every((one) => one === "") ? "1=1" : (args[0] ?? "");
	});
	return conditions.replace(/\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)/g, (_, braced, format, plain) =>
		write(chosenValue(variables, braced ?? plain), format),
	);
}

/** Throws where SQL of an alert rule needs the browser: the rule would fail at every evaluation. */
export function assertBackendOnly(sql: string): void {
	const frontend = /\$__(conditionalAll|adHocFilters)|\$\{|\$(?!__)\w+/.exec(stripComments(sql))?.[0];
	if (frontend !== undefined)
		throw new Error(`${frontend} is replaced in the browser only; alert rules have none`);
}

function chosenValue(variables: Variables, name: string): string | readonly string[] {
	const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
	if (value === undefined) throw new Error(`the dashboard defines no variable "${name}"`);
	return value;
}

function write(value: string | readonly string[], format: string | undefined): string {
	const values = [value].flat();
	if (format !== "singlequote") return values.join(",");
	return values.map((one) => `'${one.replaceAll("'", "\\'")}'`).join(",");
}

const stripComments = (sql: string): string =>
	sql.replace(/'(?:\\.|[^'\\])*'|--[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
		match.startsWith("'") ? match : "",
	);

/** Replaces `$__name` or `$__name(args)`; arguments end at the matching parenthesis and part at commas outside of inner ones. */
function replaceCalls(
	sql: string,
	replace: (name: string, args: readonly string[]) => string | null,
): string {
	const pattern = /\$__(\w+)/g;
	let out = "";
	let done = 0;
	for (let found = pattern.exec(sql); found !== null; found = pattern.exec(sql)) {
		const open = found.index + found[0].length;
		const { args, end } = sql[open] === "(" ? readArguments(sql, open) : { args: [], end: open };
		const text = replace(found[1] ?? "", args);
		if (text === null) continue;
		out += sql.slice(done, found.index) + text;
		done = end;
		pattern.lastIndex = end;
	}
	return out + sql.slice(done);
}

function readArguments(sql: string, open: number): { args: string[]; end: number } {
	const args: string[] = [];
	let depth = 0;
	let start = open + 1;
	for (let at = open; at < sql.length; at++) {
		if (sql[at] === "(") depth++;
		if (sql[at] === ")") depth--;
		if (depth > 1 || (depth === 1 && sql[at] !== ",")) continue;
		const arg = sql.slice(start, at).trim();
		if (depth === 1 || arg !== "" || args.length > 0) args.push(arg);
		start = at + 1;
		if (depth === 0) return { args, end: at + 1 };
	}
	throw new Error(`a macro's parenthesis is never closed: ${sql.slice(open - 20, open + 40)}`);
}
