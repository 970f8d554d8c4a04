import { pathOf } from "../core/component-profile.ts";
import type { StoredProfile } from "../store/profiles.ts";
import { presentMeasures } from "./present-profile.ts";
import type { ComponentDiff, Proposal, StepNovelty } from "./profiles.ts";
import { renderTable } from "./render-table.ts";

const number = (value: number): string => value.toLocaleString("en");
const SHOWN = 12;

/** One line a profile. */
export function renderList(found: readonly StoredProfile[]): string[] {
	const rows = found.map(({ pipeline, step, kind, route, version, profile, untilUs, refused }) => [
		pipeline,
		step,
		kind,
		version,
		number(profile.executions),
		new Date(untilUs / 1000).toISOString().slice(0, 16),
		refused === null ? "" : "refused",
		route.length > 60 ? `${route.slice(0, 59)}…` : route,
	]);
	const head = ["pipeline", "step", "kind", "version", "executions", "until", "", "route"];
	return renderTable([head, ...rows], { right: [4] });
}

/** What is usual of a step, for people. */
export function renderProfile(stored: StoredProfile): string[] {
	const { step, kind, route, version, profile, refused } = stored;
	const n = profile.executions;
	const shape = (counts: Readonly<Record<string, number>>): string[] =>
		Object.entries(counts)
			.sort((a, b) => b[1] - a[1])
			.slice(0, SHOWN)
			.map(([path, seen]) => `    ${pathOf(path)} in ${number(seen)} of ${number(n)}`);
	const values = Object.entries(profile.values)
		.filter(([, counts]) => counts !== null && Object.keys(counts).length <= 6)
		.slice(0, SHOWN)
		.map(([path, counts]) => {
			const listed = Object.entries(counts ?? {}).sort((a, b) => b[1] - a[1]);
			return `    \`${path}\` is ${listed.map(([value, seen]) => `“${value.slice(0, 30)}” (${number(seen)})`).join(", ")}`;
		});
	const measures = presentMeasures(stored).map(
		({ name, p10, median, p90 }) => `    ${name}: half below ${median}, most between ${p10} and ${p90}`,
	);
	return [
		`${step} (${kind}), version ${version || "unknown"}: ${number(n)} executions; route ${route}`,
		...(refused === null ? [] : [`  refused as a reference: ${refused}`]),
		"  output:",
		...shape(profile.outputShape),
		...(values.length === 0 ? [] : ["  values:", ...values]),
		"  measures:",
		...measures,
		"",
	];
}

/** What differs between two deploys. */
export function renderDiff(diffs: readonly ComponentDiff[], before: string, after: string): string[] {
	const changed = diffs.filter(({ changes }) => changes !== null && changes.length > 0);
	if (changed.length === 0)
		return [`Nothing differs between ${before} and ${after} that chance would not explain.`];
	return changed.flatMap(({ step, kind, changes }) => [
		`${step} (${kind}), ${before} → ${after}`,
		...(changes ?? [])
			.slice(0, SHOWN)
			.map(({ text, p }) => `  ${text} (p ${p < 0.001 ? "< 0.001" : p.toFixed(3)})`),
	]);
}

/** How new the steps of a run are. */
export function renderNovelty(traceId: string, steps: readonly StepNovelty[]): string[] {
	const rows = steps.map(({ step, kind, version, p, text }) => [
		step,
		kind,
		version ?? "",
		p === null ? "–" : p.toPrecision(2),
		text,
	]);
	return [`Run ${traceId}`, ...renderTable([["step", "kind", "beside", "p", "strangest"], ...rows])];
}

/** Which runs would be the reference. */
export function renderProposals(proposals: readonly Proposal[]): string[] {
	if (proposals.length === 0) return ["No runs are stored in this range."];
	return proposals.map(
		({ pipeline, text, from, until }) => `${pipeline}: ${text}, from ${from} until ${until}`,
	);
}
