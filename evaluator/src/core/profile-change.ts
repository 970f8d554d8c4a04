import {
	type ComponentProfile,
	type Histogram,
	MEASURES,
	pathOf,
	quantileOf,
	TIMES,
} from "./component-profile.ts";
import { fisherExact } from "./fisher.ts";
import { holm } from "./holm.ts";
import { twoSampleKs } from "./two-sample-ks.ts";

/** One thing that differs between two profiles of a component. */
export interface ProfileChange {
	readonly what: "output" | "input" | "value" | "measure";
	readonly path: string;
	/** Adjusted for all that was compared (Holm 1979). */
	readonly p: number;
	readonly text: string;
}

export interface ChangeOptions {
	readonly alpha?: number;
	/** Compare times as well; default true. */
	readonly times?: boolean;
}

/** At least so many executions on both sides before anything is said. */
const MIN_EXECUTIONS = 10;
const MAX_SAMPLE = 2_000;
const number = (value: number): string => value.toLocaleString("en");

/**
 * What differs between two profiles of a component more than chance explains: paths and types (Fisher's exact test), small sets of values, and
 * distributions (Kolmogorov–Smirnov, over bins, which makes it timid).
 *
 * @returns most certain first; null where either has too few executions to tell.
 * @example
 * changesBetween(before, after)?.[0]?.text; // "`.price: number` in 4,812 of 4,812; now `.price: string` in 37 of 40"
 */
export function changesBetween(
	before: ComponentProfile,
	after: ComponentProfile,
	{ alpha = 0.01, times = true }: ChangeOptions = {},
): readonly ProfileChange[] | null {
	if (before.executions < MIN_EXECUTIONS || after.executions < MIN_EXECUTIONS) return null;
	const found = [
		...shapeChanges("output", before, after),
		...shapeChanges("input", before, after),
		...valueChanges(before, after),
		...measureChanges(before, after, times),
	];
	const adjusted = holm(found.map(({ p }) => p));
	return found
		.map((change, at) => ({ ...change, p: adjusted[at] ?? 1 }))
		.filter(({ p }) => p < alpha)
		.sort((a, b) => a.p - b.p);
}

const rateP = (a: number, n: number, b: number, m: number): number =>
	fisherExact({ successes: a, n }, { successes: b, n: m }).midP;

function shapeChanges(
	side: "output" | "input",
	before: ComponentProfile,
	after: ComponentProfile,
): ProfileChange[] {
	const [a, b] =
		side === "output" ? [before.outputShape, after.outputShape] : [before.inputShape, after.inputShape];
	const [n, m] = [before.executions, after.executions];
	const byPath = Map.groupBy(new Set([...Object.keys(a), ...Object.keys(b)]), (entry) =>
		entry.slice(0, entry.lastIndexOf(": ")),
	);
	return [...byPath].map(([path, entries]) => {
		const share = (entry: string): number => (b[entry] ?? 0) / m - (a[entry] ?? 0) / n;
		const sorted = entries.toSorted((x, y) => share(x) - share(y));
		const [lost = "", gained = ""] = [sorted[0], sorted.at(-1)];
		// One test a path: the type that changed most. Fewer tests, and one line for people.
		const most = Math.abs(share(lost)) > Math.abs(share(gained)) ? lost : gained;
		const p = Math.min(1, entries.length * rateP(a[most] ?? 0, n, b[most] ?? 0, m));
		const was = `${pathOf(share(lost) < 0 ? lost : gained)} in ${number(a[share(lost) < 0 ? lost : gained] ?? 0)} of ${number(n)}`;
		const now = `${pathOf(share(gained) > 0 ? gained : lost)} in ${number(b[share(gained) > 0 ? gained : lost] ?? 0)} of ${number(m)}`;
		return { what: side, path, p, text: `${side}: ${was}; now ${now}` };
	});
}

function valueChanges(before: ComponentProfile, after: ComponentProfile): ProfileChange[] {
	return Object.entries(before.values).flatMap(([path, known]): ProfileChange[] => {
		const other = after.values[path];
		if (known === null || other === undefined || other === null) return [];
		const values = [...new Set([...Object.keys(known), ...Object.keys(other)])];
		const [n, m] = [before.executions, after.executions];
		const ps = values.map((value) =>
			rateP(Math.min(n, known[value] ?? 0), n, Math.min(m, other[value] ?? 0), m),
		);
		const best = ps.indexOf(Math.min(...ps));
		const value = values[best];
		if (value === undefined) return [];
		const text = `\`${path}\` was “${value}” in ${number(known[value] ?? 0)} of ${number(n)}; now in ${number(other[value] ?? 0)} of ${number(m)}`;
		return [{ what: "value", path, p: Math.min(1, (ps[best] ?? 1) * values.length), text }];
	});
}

function measureChanges(before: ComponentProfile, after: ComponentProfile, times: boolean): ProfileChange[] {
	return MEASURES.flatMap((measure): ProfileChange[] => {
		const [a, b] = [before.measures[measure], after.measures[measure]];
		if (a === undefined || b === undefined || (!times && TIMES.has(measure))) return [];
		const test = twoSampleKs(sampleOf(a), sampleOf(b));
		const [was, now] = [quantileOf(a, 0.5), quantileOf(b, 0.5)];
		if (test === null || was === null || now === null) return [];
		const show = (value: number): string =>
			TIMES.has(measure) ? `${(value / 1000).toPrecision(2)} ms` : number(Number(value.toPrecision(2)));
		const text = `${measure.replace("_", " ")}: half are below ${show(was)}; now below ${show(now)}`;
		return [{ what: "measure", path: measure, p: Math.min(1, test.p), text }];
	});
}

/** A histogram as values again, at most so many, in proportion. */
function sampleOf(histogram: Histogram): number[] {
	const total = Object.values(histogram).reduce((sum, seen) => sum + seen, 0);
	const share = Math.min(1, MAX_SAMPLE / Math.max(1, total));
	return Object.entries(histogram).flatMap(([bin, seen]) =>
		Array<number>(Math.round(seen * share)).fill(Number(bin)),
	);
}
