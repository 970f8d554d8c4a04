import { loadConfig } from "../config.ts";
import type { Fixture } from "../core/fixture.ts";
import { spanOfCall } from "../core/recorded-steps.ts";
import {
	type BisectDirection,
	bisectBackwards,
	bisectFixture,
	type FixtureBisection,
	ReplayUnusableError,
} from "../fixtures/bisect-fixture.ts";
import { findFixture } from "../fixtures/fixture-set.ts";
import type { TrialSettings } from "../layers/run-trial.ts";
import { writeVerified } from "../store/write-verified.ts";
import { bisectSet } from "./bisect-set.ts";
import { type BisectValues, sequentialOf } from "./bisect-values.ts";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import {
	newEvalId,
	openWorkbench,
	secondsAsMs,
	type Workbench,
	wholeNumber,
	workbenchOptions,
} from "./open-workbench.ts";
import { presentBisection } from "./present-bisection.ts";
import { readPins } from "./read-pins.ts";
import { renderBisection } from "./render-bisection.ts";

const options = {
	from: {
		type: "string",
		help: "good: pin good outputs into this pipeline, which fails (default); bad: pin bad outputs into this one, which works",
		value: "good|bad",
	},
	"pins-from": {
		type: "string",
		help: "where the outputs come from: fixture (default), or the trace id of a stored run",
		value: "RUN",
	},
	"good-config": {
		type: "string",
		help: "configuration of a version that works: confirm the other way round as well",
		value: "FILE",
	},
	random: { type: "boolean", help: "chance plays in this pipeline: repeat until a sequential test tells" },
	error: {
		type: "string",
		help: "with --random: largest chance of naming a wrong step (default 0.05)",
		value: "P",
	},
	"most-replays": {
		type: "string",
		help: "with --random: most replays of one question (default 60)",
		value: "N",
	},
	trial: { type: "string", help: "which trial to repeat (default 0)", value: "N" },
	"failing-of": {
		type: "string",
		help: "instead of one fixture: swap each component in over all failing cases of an evaluation",
		value: "EVAL_ID",
	},
	most: { type: "string", help: "with --failing-of: at most so many cases (default 50)", value: "N" },
	concurrency: { type: "string", help: "with --failing-of: cases at a time (default 4)", value: "N" },
	...workbenchOptions,
	...storeOptions,
	...jsonOption,
} as const;

export const bisect: Command = {
	name: "bisect",
	summary: "find the step that broke by replaying with a growing part of the pipeline pinned",
	positionals: "FIXTURE | --failing-of EVAL_ID",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [named, more] = positionals;
		if ((named === undefined) === (values["failing-of"] === undefined) || more !== undefined) {
			throw new UsageError("bisect takes one fixture (its file, or its id), or --failing-of EVAL_ID");
		}
		await using workbench = await openWorkbench(values, io);
		try {
			return named === undefined
				? await bisectSet(values, workbench, io)
				: await bisectOne(named, values, workbench, io);
		} catch (error) {
			if (!(error instanceof ReplayUnusableError)) throw error;
			io.err(`faultline: ${error.message}`);
			return EXIT.couldNotTell;
		}
	},
};

async function bisectOne(
	named: string,
	values: BisectValues,
	workbench: Workbench,
	io: Io,
): Promise<ExitCode> {
	const direction = directionOf(values.from);
	const fixture = await findFixture(named, workbench.fixtures);
	const { name, config } = workbench.pipeline(values.pipeline ?? fixture.pipeline);
	const recorded = await readPins(values["pins-from"], fixture, workbench.store);
	checkPins(fixture, direction, values["pins-from"]);
	const settings: TrialSettings = {
		evalId: newEvalId("bisect", io.now()),
		pipeline: name,
		config,
		runner: workbench.replayRunner(name, config),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
		retries: 2,
	};
	const sequential = sequentialOf(values, config.random === true);
	const request = {
		fixture,
		trial: wholeNumber("trial", values.trial, 0, 0),
		...(sequential === undefined ? {} : { sequential }),
	};
	io.err(`${settings.evalId}: replaying ${fixture.id} with its ${recorded.length} recorded calls`);
	const forward = await bisectFixture({ ...request, recorded, direction }, settings, workbench.store);
	const backward =
		values["good-config"] === undefined || forward.result.kind !== "found" || direction === "bad"
			? null
			: await backwards(values["good-config"], { forward, request, settings, name }, workbench, io);
	const presented = presentBisection(fixture, forward, backward, sequential?.error ?? 0);
	if (presented.verified) await storeVerified(forward, settings.evalId, sequential?.error ?? 0, workbench);
	if (values.json) io.out(JSON.stringify(presented));
	else io.out(renderBisection(presented));
	return forward.result.kind === "found" ? EXIT.done : EXIT.couldNotTell;
}

function directionOf(from = "good"): BisectDirection {
	if (from === "good" || from === "bad") return from;
	throw new UsageError(`--from is "${from}"; give good or bad`);
}

/** Pins of a fixture that was recorded failing are no good outputs, and the other way round. */
function checkPins(fixture: Fixture, direction: BisectDirection, from = "fixture"): void {
	if (from !== "fixture") return;
	const { outcome } = fixture.expected;
	if (direction === "good" && outcome === "fail") {
		throw new UsageError(
			`${fixture.id} was recorded failing, so its outputs are no good ones; give --pins-from TRACE_ID of a run that passed`,
		);
	}
	if (direction === "bad" && outcome === "pass") {
		throw new UsageError(
			`${fixture.id} was recorded passing, so its outputs are no bad ones; give --pins-from TRACE_ID of a run that failed`,
		);
	}
}

async function backwards(
	file: string,
	{
		forward,
		request,
		settings,
		name,
	}: {
		readonly forward: FixtureBisection;
		readonly request: Parameters<typeof bisectBackwards>[1];
		readonly settings: TrialSettings;
		readonly name: string;
	},
	workbench: Workbench,
	io: Io,
): Promise<FixtureBisection | null> {
	const good = (await loadConfig(file, io.cwd)).pipelines[name];
	if (good === undefined) throw new UsageError(`${file} has no pipeline "${name}"`);
	const runner = workbench.replayRunner(name, good);
	return await bisectBackwards(forward, request, { ...settings, config: good, runner }, workbench.store);
}

async function storeVerified(
	{ unpinned, broken }: FixtureBisection,
	evalId: string,
	error: number,
	{ store }: Workbench,
): Promise<void> {
	const [call] = broken;
	const origin = unpinned === null || call === undefined ? undefined : spanOfCall(unpinned, call);
	if (unpinned === null || origin === undefined) return;
	await writeVerified(store, [{ run: unpinned, origin, evalId, probability: 1 - error }]);
}
