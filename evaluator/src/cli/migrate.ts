import { migrate } from "@faultline/collector";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = { ...storeOptions, ...jsonOption } as const;

export const migrateDatabase: Command = {
	name: "migrate",
	summary: "create Faultline's tables and views on a server, or bring them up to date",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`migrate takes no arguments, got "${positionals[0]}"`);
		await using store = await openDatabase(values, io);
		const { applied } = await migrate(store);
		if (values.json) io.out(JSON.stringify({ applied }));
		else io.out(applied.length === 0 ? "Up to date." : `Applied ${applied.join(", ")}.`);
		return EXIT.done;
	},
};
