import assert from "node:assert/strict";
import { test } from "node:test";
import { planMigration, splitStatements } from "./plan-migration.ts";

const file = (
	name: string,
	sql = "CREATE TABLE a (b UInt8)",
): { name: string; sql: string; checksum: string } => ({ name, sql, checksum: `sum of ${sql}` });

test("files that were applied are not applied again, views always", () => {
	const plan = planMigration(
		[file("0002-b.sql"), file("0001-a.sql")],
		[file("v.sql", "CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS\nSELECT 1")],
		[{ name: "0001-a.sql", checksum: file("0001-a.sql").checksum }],
	);
	assert.deepEqual(
		plan.tables.map((step) => step.file.name),
		["0002-b.sql"],
	);
	assert.deepEqual(plan.views[0]?.statements, [
		"CREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS\nSELECT 1",
		"ALTER TABLE v MODIFY QUERY SELECT 1",
	]);
});

test("a plan is refused where files and database disagree", () => {
	const cases: [Parameters<typeof planMigration>, RegExp][] = [
		[[[file("0001-a.sql")], [], [{ name: "0001-a.sql", checksum: "other" }]], /0001-a\.sql was edited/],
		[[[], [], [{ name: "0009-z.sql", checksum: "" }]], /0009-z\.sql, which this version .* does not know/],
		[[[file("0001-a.sql"), file("0001-b.sql")], [], []], /share a number/],
		[[[file("a.sql")], [], []], /no migration's name/],
		[[[], [file("v.sql", "SELECT 1")], []], /v\.sql must start with/],
	];
	for (const [input, message] of cases) assert.throws(() => planMigration(...input), message);
});

test("semicolons in strings, names and comments end no statement", () => {
	assert.deepEqual(splitStatements("SELECT ';', `a;b` -- no; end\n; /* ; */ SELECT 'it''s\\'; x';"), [
		"SELECT ';', `a;b`",
		"SELECT 'it''s\\'; x'",
	]);
});
