import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { Store } from "@faultline/collector";
import { findConfig } from "../config.ts";
import type { Evaluation } from "../core/evaluation.ts";
import type { Fixture } from "../core/fixture.ts";
import { decideGate } from "../core/gate.ts";
import type { GatePolicy } from "../core/gate-policy.ts";
import { type BisectBlame, type PresentedGate, presentGate } from "../core/present-gate.ts";
import { readFixtureSet } from "../fixtures/fixture-set.ts";
import { readBaseline, writeBaseline } from "../gate/baseline-file.ts";
import { bisectFailing } from "../gate/bisect-failing.ts";
import { findBlame } from "../gate/find-blame.ts";
import { checkPolicy, readPolicy } from "../gate/read-policy.ts";
import { renderTerminal } from "../gate/render-terminal.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readEvaluation } from "../store/evaluations.ts";
import { latestPassing, writeGateDecision } from "../store/gate-decisions.ts";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { evaluateForGate, type GateEvaluation } from "./gate-evaluation.ts";
import { parseReports, writeReports } from "./gate-reports.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import {
	newEvalId,
	openWorkbench,
	secondsAsMs,
	type Workbench,
	wholeNumber,
	workbenchOptions,
} from "./open-workbench.ts";
import { pageOption, parsePageUrl } from "./page-url.ts";

const LATEST = "latest-passing";

const options = {
	eval: {
		type: "string",
		help: "evaluation to decide about (default: run the fixtures now, as `eval system` does)",
		value: "EVAL_ID",
	},
	baseline: {
		type: "string",
		help: `what to compare with: an evaluation, a file of --save-baseline, or ${LATEST} (the default)`,
		value: "EVAL_ID|FILE",
	},
	policy: {
		type: "string",
		help: "policy as JSON (default: `gate` of the configuration, else end to end within 5 points, every step within 8)",
		value: "FILE",
	},
	report: {
		type: "string",
		help: "also write: junit=FILE, markdown=FILE, json=FILE, github (annotations), separated by commas",
		value: "WHAT",
	},
	"save-baseline": {
		type: "string",
		help: "write this evaluation as the next baseline, where it passed or had none to pass against",
		value: "FILE",
	},
	...pageOption,
	"bisect-budget": {
		type: "string",
		help: "on failure, most replays of failing fixtures with pinned steps (default 20 where the pipeline runs in this process and --eval is not given, else 0)",
		value: "N",
	},
	trials: {
		type: "string",
		help: "how often every fixture is run (default: as in the baseline, else 1)",
		value: "N",
	},
	concurrency: { type: "string", help: "cases at a time (default 4)", value: "N" },
	...workbenchOptions,
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const gate: Command = {
	name: "gate",
	summary: "decide whether a deploy may pass, and say which component to look at where it may not",
	positionals: "[--eval EVAL_ID] [--baseline EVAL_ID|FILE|latest-passing] [--policy FILE]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`gate takes no arguments, got "${positionals[0]}"`);
		const reports = parseReports(values.report);
		const pageUrl = parsePageUrl(values["page-url"]);
		const written = values.policy === undefined ? null : await readPolicy(resolve(io.cwd, values.policy));
		await using bench = await openBench(values, written, io);
		const policy = written ?? policyOf(bench.workbench, io);
		const { candidate, baseline, stopped } = await gatherSides(bench, values, policy, io);
		const decision = decideGate(candidate, baseline, policy, { now: io.now(), stopped });
		const blame =
			decision.verdict === "fail"
				? await findBlame(decision, candidate, baseline, {
						store: bench.store,
						scorers: builtInScorers,
						fixtures: await fixturesOf(bench, values, candidate, io),
						pageUrl,
						bisect: bisectBy(bench, values, candidate, io),
						onProgress: io.err,
					})
				: null;
		const presented = presentGate(decision, blame);
		await writeGateDecision(bench.store, presented, io.now());
		if (values["save-baseline"] !== undefined)
			await saveBaseline(values["save-baseline"], candidate, presented, io);
		await writeReports(reports, presented, values.json === true, io);
		io.out(values.json ? JSON.stringify(presented) : renderTerminal(presented));
		return EXIT_OF[presented.verdict];
	},
};

const EXIT_OF = {
	pass: EXIT.done,
	fail: EXIT.bad,
	inconclusive: EXIT.couldNotTell,
} as const satisfies Record<PresentedGate["verdict"], ExitCode>;

interface Bench extends AsyncDisposable {
	readonly store: Store;
	/** Null where neither the pipeline nor the configuration's policy is needed. */
	readonly workbench: Workbench | null;
}

/** The application is loaded only where it must be: to run it, or for the policy in its configuration. */
async function openBench(values: Values, written: GatePolicy | null, io: Io): Promise<Bench> {
	const named = values.config !== undefined;
	const budget = wholeNumber("bisect-budget", values["bisect-budget"], 0, 0);
	const needed =
		values.eval === undefined || budget > 0 || (written === null && (named || (await hasConfig(io))));
	if (needed) {
		const workbench = await openWorkbench(values, io);
		return {
			store: workbench.store,
			workbench,
			[Symbol.asyncDispose]: () => workbench[Symbol.asyncDispose](),
		};
	}
	const store = await openDatabase(values, io);
	return { store, workbench: null, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

const hasConfig = (io: Io): Promise<boolean> =>
	findConfig(undefined, io.cwd).then(
		() => true,
		() => false,
	);

/** The fixtures, where they can be found: without them the gate only knows less of what to look at. */
async function fixturesOf(
	{ workbench }: Pick<Bench, "workbench">,
	values: Values,
	{ run }: Evaluation,
	io: Io,
): Promise<readonly Fixture[]> {
	const folder = workbench?.fixtures ?? resolve(io.cwd, values.fixtures ?? "fixtures");
	try {
		return await readFixtureSet(folder, run.pipeline);
	} catch (error) {
		if (!(error instanceof UsageError) || values.fixtures !== undefined) throw error;
		return [];
	}
}

const BISECT_BUDGET = 20;

/** Replays of failing fixtures; null where there is no budget, or the pipeline does not run in this process. */
function bisectBy(
	{ store, workbench }: Bench,
	values: Values,
	candidate: Evaluation,
	io: Io,
): ((fixtureIds: readonly string[]) => Promise<BisectBlame | null>) | null {
	if (workbench === null) return null;
	const { name, config } = workbench.pipeline(candidate.run.pipeline);
	const own = values.eval === undefined && config.run !== undefined ? BISECT_BUDGET : 0;
	const replays = wholeNumber("bisect-budget", values["bisect-budget"], own, 0);
	if (replays === 0) return null;
	const settings = {
		evalId: newEvalId("bisect", io.now()),
		pipeline: name,
		config,
		runner: workbench.replayRunner(name, config),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
		retries: 2,
	};
	const failing = candidate.cases.filter(({ outcome }) => outcome === "fail");
	const trialOf = new Map(failing.map(({ fixtureId, trial }) => [fixtureId, trial]));
	return async (fixtureIds) => {
		const fixtures = await fixturesOf({ workbench }, values, candidate, io);
		const wanted = fixtureIds.flatMap((id) => fixtures.find((fixture) => fixture.id === id) ?? []);
		return bisectFailing(wanted, settings, store, {
			replays,
			trialOf,
			signal: io.signal,
			onProgress: io.err,
		});
	};
}

function policyOf(workbench: Workbench | null, io: Io): GatePolicy {
	const written = workbench?.config.gate;
	if (written !== undefined) return checkPolicy(written, `gate of ${workbench?.config.path}`);
	io.err(
		"no --policy and no `gate` in a configuration: end to end may lose less than 5 points, every step less than 8",
	);
	return checkPolicy({}, "the default policy");
}

async function gatherSides(
	{ store, workbench }: Bench,
	values: Values,
	policy: GatePolicy,
	io: Io,
): Promise<GateEvaluation & { readonly baseline: Evaluation | null }> {
	if (values.eval !== undefined) {
		const candidate = await readEvaluation(store, values.eval);
		if (candidate === null) {
			throw new UsageError(`no evaluation ${values.eval} is stored here; \`faultline eval list\` lists them`);
		}
		const baseline = await findBaseline(
			store,
			values,
			{ pipeline: candidate.run.pipeline, except: values.eval },
			policy,
			io,
		);
		return { candidate, baseline, stopped: null };
	}
	if (workbench === null)
		throw new UsageError("gate needs --eval EVAL_ID, or a configuration to run the pipeline by");
	const pipeline = workbench.pipeline().name;
	const baseline = await findBaseline(store, values, { pipeline, except: "" }, policy, io);
	return { ...(await evaluateForGate(workbench, values, { baseline, policy }, io)), baseline };
}

async function findBaseline(
	store: Store,
	values: Values,
	{ pipeline, except }: { readonly pipeline: string; readonly except: string },
	policy: GatePolicy,
	io: Io,
): Promise<Evaluation | null> {
	const name = values.baseline ?? LATEST;
	if (name === LATEST) {
		const sinceMs = io.now() - 2 * policy.baseline.maxAgeDays * 86_400_000;
		const evalId = await latestPassing(store, pipeline, { except, sinceMs });
		if (evalId === null)
			io.err(`no evaluation of ${pipeline} has passed the gate here yet; give --baseline EVAL_ID or FILE`);
		return evalId === null ? null : readEvaluation(store, evalId);
	}
	const path = resolve(io.cwd, name);
	if (name.endsWith(".json") || (await isThere(path))) return readBaseline(path);
	const stored = await readEvaluation(store, name);
	if (stored !== null) return stored;
	throw new UsageError(
		`--baseline ${name} is neither a file nor a stored evaluation; \`faultline eval list\` lists them`,
	);
}

const isThere = (path: string): Promise<boolean> =>
	access(path).then(
		() => true,
		() => false,
	);

async function saveBaseline(
	file: string,
	candidate: Evaluation,
	presented: PresentedGate,
	io: Io,
): Promise<void> {
	const path = resolve(io.cwd, file);
	const compared = presented.baseline !== null && presented.obstacles.length === 0;
	if (presented.verdict === "fail" || (presented.verdict === "inconclusive" && compared)) {
		io.err(`${file} is not written: an evaluation that did not pass against its baseline is no baseline`);
		return;
	}
	await writeBaseline(path, candidate);
	io.err(`saved ${candidate.run.evalId} as ${file}; review it and commit it`);
}
