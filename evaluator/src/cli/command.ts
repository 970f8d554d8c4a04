import { type ParseArgsConfig, parseArgs } from "node:util";
import { type ExitCode, type Io, UsageError } from "./io.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** One option with the words of its help line. */
export type OptionWithHelp = Options[string] & { readonly help: string; readonly value?: string };

/** A subcommand: data and one function. */
export interface Command {
	readonly name: string;
	readonly summary: string;
	/** What may follow the name, for the usage line. */
	readonly positionals: string;
	readonly options: Readonly<Record<string, OptionWithHelp>>;
	run(args: readonly string[], io: Io): Promise<ExitCode>;
}

/** Options that every command takes that reads or writes the database. */
export const storeOptions = {
	url: { type: "string", help: "ClickHouse server to use instead of the embedded database", value: "URL" },
	"data-dir": { type: "string", help: "folder of the embedded database (default .faultline)", value: "DIR" },
} as const;

/** Options that narrow down which runs are meant. */
export const selectOptions = {
	since: { type: "string", help: "earliest start: ISO time, or an age such as 2h or 7d", value: "TIME" },
	until: { type: "string", help: "latest start: ISO time, or an age such as 10m", value: "TIME" },
	pipeline: { type: "string", help: "only this pipeline", value: "NAME" },
} as const;

export const jsonOption = {
	json: { type: "boolean", help: "print one JSON document and nothing else" },
} as const;

/** Parses strictly: an unknown option is wrong use, and says which. */
export function parseOptions<const O extends Readonly<Record<string, OptionWithHelp>>>(
	args: readonly string[],
	options: O,
): {
	values: ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>["values"];
	positionals: string[];
} {
	try {
		return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
	} catch (cause) {
		throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}

/** The help screen of a command. */
export function renderHelp(command: Command): string {
	const rows = Object.entries(command.options).map(([name, { help, value }]) => ({
		left: `  --${name}${value === undefined ? "" : ` ${value}`}`,
		help,
	}));
	const width = Math.max(0, ...rows.map((row) => row.left.length)) + 2;
	return [
		`Usage: faultline ${command.name} ${command.positionals}`.trimEnd(),
		"",
		command.summary,
		"",
		"Options:",
		...rows.map((row) => `${row.left.padEnd(width)}${row.help}`),
		"",
	].join("\n");
}
