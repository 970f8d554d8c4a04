import { behaviourChange } from "../core/behaviour-change.ts";
import { searchSlices } from "../core/change-context.ts";
import {
	farEnd,
	nameOf,
	presentBehaviourChange,
	presentSince,
	presentSlices,
	unitOf,
} from "../core/present-context.ts";
import { type Random, seededRandom } from "../core/random.ts";
import { FEWEST_RUNS, failed, type SinceWhen, sinceWhen } from "../core/since-when.ts";
import { componentsOf, streamsOfStep } from "../core/step-streams.ts";
import type { Run } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { judgePipelines } from "../store/judge-pipelines.ts";
import { readRuns } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseSelector } from "./parse-selector.ts";
import {
	renderSinceReport,
	type SinceMeasure,
	type SinceReport,
	type SinceSurroundings,
} from "./render-since.ts";

const options = {
	step: {
		type: "string",
		help: "since when this step is at fault, and behaves as it does (default: since when runs fail)",
		value: "NAME",
	},
	...selectOptions,
	where: {
		type: "string",
		help: "only runs that fit, e.g. deployment.environment.name=production",
		value: "FIELD=VALUE",
	},
	seed: { type: "string", help: "seed of resampling (default 1)", value: "N" },
	...storeOptions,
	...jsonOption,
} as const;

interface SinceOptions {
	readonly seed: number;
	readonly io: Io;
}

export const since: Command = {
	name: "since",
	summary: "say since when runs fail, or a step is at fault, and next to which deploy",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0)
			throw new UsageError(`since takes no arguments, got "${positionals[0]}"; give --step NAME`);
		const seed = Number(values.seed ?? "1");
		if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is "${values.seed}"; give an integer`);
		const wanted = values.where === undefined ? {} : parseSelector(values.where, io.now());
		const range = selectorOf(values, io);
		await using store = await openDatabase(values, io);
		const runs = await readRuns(store, { ...range, ...wanted }, { onRead: progressOf(io, "read runs") });
		const pipeline = onlyPipeline(runs);
		const report =
			values.step === undefined
				? sinceFailing(pipeline, runs, seed)
				: sinceStep(pipeline, runs, { step: values.step, seed, io });
		if (values.json) io.out(JSON.stringify(report));
		else io.out(renderSinceReport(report));
		return report.measures.every((measure) => measure.runs < FEWEST_RUNS) ? EXIT.couldNotTell : EXIT.done;
	},
};

function onlyPipeline(runs: readonly Run[]): string {
	const pipelines = [...new Set(runs.map((run) => run.pipeline))];
	const [only] = pipelines;
	if (only === undefined)
		throw new UsageError(
			"no run is stored that fits; widen --since, or send some, or `faultline import FILE`",
		);
	if (pipelines.length > 1) {
		throw new UsageError(
			`the runs are of several pipelines (${pipelines.slice(0, 8).join(", ")}); choose one with --pipeline`,
		);
	}
	return only;
}

const headOf = (pipeline: string, runs: readonly Run[], step: string | null) => {
	const iso = (us: number | undefined): string => new Date((us ?? 0) / 1000).toISOString();
	const starts = runs.map((run) => run.startUs).sort((a, b) => a - b);
	return { pipeline, step, runs: runs.length, first: iso(starts[0]), last: iso(starts.at(-1)) };
};

function sinceFailing(pipeline: string, runs: readonly Run[], seed: number): SinceReport {
	const random = seededRandom(seed);
	const stream = sinceWhen(runs, failed, { random });
	const stated = { measure: "failed", step: null, to: null, unit: "share", ...presentSince(stream) };
	// Where hardly a run says how it ended, how the steps behave is all there is to see.
	const behaviour =
		stream.runs < FEWEST_RUNS && runs.length >= FEWEST_RUNS ? measuresOf(runs, null, random) : [];
	return {
		...headOf(pipeline, runs, null),
		measures: [stated, ...behaviour],
		surroundings: surroundingsOf(runs, stream, seed),
		slices: stream.changes.length === 0 ? presentSlices(searchSlices([], runs, random)) : null,
	};
}

/** Every measure of a step, or of all steps; together they raise a false change as rarely as one. */
function measuresOf(runs: readonly Run[], step: string | null, random: Random): SinceMeasure[] {
	const streams = streamsOfStep(runs, step);
	const alpha = ALPHA / (1 + streams.length);
	return streams.map(({ component, measure, to, read }) => ({
		measure,
		step: nameOf(component).step,
		to: farEnd(measure, to),
		unit: unitOf(measure),
		...presentSince(sinceWhen(runs, read, { random, alpha })),
	}));
}

const ALPHA = 0.01;

/** For each change, the runs since the former one against those until the next. */
function surroundingsOf(runs: readonly Run[], { changes }: SinceWhen, seed: number): SinceSurroundings[] {
	return changes.map((change, at) => {
		const from = changes[at - 1]?.startUs ?? Number.NEGATIVE_INFINITY;
		const to = changes[at + 1]?.startUs ?? Number.POSITIVE_INFINITY;
		const between = (start: number, end: number): Run[] =>
			runs.filter((run) => run.startUs >= start && run.startUs < end);
		const [before, after] = [between(from, change.startUs), between(change.startUs, to)];
		return {
			at: new Date(change.startUs / 1000).toISOString(),
			slices: presentSlices(searchSlices(before, after, seededRandom(seed))),
			behaviour: behaviourChange(before, after, { random: seededRandom(seed) }).changes.map(
				presentBehaviourChange,
			),
		};
	});
}

function sinceStep(
	pipeline: string,
	runs: readonly Run[],
	{ step, seed, io }: SinceOptions & { readonly step: string },
): SinceReport {
	const components = componentsOf(runs);
	if (!components.some((component) => component.step === step)) {
		const names = [...new Set(components.map((component) => component.step))].slice(0, 20);
		throw new UsageError(`no run of ${pipeline} has a step "${step}"; its steps are ${names.join(", ")}`);
	}
	const random = seededRandom(seed);
	const verdicts = judgePipelines(runs, {
		scorers: builtInScorers,
		onRead: progressOf(io, "scored runs"),
	}).flatMap(({ judgement }) => judgement.verdicts);
	const origins = new Map(verdicts.map((verdict) => [verdict.traceId, verdict.origin?.step ?? null]));
	const measures = measuresOf(runs, step, random);
	const alpha = ALPHA / (1 + measures.length);
	const atFault = sinceWhen(runs, (run) => origins.get(run.traceId) === step, { random, alpha });
	return {
		...headOf(pipeline, runs, step),
		measures: [{ measure: "at-fault", step, to: null, unit: "share", ...presentSince(atFault) }, ...measures],
		surroundings: [],
		slices: null,
	};
}
