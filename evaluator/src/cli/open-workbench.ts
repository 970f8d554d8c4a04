import { dirname, resolve } from "node:path";
import type { Store } from "@faultline/collector";
import { findConfig, type LoadedConfig, loadConfig, type PipelineConfig } from "../config.ts";
import type { CaseRunner } from "../layers/case-runner.ts";
import { inProcessRunner, type ProcessTelemetry, startProcessTelemetry } from "../layers/run-in-process.ts";
import { httpRunner } from "../layers/run-over-http.ts";
import { type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

/** Options of every command that runs a pipeline of the configuration, beside those of the database. */
export const workbenchOptions = {
	config: {
		type: "string",
		help: "configuration (default faultline.config.ts, .mjs or .js in this folder)",
		value: "FILE",
	},
	pipeline: {
		type: "string",
		help: "which pipeline of the configuration, where it has several",
		value: "NAME",
	},
	fixtures: { type: "string", help: "folder of the fixtures (default fixtures)", value: "DIR" },
	timeout: { type: "string", help: "longest time of one run, in seconds (default 60)", value: "S" },
} as const;

export interface WorkbenchValues {
	readonly config?: string | undefined;
	readonly pipeline?: string | undefined;
	readonly fixtures?: string | undefined;
	readonly url?: string | undefined;
	readonly "data-dir"?: string | undefined;
}

/** What a command needs to run pipelines: database, telemetry, configuration. */
export interface Workbench extends AsyncDisposable {
	readonly store: Store;
	readonly config: LoadedConfig;
	readonly telemetry: ProcessTelemetry;
	/** Folder of the fixtures, absolute. */
	readonly fixtures: string;
	/** The pipeline that is meant. */
	pipeline(named?: string): { readonly name: string; readonly config: PipelineConfig };
	/** By which its cases run: in this process, or over HTTP. */
	runner(config: PipelineConfig): CaseRunner;
	/** Runs with pins, which only works in this process. */
	replayRunner(name: string, config: PipelineConfig): CaseRunner;
}

/**
 * Opens the database, starts telemetry into it and then imports the configuration: in this order, because importing it loads the
 * application.
 *
 * @throws UsageError where there is no configuration, or something in it is wrong.
 * @example
 * await using workbench = await openWorkbench(values, io);
 */
export async function openWorkbench(values: WorkbenchValues, io: Io): Promise<Workbench> {
	const path = await findConfig(values.config, io.cwd);
	await using parts = new AsyncDisposableStack();
	const store = parts.use(await openDatabase(values, io));
	const telemetry = parts.use(await startProcessTelemetry(store, dirname(path)));
	const config = await loadConfig(path, io.cwd);
	const opened = parts.move();
	const { now } = io;
	const inProcess = (pipeline: PipelineConfig): CaseRunner | null =>
		pipeline.run === undefined
			? null
			: inProcessRunner(pipeline.run.bind(pipeline), { store, telemetry, now });
	return {
		store,
		config,
		telemetry,
		fixtures: fixturesFolder(values, config, io),
		pipeline: (named = values.pipeline) => choosePipeline(config, named),
		runner(pipeline) {
			const runner = inProcess(pipeline);
			if (runner !== null) return runner;
			if (pipeline.http !== undefined) return httpRunner(pipeline.http, { store, now });
			throw new UsageError(
				`${config.path}: the pipeline has neither run nor http, so it cannot be evaluated`,
			);
		},
		replayRunner(name, pipeline) {
			const runner = inProcess(pipeline);
			if (runner !== null) return runner;
			throw new UsageError(
				`${config.path}: pipeline "${name}" has no run; steps can only be pinned in this process, so give it one for replay and bisect`,
			);
		},
		[Symbol.asyncDispose]: () => opened.disposeAsync(),
	};
}

function fixturesFolder(values: WorkbenchValues, config: LoadedConfig, io: Io): string {
	if (values.fixtures !== undefined || config.fixtures === undefined) {
		return resolve(io.cwd, values.fixtures ?? "fixtures");
	}
	return resolve(dirname(config.path), config.fixtures);
}

function choosePipeline(
	config: LoadedConfig,
	named: string | undefined,
): { readonly name: string; readonly config: PipelineConfig } {
	const names = Object.keys(config.pipelines);
	const name = named ?? (names.length === 1 ? names[0] : undefined);
	if (name === undefined) {
		throw new UsageError(
			`${config.path} has several pipelines; choose one with --pipeline: ${names.join(", ")}`,
		);
	}
	const pipeline = Object.hasOwn(config.pipelines, name) ? config.pipelines[name] : undefined;
	if (pipeline === undefined) {
		throw new UsageError(`${config.path} has no pipeline "${name}"; it has ${names.join(", ")}`);
	}
	return { name, config: pipeline };
}

/** A whole number from the command line. @throws UsageError where it is none, or below the least. */
export function wholeNumber(name: string, text: string | undefined, fallback: number, least = 1): number {
	if (text === undefined) return fallback;
	const value = Number(text);
	if (Number.isSafeInteger(value) && value >= least) return value;
	throw new UsageError(`--${name} is "${text}"; give a whole number from ${least} up`);
}

/** Seconds from the command line, as milliseconds. @throws UsageError where they are none. */
export function secondsAsMs(name: string, text: string | undefined, fallbackMs: number): number {
	if (text === undefined) return fallbackMs;
	const value = Number(text);
	if (value > 0 && value < 86_400) return value * 1000;
	throw new UsageError(`--${name} is "${text}"; give seconds, such as 30`);
}

/** An id that sorts by time and is easy to say: `system-20260501-120000-4f2a`. */
export function newEvalId(layer: string, nowMs: number, random: () => number = Math.random): string {
	const time = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
	return `${layer}-${time}-${Math.floor(random() * 0x10000)
		.toString(16)
		.padStart(4, "0")}`;
}
