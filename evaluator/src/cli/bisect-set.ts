import type { Interval } from "../core/interval.ts";
import { rounded } from "../core/present-verdict.ts";
import { spanOfCall } from "../core/recorded-steps.ts";
import { readFixtureSet } from "../fixtures/fixture-set.ts";
import { type FailingCase, type SwapResult, swapComponents } from "../fixtures/swap-components.ts";
import { readEvaluation } from "../store/evaluations.ts";
import { readRuns } from "../store/read-runs.ts";
import { writeVerified } from "../store/write-verified.ts";
import { type BisectValues, sequentialOf } from "./bisect-values.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { newEvalId, secondsAsMs, type Workbench, wholeNumber } from "./open-workbench.ts";
import { percent } from "./render-evaluation.ts";
import { renderTable } from "./render-table.ts";

/** Replays of one question where chance plays; the majority counts. */
const REPEATS = 5;

/** `faultline bisect --failing-of`: each component swapped in over all failing cases of an evaluation. */
export async function bisectSet(values: BisectValues, workbench: Workbench, io: Io): Promise<ExitCode> {
	const { store } = workbench;
	const failingOf = values["failing-of"] ?? "";
	const evaluation = await readEvaluation(store, failingOf);
	if (evaluation === null) {
		throw new UsageError(`no evaluation ${failingOf} is stored; \`faultline eval list\` lists them`);
	}
	const { name, config } = workbench.pipeline(values.pipeline ?? evaluation.run.pipeline);
	const fixtures = new Map(
		(await readFixtureSet(workbench.fixtures, name)).map((fixture) => [fixture.id, fixture]),
	);
	const most = wholeNumber("most", values.most, 50);
	const all = evaluation.cases.filter(({ outcome }) => outcome === "fail");
	const failing = all.flatMap((evalCase): FailingCase[] => {
		const fixture = fixtures.get(evalCase.fixtureId);
		// What a failing recording gave is nothing to swap in.
		return fixture === undefined || fixture.expected.outcome === "fail" ? [] : [{ fixture, evalCase }];
	});
	if (failing.length < all.length) {
		io.err(
			`${all.length - failing.length} failing cases are left out: no fixture, or one that was recorded failing`,
		);
	}
	const evalId = newEvalId("bisect", io.now());
	const chosen = failing.slice(0, most);
	if (chosen.length < failing.length)
		io.err(`the first ${most} of ${failing.length} failing cases are taken (--most)`);
	const random = sequentialOf(values, config.random === true) !== undefined;
	const result = await swapComponents(
		chosen,
		{
			evalId,
			pipeline: name,
			config,
			runner: workbench.replayRunner(name, config),
			timeoutMs: secondsAsMs("timeout", values.timeout, 60_000),
			retries: 2,
		},
		store,
		{
			repeats: random ? REPEATS : 1,
			concurrency: wholeNumber("concurrency", values.concurrency, 4),
			signal: io.signal,
			onProgress: progressOf(io, "swapped cases"),
		},
	);
	const verified = random ? 0 : await storeOrigins(result, evaluation.run.evalId, workbench);
	const presented = presentSwaps(evaluation.run.evalId, evalId, result, verified);
	if (values.json) io.out(JSON.stringify(presented));
	else io.out(renderSwaps(presented));
	return presented.named.length === 0 ? EXIT.couldNotTell : EXIT.done;
}

/** Stores the proved origins on the evaluation's own runs; answers how many. */
async function storeOrigins({ cases }: SwapResult, evalId: string, { store }: Workbench): Promise<number> {
	const origins = new Map(
		cases.flatMap(({ evalCase, origin }) => (origin === null ? [] : [[evalCase.traceId, origin] as const])),
	);
	if (origins.size === 0) return 0;
	const runs = await readRuns(store, { traceIds: [...origins.keys()] });
	const verified = runs.flatMap((run) => {
		const origin = spanOfCall(run, { step: origins.get(run.traceId) ?? "", index: 0 });
		return origin === undefined ? [] : [{ run, origin, evalId, probability: 1 }];
	});
	await writeVerified(store, verified);
	return verified.length;
}

type PresentedSwaps = ReturnType<typeof presentSwaps>;

function presentSwaps(failingOf: string, evalId: string, result: SwapResult, verified: number) {
	const { components, cases, replays } = result;
	const judged = cases.filter(({ passesNow }) => !passesNow).length;
	const most = Math.max(0, ...components.map(({ origins }) => origins));
	return {
		failing_of: failingOf,
		eval_id: evalId,
		cases: cases.length,
		/** Cases that pass now without any pin. */
		pass_now: cases.length - judged,
		/** Cases that no swap mends. */
		unexplained: cases.filter(({ passesNow, origin }) => !passesNow && origin === null).length,
		components: components.map((one) => ({
			step: one.step,
			kind: one.kind,
			n: one.n,
			flipped: one.flipped,
			rate: one.n === 0 ? null : rounded(one.flipped / one.n),
			interval: pair(one.interval),
			origins: one.origins,
			origin_interval: pair(one.originInterval),
		})),
		/** The components at fault in most cases; several where none has more than half. */
		named: components
			.filter(({ origins }) => origins > 0 && (most * 2 > judged ? origins === most : true))
			.map(({ step }) => step),
		verified,
		replays,
	};
}

const pair = (interval: Interval | null): readonly [number, number] | null =>
	interval === null ? null : [rounded(interval.low), rounded(interval.high)];

function renderSwaps(swaps: PresentedSwaps): string {
	const range = (interval: readonly [number, number] | null): string =>
		interval === null ? "" : `${percent(interval[0])} to ${percent(interval[1])}`;
	const rows = swaps.components.map((one) => [
		one.step,
		one.kind,
		`${one.flipped} of ${one.n}`,
		range(one.interval),
		String(one.origins),
		range(one.origin_interval),
	]);
	const heads = ["component swapped in", "kind", "then passes", "95 %", "began here", "95 %"];
	return [
		`${swaps.failing_of}: ${swaps.named.length === 0 ? "no swap mends its failing cases" : `${swaps.named.join(" and ")} broke`}`,
		...renderTable([heads, ...rows], { right: [2, 4] }).map((line) => `  ${line}`),
		`  ${swaps.cases} failing cases, ${swaps.pass_now} of them pass now without a pin, ${swaps.unexplained} that no swap mends; ${swaps.replays} replays, ${swaps.verified} verdicts verified`,
	].join("\n");
}
