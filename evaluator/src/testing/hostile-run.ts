import type { TraceRow } from "@faultline/collector";

/** Tries to become markup, in an attribute and in text, and to run. */
export const HOSTILE: string = `"'><img src=x onerror="document.title='taken over'"><script>document.title='taken over'</script><svg onload="document.title='taken over'">`;

const timeText = (ms: number): string => (ms / 1000).toFixed(9);

/**
 * A failing run in which everything that an application may choose is hostile: names, versions, inputs, outputs, messages.
 *
 * @example
 * await insertTraces(store, hostileRun({ traceId: "f".repeat(32), pipeline: "docs-answer", startMs: Date.now() }));
 */
export function hostileRun({
	traceId,
	pipeline,
	startMs,
	version = HOSTILE,
}: {
	readonly traceId: string;
	readonly pipeline: string;
	readonly startMs: number;
	readonly version?: string;
}): TraceRow[] {
	const span = (at: number, name: string, attributes: Record<string, string>, failed = false): TraceRow => ({
		Timestamp: timeText(startMs + at),
		TraceId: traceId,
		SpanId: (0xa0 + at).toString(16).padStart(16, "0"),
		ParentSpanId: at === 0 ? "" : (0xa0).toString(16).padStart(16, "0"),
		TraceState: "",
		SpanName: name,
		SpanKind: "Internal",
		ServiceName: HOSTILE,
		ResourceAttributes: { "service.version": version, "deployment.environment.name": HOSTILE },
		ScopeName: HOSTILE,
		ScopeVersion: HOSTILE,
		SpanAttributes: attributes,
		Duration: "5000000",
		StatusCode: failed ? "Error" : "Unset",
		StatusMessage: failed ? HOSTILE : "",
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
	});
	const step = (kind: string, more: Record<string, string>): Record<string, string> => ({
		"faultline.step.kind": kind,
		"faultline.component.version": HOSTILE,
		...more,
	});
	return [
		span(0, HOSTILE, {
			"faultline.pipeline": pipeline,
			"faultline.outcome": "fail",
			"faultline.step.input": JSON.stringify({ question: HOSTILE }),
			"faultline.step.output": JSON.stringify(HOSTILE),
		}),
		span(1, `find ${HOSTILE}`, {
			"gen_ai.operation.name": "execute_tool",
			"gen_ai.tool.name": `find ${HOSTILE}`,
			"gen_ai.tool.call.arguments": JSON.stringify({ query: HOSTILE }),
			"gen_ai.tool.call.result": JSON.stringify({ error: HOSTILE, [HOSTILE]: HOSTILE }),
		}),
		span(
			2,
			HOSTILE,
			step("model", {
				"faultline.step.name": HOSTILE,
				"faultline.step.input": JSON.stringify([
					{ role: HOSTILE, parts: [{ type: "text", content: HOSTILE }] },
				]),
				"faultline.step.output": HOSTILE,
			}),
			true,
		),
	];
}
