import { insertTraces, type Store, type TraceRow } from "@faultline/collector";

/** One run of a pipeline of two steps, as a test says it. */
export interface Chat {
	readonly traceId: string;
	readonly startMs: number;
	readonly question: string;
	readonly answer: string;
	readonly failed?: boolean;
	readonly version?: string;
	readonly pipeline?: string;
}

/** Stores runs that retrieve and then answer: `search` (retrieval) gets the question, `write` (model) gives the answer. */
export async function insertChats(store: Store, chats: readonly Chat[]): Promise<void> {
	const rows = chats.flatMap(spansOf);
	for (let at = 0; at < rows.length; at += 10_000) await insertTraces(store, rows.slice(at, at + 10_000));
}

function spansOf({
	traceId,
	startMs,
	question,
	answer,
	failed,
	version = "1",
	pipeline = "help-desk",
}: Chat): TraceRow[] {
	const span = (at: number, name: string, attributes: Record<string, string>): TraceRow => ({
		Timestamp: ((startMs + at) / 1000).toFixed(9),
		TraceId: traceId,
		SpanId: (at + 1).toString(16).padStart(16, "0"),
		ParentSpanId: at === 0 ? "" : "1".padStart(16, "0"),
		TraceState: "",
		SpanName: name,
		SpanKind: "Internal",
		ServiceName: "desk",
		ResourceAttributes: { "service.version": version, "deployment.environment.name": "test" },
		ScopeName: "test",
		ScopeVersion: "1",
		SpanAttributes: attributes,
		Duration: "5000000",
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
	const step = (name: string, kind: string, input: string, output: string): Record<string, string> => ({
		"faultline.step.name": name,
		"faultline.step.kind": kind,
		"faultline.step.input": JSON.stringify(input),
		"faultline.step.output": JSON.stringify(output),
	});
	return [
		span(0, pipeline, {
			"faultline.pipeline": pipeline,
			...(failed === undefined ? {} : { "faultline.outcome": failed ? "fail" : "pass" }),
			"faultline.step.input": JSON.stringify(question),
			"faultline.step.output": JSON.stringify(answer),
		}),
		span(1, "search", step("search", "retrieval", question, `pages on ${question}`)),
		span(2, "write", step("write", "model", `pages on ${question}`, answer)),
	];
}
