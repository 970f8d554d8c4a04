/**
 * Where a judge is best asked: the next question is the one with the most expected information about where the fault began, per unit of cost
 * (DESIGN, section 5; Lindley 1956, "On a Measure of the Information Provided by an Experiment").
 *
 * @module
 */
import { UNKNOWN } from "./origin-mixture.ts";

/** No fault at all, as a hypothesis. */
export const NONE = "none";

/** A question about the whole run is about this. */
export const WHOLE_RUN = "";

/** A place where the fault may have begun (a span id, `input`, a hand-off `A->B`), `unknown`, or `none`. */
export interface Hypothesis {
	readonly id: string;
	readonly probability: number;
	/** Place in the data flow: what comes later may have inherited the fault. Infinity for `unknown` and `none`. */
	readonly place: number;
}

/** How often the judge says bad. */
export interface AnswerRates {
	/** Of what is bad by itself; of a run that failed. */
	readonly hit: number;
	/** Of what is intact, nothing before it being wrong; of a run that did not fail. */
	readonly falseAlarm: number;
	/** Of what is intact, though something before it is wrong. */
	readonly inheritedAlarm: number;
}

/**
 * Declared, until people's ratings tell: strong judges agree with people in about eight of ten pairs of answers (Zheng et al. 2023,
 * arXiv:2306.05685, table 5), and what is built on bad input is taken for bad now and then.
 */
export const DECLARED_RATES: AnswerRates = { hit: 0.75, falseAlarm: 0.15, inheritedAlarm: 0.25 };

/** Rates from a judge's sensitivity and specificity; inherited alarms are more frequent than false ones in the declared proportion. */
export const ratesFrom = (
	sensitivity: number = DECLARED_RATES.hit,
	specificity: number = 1 - DECLARED_RATES.falseAlarm,
): AnswerRates => ({
	hit: bounded(sensitivity),
	falseAlarm: bounded(1 - specificity),
	inheritedAlarm: bounded((1 - specificity) * (DECLARED_RATES.inheritedAlarm / DECLARED_RATES.falseAlarm)),
});

/** No judge is certain: an answer must not rule anything out for good. */
const bounded = (rate: number): number => Math.min(0.98, Math.max(0.02, rate));

/** How often the evidence alone is taken to be wrong altogether; chosen on the half of bench/locate that was tuned on. */
export const DOUBT = 0.2;

/**
 * A belief that allows for its evidence being wrong altogether: then the fault is as likely anywhere. Without this, no number of answers could
 * correct a place that is 99.99 % probable. How probable it is that there is a fault at all, and one that nobody sees, stays as it is.
 *
 * @example
 * const first = withDoubt(beliefOf(verdict, components));
 */
export function withDoubt(belief: readonly Hypothesis[], doubt: number = DOUBT): Hypothesis[] {
	const isPlace = ({ id }: Hypothesis): boolean => id !== NONE && id !== UNKNOWN;
	const places = belief.filter(isPlace);
	const total = places.reduce((sum, { probability }) => sum + probability, 0);
	return belief.map((at) =>
		isPlace(at) ? { ...at, probability: (1 - doubt) * at.probability + (doubt * total) / places.length } : at,
	);
}

/** What was said of one place. */
export interface PlaceAnswer {
	/** Id of the hypothesis that it is about, or `WHOLE_RUN`. */
	readonly about: string;
	/** Share that said pass, 0..1. */
	readonly value: number;
}

/** P(the judge says bad of `about` | the fault began at the hypothesis). */
export function alarmRate(about: string, at: Hypothesis, placeOf: number, rates: AnswerRates): number {
	if (about === WHOLE_RUN) return at.id === NONE ? rates.falseAlarm : rates.hit;
	if (about === at.id) return rates.hit;
	return at.place < placeOf ? rates.inheritedAlarm : rates.falseAlarm;
}

/**
 * The belief after answers. An answer on which the repeats disagree counts as the mean of both.
 *
 * @example
 * updateBelief(belief, [{ about: "span-3", value: 0 }], DECLARED_RATES);
 */
export function updateBelief(
	belief: readonly Hypothesis[],
	answers: readonly PlaceAnswer[],
	rates: AnswerRates | ((about: string) => AnswerRates) = DECLARED_RATES,
): Hypothesis[] {
	const weights = belief.map((at) => {
		let log = 0;
		for (const { about, value } of answers) {
			const bad = alarmRate(about, at, placeOf(belief, about), ratesOf(rates, about));
			log += (1 - value) * Math.log(bad) + value * Math.log(1 - bad);
		}
		return at.probability * Math.exp(log);
	});
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	if (!(total > 0)) return [...belief];
	return belief.map((at, index) => ({ ...at, probability: (weights[index] ?? 0) / total }));
}

const placeOf = (belief: readonly Hypothesis[], about: string): number =>
	belief.find(({ id }) => id === about)?.place ?? Number.NEGATIVE_INFINITY;

const ratesOf = (rates: AnswerRates | ((about: string) => AnswerRates), about: string): AnswerRates =>
	typeof rates === "function" ? rates(about) : rates;

/**
 * How much an answer about one place is expected to tell about where the fault began, in bits: the mutual information of answer and origin.
 *
 * @example
 * // Two places, one of them certainly right, and a judge that never errs: one bit.
 */
export function expectedInformation(
	belief: readonly Hypothesis[],
	about: string,
	rates: AnswerRates | ((about: string) => AnswerRates) = DECLARED_RATES,
): number {
	const place = placeOf(belief, about);
	let [bad, within] = [0, 0];
	for (const at of belief) {
		const rate = alarmRate(about, at, place, ratesOf(rates, about));
		bad += at.probability * rate;
		within += at.probability * binaryEntropy(rate);
	}
	return Math.max(0, binaryEntropy(bad) - within);
}

function binaryEntropy(p: number): number {
	if (p <= 0 || p >= 1) return 0;
	return -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/** A question that can be asked, and what it costs in any one unit. */
export interface PricedQuestion {
	readonly about: string;
	readonly cost: number;
}

/** From here on the origin counts as found. */
export const CLEAR_BELIEF = 0.9;
/** Less is not worth a call, in bits. */
const WORTH_BITS = 0.02;

/** How unclear a belief is, in bits. */
export const entropyOf = (belief: readonly Hypothesis[]): number =>
	belief.reduce((sum, { probability: p }) => sum - (p > 0 ? p * Math.log2(p) : 0), 0);

/** Whether the belief is clear: one place, or none at all, has nearly all of the probability. `unknown` is no answer. */
export const isClear = (belief: readonly Hypothesis[]): boolean =>
	belief.some(({ id, probability }) => id !== UNKNOWN && probability >= CLEAR_BELIEF);

/**
 * The question that tells most per unit of cost; null where the belief is clear, or no question is worth a call.
 *
 * @example
 * const next = chooseQuestion(belief, open, rates);
 */
export function chooseQuestion<Question extends PricedQuestion>(
	belief: readonly Hypothesis[],
	open: readonly Question[],
	rates: AnswerRates | ((about: string) => AnswerRates) = DECLARED_RATES,
): { readonly question: Question; readonly bits: number; readonly perCost: number } | null {
	if (isClear(belief)) return null;
	let best: { readonly question: Question; readonly bits: number; readonly perCost: number } | null = null;
	for (const question of open) {
		const bits = expectedInformation(belief, question.about, rates);
		const perCost = bits / Math.max(question.cost, Number.MIN_VALUE);
		if (bits >= WORTH_BITS && (best === null || perCost > best.perCost)) best = { question, bits, perCost };
	}
	return best;
}
