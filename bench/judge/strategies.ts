/**
 * Orders in which a judge can be asked about the places of many failing runs, all with the same judge and the same way to take its answers
 * into account; only what is asked next differs.
 *
 * @module
 */
import {
	type AnswerRates,
	chooseQuestion,
	type Hypothesis,
	type PlaceAnswer,
	updateBelief,
	withDoubt,
} from "../../evaluator/src/core/ask-where.ts";
import { UNKNOWN } from "../../evaluator/src/core/origin-mixture.ts";
import { seededRandom, shuffle } from "../../evaluator/src/core/random.ts";
import { hashText } from "../locate/kit/chance.ts";
import type { Place, RunInquiry } from "./draw-inquiries.ts";

export const ORDERS = ["expected information", "first suspect first", "random", "step order"] as const;
export type Order = (typeof ORDERS)[number];

/** What the simulated judge says of a place: it errs at its rates, the same way whenever it is asked the same. */
export function simulatedAnswer(
	{ traceId }: RunInquiry,
	{ id, bad, inherits }: Place,
	{ hit, falseAlarm, inheritedAlarm }: AnswerRates,
): PlaceAnswer {
	const rate = bad ? hit : inherits ? inheritedAlarm : falseAlarm;
	const chance = seededRandom(hashText(`judge ${traceId} ${id}`))();
	return { about: id, value: chance < rate ? 0 : 1 };
}

/** One call: which run, which place. */
interface Call {
	readonly run: number;
	readonly place: Place;
}

/** Whether each run is placed right, after so many calls over all runs. */
export interface Snapshot {
	/** Calls that were allowed, and those made: asking ends where nothing is worth a call. */
	readonly allowed: number;
	readonly made: number;
	readonly right: readonly boolean[];
}

export interface PlayOptions {
	readonly judge: AnswerRates;
	/** What the method takes the judge's rates for. */
	readonly assumed: AnswerRates;
	/** Numbers of calls at which is looked, ascending. */
	readonly looks: readonly number[];
	/** How far the evidence alone may be wrong; see `withDoubt`. */
	readonly doubt?: number;
}

/** Asks in one order, and looks now and then. */
export function play(inquiries: readonly RunInquiry[], order: Order, options: PlayOptions): Snapshot[] {
	const beliefs = inquiries.map(({ belief }) => withDoubt(belief, options.doubt));
	const calls =
		order === "expected information" ? adaptive(inquiries, beliefs, options) : fixed(inquiries, order);
	const snapshots: Snapshot[] = [];
	let made = 0;
	for (const allowed of options.looks) {
		while (made < allowed) {
			const next = calls.next();
			if (next.done === true) break;
			const { run, place } = next.value;
			const inquiry = inquiries[run];
			const belief = beliefs[run];
			if (inquiry === undefined || belief === undefined) continue;
			beliefs[run] = updateBelief(belief, [simulatedAnswer(inquiry, place, options.judge)], options.assumed);
			made++;
		}
		snapshots.push({
			allowed,
			made,
			right: beliefs.map((belief, at) => isPlacedRight(belief, inquiries[at])),
		});
	}
	return snapshots;
}

/** Whether the most probable place is a right answer. */
export function isPlacedRight(belief: readonly Hypothesis[], inquiry: RunInquiry | undefined): boolean {
	const [first] = belief.toSorted((a, b) => b.probability - a.probability);
	return inquiry?.places.some(({ id, right }) => right && id === first?.id) ?? false;
}

/** Everywhere at once: the run and the place where an answer tells most. `beliefs` change while it goes on. */
function* adaptive(
	inquiries: readonly RunInquiry[],
	beliefs: readonly (readonly Hypothesis[])[],
	{ assumed }: PlayOptions,
): Generator<Call, undefined> {
	const open = inquiries.map(({ places }) => places.map((place) => ({ about: place.id, cost: 1, place })));
	const nextOf = (run: number) => chooseQuestion(beliefs[run] ?? [], open[run] ?? [], assumed);
	const best = inquiries.map((_, run) => nextOf(run));
	for (;;) {
		let run = -1;
		for (const [at, one] of best.entries())
			if (one !== null && (run < 0 || one.bits > (best[run]?.bits ?? 0))) run = at;
		const chosen = best[run];
		if (chosen === undefined || chosen === null) return;
		open[run] = (open[run] ?? []).filter(({ about }) => about !== chosen.question.about);
		yield { run, place: chosen.question.place };
		best[run] = nextOf(run);
	}
}

function* fixed(inquiries: readonly RunInquiry[], order: Order): Generator<Call, undefined> {
	const all = inquiries.flatMap(({ places, belief }, run) => {
		const probability = new Map(belief.map((at) => [at.id, at.probability]));
		const ranked = places.toSorted((a, b) => (probability.get(b.id) ?? 0) - (probability.get(a.id) ?? 0));
		return places.map((place, at) => ({ run, place, at, rank: ranked.indexOf(place) }));
	});
	const shuffled = shuffle(all, seededRandom(1));
	if (order === "step order") shuffled.sort((a, b) => a.at - b.at);
	if (order === "first suspect first") shuffled.sort((a, b) => a.rank - b.rank);
	yield* shuffled;
}

/** The plain judge question: every place is asked about, and nothing else is known. */
export function judgeAlone(
	inquiries: readonly RunInquiry[],
	{ judge, assumed }: Omit<PlayOptions, "looks">,
): { readonly firstBad: readonly boolean[]; readonly byRates: readonly boolean[] } {
	const answers = inquiries.map((inquiry) =>
		inquiry.places.map((place) => simulatedAnswer(inquiry, place, judge)),
	);
	return {
		firstBad: inquiries.map(({ places }, at) => {
			const bad = answers[at]?.find(({ value }) => value === 0)?.about;
			return places.some(({ id, right }) => right && id === bad);
		}),
		byRates: inquiries.map((inquiry, at) => {
			const even = inquiry.belief.map((one) => ({ ...one, probability: one.id === UNKNOWN ? 0 : 1 }));
			return isPlacedRight(updateBelief(even, answers[at] ?? [], assumed), inquiry);
		}),
	};
}
