import type { Interval } from "./interval.ts";

/** An estimate with its interval, in one unit. */
export interface Estimated extends Interval {
	readonly estimate: number;
}

/**
 * Interval of `after − before` for two independent estimates from their own intervals: the method of variance estimates recovery (Zou, Donner 2008), of
 * which Newcombe's interval for two rates is the special case.
 *
 * @example
 * differenceOf({ estimate: 0.02, low: 0.01, high: 0.05 }, { estimate: 0.06, low: 0.04, high: 0.1 }).low;
 */
export function differenceOf(before: Estimated, after: Estimated): Estimated {
	const estimate = after.estimate - before.estimate;
	return {
		estimate,
		low: estimate - Math.hypot(after.estimate - after.low, before.high - before.estimate),
		high: estimate + Math.hypot(after.high - after.estimate, before.estimate - before.low),
	};
}
