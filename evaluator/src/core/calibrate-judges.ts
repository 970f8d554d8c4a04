import {
	type CalibrationCase,
	calibrateJudge,
	type JudgeCalibration,
	LEAST_LABELS,
} from "./calibrate-judge.ts";
import { type JudgeUse, judgeStaleness, type Staleness } from "./judge-staleness.ts";
import type { Random } from "./random.ts";

/** One score of a judge, with what people say of the same run or step. */
export interface ComparedScore {
	readonly judge: string;
	readonly version: string;
	readonly pipeline: string;
	readonly serviceVersion: string;
	/** How surely it fails, 0..1, and whether that counts as a failure; null where the judge could not tell. */
	readonly failing: number | null;
	readonly fails: boolean | null;
	readonly scoredMs: number;
	/** 1 / the chance with which the run was drawn to be judged; null where others of its deploy were drawn and it was not. */
	readonly weight: number | null;
	/** What people say; null where nobody rated it, and without its chance where nobody knows that. */
	readonly people: {
		readonly value: number;
		readonly probability: number | null;
		readonly ratedMs: number;
	} | null;
}

/** A judge in one version on one deploy. */
export interface DeployCalibration extends JudgeCalibration {
	readonly judge: string;
	readonly version: string;
	readonly pipeline: string;
	readonly serviceVersion: string;
	/** Scores, and those without an answer. */
	readonly scores: number;
	readonly nulls: number;
	/** Ratings whose chance is unknown, which are left out. */
	readonly unweighted: number;
	/** Share of its scores that the judge fails. */
	readonly judgeFails: number | null;
	readonly newestLabelMs: number | null;
	readonly newestScoreMs: number;
	readonly stale: readonly Staleness[];
}

/**
 * Every judge, version and deploy for itself, newest use first, with what makes its calibration stale.
 *
 * @example
 * calibrateJudges(scores, { nowMs: Date.now(), random: seededRandom(1) })[0]?.stale;
 */
export function calibrateJudges(
	scores: readonly ComparedScore[],
	{ nowMs, random }: { readonly nowMs: number; readonly random: Random },
): DeployCalibration[] {
	const groups = Map.groupBy(scores, (score) =>
		JSON.stringify([score.judge, score.version, score.pipeline, score.serviceVersion]),
	);
	const measured = [...groups.values()].flatMap((group) => {
		const [first] = group;
		return first === undefined ? [] : [{ first, group, ...measure(group, random) }];
	});
	return measured
		.map(({ first, group, calibration, ...rest }) => {
			const others = measured.filter(
				(other) =>
					other.first !== first &&
					other.first.judge === first.judge &&
					other.first.pipeline === first.pipeline &&
					other.calibration.labels >= LEAST_LABELS,
			);
			const { judge, version, pipeline, serviceVersion } = first;
			const use: JudgeUse = {
				nowMs,
				newestLabelMs: rest.newestLabelMs,
				labels: calibration.labels,
				missing: calibration.missing,
				...aroundLabels(group, rest.newestLabelMs),
				otherVersions: namesOf(others, (other) => other.version !== version, "version"),
				otherDeploys: namesOf(
					others,
					(other) => other.version === version && other.serviceVersion !== serviceVersion,
					"serviceVersion",
				),
			};
			return {
				judge,
				version,
				pipeline,
				serviceVersion,
				...calibration,
				...rest,
				stale: judgeStaleness(use),
			};
		})
		.sort((a, b) => (a.judge === b.judge ? b.newestScoreMs - a.newestScoreMs : a.judge < b.judge ? -1 : 1));
}

function measure(
	group: readonly ComparedScore[],
	random: Random,
): Pick<
	DeployCalibration,
	"scores" | "nulls" | "unweighted" | "judgeFails" | "newestLabelMs" | "newestScoreMs"
> & {
	readonly calibration: JudgeCalibration;
} {
	const cases = group.flatMap(({ failing, fails, weight, people }): CalibrationCase[] => {
		if (weight === null) return [];
		const probability = people?.probability ?? null;
		const label = people === null || probability === null ? null : { value: people.value, probability };
		return [{ failing, fails, weight, label }];
	});
	const told = group.filter(({ fails }) => fails !== null);
	return {
		calibration: calibrateJudge(cases, { random }),
		scores: group.length,
		nulls: group.length - told.length,
		unweighted: group.filter(
			({ people, weight }) => people !== null && (weight === null || people.probability === null),
		).length,
		judgeFails: told.length === 0 ? null : told.filter(({ fails }) => fails).length / told.length,
		newestLabelMs: group.reduce<number | null>(
			(newest, { people }) => (people === null ? newest : Math.max(newest ?? people.ratedMs, people.ratedMs)),
			null,
		),
		newestScoreMs: group.reduce((newest, { scoredMs }) => Math.max(newest, scoredMs), 0),
	};
}

function aroundLabels(
	group: readonly ComparedScore[],
	newestLabelMs: number | null,
): Pick<JudgeUse, "before" | "since"> {
	const count = (scores: readonly ComparedScore[]): JudgeUse["before"] => ({
		judged: scores.length,
		failed: scores.filter(({ fails }) => fails).length,
	});
	const told = group.filter(({ fails }) => fails !== null);
	const until = newestLabelMs ?? Number.NEGATIVE_INFINITY;
	return {
		before: count(told.filter(({ scoredMs }) => scoredMs <= until)),
		since: count(told.filter(({ scoredMs }) => scoredMs > until)),
	};
}

const namesOf = (
	others: readonly { readonly first: ComparedScore }[],
	wanted: (score: ComparedScore) => boolean,
	name: "version" | "serviceVersion",
): string[] =>
	[...new Set(others.filter(({ first }) => wanted(first)).map(({ first }) => first[name]))].sort();
