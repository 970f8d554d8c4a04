/** Decides what a migration runs. Pure: reading files and talking to the database is `migrate`'s. */

export interface SqlFile {
	/** File name without folder, e.g. `0001-telemetry.sql`. */
	readonly name: string;
	readonly sql: string;
	/** SHA-256 of the text, hex. */
	readonly checksum: string;
}

export interface AppliedMigration {
	readonly name: string;
	readonly checksum: string;
}

export interface PlannedStep {
	readonly file: SqlFile;
	readonly statements: readonly string[];
}

export interface MigrationPlan {
	/** Tables' files that were never applied, in order. */
	readonly tables: readonly PlannedStep[];
	/** All views: they are replaced every time. */
	readonly views: readonly PlannedStep[];
}

/**
 * Tables' files are applied once, in the order of their numbers; views always.
 * Throws where an applied file was edited, where the database knows files that this version does not, and where a number is used twice.
 */
export function planMigration(
	tables: readonly SqlFile[],
	views: readonly SqlFile[],
	applied: readonly AppliedMigration[],
): MigrationPlan {
	const ordered = [...tables].sort((a, b) => (a.name < b.name ? -1 : 1));
	checkNumbers(ordered);
	const known = new Map(ordered.map((file) => [file.name, file]));
	for (const { name, checksum } of applied) {
		const file = known.get(name);
		if (file === undefined)
			throw new Error(
				`The database has migration ${name}, which this version of Faultline does not know: a newer version made it. Upgrade Faultline, or use another database.`,
			);
		if (file.checksum !== checksum)
			throw new Error(
				`Migration ${name} was edited after it was applied to this database. Restore the file and put the change into a new numbered file.`,
			);
	}
	const done = new Set(applied.map((migration) => migration.name));
	return {
		tables: ordered
			.filter((file) => !done.has(file.name))
			.map((file) => ({ file, statements: splitStatements(file.sql) })),
		views: [...views]
			.sort((a, b) => (a.name < b.name ? -1 : 1))
			.map((file) => ({ file, statements: planView(file) })),
	};
}

function checkNumbers(ordered: readonly SqlFile[]): void {
	const numbers = new Map<string, string>();
	for (const { name } of ordered) {
		const number = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1];
		if (number === undefined)
			throw new Error(`${name} is no migration's name; name it like 0007-what-it-does.sql`);
		const other = numbers.get(number);
		if (other !== undefined)
			throw new Error(`${other} and ${name} share a number; give the later one the next free number`);
		numbers.set(number, name);
	}
}

const MATERIALIZED = /^CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO \w+ AS\s+([\s\S]+)$/;

/** A materialized view is created and then given its query, so that it is never away while rows arrive. */
function planView(file: SqlFile): string[] {
	const statements = splitStatements(file.sql);
	const [create] = statements;
	if (create === undefined || statements.length > 1)
		throw new Error(`${file.name} must hold exactly one statement, and holds ${statements.length}`);
	const materialized = MATERIALIZED.exec(create);
	if (materialized !== null)
		return [create, `ALTER TABLE ${materialized[1]} MODIFY QUERY ${materialized[2]}`];
	if (/^CREATE OR REPLACE VIEW /.test(create)) return [create];
	throw new Error(
		`${file.name} must start with CREATE OR REPLACE VIEW, or CREATE MATERIALIZED VIEW IF NOT EXISTS … TO … AS`,
	);
}

/** A token that may hold a semicolon: comments, strings, quoted names; or the semicolon that ends a statement. */
const TOKEN =
	/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`\\]|\\[\s\S])*`|"(?:[^"\\]|\\[\s\S])*"|;/g;

/** Statements of an SQL text without their semicolons and comments. */
export function splitStatements(sql: string): string[] {
	const statements: string[] = [];
	let statement = "";
	let from = 0;
	for (const token of sql.matchAll(TOKEN)) {
		const text = token[0];
		statement += sql.slice(from, token.index);
		from = token.index + text.length;
		if (text === ";") {
			statements.push(statement.trim());
			statement = "";
		} else if (!text.startsWith("--") && !text.startsWith("/*")) statement += text;
	}
	statements.push((statement + sql.slice(from)).trim());
	return statements.filter((each) => each !== "");
}
