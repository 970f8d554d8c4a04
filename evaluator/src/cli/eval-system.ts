import type { Evaluation } from "../core/evaluation.ts";
import { presentEvaluation } from "../core/present-evaluation.ts";
import { hashFixtures, readFixtureSet } from "../fixtures/fixture-set.ts";
import { type EvalProgress, runSystemEval, type SystemEval } from "../layers/system.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { readEvaluation } from "../store/evaluations.ts";
import type { EvalValues } from "./eval.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { newEvalId, openWorkbench, secondsAsMs, type Workbench, wholeNumber } from "./open-workbench.ts";
import { renderEvaluation, renderLeft } from "./render-evaluation.ts";

/** `faultline eval system`: the full pipeline over the fixtures. */
export async function evalSystem(values: EvalValues, io: Io): Promise<ExitCode> {
	const limits = {
		concurrency: wholeNumber("concurrency", values.concurrency, 4),
		retries: wholeNumber("retries", values.retries, 2, 0),
		timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
	};
	const trials = wholeNumber("trials", values.trials, 1);
	await using workbench = await openWorkbench(values, io);
	const resume = values.resume === undefined ? null : await readForResume(values.resume, workbench);
	const { name, config } = workbench.pipeline(resume?.run.pipeline);
	const fixtures = await readFixtureSet(workbench.fixtures, name);
	if (resume !== null && resume.run.fixtureSet !== hashFixtures(fixtures)) {
		throw new UsageError(
			`the fixtures in ${workbench.fixtures} are not those of ${resume.run.evalId}; restore them, or start a new evaluation`,
		);
	}
	if (resume !== null && values.trials !== undefined && trials !== resume.run.trials) {
		throw new UsageError(
			`${resume.run.evalId} has ${resume.run.trials} trials; leave --trials out when resuming`,
		);
	}
	const evalId = resume?.run.evalId ?? newEvalId("system", io.now());
	const planned = fixtures.length * (resume?.run.trials ?? trials);
	io.err(`${evalId}: ${planned} cases of ${name}, ${limits.concurrency} at a time`);
	const done = await runSystemEval({
		...limits,
		store: workbench.store,
		pipeline: name,
		config,
		runner: workbench.runner(config),
		fixtures,
		scorers: builtInScorers,
		evalId,
		trials,
		resume,
		signal: io.signal,
		now: io.now,
		onProgress: showProgress(io),
	});
	return report(done, values.json === true, io);
}

async function readForResume(evalId: string, { store }: Workbench): Promise<Evaluation> {
	const found = await readEvaluation(store, evalId);
	if (found === null)
		throw new UsageError(`no evaluation ${evalId} is stored; \`faultline eval list\` lists them`);
	if (found.run.layer !== "system")
		throw new UsageError(`${evalId} is of the ${found.run.layer} layer, not of the system layer`);
	return found;
}

/** A line at most every second, and the last one. */
export function showProgress(io: Io): (progress: EvalProgress) => void {
	let last = 0;
	return ({ done, total, failed, errored, leftMs }) => {
		if (done < total && io.now() - last < 1000) return;
		last = io.now();
		const left = done === total || leftMs === null ? "" : `, ${renderLeft(leftMs)} left`;
		io.err(`  ${done} of ${total} cases, ${failed} failed, ${errored} errored${left}`);
	};
}

function report(done: SystemEval, json: boolean, io: Io): ExitCode {
	const presented = presentEvaluation(done.evaluation);
	const { counts } = presented;
	for (const [tool, calls] of Object.entries(done.pinnedTools)) {
		io.err(
			`${tool} is not declared safe: ${calls} calls were answered from the fixtures, and it did not run`,
		);
	}
	if (counts.attempted < counts.planned) {
		io.err(`cut short; go on with: faultline eval system --resume ${presented.eval_id}`);
	}
	const origins = new Map(
		[...done.verdicts].map(([traceId, verdict]) => [traceId, verdict.origin?.step ?? null] as const),
	);
	if (json) {
		const cases = presented.cases.map((one) => ({ ...one, origin: origins.get(one.trace_id) ?? null }));
		io.out(JSON.stringify({ ...presented, cases, sources: done.sources, pinned_tools: done.pinnedTools }));
	} else {
		io.out(renderEvaluation(presented, { origins, sources: done.sources }));
	}
	return presented.rate === null || counts.attempted < counts.planned ? EXIT.couldNotTell : EXIT.done;
}
