import { insertTraces, migrate, type Store, type TraceRow } from "@faultline/collector";

export const PIPELINE = "docs-answer";
const STEPS = [
	{ name: "search_docs", kind: "retrieval" },
	{ name: "build_prompt", kind: "prompt_build" },
	{ name: "model", kind: "model" },
] as const;

export interface Seed {
	/** Runs of version 1, of which none fails, and of version 2, of which every second one breaks at `build_prompt`. */
	readonly healthy: number;
	readonly broken: number;
	/** Start of the last run; the runs before it lie 20 s apart. */
	readonly lastMs: number;
	/** Leave out what the evaluator writes. */
	readonly withoutVerdicts?: boolean;
}

/**
 * Fills an empty database with runs and what the evaluator says about them. Returns the trace id of a failing run.
 * Runs that fail broke at `build_prompt` with probability 1, so hazards and rates are known exactly.
 */
export async function seedStore(store: Store, seed: Seed): Promise<string> {
	await migrate(store);
	const total = seed.healthy + seed.broken;
	const runs = Array.from({ length: total }, (_, index) => {
		const second = index >= seed.healthy;
		return {
			traceId: (index + 1).toString(16).padStart(32, "0"),
			version: second ? "2" : "1",
			fails: second && index % 2 === 1,
			startMs: seed.lastMs - (total - 1 - index) * 20_000,
		};
	});
	await insertTraces(store, runs.flatMap(spansOf));
	if (seed.withoutVerdicts !== true) await insertResults(store, runs);
	return runs.find((run) => run.fails)?.traceId ?? "";
}

interface SeededRun {
	readonly traceId: string;
	readonly version: string;
	readonly fails: boolean;
	readonly startMs: number;
}

const timeText = (ms: number): string => (ms / 1000).toFixed(9);

function spansOf(run: SeededRun): TraceRow[] {
	const span = (index: number, name: string, attributes: Record<string, string>): TraceRow => ({
		Timestamp: timeText(run.startMs + index),
		TraceId: run.traceId,
		SpanId: (index + 1).toString(16).padStart(16, "0"),
		ParentSpanId: index === 0 ? "" : "1".padStart(16, "0"),
		TraceState: "",
		SpanName: name,
		SpanKind: "Internal",
		ServiceName: "docs",
		ResourceAttributes: { "service.version": run.version },
		ScopeName: "test",
		ScopeVersion: "1",
		SpanAttributes: attributes,
		Duration: "1000000",
		StatusCode: "Unset",
		StatusMessage: "",
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
	});
	return [
		span(0, PIPELINE, {
			"faultline.pipeline": PIPELINE,
			"faultline.outcome": run.fails ? "fail" : "pass",
		}),
		...STEPS.map((step, index) =>
			span(index + 1, step.name, {
				"faultline.step.name": step.name,
				"faultline.step.kind": step.kind,
				"faultline.component.version": run.version,
			}),
		),
	];
}

async function insertResults(store: Store, runs: readonly SeededRun[]): Promise<void> {
	const shared = (run: SeededRun): object => ({
		trace_id: run.traceId,
		pipeline: PIPELINE,
		service_name: "docs",
		service_version: run.version,
		environment: "production",
		run_start: timeText(run.startMs),
	});
	// Recent: the TTL of what the evaluator writes counts from here.
	const latest = Math.max(...runs.map((run) => run.startMs));
	// An older evaluator called every run a failure: panels must show the newer opinion only.
	for (const { evaluator, createdMs, fails } of [
		{ evaluator: "faultline-0", createdMs: latest, fails: () => true },
		{ evaluator: "faultline-1", createdMs: latest + 1000, fails: (run: SeededRun) => run.fails },
	]) {
		await store.insert(
			"verdicts",
			runs.map((run) => ({
				...shared(run),
				evaluator,
				created_at: (createdMs / 1000).toFixed(3),
				outcome: fails(run) ? "fail" : "pass",
				verdict: fails(run) ? "fault" : "no-fault",
				origin_step: fails(run) ? "build_prompt" : "",
				origin_kind: fails(run) ? "prompt_build" : "",
				origin_version: fails(run) ? run.version : "",
				probability: fails(run) ? 1 : null,
			})),
		);
	}
	await store.insert(
		"step_verdicts",
		runs.flatMap((run) =>
			STEPS.map((step, index) => ({
				...shared(run),
				evaluator: "faultline-1",
				step: step.name,
				kind: step.kind,
				component_version: run.version,
				reached: run.fails && index > 1 ? 0 : 1,
				broke: run.fails && index === 1 ? 1 : 0,
			})),
		),
	);
	await store.insert(
		"scores",
		runs.map((run) => ({
			trace_id: run.traceId,
			span_id: "3".padStart(16, "0"),
			scorer: "content-kept",
			scorer_version: "1",
			step: "build_prompt",
			kind: "prompt_build",
			sort: "local",
			source: "code",
			value: run.fails ? 0.1 : 1,
			run_start: timeText(run.startMs),
		})),
	);
}
