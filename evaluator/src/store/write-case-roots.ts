import { insertTraces, type Store, type TraceRow } from "@faultline/collector";
import { ATTR } from "@faultline/instrumentation/attributes";
import type { Outcome } from "../core/trace.ts";
import type { Deploy } from "./read-runs.ts";

/** The evaluation's own span around a case: the root of its trace, of which the application's spans are part. */
export interface CaseRoot {
	readonly traceId: string;
	readonly spanId: string;
	readonly pipeline: string;
	readonly fixtureId: string;
	readonly evalId: string;
	readonly deploy: Deploy;
	/** Asked over HTTP, or run in this process. */
	readonly remote: boolean;
	readonly startMs: number;
	readonly durationMs: number;
	readonly outcome: Outcome;
	/** Empty where nothing went wrong. */
	readonly error: string;
	/** Steps whose outputs were pinned. */
	readonly pinned: readonly string[];
	/** What was asked and answered, where the application's own spans do not say: JSON texts. */
	readonly content: { readonly input: string; readonly output: string } | null;
}

/**
 * Stores the root spans of cases, by which their traces become runs. The trace was begun by the evaluation, so the evaluation owes it
 * its root; the outcome is known only after the application's spans were read.
 *
 * @example
 * await writeCaseRoots(store, [root]);
 */
export async function writeCaseRoots(store: Store, roots: readonly CaseRoot[]): Promise<void> {
	if (roots.length > 0) await insertTraces(store, roots.map(rootRow));
}

function rootRow(root: CaseRoot): TraceRow {
	const { deploy } = root;
	return {
		Timestamp: `${Math.floor(root.startMs / 1000)}.${String(Math.floor((root.startMs % 1000) * 1e6)).padStart(9, "0")}`,
		TraceId: root.traceId,
		SpanId: root.spanId,
		ParentSpanId: "",
		TraceState: "",
		SpanName: `eval ${root.pipeline}`,
		SpanKind: root.remote ? "Client" : "Internal",
		ServiceName: deploy.serviceName,
		ResourceAttributes: present({
			"service.name": deploy.serviceName,
			"service.version": deploy.serviceVersion,
			"deployment.environment.name": deploy.environment,
			"vcs.ref.head.revision": deploy.revision,
		}),
		ScopeName: "@faultline/evaluator",
		ScopeVersion: "",
		SpanAttributes: present({
			[ATTR.pipeline]: root.pipeline,
			[ATTR.fixtureId]: root.fixtureId,
			[ATTR.taskId]: root.fixtureId,
			[ATTR.evalId]: root.evalId,
			[ATTR.replayPinned]: root.pinned.join(","),
			[ATTR.outcome]: root.outcome === "unknown" ? "" : root.outcome,
			[ATTR.stepInput]: root.content?.input ?? "",
			[ATTR.stepOutput]: root.content?.output ?? "",
		}),
		Duration: String(Math.max(0, Math.round(root.durationMs * 1e6))),
		StatusCode: root.error === "" ? "Unset" : "Error",
		StatusMessage: root.error,
		"Events.Timestamp": [],
		"Events.Name": [],
		"Events.Attributes": [],
		"Links.TraceId": [],
		"Links.SpanId": [],
		"Links.TraceState": [],
		"Links.Attributes": [],
	};
}

const present = (map: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(Object.entries(map).filter(([, value]) => value !== ""));
