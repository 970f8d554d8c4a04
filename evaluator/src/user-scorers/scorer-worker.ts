import { dirname, resolve } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type FaultlineConfig, loadConfig } from "../config.ts";
import { parseJson } from "../core/content.ts";
import { type NodeRun, readNodes } from "../core/nodes.ts";
import type { Run } from "../core/trace.ts";
import { readFixtures } from "../fixtures/fixture-file.ts";
import type { JudgeConfig, ScoredCase } from "../scoring-config.ts";
import { readAnswer, type ScorerAnswer } from "./read-answer.ts";
import { describeScorers, settingsOf, type UserScorer } from "./user-scorer.ts";

/** What the thread is told. */
export type Order =
	| { readonly run: Run }
	| { readonly forget: string }
	| { readonly ping: number }
	| {
			readonly call: number;
			readonly scorer: number;
			readonly traceId: string;
			readonly spanId: string | null;
	  };

/** What the thread tells: that it is ready, or cannot be; that it is alive; and of every call its steps. */
export type Report =
	| { readonly ready: { readonly scorers: readonly UserScorer[]; readonly judge: JudgeConfig | null } }
	| { readonly broken: string }
	| { readonly pong: number }
	| { readonly entered: number }
	| { readonly left: number }
	| { readonly done: number; readonly answer: ScorerAnswer }
	| { readonly failed: number; readonly message: string };

const tell = (report: Report): void => parentPort?.postMessage(report);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const runs = new Map<string, NodeRun>();
let scorers: ReturnType<typeof settingsOf>[] = [];
let expected: ReadonlyMap<string, unknown> = new Map();

async function start({ file, folder }: { readonly file: string | undefined; readonly folder: string }) {
	const config = await loadConfig(file, folder);
	scorers = (config.scorers ?? []).map(settingsOf);
	expected = await readExpected(config, resolve(dirname(config.path), config.fixtures ?? "fixtures"));
	tell({ ready: { scorers: describeScorers(config.scorers), judge: config.judge ?? null } });
}

/** Fixture id → what its output should be; none where there are no fixtures. */
async function readExpected(config: FaultlineConfig, folder: string): Promise<ReadonlyMap<string, unknown>> {
	if ((config.scorers ?? []).length === 0) return new Map();
	const files = await readFixtures([folder]).catch(() => []);
	return new Map(
		files.flatMap(({ fixture: { id, expected: wanted } }) =>
			wanted.output === null || wanted.outcome === "fail" ? [] : [[id, wanted.output] as const],
		),
	);
}

async function call(order: Extract<Order, { call: number }>): Promise<void> {
	tell({ entered: order.call });
	try {
		const settings = scorers[order.scorer];
		const score = settings?.scoreStep ?? settings?.scoreRun;
		const read = runs.get(order.traceId);
		if (settings === undefined || score === undefined || read === undefined)
			throw new Error("the scorer or the run is not known to its thread");
		const asked = score(caseOf(read, order.spanId, settings.expected));
		tell({ left: order.call });
		tell({ done: order.call, answer: readAnswer(await asked) });
	} catch (error) {
		tell({ left: order.call });
		tell({ failed: order.call, message: messageOf(error) });
	}
}

/** A text as it was meant: parsed where it is JSON. */
const parsed = (text: string): unknown => parseJson(text) ?? (text === "" ? undefined : text);

function caseOf(
	{ run, nodes, sources }: NodeRun,
	spanId: string | null,
	lookUp: ((run: Run) => unknown) | undefined,
): ScoredCase {
	const at = spanId === null ? -1 : nodes.findIndex((node) => node.spanId === spanId);
	const step = nodes[at] ?? null;
	// Behind a hand-off stand the steps that gave it.
	const givers = (sources[at] ?? []).flatMap((from) =>
		nodes[from]?.kind === "edge" ? (sources[from] ?? []) : [from],
	);
	const given = {
		run,
		step,
		inputs: givers.flatMap((from) => {
			const giver = nodes[from];
			return giver === undefined
				? []
				: [{ step: giver.name, kind: giver.kind, output: parsed(giver.output) }];
		}),
		input: parsed((step ?? run).input),
		output: parsed((step ?? run).output),
		expected: lookUp?.(run) ?? (step === null ? expected.get(run.taskId ?? "") : undefined),
	};
	return given as unknown as ScoredCase;
}

parentPort?.on("message", (order: Order) => {
	if ("run" in order) runs.set(order.run.traceId, readNodes(order.run));
	else if ("forget" in order) runs.delete(order.forget);
	else if ("ping" in order) tell({ pong: order.ping });
	else void call(order);
});

start(workerData as { file: string | undefined; folder: string }).catch((error: unknown) =>
	tell({ broken: messageOf(error) }),
);
