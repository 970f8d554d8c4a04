import { insertTraces, type Store, type TraceRow } from "@faultline/collector";

/** Steps of the runs that `insertRuns` writes. */
export const RUN_STEPS = [
	["search", "retrieval"],
	["build", "prompt_build"],
	["answer", "model"],
] as const;

const timeText = (ms: number): string => (ms / 1000).toFixed(9);

/** Trace ids are `prefix` with a number; every fifth run fails unless told otherwise, and its model's answer is empty. */
export async function insertRuns(
	store: Store,
	options: {
		readonly prefix: string;
		readonly count: number;
		readonly startMs: number;
		readonly version?: string;
		/** Every so manieth run fails; 0: none. Default 5. */
		readonly failEvery?: number;
		/** Nanoseconds of the root span; a clock that went backwards leaves a number beyond 2^63. */
		readonly rootNs?: string;
		/** Failing runs look like all others. */
		readonly unseen?: boolean;
	},
): Promise<string[]> {
	const ids = Array.from(
		{ length: options.count },
		(_, index) => `${options.prefix}${index.toString(16).padStart(32 - options.prefix.length, "0")}`,
	);
	const rows = ids.flatMap((traceId, index) => spansOf(traceId, index, options));
	for (let at = 0; at < rows.length; at += 10_000) await insertTraces(store, rows.slice(at, at + 10_000));
	return ids;
}

function spansOf(
	traceId: string,
	index: number,
	{
		startMs,
		version = "1",
		failEvery = 5,
		rootNs = "40000000",
		unseen = false,
	}: Parameters<typeof insertRuns>[1],
): TraceRow[] {
	const fails = failEvery > 0 && index % failEvery === failEvery - 1;
	const question = `which of ${index % 20} is it`;
	const span = (
		at: number,
		name: string,
		attributes: Record<string, string>,
		duration: string,
	): TraceRow => ({
		Timestamp: timeText(startMs + index + at),
		TraceId: traceId,
		SpanId: (at + 1).toString(16).padStart(16, "0"),
		ParentSpanId: at === 0 ? "" : "1".padStart(16, "0"),
		TraceState: "",
		SpanName: name,
		SpanKind: "Internal",
		ServiceName: "shop",
		ResourceAttributes: { "service.version": version, "deployment.environment.name": "test" },
		ScopeName: "test",
		ScopeVersion: "1",
		SpanAttributes: attributes,
		Duration: duration,
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
		span(
			0,
			"shop-answer",
			{
				"faultline.pipeline": "shop-answer",
				"faultline.outcome": fails ? "fail" : "pass",
				"faultline.step.input": JSON.stringify(question),
			},
			rootNs,
		),
		...RUN_STEPS.map(([name, kind], at) =>
			span(
				at + 1,
				name,
				{
					"faultline.step.name": name,
					"faultline.step.kind": kind,
					"faultline.component.version": version,
					"faultline.step.input": JSON.stringify(question),
					"faultline.step.output": JSON.stringify(
						fails && !unseen && kind === "model" ? "" : `${name} of ${question}`,
					),
				},
				"5000000",
			),
		),
	];
}
