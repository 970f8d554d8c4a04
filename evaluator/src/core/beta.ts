const LOG_SQRT_TWO_PI = 0.918_938_533_204_672_7;

/**
 * Natural logarithm of the gamma function for positive `x`: Stirling's series from 10 up, the recurrence below.
 *
 * @throws RangeError when `x` is not positive and finite.
 * @example
 * logGamma(5); // log(24)
 */
export function logGamma(x: number): number {
	if (!(x > 0 && x < Number.POSITIVE_INFINITY))
		throw new RangeError(`x is ${x}; logGamma needs a positive number`);
	let shifted = x;
	let product = 1;
	for (; shifted < 10; shifted++) product *= shifted;
	return (
		(shifted - 0.5) * Math.log(shifted) -
		shifted +
		LOG_SQRT_TWO_PI +
		stirlingRest(shifted) -
		Math.log(product)
	);
}

/** What Stirling's formula leaves of log Γ(x), x >= 10: the Bernoulli series, Abramowitz and Stegun 6.1.41. */
function stirlingRest(x: number): number {
	const r = 1 / (x * x);
	return (
		(1 / 12 + r * (-1 / 360 + r * (1 / 1260 + r * (-1 / 1680 + r * (1 / 1188 - (r * 691) / 360_360))))) / x
	);
}

/**
 * Natural logarithm of the beta function, without the cancellation of three large log gammas
 * (Didonato and Morris 1992, TOMS 708; the arrangement of R's `lbeta`).
 *
 * @throws RangeError when a parameter is not positive.
 * @example
 * logBeta(2, 3); // log(1 / 12)
 */
export function logBeta(a: number, b: number): number {
	checkShapes(a, b);
	const small = Math.min(a, b);
	const large = Math.max(a, b);
	const sum = small + large;
	if (large < 10) return logGamma(small) + logGamma(large) - logGamma(sum);
	if (small < 10) {
		const correction = stirlingRest(large) - stirlingRest(sum);
		return (
			logGamma(small) + correction + small - small * Math.log(sum) + (large - 0.5) * Math.log1p(-small / sum)
		);
	}
	const correction = stirlingRest(small) + stirlingRest(large) - stirlingRest(sum);
	return (
		LOG_SQRT_TWO_PI -
		0.5 * Math.log(large) +
		correction +
		(small - 0.5) * Math.log(small / sum) +
		large * Math.log1p(-small / sum)
	);
}

/**
 * Probability that a Beta(a, b) variable is at most `x`: the regularised incomplete beta function,
 * by its continued fraction with the modified Lentz method (DLMF 8.17.22; Press et al., Numerical Recipes 6.4).
 *
 * @throws RangeError when a parameter is not positive or `x` is outside 0..1.
 * @example
 * betaCdf(0.5, 2, 3); // 0.6875
 */
export function betaCdf(x: number, a: number, b: number): number {
	checkShapes(a, b);
	if (!(x >= 0 && x <= 1)) throw new RangeError(`x is ${x}; a share lies in 0..1`);
	if (x === 0 || x === 1) return x;
	const logFront = a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b);
	const front = Math.exp(logFront);
	// The fraction converges fast on the near side of the mean only; the far side is its mirror image.
	if (x < (a + 1) / (a + b + 2)) return Math.min(1, (front * continuedFraction(x, a, b)) / a);
	return Math.max(0, 1 - (front * continuedFraction(1 - x, b, a)) / b);
}

const TINY = 1e-300;
const MAX_TERMS = 100_000;

function continuedFraction(x: number, a: number, b: number): number {
	let c = 1;
	let d = 1 / away(1 - ((a + b) * x) / (a + 1));
	let result = d;
	for (let m = 1; m <= MAX_TERMS; m++) {
		const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / away(1 + even * d);
		c = away(1 + even / c);
		result *= d * c;
		const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / away(1 + odd * d);
		c = away(1 + odd / c);
		result *= d * c;
		if (Math.abs(d * c - 1) < 1e-15) return result;
	}
	throw new RangeError(`betaCdf(${x}, ${a}, ${b}) did not converge; the parameters are too large`);
}

function away(value: number): number {
	return Math.abs(value) < TINY ? TINY : value;
}

/**
 * The `x` below which a Beta(a, b) variable falls with probability `p`: Newton's method kept inside a shrinking bracket.
 *
 * @throws RangeError when a parameter is not positive or `p` is outside 0..1.
 * @example
 * betaQuantile(0.975, 9, 2); // upper end of a 95 % interval
 */
export function betaQuantile(p: number, a: number, b: number): number {
	checkShapes(a, b);
	if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; a probability lies in 0..1`);
	if (p === 0 || p === 1) return p;
	const logNormaliser = logBeta(a, b);
	let low = 0;
	let high = 1;
	let x = a / (a + b);
	for (let step = 0; step < 400; step++) {
		const excess = betaCdf(x, a, b) - p;
		if (excess === 0) return x;
		if (excess > 0) high = x;
		else low = x;
		const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logNormaliser);
		const newton = x - excess / density;
		// A small share may lie many powers of ten below its bracket; the geometric middle gets there.
		const middle = low > 0 && high / low > 4 ? Math.sqrt(low * high) : low / 2 + high / 2;
		const next = newton > low && newton < high ? newton : middle;
		if (Math.abs(next - x) <= 1e-15 * x) return next;
		x = next;
	}
	return x;
}

function checkShapes(a: number, b: number): void {
	if (!(a > 0 && b > 0 && a + b < Number.POSITIVE_INFINITY)) {
		throw new RangeError(`the beta distribution needs two positive parameters, not ${a} and ${b}`);
	}
}
