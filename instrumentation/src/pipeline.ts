import type { Span } from "@opentelemetry/api";
import { SpanKind } from "@opentelemetry/api";
import { ATTR } from "./attributes.ts";
import { askUser } from "./quietly.ts";
import type { Outcome, Run } from "./run.ts";
import { markRun } from "./run.ts";
import type { StepOptions } from "./step.ts";
import { recordInput, recordOutput } from "./step.ts";
import type { AnyFunction, ResultOf } from "./traced-function.ts";
import { traceFunction } from "./traced-function.ts";

export interface PipelineOptions<F extends AnyFunction> extends StepOptions<F> {
	/** Which task the run is a trial of, so that trials of one task can be compared. */
	readonly taskId?: (...args: Parameters<F>) => string | undefined;
	/** The application's own verdict about the result; `undefined` where it has none. `setOutcome` overrules it. */
	readonly outcome?: (result: ResultOf<F>, ...args: Parameters<F>) => Outcome | undefined;
}

/**
 * Wraps the function that answers one request: every call is a run, and the steps it calls, however deep, belong to it.
 * The wrapped function has the same type and behaves the same, whatever telemetry does.
 *
 * @example
 * const answer = pipeline("docs-answer", async (question: Question) => render(parse(await ask(question))), {
 *   taskId: (question) => question.id,
 *   outcome: (page) => (page.includes("I do not know") ? "fail" : undefined),
 * });
 */
export function pipeline<F extends AnyFunction>(name: string, fn: F, options: PipelineOptions<F> = {}): F {
	const { version } = options;
	return traceFunction(fn, {
		name,
		spanName: name,
		spanKind: SpanKind.INTERNAL,
		attributes: {
			[ATTR.pipeline]: name,
			...(typeof version === "string" ? { [ATTR.componentVersion]: version } : {}),
		},
		recordInput: (span: Span, args: readonly unknown[], run: Run, onText) => {
			markRun(run, ATTR.pipeline, name);
			markTask(run, args, options);
			recordInput(span, args, options, onText);
		},
		recordOutput: (span, result, args, run, onText) => {
			markOutcome(run, result.result, args, options);
			recordOutput(span, result, args, options, onText);
		},
	});
}

function markTask<F extends AnyFunction>(
	run: Run,
	args: readonly unknown[],
	{ taskId }: PipelineOptions<F>,
): void {
	if (taskId === undefined) return;
	const id = askUser("taskId", () => taskId(...(args as Parameters<F>)));
	if (id !== undefined) markRun(run, ATTR.taskId, String(id));
}

function markOutcome<F extends AnyFunction>(
	run: Run,
	result: unknown,
	args: readonly unknown[],
	{ outcome }: PipelineOptions<F>,
): void {
	if (outcome === undefined || run.outcomeGiven) return;
	const verdict = askUser("outcome", () => outcome(result as ResultOf<F>, ...(args as Parameters<F>)));
	if (verdict === "pass" || verdict === "fail") markRun(run, ATTR.outcome, verdict);
}
