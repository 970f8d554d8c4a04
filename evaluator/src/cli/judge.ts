import { readCalibrations } from "../store/read-people.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { EXIT, UsageError } from "./io.ts";
import { askOptions, judgeAsk } from "./judge-ask.ts";
import { openDatabase } from "./open-database.ts";
import { ratingScopeOf, versionOption } from "./rating-scope.ts";
import { renderCalibrations } from "./render-people.ts";

const DAYS = 56;

const options = {
	...selectOptions,
	...versionOption,
	judge: { type: "string", help: "calibrate: only this judge, such as judge/end-to-end", value: "NAME" },
	...askOptions,
	...storeOptions,
	...jsonOption,
} as const;

export const judge: Command = {
	name: "judge",
	summary: "how far judges agree with people, per judge, version and deploy; ask the LLM judge about runs",
	positionals: "calibrate | ask [--sampled]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [action, ...rest] = positionals;
		if (action === "ask" && rest.length === 0) return judgeAsk(values, io);
		if (action !== "calibrate" || rest.length > 0)
			throw new UsageError(
				`judge does not know "${positionals.join(" ")}"; give judge calibrate or judge ask`,
			);
		await using store = await openDatabase(values, io);
		const found = await readCalibrations(store, ratingScopeOf(values, io, DAYS), {
			nowMs: io.now(),
			...(values.judge === undefined ? {} : { judge: values.judge }),
		});
		if (values.json) io.out(JSON.stringify({ judges: found }));
		else io.out(renderCalibrations(found));
		// Per judge and pipeline, the newest use is the one that matters; others are history.
		const newest = new Map(found.toReversed().map((one) => [JSON.stringify([one.judge, one.pipeline]), one]));
		const sound = [...newest.values()].every(({ stale }) => stale.length === 0);
		return newest.size > 0 && sound ? EXIT.done : EXIT.couldNotTell;
	},
};
