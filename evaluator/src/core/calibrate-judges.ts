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
	readonly fails: boolean | null;
	readonly scoredMs: number;
	/** Null where nobody rated it. */
	readonly people: number | null;
	/** 1 / the chance of having been rated; null where that is unknown: such a label weighs nothing. */
	readonly weight: number | null;
	readonly ratedMs: number | null;
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
	const cases: CalibrationCase[] = group.flatMap(({ fails, people, weight }) =>
		people === null || weight === null ? [] : [{ judge: fails, people, weight }],
	);
	const told = group.filter(({ fails }) => fails !== null);
	return {
		calibration: calibrateJudge(cases, { random }),
		scores: group.length,
		nulls: group.length - told.length,
		unweighted: group.filter(({ people, weight }) => people !== null && weight === null).length,
		judgeFails: told.length === 0 ? null : told.filter(({ fails }) => fails).length / told.length,
		newestLabelMs: group.reduce<number | null>(
			(newest, { ratedMs }) => (ratedMs === null ? newest : Math.max(newest ?? ratedMs, ratedMs)),
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
