import type { Estimated } from "./difference.ts";

const STEPS = 50;

/**
 * part / (part + rest) of two independent estimates that are not negative, with the interval that follows from theirs: every s for which the interval of
 * (1 − s) · part − s · rest (method of variance estimates recovery; Donner, Zou 2012) holds 0. Null where both are 0.
 *
 * @example
 * shareOfTwo({ estimate: 0.04, low: 0.02, high: 0.07 }, { estimate: 0.01, low: 0, high: 0.03 })?.estimate; // 0.8
 */
export function shareOfTwo(part: Estimated, rest: Estimated): Estimated | null {
	const whole = part.estimate + rest.estimate;
	if (!(whole > 0)) return null;
	const estimate = part.estimate / whole;
	const contrast = (share: number): number => (1 - share) * part.estimate - share * rest.estimate;
	const mayBeMore = (share: number): boolean =>
		contrast(share) +
			Math.hypot((1 - share) * (part.high - part.estimate), share * (rest.estimate - rest.low)) >=
		0;
	const mayBeLess = (share: number): boolean =>
		contrast(share) -
			Math.hypot((1 - share) * (part.estimate - part.low), share * (rest.high - rest.estimate)) <=
		0;
	return { estimate, low: lastWhere(estimate, 0, mayBeLess), high: lastWhere(estimate, 1, mayBeMore) };
}

/** The farthest place from `from` towards `to` at which the test still holds. */
function lastWhere(from: number, to: number, holds: (share: number) => boolean): number {
	if (holds(to)) return to;
	let [near, far] = [from, to];
	for (let step = 0; step < STEPS; step++) {
		const middle = (near + far) / 2;
		if (holds(middle)) near = middle;
		else far = middle;
	}
	return (near + far) / 2;
}
