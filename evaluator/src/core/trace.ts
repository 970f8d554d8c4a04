import { ATTR, CUT_BYTES_SUFFIX, type StepKind } from "@faultline/instrumentation/attributes";
import type { KnownScore } from "./known-score.ts";

/** How a run ended, as the application or a grader said; `unknown` where nobody said. */
export type Outcome = "pass" | "fail" | "unknown";

/** What a fault can begin in: a step, the hand-off of other steps' outputs to a step (`edge`), or what the user asked (`input`). */
export type NodeKind = StepKind | "edge" | "input";

/** A span of a run. `kind` is empty for spans that no mapping recognises as a step (an HTTP client span, say). */
export interface Step {
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly name: string;
	readonly kind: NodeKind | "";
	/** What would change if the component changed; empty where the application did not say. */
	readonly version: string;
	/** Microseconds since the epoch. */
	readonly startUs: number;
	readonly durationUs: number;
	/** JSON text or plain text, as recorded; empty where content was not captured. */
	readonly input: string;
	readonly output: string;
	/** The span's status was Error. */
	readonly failed: boolean;
	readonly statusMessage: string;
	readonly attributes: Readonly<Record<string, string>>;
	/** Span ids of the same trace that this span links to: recorded data-flow edges. */
	readonly links: readonly string[];
}

/** One execution of a pipeline: one trace. */
export interface Run {
	readonly traceId: string;
	readonly rootSpanId: string;
	readonly pipeline: string;
	readonly serviceName: string;
	readonly serviceVersion: string;
	readonly environment: string;
	readonly startUs: number;
	readonly durationUs: number;
	readonly outcome: Outcome;
	/** Which task this run is a trial of; null where it is nobody's trial. */
	readonly taskId: string | null;
	readonly input: string;
	readonly output: string;
	/** What the root (and a pipeline's own span below it) carries beside the content; left out where nobody knows. */
	readonly attributes?: Readonly<Record<string, string>>;
	/** Every span below the root, ordered by start. */
	readonly spans: readonly Step[];
	/** Scores of its steps that were found before locating; left out where there are none. */
	readonly known?: readonly KnownScore[];
}

/** A component: what can break. Its versions are compared, its name and kind identify it. */
export interface Component {
	readonly step: string;
	readonly kind: string;
}

/** The user's input, as a place where a fault can begin. */
export const INPUT = "input";

/** The key under which everything that is learned about a component is kept. */
export const componentKey = ({ name, kind }: { readonly name: string; readonly kind: string }): string =>
	kind === INPUT ? INPUT : `${kind}/${name}`;

const RECORDED_AS = {
	input: [ATTR.stepInput, ATTR.inputMessages, ATTR.toolCallArguments],
	output: [ATTR.stepOutput, ATTR.outputMessages, ATTR.toolCallResult, ATTR.retrievalDocuments],
} as const;

/** Only the beginning of the text was recorded, because it was too long: its end, and so its structure, is unknown. */
export const isCut = ({ attributes }: Step, text: "input" | "output"): boolean =>
	RECORDED_AS[text].some((name) => `${name}${CUT_BYTES_SUFFIX}` in attributes);

const CONTAINERS = new Set<string>(["agent", "custom"]);

/**
 * The steps of a run that a fault can begin in, in the order in which data went through them: every span with a kind, less the containers (`agent` or
 * `custom` spans around other steps), which only repeat what their children did.
 *
 * @example
 * stepsOf(run).map((step) => step.name); // ["search_docs", "build_prompt", "model", …]
 */
export function stepsOf(run: Run): readonly Step[] {
	const parents = new Map(run.spans.map((span) => [span.spanId, span.parentSpanId]));
	const containing = new Set<string>();
	for (const span of run.spans) {
		if (span.kind === "") continue;
		let parent: string | undefined = span.parentSpanId;
		while (parent !== undefined && parent !== "" && !containing.has(parent)) {
			containing.add(parent);
			parent = parents.get(parent);
		}
	}
	return orderByFlow(
		run.spans.filter(
			(span) => span.kind !== "" && !(CONTAINERS.has(span.kind) && containing.has(span.spanId)),
		),
	);
}

/** Steps after what they are linked to: clocks of a millisecond, or of two machines, do not order a pipeline. */
function orderByFlow(steps: readonly Step[]): readonly Step[] {
	const byId = new Map(steps.map((step) => [step.spanId, step]));
	const ordered = new Set<Step>();
	const seen = new Set<Step>();
	const visit = (first: Step): void => {
		if (seen.has(first)) return;
		seen.add(first);
		// A list of what is open, not recursion: the links of a long run are a chain deeper than the stack.
		const open = [{ step: first, links: first.links.values() }];
		for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
			const link = top.links.next();
			if (link.done) {
				ordered.add(top.step);
				open.pop();
				continue;
			}
			const source = byId.get(link.value);
			if (source === undefined || seen.has(source)) continue;
			seen.add(source);
			open.push({ step: source, links: source.links.values() });
		}
	};
	for (const step of steps) visit(step);
	return [...ordered];
}
