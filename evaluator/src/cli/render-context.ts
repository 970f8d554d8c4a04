import type {
	PresentedBehaviourChange,
	PresentedChange,
	PresentedContext,
	PresentedSince,
	PresentedSlice,
	PresentedSlices,
} from "../core/present-context.ts";

const SHOWN_BEHAVIOURS = 8;
const SHOWN_DEPLOYS = 4;
/** A deploy that is nearer than this share of all moments would be is worth naming as “next to”. */
const NEAR = 0.2;

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
const points = (rate: number): string => `${rate < 0 ? "−" : "+"}${Math.abs(100 * rate).toFixed(1)} pt`;
const showP = (p: number): string => (p < 0.001 ? "<0.001" : p.toFixed(3));
const moment = (iso: string): string => iso.replace("T", " ").replace(/\.\d+Z$/, " UTC");
const clock = (iso: string, beside: string): string =>
	iso.slice(0, 10) === beside.slice(0, 10) ? iso.slice(11, 19) : moment(iso);

/** What stands beside the attribution, as sentences. */
export function renderContext(context: PresentedContext, withMix: boolean): string[] {
	const { since, since_named: named, slices, behaviour, cluster_mix: mix } = context;
	return [
		...(since === null || since.changes.length === 0
			? []
			: ["", "Since when", ...renderSince(since, "failed runs", percent)]),
		...named.flatMap((one) =>
			one.changes.length === 0 ? [] : renderSince(one, `runs whose evidence names ${one.step}`, percent),
		),
		...(slices.found.length === 0 ? [] : ["", "Where", ...renderSlices(slices)]),
		...(withMix && mix !== null
			? [
					"",
					`By topic of the inputs: ${points(mix.inputs)} from another mix of topics${range(mix.inputs_interval, points)}, ${points(mix.response)} from another response to the same topics${range(mix.response_interval, points)}.`,
				]
			: []),
		...(behaviour.changes.length === 0
			? []
			: [
					"",
					"Behaves differently (no blame: a harmless change does too)",
					...renderBehaviour(behaviour.changes),
				]),
	];
}

/** Changes of a stream, one after the other. */
export function renderSince(
	{ changes }: PresentedSince,
	what: string,
	show: (value: number) => string,
): string[] {
	return changes.flatMap((change) => [
		`  ${what}: since ${moment(change.at)} (95 %: ${clock(change.interval[0], change.at)} to ${clock(change.interval[1], change.at)})  ${show(change.before.value)} of ${change.before.runs} runs -> ${show(change.after.value)} of ${change.after.runs}, p ${showP(change.p)}`,
		...renderDeploys(change),
	]);
}

function renderDeploys({ deploys, chance }: PresentedChange): string[] {
	const [nearest] = deploys;
	if (nearest === undefined || chance === null) return ["    no deploy is seen in these runs"];
	const list = deploys.slice(0, SHOWN_DEPLOYS).map(renderDeploy).join("; ");
	const more = deploys.length > SHOWN_DEPLOYS ? `; and ${deploys.length - SHOWN_DEPLOYS} more` : "";
	if (chance > NEAR) {
		return [
			`    next to no deploy: the nearest is ${list}${more}, as near as chance would have it (${percent(chance)})`,
		];
	}
	return [`    next to ${list}${more}; so near by chance: ${percent(chance)}`];
}

function renderDeploy({
	what,
	from,
	to,
	runs_apart: runs,
	minutes_apart: minutes,
}: PresentedChange["deploys"][number]): string {
	const apart =
		runs === 0
			? "at the same run"
			: `${Math.abs(runs)} run${Math.abs(runs) === 1 ? "" : "s"} (${spanOf(Math.abs(minutes))}) ${runs > 0 ? "before" : "after"}`;
	return `${what} ${short(from)} -> ${short(to)}, ${apart}`;
}

const spanOf = (minutes: number): string =>
	minutes < 1
		? `${Math.round(60 * minutes)} s`
		: minutes < 120
			? `${Math.round(minutes)} min`
			: minutes < 2880
				? `${Math.round(minutes / 60)} h`
				: `${Math.round(minutes / 1440)} d`;

const short = (version: string): string => (version.length > 28 ? `${version.slice(0, 27)}…` : version);

/** The slices that stand out, in sentences. */
export function renderSlices({ found, tried }: PresentedSlices): string[] {
	return found.flatMap((slice) => renderSlice(slice, tried));
}

function renderSlice(slice: PresentedSlice, tried: number): string[] {
	const { inside, outside, new_failures: fresh, same } = slice;
	const compared = outside.baseline.runs > 0;
	const rate = ({ runs, failed }: typeof inside.baseline): string =>
		runs === 0 ? "–" : percent(failed / runs);
	const [count, all] = [Math.round(fresh.inside), Math.round(fresh.all)];
	const failures = compared ? "new failures" : "failures";
	const head =
		all >= count
			? `${count} of ${all} ${failures} are`
			: `${count} ${failures} (and ${count - all} fewer elsewhere) are`;
	const rates = compared
		? `failed ${rate(inside.baseline)} -> ${rate(inside.candidate)}, elsewhere ${rate(outside.baseline)} -> ${rate(outside.candidate)}`
		: `failed ${rate(inside.candidate)}, elsewhere ${rate(outside.candidate)}`;
	return [
		`  ${head} in ${slice.dimension}=${slice.value} (${percent(slice.share_of_runs)} of the runs): ${rates}; p ${showP(slice.p)} over ${tried} slices`,
		...(same.length === 0
			? []
			: [
					`    nearly the same runs: ${same.map(({ dimension, value }) => `${dimension}=${value}`).join(", ")}`,
				]),
	];
}

/** Measures that changed, a line each. */
export function renderBehaviour(changes: readonly PresentedBehaviourChange[]): string[] {
	const shown = changes.slice(0, SHOWN_BEHAVIOURS).map(renderBehaviourChange);
	const more = changes.length - shown.length;
	return more > 0 ? [...shown, `  … and ${more} more (--json lists them)`] : shown;
}

/** What a measure of a component is, in words. */
export function wordsOf({ measure, to }: Pick<PresentedBehaviourChange, "measure" | "to">): string {
	switch (measure) {
		case "self-time":
			return "own time";
		case "executions":
			return "executions per run";
		case "errors":
			return "failed executions";
		case "content":
			return "executions with an output";
		case "output-length":
			return "length of the output";
		case "followed-by":
			return `followed by ${to}`;
		case "gap":
			return `wait until ${to}`;
		case "child":
			return `with a span ${to} below`;
	}
}

/** A value in its unit. */
export function valueIn(unit: PresentedBehaviourChange["unit"]): (value: number) => string {
	switch (unit) {
		case "ms":
			return (value) => (value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toPrecision(3)} ms`);
		case "characters":
			return (value) => `${Math.round(value)} characters`;
		case "share":
			return percent;
		case "count":
			return (value) => value.toFixed(2);
	}
}

function renderBehaviourChange(change: PresentedBehaviourChange): string {
	const show = valueIn(change.unit);
	const isRatio = change.unit === "ms" || change.unit === "characters";
	const size = isRatio
		? (value: number): string => `×${value.toFixed(2)}`
		: change.unit === "share"
			? points
			: (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
	const name = change.kind === "run" ? "between the steps" : change.step;
	return `  ${`${name}: ${wordsOf(change)}`.padEnd(44)}${show(change.baseline.value)} (${change.baseline.runs} runs) -> ${show(change.candidate.value)} (${change.candidate.runs})  ${size(change.change)}${range(change.interval, size)}  z ${change.z.toFixed(1)}, q ${showP(change.q)}`;
}

const range = (interval: readonly [number, number] | null, show: (value: number) => string): string =>
	interval === null ? "" : ` [${show(interval[0])}, ${show(interval[1])}]`;
