import { betOnPair, readEProcess, startEProcess } from "./e-process.ts";
import type { Evaluation } from "./evaluation.ts";
import { sum } from "./moments.ts";
import { pairFixtures } from "./pair-fixtures.ts";
import { ofBaseline, readOutcome } from "./read-case.ts";

/**
 * Share of `falseBlock` that looking early may use up. The rest is left for the test at the end, so that both together keep it
 * (Bonferroni). Small, because a plain failure is plain: ten fixtures worse and none better suffice at 0.05.
 */
export const EARLY_SHARE = 0.2;

/** Where an evaluation stands that may be stopped. */
export interface EarlyLook {
	/** Fixtures whose trials are all done, and how many of them got worse and better. */
	readonly fixtures: number;
	readonly worsened: number;
	readonly improved: number;
	/** Evidence against "not worse" that may be looked at after every fixture; at most 1/α with probability 1 − α where nothing changed. */
	readonly eValue: number;
	readonly stop: boolean;
}

/**
 * Whether an evaluation under way is so plainly worse than its baseline that the rest need not be run. A bet on each finished fixture's
 * direction (`betOnPair`); a fixture is one bet however many trials it has, since its trials depend on each other. Without a change a
 * fixture is as likely to go up as down, whatever it is, so the order does not matter and looking after each one is free.
 *
 * It stops for failure alone. Passing early is not offered: every row must pass at the end, a test that may be looked at needs about twice
 * the fixtures to show the same margin, and a pass on the first fixtures would hold for the rest only in a random order.
 *
 * @param done the cases that have ended so far, in the order in which their fixtures were finished.
 * @example
 * if (lookEarly(baseline, { run, cases: done }, { falseBlock: 0.05 }).stop) abort();
 */
export function lookEarly(
	baseline: Evaluation,
	done: Evaluation,
	{ falseBlock }: { readonly falseBlock: number },
): EarlyLook {
	const order = new Map(done.cases.map((one, at) => [one.fixtureId, at]));
	const finished = pairFixtures(baseline, done)
		.filter((pair) => pair.candidate.every((one) => one !== null && one.status !== "missing"))
		.sort((a, b) => (order.get(a.fixtureId) ?? 0) - (order.get(b.fixtureId) ?? 0));
	let bet = startEProcess();
	for (const pair of finished) {
		const after = pair.candidate.map(readOutcome);
		const change = sum(
			pair.baseline.flatMap((one, trial) => {
				const [before, later] = [ofBaseline(readOutcome)(one), after[trial] ?? null];
				return before === null || later === null ? [] : [later - before];
			}),
		);
		if (change !== 0) bet = betOnPair(bet, change < 0);
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
