import type { FixtureStep } from "../core/fixture.ts";
import { callName, type StepCall, selectCalls } from "../core/plan-pins.ts";
import { findFixture } from "../fixtures/fixture-set.ts";
import { replayFixture } from "../fixtures/replay-fixture.ts";
import { writeCaseRoots } from "../store/write-case-roots.ts";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, UsageError } from "./io.ts";
import { newEvalId, openWorkbench, secondsAsMs, wholeNumber, workbenchOptions } from "./open-workbench.ts";
import { type PresentedReplay, presentReplay } from "./present-replay.ts";
import { readPins } from "./read-pins.ts";
import { renderReplay } from "./render-replay.ts";

const options = {
	pin: {
		type: "string",
		multiple: true,
		help: "steps to give their recorded outputs: search_docs, model#1 (its second call); several with commas",
		value: "STEPS",
	},
	"pins-from": {
		type: "string",
		help: "where the outputs come from: fixture (default), or the trace id of a stored run",
		value: "RUN",
	},
	trial: { type: "string", help: "which trial to repeat (default 0)", value: "N" },
	...workbenchOptions,
	...storeOptions,
	...jsonOption,
} as const;

export const replay: Command = {
	name: "replay",
	summary: "run a fixture again, with some steps pinned to recorded outputs, and say what differs",
	positionals: "FIXTURE [--pin STEPS]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [named, more] = positionals;
		if (named === undefined || more !== undefined) {
			throw new UsageError(
				"replay takes one fixture: its file, or its id; e.g. replay fixtures/a.json --pin search",
			);
		}
		const trial = wholeNumber("trial", values.trial, 0, 0);
		const timeoutMs = secondsAsMs("timeout", values.timeout, 60_000);
		await using workbench = await openWorkbench(values, io);
		const fixture = await findFixture(named, workbench.fixtures);
		const { name, config } = workbench.pipeline(values.pipeline ?? fixture.pipeline);
		const recorded = await readPins(values["pins-from"], fixture, workbench.store);
		const pinned = pinsOf(values.pin ?? [], recorded);
		const evalId = newEvalId("replay", io.now());
		const replayed = await replayFixture(
			{ fixture, recorded, pinned, trial },
			{ evalId, pipeline: name, config, runner: workbench.replayRunner(name, config), timeoutMs, retries: 2 },
		);
		if (replayed.trial.root !== null) await writeCaseRoots(workbench.store, [replayed.trial.root]);
		const presented = presentReplay(fixture, replayed, values["pins-from"] ?? "fixture");
		if (values.json) io.out(JSON.stringify(presented));
		else io.out(renderReplay(presented));
		return exitOf(presented);
	},
};

function pinsOf(selectors: readonly string[], recorded: readonly FixtureStep[]): readonly StepCall[] {
	const wanted = selectors.flatMap((text) => text.split(",")).map((text) => text.trim());
	const { calls, unknown } = selectCalls(recorded, wanted.filter(Boolean));
	if (unknown.length === 0) return calls;
	throw new UsageError(
		`--pin ${unknown[0]} is no step of the recording; it has ${[...new Set(recorded.map(callName))].join(", ")}`,
	);
}

const exitOf = ({ status, outcome }: PresentedReplay): ExitCode =>
	status === "completed" && outcome !== "unknown" ? EXIT.done : EXIT.couldNotTell;
