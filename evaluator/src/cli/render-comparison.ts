import type { PresentedComparison } from "../core/present-comparison.ts";
import { renderContext } from "./render-context.ts";

type Component = PresentedComparison["components"][number];

const percent = (rate: number | null): string => (rate === null ? "–" : `${(100 * rate).toFixed(1)} %`);
const points = (rate: number): string => `${rate < 0 ? "−" : "+"}${Math.abs(100 * rate).toFixed(1)} pt`;
const range = (interval: readonly [number, number] | null, show: (value: number) => string): string =>
	interval === null ? "" : ` [${show(interval[0])}, ${show(interval[1])}]`;

/** The comparison as a table and sentences, for a terminal. */
export function renderComparison(
	comparison: PresentedComparison,
	names = { baseline: "A", candidate: "B" },
): string {
	const { end_to_end: whole } = comparison;
	return [
		`Pipeline ${comparison.pipeline}: ${names.baseline} against ${names.candidate}`,
		"",
		`  ${"failed runs".padEnd(34)}${"A".padStart(9)}${"B".padStart(9)}`,
		`  ${"end to end".padEnd(34)}${percent(whole.baseline.rate).padStart(9)}${percent(whole.candidate.rate).padStart(9)}  ${points(whole.difference.value)}${range(whole.difference.interval, points)}${showP("p", whole.difference.p)}`,
		`  ${"runs".padEnd(34)}${String(whole.baseline.runs).padStart(9)}${String(whole.candidate.runs).padStart(9)}  ${pairing(comparison)}`,
		"",
		`  ${"hazard: P(breaks here | arrived intact)".padEnd(34)}`,
		...[...comparison.components].sort((a, b) => a.place - b.place).map(renderComponent),
		"",
		`  identity  1 − Π(1 − hazard):  A ${percent(identity(comparison, "baseline"))}, B ${percent(identity(comparison, "candidate"))}  (the end-to-end rates above)`,
		"",
		...renderVerdict(comparison),
		...renderUnstated(comparison),
		...(comparison.context === null ? [] : renderContext(comparison.context, comparison.mix.inputs === null)),
		"",
	].join("\n");
}

/** The failure rate that the hazards imply: 1 − Π(1 − h). */
export function identity({ components }: PresentedComparison, side: "baseline" | "candidate"): number {
	return 1 - components.reduce((intact, { hazard }) => intact * (1 - hazard[side]), 1);
}

/** What the comparison says, in sentences. */
export function renderVerdict(comparison: PresentedComparison): string[] {
	const { verdict, end_to_end: whole } = comparison;
	switch (verdict.kind) {
		case "component":
		case "several": {
			const named = comparison.components.filter((component) => verdict.steps.includes(component.step));
			const verb = whole.difference.value >= 0 ? "broke" : "improved";
			return [
				`=> ${named.map((component) => component.step).join(" and ")} ${verb}.`,
				...named.flatMap((component) => [
					`   ${component.step} (${component.kind}): hazard ${percent(component.hazard.baseline)} -> ${percent(component.hazard.candidate)}, ${points(component.contribution)} of the change of ${points(whole.difference.value)}${component.share === null ? "" : ` (${Math.round(100 * component.share)} %)`}.${changedVersion(component)}`,
					...comparison.evidence.filter((one) => one.step === component.step).map(renderEvidence),
				]),
			];
		}
		case "inputs":
			return ["=> The inputs changed, not the pipeline: the same inputs fail as often as before."];
		case "no-change":
			return [
				"=> Nothing changed: no component stands out, and a rise of the failure rate by more than 5 points is ruled out.",
			];
		default:
			return [
				`=> Cannot tell which component changed.${verdict.needed_runs === null ? "" : ` About ${verdict.needed_runs} runs on each side would settle it.`}`,
				...(comparison.evidence.length === 0 ? [] : ["   What behaves differently, to blame or not:"]),
				...comparison.evidence.slice(0, 3).map((one) => `   ${one.step}\n${renderEvidence(one)}`),
			];
	}
}

function renderEvidence({
	check,
	candidate,
	baseline,
	text,
}: PresentedComparison["evidence"][number]): string {
	const before =
		baseline.judged === 0 ? "not judged in A" : `in ${baseline.strange} of ${baseline.judged} runs of A`;
	return `   - ${text}\n     [${check}: strange in ${candidate.strange} of ${candidate.judged} failing runs of B, ${before}]`;
}

/** Rates that rest on evidence alone must not look like counts. */
function renderUnstated({ end_to_end: { baseline, candidate } }: PresentedComparison): string[] {
	const unstated = baseline.runs - baseline.stated + candidate.runs - candidate.stated;
	if (unstated === 0) return [];
	return [
		`   ${unstated} of ${baseline.runs + candidate.runs} runs do not say how they ended (faultline.outcome): their failures are estimated from their evidence,`,
		"   which may take a harmless change of behaviour for a failure. Read the rates as “behaves differently”.",
	];
}

function renderComponent(component: Component): string {
	const { hazard, kind, step } = component;
	const name = `${step}${kind === step ? "" : ` (${kind})`}`;
	const other = kind === "input" ? " the user's input" : kind === "unknown" ? " not seen by any check" : "";
	return `  ${name.padEnd(34)}${percent(hazard.baseline).padStart(9)}${percent(hazard.candidate).padStart(9)}  ${points(hazard.difference)}${range(hazard.interval, points)}${showP("q", hazard.q)}${other}${changedVersion(component)}`;
}

function changedVersion({ versions }: Component): string {
	const [before, after] = [versions.baseline.join(","), versions.candidate.join(",")];
	return before === after ? "" : `  version ${short(before)} -> ${short(after)}`;
}

const short = (version: string): string =>
	version === "" ? "none" : version.length > 28 ? `${version.slice(0, 27)}…` : version;

const showP = (name: string, p: number | null): string =>
	p === null ? "" : `  ${name} ${p < 0.001 ? "<0.001" : p.toFixed(3)}`;

const pairing = ({ paired_tasks: tasks, reference }: PresentedComparison): string =>
	`${tasks > 0 ? `paired over ${tasks} tasks; ` : ""}healthy: ${reference}`;
