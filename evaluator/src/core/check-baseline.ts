import { countCases, type Evaluation } from "./evaluation.ts";
import type { GatePolicy } from "./gate-policy.ts";

/** Why a baseline cannot be compared with. */
export interface Refusal {
	readonly kind:
		| "missing"
		| "same-evaluation"
		| "other-pipeline"
		| "other-layer"
		| "other-fixtures"
		| "other-trials"
		| "other-grader"
		| "stale"
		| "from-the-future"
		| "incomplete"
		| "repeated-cases";
	/** What is wrong and what to do, for people. */
	readonly text: string;
}

const DAY_MS = 24 * 3_600_000;
const ANEW = "evaluate the baseline's version again and give that evaluation";

/**
 * Whether two evaluations may be compared: the same pipeline, layer, fixtures, trials and grader, and a baseline that is whole and not
 * older than the policy allows. Every reason against it is given, not only the first.
 *
 * @param now milliseconds since the epoch.
 * @example
 * checkBaseline(null, candidate, policy, Date.now()); // [{ kind: "missing", text: "there is no baseline; …" }]
 */
export function checkBaseline(
	baseline: Evaluation | null,
	candidate: Evaluation,
	policy: GatePolicy,
	now: number,
): Refusal[] {
	if (baseline === null) {
		return [
			{
				kind: "missing",
				text: "there is no baseline to compare with; save this evaluation as one (--save-baseline FILE), review it, and give it from the next deploy on (--baseline FILE)",
			},
		];
	}
	return [
		...differences(baseline, candidate),
		...ageOf(baseline, policy, now),
		...completenessOf(baseline, policy),
		...[baseline, candidate].flatMap(repeatedCases),
	];
}

function differences(baseline: Evaluation, candidate: Evaluation): Refusal[] {
	const [before, after] = [baseline.run, candidate.run];
	const found: Refusal[] = [];
	const refuse = (kind: Refusal["kind"], differs: boolean, text: string): void => {
		if (differs) found.push({ kind, text });
	};
	refuse(
		"same-evaluation",
		before.evalId === after.evalId,
		`evaluation ${after.evalId} cannot be its own baseline; give an earlier one`,
	);
	refuse(
		"other-pipeline",
		before.pipeline !== after.pipeline,
		`the baseline is of pipeline ${before.pipeline}, this evaluation of ${after.pipeline}`,
	);
	refuse(
		"other-layer",
		before.layer !== after.layer,
		`the baseline is of the ${before.layer} layer, this evaluation of the ${after.layer} layer`,
	);
	refuse(
		"other-fixtures",
		before.fixtureSet !== after.fixtureSet || !sameFixtures(baseline, candidate),
		`the baseline ran other fixtures (set ${short(before.fixtureSet)}, here ${short(after.fixtureSet)}), so nothing can be paired; ${ANEW}`,
	);
	refuse(
		"other-trials",
		before.trials !== after.trials,
		`the baseline ran every fixture ${times(before.trials)}, this evaluation ${times(after.trials)}; run as many trials`,
	);
	refuse(
		"other-grader",
		(before.grader ?? "") !== (after.grader ?? ""),
		`the baseline was judged by grader ${before.grader || "(unnamed)"}, this evaluation by ${after.grader || "(unnamed)"}: a difference may be the grader's; ${ANEW}`,
	);
	return found;
}

/** The hash speaks for the files; a hand-edited baseline may hold other cases all the same. */
function sameFixtures(baseline: Evaluation, candidate: Evaluation): boolean {
	const known = new Set(baseline.cases.map((one) => one.fixtureId));
	const planned = candidate.run.planned / candidate.run.trials;
	return candidate.cases.every((one) => known.has(one.fixtureId)) && known.size <= planned;
}

function ageOf({ run }: Evaluation, policy: GatePolicy, now: number): Refusal[] {
	const days = (now - (run.finishedAt ?? run.startedAt)) / DAY_MS;
	const most = policy.baseline.maxAgeDays;
	if (days < -1) {
		const text = `the baseline is dated ${new Date(run.startedAt).toISOString()}, in the future; check the clocks`;
		return [{ kind: "from-the-future", text }];
	}
	if (days <= most) return [];
	const text = `the baseline is ${Math.floor(days)} days old, and the policy allows ${most} (baseline.maxAgeDays): models and data behind it may have moved; ${ANEW}`;
	return [{ kind: "stale", text }];
}

function completenessOf({ run, cases }: Evaluation, policy: GatePolicy): Refusal[] {
	const { planned, completed, unknown } = countCases(run, cases);
	const { minCompleted, maxUnknown } = policy.effective;
	const whole = planned > 0 && completed >= minCompleted * planned && unknown <= maxUnknown * completed;
	if (whole) return [];
	const text = `the baseline completed ${completed} of ${planned} planned cases, ${unknown} of them without an outcome; the policy asks for ${percent(minCompleted)} completed and at most ${percent(maxUnknown)} unknown; ${ANEW}`;
	return [{ kind: "incomplete", text }];
}

function repeatedCases({ run, cases }: Evaluation): Refusal[] {
	const keys = new Set(cases.map((one) => `${one.trial} ${one.fixtureId}`));
	const outside = cases.filter((one) => !(one.trial >= 0 && one.trial < run.trials)).length;
	const repeated = cases.length - keys.size;
	if (repeated === 0 && outside === 0) return [];
	const text = `evaluation ${run.evalId} holds ${repeated} cases twice and ${outside} outside its ${run.trials} trials; it was damaged: evaluate again`;
	return [{ kind: "repeated-cases", text }];
}

const percent = (rate: number): string => `${Math.round(1000 * rate) / 10} %`;
const times = (trials: number): string => (trials === 1 ? "once" : `${trials} times`);
const short = (hash: string): string => hash.slice(0, 12);
