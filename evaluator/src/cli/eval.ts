import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { behaviouralOptions, evalBehavioural } from "./eval-behavioural.ts";
import { listHistory, showHistory } from "./eval-history.ts";
import { evalModel } from "./eval-model.ts";
import { evalSystem } from "./eval-system.ts";
import { UsageError } from "./io.ts";
import { type WorkbenchValues, workbenchOptions } from "./open-workbench.ts";

const options = {
	trials: { type: "string", help: "how often every fixture is run (default 1)", value: "N" },
	concurrency: { type: "string", help: "cases at a time (default 4)", value: "N" },
	retries: {
		type: "string",
		help: "further tries where network or server failed (default 2)",
		value: "N",
	},
	resume: { type: "string", help: "go on with an evaluation that was cut short", value: "EVAL_ID" },
	models: { type: "string", help: "eval model: the current model first, then the others", value: "A,B,…" },
	judge: {
		type: "boolean",
		help: "eval model: the configuration's LLM judge compares every model's answers with the first's",
	},
	against: {
		type: "string",
		help: "eval show: compare with this evaluation, case by case",
		value: "EVAL_ID",
	},
	limit: { type: "string", help: "eval list: at most so many (default 20)", value: "N" },
	...behaviouralOptions,
	...workbenchOptions,
	...storeOptions,
	...jsonOption,
} as const;

/** What `eval`'s options were given. */
export interface EvalValues extends WorkbenchValues {
	readonly timeout?: string | undefined;
	readonly trials?: string | undefined;
	readonly concurrency?: string | undefined;
	readonly retries?: string | undefined;
	readonly resume?: string | undefined;
	readonly models?: string | undefined;
	readonly judge?: boolean | undefined;
	readonly against?: string | undefined;
	readonly limit?: string | undefined;
	readonly since?: string | undefined;
	readonly until?: string | undefined;
	readonly replay?: boolean | undefined;
	readonly rate?: string | undefined;
	readonly budget?: string | undefined;
	readonly json?: boolean | undefined;
}

export const evaluateLayers: Command = {
	name: "eval",
	summary:
		"run fixtures through the pipeline or past several models, or look at a sample of production; list and compare",
	positionals: "system | model --models A,B | behavioural | list | show EVAL_ID [--against EVAL_ID]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [action, ...rest] = positionals;
		if (action === "show") return showHistory(rest, values, io);
		if (rest.length > 0) throw new UsageError(`eval ${action} takes no arguments, got "${rest[0]}"`);
		switch (action) {
			case "system":
				return evalSystem(values, io);
			case "model":
				return evalModel(values, io);
			case "behavioural":
				return evalBehavioural(values, io);
			case "list":
				return listHistory(values, io);
			default:
				throw new UsageError(
					`${action === undefined ? "eval needs" : `"${action}" is not`} one of system, model, behavioural, list, show, e.g. eval system --fixtures fixtures`,
				);
		}
	},
};
