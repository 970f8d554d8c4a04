import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Store } from "@faultline/collector";
import { compareRuns } from "../core/compare-runs.ts";
import { presentComparison } from "../core/present-comparison.ts";
import { presentVerdict } from "../core/present-verdict.ts";
import { seededRandom } from "../core/random.ts";
import type { Run } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { countStepHours } from "../store/count-step-hours.ts";
import { readRuns } from "../store/read-runs.ts";
import { EVALUATOR, judgementRows } from "../store/result-rows.ts";
import { writeResults } from "../store/write-results.ts";
import { type Command, jsonOption, parseOptions } from "./command.ts";
import { EXIT, type Io, progressOf, UsageError } from "./io.ts";
import { DEFAULT_DATA_DIR } from "./open-database.ts";
import { type DemoReport, exampleRuns, renderDemo } from "./render-demo.ts";
import { type ExampleSummary, runExample } from "./run-example.ts";
import { startStack } from "./start-stack.ts";

/** Every fault that the example can ship, and the component that it breaks. */
const DEMO_FAULTS = {
	"stale-index": "search_docs",
	"wrong-documents": "search_docs",
	"prompt-truncated": "build_prompt",
	"tool-shape-changed": "package_info",
	"answer-mangled": "parse_answer",
	"render-broken": "render_html",
	"model-degraded": "model",
	none: null,
} as const;

const DEFAULT_FAULT = "tool-shape-changed";
const REPEATS = 4;
const VERSIONS = { A: "1.4.0", B: "1.5.0" } as const;

const options = {
	fault: {
		type: "string",
		help: `what breaks in deploy B (default ${DEFAULT_FAULT}): ${Object.keys(DEMO_FAULTS).join(", ")}`,
		value: "NAME",
	},
	seed: {
		type: "string",
		help: "seed of the questions' order and the model's sampling (default 1)",
		value: "N",
	},
	repeats: { type: "string", help: `how often every question is asked (default ${REPEATS})`, value: "N" },
	"data-dir": {
		type: "string",
		help: "folder of the demonstration's database, emptied first (default .faultline/demo)",
		value: "DIR",
	},
	...jsonOption,
} as const;

type FaultName = keyof typeof DEMO_FAULTS;

export const demo: Command = {
	name: "demo",
	summary: "run the example application, healthy and then with a planted fault, and name what broke",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`demo takes no arguments, got "${positionals[0]}"`);
		const fault = faultOf(values.fault ?? DEFAULT_FAULT);
		const seed = positiveInteger("seed", values.seed ?? "1");
		const repeats = positiveInteger("repeats", values.repeats ?? String(REPEATS));
		const dataDir = resolve(io.cwd, values["data-dir"] ?? join(DEFAULT_DATA_DIR, "demo"));
		const started = io.now();
		await rm(dataDir, { recursive: true, force: true });
		const { summaries, runs, store, stack } = await runDeploys({ fault, seed, repeats, dataDir }, io);
		await using _ = stack;
		const report = await judgeDemo({ fault, seed, summaries, runs, store }, io);
		io.err(`finished in ${((io.now() - started) / 1000).toFixed(1)} s`);
		if (values.json) io.out(JSON.stringify(report));
		else io.out(renderDemo(report, relative(io.cwd, dataDir)));
		return report.correct ? EXIT.done : EXIT.bad;
	},
};

function faultOf(name: string): FaultName {
	if (Object.hasOwn(DEMO_FAULTS, name)) return name as FaultName;
	throw new UsageError(`--fault is "${name}"; give one of ${Object.keys(DEMO_FAULTS).join(", ")}`);
}

function positiveInteger(name: string, text: string): number {
	const value = Number(text);
	if (Number.isSafeInteger(value) && value > 0) return value;
	throw new UsageError(`--${name} is "${text}"; give a positive integer`);
}

interface DemoRun {
	readonly fault: FaultName;
	readonly seed: number;
	readonly repeats: number;
	readonly dataDir: string;
}

/** Starts the stack, runs both deploys against it and waits until every run is stored. */
async function runDeploys(demo: DemoRun, io: Io) {
	io.err("starting the embedded stack (OTLP receiver, ClickHouse, page)");
	const stack = await startStack({
		dataDir: demo.dataDir,
		otlpHttpPort: 0,
		otlpGrpcPort: 0,
		clickhousePort: 0,
		pagePort: 0,
	});
	try {
		const endpoint = `http://127.0.0.1:${stack.receiver.httpPort}`;
		const summaries: Partial<Record<"A" | "B", ExampleSummary>> = {};
		for (const deploy of ["A", "B"] as const) {
			io.err(
				`deploy ${deploy} (${VERSIONS[deploy]}): ${deploy === "A" ? "healthy" : `--fault ${demo.fault}`}`,
			);
			const fault = deploy === "A" ? "none" : demo.fault;
			// Trials of the two deploys must not share their chance.
			const seed = 2 * demo.seed + (deploy === "A" ? 0 : 1);
			const resource = {
				"service.name": "docs-assistant",
				"service.version": VERSIONS[deploy],
				"deployment.environment.name": "demo",
			};
			summaries[deploy] = await runExample(
				{ deploy, fault, seed, repeats: demo.repeats, endpoint, resource },
				io,
			);
		}
		await stack.receiver.flush();
		const read = (version: string): Promise<Run[]> =>
			readRuns(
				stack.store,
				{ serviceVersion: version },
				{ onRead: progressOf(io, `read runs of ${version}`) },
			);
		const runs = { A: await read(VERSIONS.A), B: await read(VERSIONS.B) };
		checkArrived("A", runs.A, summaries.A);
		checkArrived("B", runs.B, summaries.B);
		return { summaries, runs, store: stack.store, stack };
	} catch (error) {
		await stack[Symbol.asyncDispose]();
		throw error;
	}
}

function checkArrived(deploy: string, runs: readonly Run[], summary: ExampleSummary | undefined): void {
	if (runs.length !== summary?.runs) {
		throw new Error(
			`deploy ${deploy} made ${summary?.runs ?? 0} runs, but ${runs.length} arrived in the database`,
		);
	}
}

async function judgeDemo(
	demo: {
		readonly fault: FaultName;
		readonly seed: number;
		readonly summaries: Partial<Record<"A" | "B", ExampleSummary>>;
		readonly runs: Readonly<Record<"A" | "B", readonly Run[]>>;
		readonly store: Store;
	},
	io: Io,
): Promise<DemoReport> {
	const { A, B } = demo.runs;
	const show = progressOf(io, "scored runs");
	const comparison = compareRuns(A, B, {
		scorers: builtInScorers,
		random: seededRandom(demo.seed),
		onRead: (done) => show(done, A.length + B.length),
	});
	await writeResults(demo.store, judgementRows(comparison.judgement, builtInScorers));
	await countStepHours(
		demo.store,
		comparison.judgement.evidence.map(({ run }) => run.startUs),
		EVALUATOR,
	);
	const presented = presentComparison(A[0]?.pipeline ?? "", comparison);
	const broken = DEMO_FAULTS[demo.fault];
	const named = ["component", "several"].includes(presented.verdict.kind) ? presented.verdict.steps : [];
	const correct =
		broken === null
			? named.length === 0 && presented.verdict.kind === "no-change"
			: named.length === 1 && named[0] === broken;
	const all = comparison.judgement.evidence.map(({ run, steps }, index) => {
		const verdict = comparison.judgement.verdicts[index];
		return verdict === undefined ? [] : [{ run, steps, verdict: presentVerdict(run, verdict) }];
	});
	return {
		fault: demo.fault,
		broken,
		seed: demo.seed,
		model: demo.summaries.B?.model ?? "",
		comparison: presented,
		examples: exampleRuns(all.flat(), { deploy: VERSIONS.B, step: named[0] ?? null }),
		named,
		correct,
	};
}
