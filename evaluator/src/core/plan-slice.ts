import { powerOfPairs, tasksForPairs } from "./power.ts";
import type { Outcome } from "./trace.ts";

/** Without repeated tasks nobody knows how often chance alone changes an outcome: this share is assumed, and counts like so many tasks. */
const ASSUMED_FLIPS = 0.1;
const ASSUMED_TASKS = 10;
const POWER = 0.8;

export interface SlicePlan {
	/** Tasks that the slice will hold. */
	readonly size: number;
	/** Tasks needed to detect the effect with 80 % power at α = 0.05; null where the size was given. */
	readonly needed: number | null;
	/** The smallest worsening that a slice of this size detects with 80 % power; null where it detects none. */
	readonly detects: number | null;
	/** Share of tasks whose outcome two runs of the same deploy do not share. */
	readonly flips: { readonly share: number; readonly tasks: number; readonly assumed: boolean };
}

/**
 * How many fixtures to take: those that a paired test (McNemar's mid-p) needs to see the success rate fall by `detect`, no more than there
 * are tasks. How often an outcome changes by chance is measured on tasks that ran more than once.
 *
 * @param outcomes per task, how its runs ended.
 * @throws RangeError when `detect` is no share between 0 and 1.
 * @example
 * planSlice([["pass", "fail"], ["pass"]], { detect: 0.05 });
 */
export function planSlice(
	outcomes: readonly (readonly Outcome[])[],
	wanted: { readonly detect: number } | { readonly size: number },
): SlicePlan {
	const flips = shareOfFlips(outcomes);
	const tasks = outcomes.length;
	if ("size" in wanted) {
		const size = Math.min(wanted.size, tasks);
		return { size, needed: null, detects: detectedBy(size, flips.share), flips };
	}
	const { detect } = wanted;
	if (!(detect > 0 && detect < 1))
		throw new RangeError(`the effect is ${detect}; give a share between 0 and 1`);
	const needed = tasksForPairs(
		{ difference: -detect, discordant: Math.min(1, flips.share + detect) },
		{ power: POWER },
	);
	const size = Math.min(needed ?? tasks, tasks);
	return { size, needed, detects: detectedBy(size, flips.share), flips };
}

/** Chance that two runs of one task end differently, over tasks with two stated outcomes or more (the unbiased estimate per task). */
function shareOfFlips(outcomes: readonly (readonly Outcome[])[]): SlicePlan["flips"] {
	const shares = outcomes.flatMap((ends) => {
		const failed = ends.filter((end) => end === "fail").length;
		const stated = failed + ends.filter((end) => end === "pass").length;
		return stated < 2 ? [] : [(2 * failed * (stated - failed)) / (stated * (stated - 1))];
	});
	if (shares.length === 0) return { share: ASSUMED_FLIPS, tasks: 0, assumed: true };
	return {
		share:
			shares.reduce((sum, share) => sum + share, ASSUMED_TASKS * ASSUMED_FLIPS) /
			(shares.length + ASSUMED_TASKS),
		tasks: shares.length,
		assumed: false,
	};
}

/** Bisection to a tenth of a percent: power grows with the effect. */
function detectedBy(size: number, flips: number): number | null {
	if (size === 0) return null;
	const powerOf = (effect: number): number =>
		powerOfPairs({ difference: -effect, discordant: Math.min(1, flips + effect) }, size);
	let [low, high] = [0, 1];
	if (powerOf(high) < POWER) return null;
	while (high - low > 0.0005) {
		const middle = (low + high) / 2;
		if (powerOf(middle) >= POWER) high = middle;
		else low = middle;
	}
	return Math.round(high * 1000) / 1000;
}
