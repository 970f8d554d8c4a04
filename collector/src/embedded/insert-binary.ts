import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { EmbeddedEngine, RawResult } from "../store/store.ts";
import type { ClickHouseRequest } from "./read-request.ts";

/** Runs one statement; where it runs is the caller's. */
export type Run = (sql: string, options?: { readonly format: string }) => Promise<RawResult>;

/** The engine takes binary data from a file only; the file lives as long as the statement. */
export async function insertBinary(
	engine: EmbeddedEngine,
	insert: NonNullable<ClickHouseRequest["binary"]>,
	run: Run,
): Promise<RawResult> {
	const file = path.join(engine.scratchDir, `${randomUUID()}.bin`);
	await writeFile(file, insert.bytes);
	try {
		const name = `file(${quote(file)}, ${quote(insert.format)}`;
		const structure = saysItsColumns(insert.format) ? undefined : await readStructure(insert, run);
		const source = structure === undefined ? `${name})` : `${name}, ${quote(structure)})`;
		const columns = insert.columns === "" ? await readNames(source, run) : insert.columns.slice(1, -1);
		return await run(`INSERT INTO ${insert.table} (${columns}) SELECT ${columns} FROM ${source}`);
	} finally {
		await rm(file, { force: true });
	}
}

function quote(text: string): string {
	return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function saysItsColumns(format: string): boolean {
	return !/^(RowBinary|MsgPack)$/i.test(format);
}

/** What the data hold, where neither they nor the statement say it: the table's columns that can be written. */
async function readStructure(
	insert: { readonly table: string; readonly columns: string },
	run: Run,
): Promise<string> {
	const wanted = insert.columns
		.slice(1, -1)
		.split(",")
		.map((name) => name.trim().replaceAll(/[`"]/g, ""))
		.filter((name) => name !== "");
	const described = await describe(insert.table, run);
	const columns =
		wanted.length > 0
			? wanted.flatMap((name) => described.filter((column) => column.name === name))
			: described.filter((column) => !["ALIAS", "MATERIALIZED", "EPHEMERAL"].includes(column.defaultKind));
	return columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(", ");
}

/** The data's own columns, in their order, which need not be the table's. */
async function readNames(source: string, run: Run): Promise<string> {
	return (await describe(source, run)).map(({ name }) => quoteName(name)).join(", ");
}

function quoteName(name: string): string {
	return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

async function describe(
	table: string,
	run: Run,
): Promise<{ readonly name: string; readonly type: string; readonly defaultKind: string }[]> {
	const { body } = await run(`DESCRIBE TABLE ${table}`, { format: "JSONCompactEachRow" });
	const lines = new TextDecoder().decode(body).split("\n");
	return lines
		.filter((line) => line !== "")
		.map((line) => {
			const [name = "", type = "", defaultKind = ""] = JSON.parse(line) as string[];
			return { name, type, defaultKind };
		});
}
