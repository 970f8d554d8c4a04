import type { Evaluation } from "../core/evaluation.ts";
import type { GatePolicy } from "../core/gate-policy.ts";
import { type EarlyLook, lookEarly } from "../core/gate-stop.ts";
import { readFixtureSet } from "../fixtures/fixture-set.ts";
import { runSystemEval } from "../layers/system.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { showProgress } from "./eval-system.ts";
import type { Io } from "./io.ts";
import { newEvalId, secondsAsMs, type Workbench, wholeNumber } from "./open-workbench.ts";

export interface GateEvaluationValues {
	readonly trials?: string | undefined;
	readonly concurrency?: string | undefined;
	readonly timeout?: string | undefined;
}

/** What was run for the gate, and whether it was stopped because it was plainly worse. */
export interface GateEvaluation {
	readonly candidate: Evaluation;
	readonly stopped: EarlyLook | null;
}

/**
 * Evaluates the candidate for the gate: the pipeline of the configuration over the fixtures, with as many trials as the baseline has, and
 * no further than it takes to see that it is plainly worse.
 *
 * @throws UsageError where the configuration or the fixtures are wrong.
 */
export async function evaluateForGate(
	workbench: Workbench,
	values: GateEvaluationValues,
	{ baseline, policy }: { readonly baseline: Evaluation | null; readonly policy: GatePolicy },
	io: Io,
): Promise<GateEvaluation> {
	const { name, config } = workbench.pipeline();
	const fixtures = await readFixtureSet(workbench.fixtures, name);
	const trials = wholeNumber("trials", values.trials, baseline?.run.trials ?? 1);
	const evalId = newEvalId("system", io.now());
	io.err(`${evalId}: ${fixtures.length * trials} cases of ${name} (${fixtures.length} fixtures × ${trials})`);
	const done: Evaluation["cases"][number][] = [];
	const enough = new AbortController();
	let look: EarlyLook | null = null;
	const { evaluation } = await runSystemEval({
		store: workbench.store,
		pipeline: name,
		config,
		runner: workbench.runner(config),
		fixtures,
		scorers: builtInScorers,
		evalId,
		trials,
		concurrency: wholeNumber("concurrency", values.concurrency, 4),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
		signal: AbortSignal.any([io.signal, enough.signal]),
		now: io.now,
		onProgress: showProgress(io),
		onCase: (one) => {
			done.push(one);
			if (!policy.earlyStop || baseline === null || enough.signal.aborted) return;
			look = lookEarly(baseline, { ...baseline, cases: done }, policy);
			if (!look.stop) return;
			io.err(
				`  plainly worse after ${look.fixtures} fixtures (${look.worsened} worse, ${look.improved} better): the rest is not run`,
			);
			enough.abort();
		},
	});
	return { candidate: evaluation, stopped: enough.signal.aborted ? look : null };
}
