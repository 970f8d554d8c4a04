import { migrate as migrateStore } from "@faultline/collector";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = { ...storeOptions, ...jsonOption } as const;

export const migrate: Command = {
	name: "migrate",
	summary: "create or bring up to date the tables and views of a ClickHouse server",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`migrate takes no arguments, got "${positionals[0]}"`);
		await using store = await openDatabase(values, io);
		const { applied } = await migrateStore(store);
		if (values.json) io.out(JSON.stringify({ database: store.database, applied }));
		else
			io.out(
				applied.length === 0
					? `database ${store.database} is up to date`
					: `database ${store.database}: applied ${applied.join(", ")}`,
			);
		return EXIT.done;
	},
};
