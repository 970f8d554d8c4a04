import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	type AnswerRates,
	chooseQuestion,
	DECLARED_RATES,
	expectedInformation,
	type Hypothesis,
	isClear,
	NONE,
	ratesFrom,
	updateBelief,
	WHOLE_RUN,
} from "./ask-where.ts";
import { seededRandom } from "./random.ts";

const PERFECT: AnswerRates = { hit: 1, falseAlarm: 0, inheritedAlarm: 0 };

const beliefOf = (...probabilities: number[]): Hypothesis[] =>
	probabilities.map((probability, place) => ({ id: `s${place}`, probability, place }));

describe("what a question is expected to tell", () => {
	test("one bit between two equal places, and nothing where everything is known", () => {
		assert.equal(expectedInformation(beliefOf(0.5, 0.5), "s0", PERFECT), 1);
		assert.equal(expectedInformation(beliefOf(1, 0), "s0", PERFECT), 0);
		assert.equal(
			expectedInformation(beliefOf(0.5, 0.5), "s0", { hit: 0.3, falseAlarm: 0.3, inheritedAlarm: 0.3 }),
			0,
		);
	});

	test("is the mutual information of the answer and the origin, counted out", () => {
		// By hand: H(bad) − Σ p H(bad | origin), with P(bad) = 0.6·0.75 + 0.3·0.15 + 0.1·0.25 for a question about s1 behind s0's 0.1.
		const belief = beliefOf(0.1, 0.6, 0.3);
		const h = (p: number): number => -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
		const expected =
			h(0.6 * 0.75 + 0.3 * 0.15 + 0.1 * 0.25) - (0.6 * h(0.75) + 0.3 * h(0.15) + 0.1 * h(0.25));
		assert.ok(Math.abs(expectedInformation(belief, "s1") - expected) < 1e-12);
	});

	test("is how much surprise the answers take away on average (seeded)", () => {
		const random = seededRandom(4);
		const belief = beliefOf(0.4, 0.25, 0.2, 0.15);
		const entropy = (of: readonly Hypothesis[]): number =>
			of.reduce((sum, { probability: p }) => sum - (p === 0 ? 0 : p * Math.log2(p)), 0);
		const rounds = 40_000;
		let taken = 0;
		for (let round = 0; round < rounds; round++) {
			let draw = random();
			const truth = belief.findIndex(({ probability }) => {
				draw -= probability;
				return draw < 0;
			});
			const rate =
				truth === 2
					? DECLARED_RATES.hit
					: truth < 2
						? DECLARED_RATES.inheritedAlarm
						: DECLARED_RATES.falseAlarm;
			const value = random() < rate ? 0 : 1;
			taken += entropy(belief) - entropy(updateBelief(belief, [{ about: "s2", value }]));
		}
		assert.ok(Math.abs(taken / rounds - expectedInformation(belief, "s2")) < 0.01);
	});
});

describe("answers", () => {
	test("move the belief by Bayes' rule", () => {
		const [first, second] = updateBelief(beliefOf(0.5, 0.5), [{ about: "s1", value: 0 }]);
		// 0.5·0.25 against 0.5·0.75: what came before s1 would make it look bad now and then.
		assert.ok(Math.abs((first?.probability ?? 0) - 0.25) < 1e-12);
		assert.ok(Math.abs((second?.probability ?? 0) - 0.75) < 1e-12);
	});

	test("on which the repeats disagree say nothing, and none rules a place out", () => {
		const rates = ratesFrom(0.8, 0.8);
		const halved = updateBelief(
			[...beliefOf(0.5, 0.4), { id: NONE, probability: 0.1, place: Number.POSITIVE_INFINITY }],
			[{ about: "s0", value: 0.5 }],
			rates,
		);
		assert.ok(Math.abs((halved[0]?.probability ?? 0) - 0.5) < 0.02);
		const sure = updateBelief(beliefOf(0.5, 0.5), [{ about: "s0", value: 1 }], ratesFrom(1, 1));
		assert.ok((sure[0]?.probability ?? 0) > 0);
	});

	test("about the whole run tell a fault from none", () => {
		const belief = [...beliefOf(0.2, 0.2), { id: NONE, probability: 0.6, place: Number.POSITIVE_INFINITY }];
		const after = updateBelief(belief, [{ about: WHOLE_RUN, value: 0 }]);
		assert.ok(Math.abs((after[2]?.probability ?? 0) - (0.6 * 0.15) / (0.6 * 0.15 + 0.4 * 0.75)) < 1e-12);
		assert.equal(after[0]?.probability, after[1]?.probability);
	});

	/** Asks three times where it tells most, of a judge with the declared rates. */
	const askAround = (truth: number, random: () => number): Hypothesis[] => {
		let belief = beliefOf(0.2, 0.2, 0.2, 0.2, 0.2);
		const open = belief.map(({ id }) => ({ about: id, cost: 1 }));
		for (let call = 0; call < 3; call++) {
			const about = chooseQuestion(belief, open)?.question.about;
			if (about === undefined) break;
			const place = Number(about.slice(1));
			const { hit, falseAlarm, inheritedAlarm } = DECLARED_RATES;
			const rate = place === truth ? hit : truth < place ? inheritedAlarm : falseAlarm;
			belief = updateBelief(belief, [{ about, value: random() < rate ? 0 : 1 }]);
		}
		return belief;
	};

	test("come true as often as the belief says (seeded, a judge with the declared rates)", () => {
		const random = seededRandom(9);
		const said = Array.from({ length: 20_000 }, () => {
			const truth = Math.floor(random() * 5);
			return askAround(truth, random).map(({ place, probability }) => ({
				probability,
				happened: place === truth ? 1 : 0,
			}));
		}).flat();
		for (const group of Map.groupBy(said, ({ probability }) => Math.floor(probability * 10)).values()) {
			const mean = (of: (one: (typeof group)[number]) => number): number =>
				group.reduce((sum, one) => sum + of(one), 0) / group.length;
			const [stated, happened] = [mean(({ probability }) => probability), mean((one) => one.happened)];
			if (group.length > 1_000)
				assert.ok(Math.abs(stated - happened) < 0.015, `${stated} said, ${happened} true`);
		}
	});
});

describe("the next question", () => {
	test("is the one that tells most for its cost", () => {
		const belief = beliefOf(0.5, 0.3, 0.2);
		const at = (cost: number) => belief.map(({ id }) => ({ about: id, cost: id === "s0" ? cost : 1 }));
		assert.equal(chooseQuestion(belief, at(1))?.question.about, "s0");
		assert.notEqual(chooseQuestion(belief, at(50))?.question.about, "s0", "too dear");
	});

	test("is none where the belief is clear, or nothing is left to ask", () => {
		assert.equal(chooseQuestion(beliefOf(0.95, 0.05), [{ about: "s1", cost: 1 }]), null);
		assert.equal(chooseQuestion(beliefOf(0.5, 0.5), []), null);
		assert.equal(isClear([{ id: "unknown", probability: 0.99, place: Number.POSITIVE_INFINITY }]), false);
	});
});
