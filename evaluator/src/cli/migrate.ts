import { listStatements, migrate } from "@faultline/collector";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = {
	cluster: {
		type: "string",
		help: "cluster of the server: Replicated tables on every shard, Distributed ones in front",
		value: "NAME",
	},
	print: { type: "boolean", help: "print the SQL of an empty database's migration and change nothing" },
	...storeOptions,
	...jsonOption,
} as const;

export const migrateDatabase: Command = {
	name: "migrate",
	summary: "create Faultline's tables and views on a server, or bring them up to date",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`migrate takes no arguments, got "${positionals[0]}"`);
		const cluster = values.cluster === undefined ? {} : { cluster: values.cluster };
		if (values.print) {
			const statements = await listStatements(cluster);
			io.out(
				values.json ? JSON.stringify({ statements }) : statements.map((each) => `${each};`).join("\n\n"),
			);
			return EXIT.done;
		}
		if (values.cluster !== undefined && values.url === undefined && io.env["CLICKHOUSE_URL"] === undefined)
			throw new UsageError("only a server has clusters; name it with --url");
		await using store = await openDatabase(values, io);
		const { applied } = await migrate(store, cluster);
		if (values.json) io.out(JSON.stringify({ applied }));
		else io.out(applied.length === 0 ? "Up to date." : `Applied ${applied.join(", ")}.`);
		return EXIT.done;
	},
};
