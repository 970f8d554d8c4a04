import { evaluateStored, type PipelineSummary } from "../store/evaluate-stored.ts";
import type { RunSelector } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseTime } from "./parse-selector.ts";
import { serveWatch, watchOptions } from "./watch.ts";

const options = {
	...selectOptions,
	reference: {
		type: "string",
		multiple: true,
		help: "service version of the healthy runs (default: proposed)",
		value: "VERSION",
	},
	watch: { type: "boolean", help: "keep evaluating new runs until interrupted" },
	...watchOptions,
	...storeOptions,
	...jsonOption,
} as const;

export const evaluate: Command = {
	name: "evaluate",
	summary: "score every step of the stored runs and say where each fault began",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`evaluate takes no arguments, got "${positionals[0]}"`);
		if (values.watch) {
			await serveWatch(values, io);
			return EXIT.done;
		}
		await using store = await openDatabase(values, io);
		const evaluations = await evaluateStored(store, selectorOf(values, io), {
			...(values.reference === undefined ? {} : { referenceVersions: values.reference }),
			onProgress: progressOf(io, "evaluated runs"),
		});
		return report(evaluations, values.json === true, io);
	},
};

/** The common options as a selector. */
export function selectorOf(
	values: {
		readonly since?: string | undefined;
		readonly until?: string | undefined;
		readonly pipeline?: string | undefined;
	},
	io: Io,
): RunSelector {
	const now = io.now();
	return {
		...(values.since === undefined ? {} : { sinceMs: parseTime(values.since, now) }),
		...(values.until === undefined ? {} : { untilMs: parseTime(values.until, now) }),
		...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
	};
}

function report(pipelines: readonly PipelineSummary[], json: boolean, io: Io): ExitCode {
	const runs = pipelines.reduce((sum, one) => sum + one.runs, 0);
	if (json) io.out(JSON.stringify({ runs, pipelines }));
	else if (runs === 0) io.out("No runs are stored in this range; send some, or `faultline import FILE`.");
	for (const one of json ? [] : pipelines) {
		const unread = one.runs - one.scored;
		io.out(
			`${one.pipeline}: ${one.runs} runs, ${one.scores} scores${unread > 0 ? ` of ${one.scored} of them (the others passed)` : ""}; healthy: ${one.reference}`,
		);
		io.out(
			`  ${Object.entries(one.verdicts)
				.map(([kind, count]) => `${kind} ${count}`)
				.join(", ")}`,
		);
		for (const [step, count] of Object.entries(one.origins)) io.out(`  began in ${step}: ${count}`);
	}
	return runs === 0 ? EXIT.couldNotTell : EXIT.done;
}
