import type { Evaluation } from "../core/evaluation.ts";
import type { Random } from "../core/random.ts";
import { makeEvaluation, NOON_MS } from "./make-evaluation.ts";

/** What the fixtures of a simulated pipeline are like, and what the candidate does to them. */
export interface DrawOptions {
	readonly fixtures: number;
	readonly trials: number;
	/** Share of fixtures that pass and fail by chance; the others always do the same. */
	readonly flaky: number;
	/** Share of fixtures that always fail. */
	readonly failing: number;
	/** How much the pass rate falls. */
	readonly loss: number;
	/** `break`: some fixtures fail altogether. `erode`: every fixture that can pass fails a little more often. */
	readonly how: "break" | "erode";
	/** Chance that all trials of a fixture on one side share one draw (a warm cache, a bad hour); 0 by default. */
	readonly shared?: number;
	/** Steps to break at; without any, cases carry none. The last step takes the candidate's losses. */
	readonly steps?: readonly string[];
}

/**
 * Two evaluations of a pipeline whose true pass rates differ by `loss`: fixtures are drawn anew, their trials depend on each other through
 * the fixture's own pass rate, and both sides share it.
 */
export function drawEvaluations(
	options: DrawOptions,
	random: Random,
): { readonly baseline: Evaluation; readonly candidate: Evaluation } {
	const { fixtures, trials, flaky, failing, loss, how, shared = 0, steps = [] } = options;
	const reachable = flaky * FLAKY_MEAN + (1 - flaky - failing);
	const rates = Array.from({ length: fixtures }, () => {
		const place = random();
		if (place < failing) return 0;
		return place < failing + flaky ? 0.2 + 0.75 * random() : 1;
	});
	const changed = rates.map((rate) =>
		how === "erode" ? rate * (1 - loss / reachable) : random() < loss / reachable ? 0 : rate,
	);
	const draw = (from: readonly number[], evalId: string, at: number): Evaluation =>
		makeEvaluation(
			from.map((rate, fixture) => {
				const together = random() < shared ? random() < rate : null;
				return Array.from({ length: trials }, () => {
					const passed = together ?? random() < rate;
					// What the candidate lost broke at the last step, everything else at the first.
					const lost = (rates[fixture] ?? 0) > rate;
					const at = lost ? steps.length - 1 : 0;
					return {
						outcome: passed ? ("pass" as const) : ("fail" as const),
						steps: Object.fromEntries(steps.map((step, index) => [step, passed || index !== at])),
					};
				});
			}),
			{ evalId, startedAt: at, finishedAt: at, trials },
		);
	return {
		baseline: draw(rates, "baseline", NOON_MS - 86_400_000),
		candidate: draw(changed, "candidate", NOON_MS),
	};
}

/** Mean pass rate of a flaky fixture: uniform from 0.2 to 0.95. */
const FLAKY_MEAN = 0.575;
