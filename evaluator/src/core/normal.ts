const LOG_SQRT_TWO_PI = 0.918_938_533_204_672_7;

/**
 * Density of the standard normal distribution at `z`.
 *
 * @example
 * normalDensity(0); // 0.3989…
 */
export function normalDensity(z: number): number {
	return Math.exp(-0.5 * z * z - LOG_SQRT_TWO_PI);
}

/**
 * Probability that a standard normal variable is at most `z`, with full relative precision in the lower tail.
 *
 * Below 3 in size the series of Abramowitz and Stegun 26.2.11, beyond it the continued fraction 26.2.14.
 *
 * @throws RangeError when `z` is not a number.
 * @example
 * normalCdf(1.96); // 0.9750…
 */
export function normalCdf(z: number): number {
	if (Number.isNaN(z)) throw new RangeError("z is NaN; leave the case out instead of testing it");
	const tail = upperTail(Math.abs(z));
	return z < 0 ? tail : 1 - tail;
}

function upperTail(z: number): number {
	if (z === Number.POSITIVE_INFINITY) return 0;
	if (z >= 3) {
		let fraction = z;
		// 100 terms leave no error in double precision at z = 3 and less beyond.
		for (let term = 100; term >= 1; term--) fraction = z + term / fraction;
		return normalDensity(z) / fraction;
	}
	let term = z;
	let sum = z;
	for (let odd = 3; term > sum * 1e-17; odd += 2) {
		term *= (z * z) / odd;
		sum += term;
	}
	return 0.5 - normalDensity(z) * sum;
}

/**
 * The `z` below which a standard normal variable falls with probability `p`.
 *
 * Acklam's rational approximation (relative error 1e-9), then one step of Halley's method to double precision.
 *
 * @throws RangeError when `p` is outside 0..1.
 * @example
 * normalQuantile(0.975); // 1.9599…
 */
export function normalQuantile(p: number): number {
	if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; a probability lies in 0..1`);
	if (p > 0.5) return -normalQuantile(1 - p);
	if (p === 0) return Number.NEGATIVE_INFINITY;
	const start = p < 0.024_25 ? tailStart(p) : centralStart(p);
	const error = (normalCdf(start) - p) / normalDensity(start);
	return start - error / (1 + (start * error) / 2);
}

const CENTRAL_TOP = [
	-39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269,
	-30.664_798_066_147_16, 2.506_628_277_459_239,
];
const CENTRAL_BOTTOM = [
	-54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72,
	-13.280_681_552_885_72, 1,
];
const TAIL_TOP = [
	-0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734,
	4.374_664_141_464_968, 2.938_163_982_698_783,
];
const TAIL_BOTTOM = [
	0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416, 1,
];

function centralStart(p: number): number {
	const r = (p - 0.5) ** 2;
	return ((p - 0.5) * polynomial(CENTRAL_TOP, r)) / polynomial(CENTRAL_BOTTOM, r);
}

function tailStart(p: number): number {
	const q = Math.sqrt(-2 * Math.log(p));
	return polynomial(TAIL_TOP, q) / polynomial(TAIL_BOTTOM, q);
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
	return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
