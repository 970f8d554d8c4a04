/** A value and how often it was observed; fractional where a sample is scaled to another size. */
export interface ValueCount {
	readonly value: number;
	readonly count: number;
}

/**
 * p-value against "the mean is at most `mean`" for values of which only the lowest possible one is known: Gaffke's test (Gaffke 2005;
 * the bound it inverts to is that of Learned-Miller and Thomas 2019). It is a Bayesian bootstrap with one more observation, of the lowest
 * possible value: p = P(Σ wᵢ xᵢ ≤ mean), w uniform on the simplex. For values of 0 and 1 it is the exact binomial test, so Clopper and
 * Pearson's limit. That it keeps its error rate for other values was never disproved and is not proved; docs/gate.md shows simulations.
 *
 * The extra observation is what guards against a rare, large loss that the sample happens not to hold: twenty equal values say
 * little about what one value in twenty-one may be, and a t-test or a plain bootstrap would say they are certain.
 *
 * @throws RangeError when a value is NaN or below `lowest`, or a count is not positive.
 * @example
 * boundedMeanP([{ value: 0, count: 59 }], { mean: -0.05, lowest: -1 }); // 0.95 ** 59 = 0.0485
 */
export function boundedMeanP(
	sample: readonly ValueCount[],
	{ mean, lowest }: { readonly mean: number; readonly lowest: number },
): number {
	for (const { value, count } of sample) {
		if (!(value >= lowest && value < Number.POSITIVE_INFINITY && count > 0)) {
			throw new RangeError(`${count} values of ${value} are no sample of values from ${lowest} up`);
		}
	}
	if (!(mean >= lowest)) return 0;
	const atoms = [...sample, { value: lowest, count: 1 }].map(({ value, count }) => ({
		weight: value - mean,
		shape: count,
	}));
	return gammaSumBelowZero(atoms.filter((atom) => atom.weight !== 0));
}

/**
 * One-sided lower confidence limit of a mean: the lowest mean that `boundedMeanP` does not reject at `alpha`.
 *
 * @throws RangeError as `boundedMeanP`, and when alpha is not between 0 and 1.
 * @example
 * boundedMeanLimit([{ value: 0, count: 59 }], { lowest: -1, alpha: 0.05 }); // -0.0495
 */
export function boundedMeanLimit(
	sample: readonly ValueCount[],
	{ lowest, alpha }: { readonly lowest: number; readonly alpha: number },
): number {
	if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}; give a share between 0 and 1`);
	const excess = (mean: number): number => boundedMeanP(sample, { mean, lowest }) - alpha;
	const highest = sample.reduce((most, { value }) => Math.max(most, value), lowest);
	return rootBetween(excess, lowest, highest);
}

/** Where a rising function crosses zero, by the Illinois method: a secant in which an end that stayed twice counts half. */
function rootBetween(rising: (x: number) => number, from: number, to: number): number {
	let [low, high, below, above] = [from, to, rising(from), rising(to)];
	if (below >= 0) return from;
	let moved: "low" | "high" | null = null;
	for (let step = 0; step < MOST_STEPS && high - low > PRECISION; step++) {
		const at = (low * above - high * below) / (above - below);
		const value = rising(at);
		if (Math.abs(value) < PRECISION) return at;
		if (value < 0) {
			[low, below] = [at, value];
			if (moved === "low") above /= 2;
			moved = "low";
		} else {
			[high, above] = [at, value];
			if (moved === "high") below /= 2;
			moved = "high";
		}
	}
	return low;
}

const PRECISION = 1e-10;
const MOST_STEPS = 60;

/**
 * Groups equal values; p-values and limits need them only so.
 *
 * @example
 * countValues([0, 0.5, 0]); // [{ value: 0, count: 2 }, { value: 0.5, count: 1 }]
 */
export function countValues(values: readonly number[]): ValueCount[] {
	const counts = new Map<number, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].map(([value, count]) => ({ value, count }));
}

/** Step of the integral in log u. The integrand is analytic and dies at both ends, so the trapezoid rule converges at once. */
const STEP = 0.04;
const FROM = -20;
/** Beyond this many standard deviations from zero the answer is 0 or 1 to six digits, and the integrand turns too fast. */
const FAR = 16;

/**
 * P(Σ weightⱼ · Gⱼ ≤ 0) for independent Gⱼ ~ Gamma(shapeⱼ, 1), by inverting the characteristic function (Gil-Pelaez 1951, as
 * Imhof 1961): ½ − 1/π ∫ sin θ(u) / (u ρ(u)) du.
 */
function gammaSumBelowZero(atoms: readonly { readonly weight: number; readonly shape: number }[]): number {
	if (atoms.every(({ weight }) => weight <= 0)) return 1;
	if (atoms.every(({ weight }) => weight > 0)) return 0;
	const total = atoms.reduce((sum, { weight, shape }) => sum + shape * weight, 0);
	const scale = Math.sqrt(atoms.reduce((sum, { weight, shape }) => sum + shape * weight ** 2, 0));
	if (Math.abs(total) > FAR * scale) return total > 0 ? 0 : 1;
	// Below the first node the integrand is its slope at zero.
	let integral = (total / scale) * Math.exp(FROM - STEP / 2);
	for (let at = 0; ; at++) {
		const u = Math.exp(FROM + at * STEP) / scale;
		let [angle, logSize] = [0, 0];
		for (const { weight, shape } of atoms) {
			angle += shape * Math.atan(weight * u);
			logSize += (shape / 2) * Math.log1p((weight * u) ** 2);
		}
		integral += STEP * Math.sin(angle) * Math.exp(-logSize);
		if (logSize > 30) break;
	}
	return Math.min(1, Math.max(0, 0.5 - integral / Math.PI));
}
