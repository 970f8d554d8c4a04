import type { PresentedComparison } from "../core/present-comparison.ts";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import type { Run, Step } from "../core/trace.ts";
import { renderComparison } from "./render-comparison.ts";
import { renderSteps } from "./render-verdict.ts";

/** A run with its verdict, to be shown step by step. */
export interface ExampleRun {
	readonly traceId: string;
	readonly question: string;
	readonly verdict: PresentedVerdict;
	readonly steps: readonly { readonly spanId: string; readonly name: string; readonly kind: string }[];
}

/** The document of `demo --json`. */
export interface DemoReport {
	readonly fault: string;
	/** The component that the fault breaks; null for `none`. */
	readonly broken: string | null;
	readonly seed: number;
	readonly model: string;
	readonly comparison: PresentedComparison;
	readonly examples: readonly ExampleRun[];
	readonly named: readonly string[];
	/** The named component is the planted one, and nothing else is named. */
	readonly correct: boolean;
}

const EXAMPLES = 2;

/**
 * Two runs worth looking at: failing ones of the candidate, those first in which the named step is most probably the origin; where
 * nothing was named, the clearest failing ones.
 */
export function exampleRuns(
	runs: readonly { readonly run: Run; readonly steps: readonly Step[]; readonly verdict: PresentedVerdict }[],
	{ deploy, step }: { readonly deploy: string; readonly step: string | null },
): ExampleRun[] {
	const weight = ({ candidates, origin }: PresentedVerdict): number =>
		step === null
			? (origin?.probability ?? 0)
			: Math.max(0, ...candidates.filter((one) => one.step === step).map((one) => one.probability));
	const seen = new Set<string>();
	return runs
		.filter(({ run }) => run.outcome === "fail" && (step === null || run.serviceVersion === deploy))
		.toSorted((a, b) => weight(b.verdict) - weight(a.verdict))
		.filter(({ run }) => !seen.has(run.taskId ?? run.traceId) && seen.add(run.taskId ?? run.traceId))
		.slice(0, EXAMPLES)
		.map(({ run, steps, verdict }) => ({
			traceId: run.traceId,
			question: questionOf(run.input),
			verdict,
			steps: steps
				.filter(({ kind, spanId }) => (kind !== "edge" && kind !== "input") || holds(verdict, spanId))
				.map(({ spanId, name, kind }) => ({ spanId, name, kind })),
		}));
}

/** Hand-offs and the question are shown where something points to them. */
const SUSPECT = 0.05;
const holds = ({ candidates }: PresentedVerdict, spanId: string): boolean =>
	candidates.some((one) => (one.span_id ?? one.kind) === spanId && one.probability >= SUSPECT);

/** The whole report for a terminal. */
export function renderDemo(report: DemoReport, dataDir: string): string {
	const example = report.examples[0]?.traceId ?? "ID";
	return [
		"",
		`The example asked its questions of ${report.model}.`,
		"",
		renderComparison(report.comparison, { baseline: "deploy A (1.4.0)", candidate: "deploy B (1.5.0)" }),
		...report.examples.flatMap(renderExample),
		report.correct
			? `Planted fault: ${report.fault}${report.broken === null ? "" : ` (in ${report.broken})`}. The answer is right.`
			: `Planted fault: ${report.fault} (${report.broken === null ? "nothing broken" : `in ${report.broken}`}). The answer is WRONG: named ${report.named.join(", ") || report.comparison.verdict.kind}.`,
		"",
		"What to do next",
		`  npx faultline locate --data-dir ${dataDir} --trace ${example}`,
		`  npx faultline compare --data-dir ${dataDir} --baseline service.version=1.4.0 --candidate service.version=1.5.0 --json`,
		`  npx faultline up --data-dir ${dataDir}      # the same data on a page, http://127.0.0.1:4319`,
		"  npm run demo -- --fault stale-index          # another fault; `--fault none` for a healthy deploy",
		"",
	].join("\n");
}

function renderExample({ traceId, question, verdict, steps }: ExampleRun): string[] {
	return [`Run ${traceId}, which failed: “${question}”`, ...renderSteps(verdict, steps), ""];
}

/** The question inside a run's recorded input. */
function questionOf(input: string): string {
	try {
		const value = JSON.parse(input) as unknown;
		if (typeof value === "string") return value;
		const question = (value as { question?: unknown } | null)?.question;
		return typeof question === "string" ? question : input.slice(0, 120);
	} catch {
		return input.slice(0, 120);
	}
}
