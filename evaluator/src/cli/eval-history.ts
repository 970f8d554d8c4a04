import { compareCases } from "../core/compare-cases.ts";
import type { Evaluation } from "../core/evaluation.ts";
import { wilson } from "../core/interval.ts";
import { presentEvaluation } from "../core/present-evaluation.ts";
import { rounded } from "../core/present-verdict.ts";
import { seededRandom } from "../core/random.ts";
import { type EvaluationSummary, listEvaluations, readEvaluation } from "../store/evaluations.ts";
import type { EvalValues } from "./eval.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { wholeNumber } from "./open-workbench.ts";
import { percent, renderEvaluation } from "./render-evaluation.ts";
import { listed, renderDifference } from "./render-models.ts";
import { renderTable } from "./render-table.ts";

/** `faultline eval list`: evaluations across time. */
export async function listHistory(values: EvalValues, io: Io): Promise<ExitCode> {
	const limit = wholeNumber("limit", values.limit, 20);
	await using store = await openDatabase(values, io);
	const pipeline = values.pipeline === undefined ? {} : { pipeline: values.pipeline };
	const found = (await listEvaluations(store, { ...pipeline, limit })).map(presentSummary);
	if (values.json) io.out(JSON.stringify({ evaluations: found }));
	else if (found.length === 0) io.out("No evaluation is stored; run `faultline eval system`.");
	else io.out(renderTable([HEADS, ...found.map(row)], { right: [4, 5, 6] }).join("\n"));
	return EXIT.done;
}

const HEADS = ["evaluation", "pipeline", "of", "started", "cases", "passed", "rate"];

function presentSummary({ run, counts, passed, failed }: EvaluationSummary) {
	const interval = wilson(passed, passed + failed);
	return {
		eval_id: run.evalId,
		layer: run.layer,
		pipeline: run.pipeline,
		model: run.model,
		service_version: run.serviceVersion,
		environment: run.environment,
		revision: run.revision,
		fixture_set: run.fixtureSet,
		trials: run.trials,
		started_at: new Date(run.startedAt).toISOString(),
		finished_at: run.finishedAt === null ? null : new Date(run.finishedAt).toISOString(),
		counts,
		passed,
		failed,
		rate: passed + failed === 0 ? null : rounded(passed / (passed + failed)),
		interval: interval === null ? null : [rounded(interval.low), rounded(interval.high)],
	};
}

function row(one: ReturnType<typeof presentSummary>): string[] {
	const of = one.layer === "model" ? `model ${one.model}` : one.service_version || one.revision.slice(0, 12);
	return [
		one.eval_id,
		one.pipeline,
		of,
		one.started_at.slice(0, 16).replace("T", " "),
		`${one.counts.attempted}/${one.counts.planned}`,
		String(one.passed),
		one.rate === null ? "not known" : percent(one.rate),
	];
}

/** `faultline eval show`: one evaluation, and beside another one case by case. */
export async function showHistory(args: readonly string[], values: EvalValues, io: Io): Promise<ExitCode> {
	const [evalId, more] = args;
	if (evalId === undefined || more !== undefined) {
		throw new UsageError("eval show takes one evaluation's id; `faultline eval list` lists them");
	}
	await using store = await openDatabase(values, io);
	const read = async (id: string): Promise<Evaluation> => {
		const found = await readEvaluation(store, id);
		if (found === null)
			throw new UsageError(`no evaluation ${id} is stored; \`faultline eval list\` lists them`);
		return found;
	};
	const evaluation = await read(evalId);
	const presented = presentEvaluation(evaluation);
	if (values.against === undefined) {
		io.out(values.json ? JSON.stringify(presented) : renderEvaluation(presented));
		return presented.rate === null ? EXIT.couldNotTell : EXIT.done;
	}
	const against = await read(values.against);
	if (against.run.pipeline !== evaluation.run.pipeline) {
		throw new UsageError(
			`${evalId} is of ${evaluation.run.pipeline}, and ${values.against} of ${against.run.pipeline}`,
		);
	}
	const sameSet = against.run.fixtureSet === evaluation.run.fixtureSet;
	if (!sameSet)
		io.err("the two evaluations are of different fixtures; only the ones that they share are compared");
	const paired = compareCases(against.cases, evaluation.cases, seededRandom(1));
	if (values.json) {
		io.out(
			JSON.stringify({
				...presented,
				against: { eval_id: values.against, same_fixtures: sameSet, ...paired },
			}),
		);
	} else {
		io.out(renderEvaluation(presented));
		io.out(
			[
				`against ${values.against}: ${renderDifference(paired)}`,
				...(paired.worse.length === 0 ? [] : [`  worse: ${listed(paired.worse)}`]),
				...(paired.better.length === 0 ? [] : [`  better: ${listed(paired.better)}`]),
			].join("\n"),
		);
	}
	return paired.pairs === 0 ? EXIT.couldNotTell : EXIT.done;
}
