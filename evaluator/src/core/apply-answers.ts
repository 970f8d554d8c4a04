import { type AnswerRates, type Hypothesis, NONE, updateBelief, WHOLE_RUN, withDoubt } from "./ask-where.ts";
import { credibleSet, type VerdictKind, verdictKind } from "./locate-run.ts";
import { UNKNOWN } from "./origin-mixture.ts";
import { type PresentedCandidate, type PresentedVerdict, rounded } from "./present-verdict.ts";
import { INPUT } from "./trace.ts";

/** What the judge said of a run or of one of its steps. */
export interface JudgeAnswer {
	/** `judge/RUBRIC`. */
	readonly scorer: string;
	/** Empty for whole runs and for the user's input. */
	readonly spanId: string;
	readonly step: string;
	/** Empty for whole runs. */
	readonly kind: string;
	/** Share that said pass, 0..1. */
	readonly value: number;
	readonly text: string;
}

/** A component of a run, in data-flow order. */
export interface FlowComponent {
	readonly step: string;
	readonly kind: string;
	readonly component_version: string;
}

/** The place that an answer is about, as a hypothesis. */
export const aboutOf = ({ spanId, kind }: Pick<JudgeAnswer, "spanId" | "kind">): string =>
	kind === INPUT ? INPUT : kind === "" ? WHOLE_RUN : spanId;

/** Only what asks whether a step did its own work right tells where a fault began; rubrics of the user's may ask anything. */
export const tellsOrigin = ({ scorer, kind }: Pick<JudgeAnswer, "scorer" | "kind">): boolean =>
	scorer === `judge/${kind === "" ? "end-to-end" : kind}`;

/**
 * The belief that a verdict states: its candidates, and that there is no fault.
 *
 * @param components of the run, in data-flow order.
 */
export function beliefOf(
	{ candidates, outcome }: Pick<PresentedVerdict, "candidates" | "outcome">,
	components: readonly FlowComponent[],
): Hypothesis[] {
	const places = new Map(components.map(({ kind, step }, place) => [`${kind}/${step}`, place]));
	const faulty = candidates.reduce((sum, { probability }) => sum + probability, 0);
	const none = outcome === "fail" ? 0 : Math.max(0, 1 - faulty);
	return [
		...candidates.map((candidate) => ({
			id: idOf(candidate),
			probability: candidate.probability,
			place: places.get(`${candidate.kind}/${candidate.step}`) ?? Number.POSITIVE_INFINITY,
		})),
		{ id: NONE, probability: none, place: Number.POSITIVE_INFINITY },
	];
}

const idOf = ({ span_id, kind }: PresentedCandidate): string => span_id ?? kind;

/** A verdict that takes answers of the judge into account, and what then is said of each component. */
export interface AppliedAnswers {
	readonly verdict: PresentedVerdict;
	readonly kind: VerdictKind;
	/** In the order of the components given. */
	readonly components: readonly { readonly broke: number; readonly reached: number }[];
}

/**
 * Takes what the judge said into account: the probability of every candidate by Bayes' rule, and from it the verdict as `locateRun` says it.
 * To be applied to what the evidence alone says, with all answers at once.
 *
 * @param rates of the judge, by the place that an answer is about.
 */
export function applyAnswers(
	before: PresentedVerdict,
	components: readonly FlowComponent[],
	answers: readonly JudgeAnswer[],
	rates: (about: string) => AnswerRates,
): AppliedAnswers {
	const belief = updateBelief(
		withDoubt(beliefOf(before, components)),
		answers.map((answer) => ({ about: aboutOf(answer), value: answer.value })),
		rates,
	);
	const probability = new Map(belief.map((at) => [at.id, at.probability]));
	const candidates = before.candidates
		.map((candidate) => ({ ...candidate, probability: rounded(probability.get(idOf(candidate)) ?? 0) }))
		.sort((a, b) => b.probability - a.probability);
	const none = probability.get(NONE) ?? 0;
	const [best] = candidates;
	const kind = verdictKind(true, none, best);
	const sized = candidates.map((one) => ({ ...one, spanId: one.span_id }));
	return {
		kind,
		components: sharesOf(components, candidates),
		verdict: {
			...before,
			verdict: kind,
			origin: kind === "fault" && best !== undefined ? originOf(best, components) : null,
			candidates,
			also: kind === "fault" && best?.span_id === before.origin?.span_id ? before.also : [],
			set90: kind === "no-fault" ? [] : credibleSet(sized, 1 - none),
			evidence: [...evidenceOf(answers, candidates), ...before.evidence],
		},
	};
}

const originOf = (
	best: PresentedCandidate,
	components: readonly FlowComponent[],
): PresentedVerdict["origin"] => ({
	...best,
	component_version:
		components.find(({ kind, step }) => kind === best.kind && step === best.step)?.component_version ?? "",
	verified: false,
});

/** What the judge found bad, the most probable place first. */
function evidenceOf(
	answers: readonly JudgeAnswer[],
	candidates: readonly PresentedCandidate[],
): PresentedVerdict["evidence"][number][] {
	const rank = new Map(candidates.map((candidate, at) => [idOf(candidate), at]));
	return answers
		.filter(({ value }) => value < 0.5)
		.sort((a, b) => (rank.get(aboutOf(a)) ?? candidates.length) - (rank.get(aboutOf(b)) ?? candidates.length))
		.map(({ spanId, step, scorer, value, text, kind }) => ({
			span_id: kind === INPUT ? INPUT : spanId,
			step,
			check: scorer,
			sort: kind === "" ? "inherited" : "local",
			score: value,
			p: null,
			text,
		}));
}

function sharesOf(
	components: readonly FlowComponent[],
	candidates: readonly PresentedCandidate[],
): { broke: number; reached: number }[] {
	let reached = 1;
	return components.map(({ kind, step }) => {
		const broke = candidates
			.filter((one) => one.kind === kind && one.step === step && one.kind !== UNKNOWN)
			.reduce((sum, { probability }) => sum + probability, 0);
		const here = { broke, reached: Math.max(0, reached) };
		reached -= broke;
		return here;
	});
}
