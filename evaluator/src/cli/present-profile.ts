import { MEASURES, quantileOf, TIMES } from "../core/component-profile.ts";
import type { StoredProfile } from "../store/profiles.ts";

/** A distribution in the documented shape: times in milliseconds, everything else as it is. */
export interface PresentedMeasure {
	readonly name: string;
	readonly p10: number | null;
	readonly median: number | null;
	readonly p90: number | null;
}

/** The distributions of a profile. */
export function presentMeasures({ profile }: StoredProfile): PresentedMeasure[] {
	return MEASURES.flatMap((name) => {
		const histogram = profile.measures[name];
		if (histogram === undefined) return [];
		const unit = TIMES.has(name) ? 1000 : 1;
		const at = (share: number): number | null => {
			const value = quantileOf(histogram, share);
			return value === null ? null : Number((value / unit).toPrecision(3));
		};
		return [{ name: TIMES.has(name) ? `${name}_ms` : name, p10: at(0.1), median: at(0.5), p90: at(0.9) }];
	});
}

/** A stored profile in the documented JSON shape; with `whole` what stands in it, too. */
export function presentProfile(stored: StoredProfile, whole: boolean): object {
	const { pipeline, step, kind, route, version, runs, profile, refused, fromUs, untilUs } = stored;
	const head = {
		pipeline,
		step,
		kind,
		route,
		service_version: version,
		runs,
		executions: profile.executions,
		from: new Date(fromUs / 1000).toISOString(),
		until: new Date(untilUs / 1000).toISOString(),
		refused,
	};
	if (!whole) return head;
	return {
		...head,
		component_versions: profile.versions,
		input: profile.inputShape,
		output: profile.outputShape,
		values: profile.values,
		measures: presentMeasures(stored),
		words: profile.words,
	};
}
