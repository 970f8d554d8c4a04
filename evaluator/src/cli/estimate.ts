import { readFailures } from "../store/read-people.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { ratingScopeOf, versionOption } from "./rating-scope.ts";
import { renderFailures } from "./render-people.ts";

const DAYS = 56;

const options = {
	...selectOptions,
	...versionOption,
	judge: {
		type: "string",
		help: "scorer of whole runs to use, in its newest version (default judge/end-to-end)",
		value: "NAME",
	},
	...storeOptions,
	...jsonOption,
} as const;

export const estimate: Command = {
	name: "estimate",
	summary: "failure rates of the last eight weeks per deploy, step and week, corrected with people's ratings",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`estimate takes no arguments, got "${positionals[0]}"`);
		await using store = await openDatabase(values, io);
		const found = await readFailures(store, ratingScopeOf(values, io, DAYS), values.judge);
		if (values.json) io.out(JSON.stringify(found));
		else io.out(renderFailures(found));
		// The newest deploy of a pipeline is the one that is asked about.
		const newest = new Map(found.deploys.map((deploy) => [deploy.pipeline, deploy]));
		const told = [...newest.values()].every(({ end_to_end }) => end_to_end.corrected !== null);
		return newest.size > 0 && told ? EXIT.done : EXIT.couldNotTell;
	},
};
