import { betOnPair, readEProcess, startEProcess } from "./e-process.ts";
import type { EvalCase, Evaluation } from "./evaluation.ts";
import { readOutcome } from "./read-case.ts";

/**
 * Share of `falseBlock` that looking early may use up. The rest is left for the test at the end, so that both together keep it
 * (Bonferroni). Small, because a plain failure is plain: ten fixtures worse and none better suffice at 0.05.
 */
export const EARLY_SHARE = 0.2;

/** Where an evaluation stands that may be stopped. */
export interface EarlyLook {
	/** Fixtures whose first trial has ended, and how many of them got worse and better. */
	readonly fixtures: number;
	readonly worsened: number;
	readonly improved: number;
	/** Evidence against "not worse" that may be looked at after every fixture; at most 1/α with probability 1 − α where nothing changed. */
	readonly eValue: number;
	readonly stop: boolean;
}

/**
 * Whether an evaluation under way is so plainly worse than its baseline that the rest need not be run: a bet on the direction of each
 * fixture's first trial (`betOnPair`), which all fixtures run before any second one. Without a change a fixture is as likely to go up as
 * down, whatever it is, so the order does not matter and looking after each one is free. Later trials of a fixture depend on its first, so
 * there are no bets on them.
 *
 * It stops for failure alone. Passing early is not offered: every row must pass at the end, a test that may be looked at needs about twice
 * the fixtures to show the same margin, and a pass on the first fixtures would hold for the rest only in a random order.
 *
 * @param done the candidate with the cases that have ended so far, in the order in which they ended.
 * @example
 * if (lookEarly(baseline, { run, cases: done }, { falseBlock: 0.05 }).stop) abort();
 */
export function lookEarly(
	baseline: Evaluation,
	done: Evaluation,
	{ falseBlock }: { readonly falseBlock: number },
): EarlyLook {
	const first = (cases: readonly EvalCase[]): EvalCase[] =>
		cases.filter((one) => one.trial === 0 && one.status !== "missing");
	const before = new Map(first(baseline.cases).map((one) => [one.fixtureId, readOutcome(one)]));
	const finished = first(done.cases);
	let bet = startEProcess();
	for (const one of finished) {
		const [earlier, later] = [before.get(one.fixtureId) ?? null, readOutcome(one)];
		if (earlier !== null && later !== null && earlier !== later) bet = betOnPair(bet, later < earlier);
	}
	const { eValue, rejected } = readEProcess(bet, { alpha: EARLY_SHARE * falseBlock });
	return {
		fixtures: finished.length,
		worsened: bet.worsened,
		improved: bet.improved,
		eValue,
		stop: rejected,
	};
}
