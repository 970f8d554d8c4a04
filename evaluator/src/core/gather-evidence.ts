import { componentKey } from "./trace.ts";
import type { EvidenceRun, Finding } from "./weigh-evidence.ts";

/** What speaks against a component in a population: how often one scorer found it strange, on both sides. */
export interface PopulationEvidence {
	/** `kind/name` of the component. */
	readonly origin: string;
	readonly scorer: string;
	/** Executions that the scorer could judge, and those it found strange: failing runs of the candidate. */
	readonly candidate: { readonly judged: number; readonly strange: number };
	/** The same in all runs of the baseline. */
	readonly baseline: { readonly judged: number; readonly strange: number };
	/** The strangest execution's sentence. */
	readonly text: string;
}

/** Raw p-value below which an execution counts as strange: what a deploy does in all its runs counts here too. */
const STRANGE = 0.02;
const SHOWN = 3;

/**
 * Gathers the evidence against named components: per scorer, how often it found the component strange in the candidate's failing runs and
 * how often in the baseline, those with the largest difference first.
 *
 * @param inBaseline says on which side a run stands.
 */
export function gatherPopulationEvidence(
	evidence: readonly EvidenceRun[],
	inBaseline: (traceId: string) => boolean,
	named: readonly string[],
): PopulationEvidence[] {
	const found = named.flatMap((origin) => {
		const tallies = new Map<string, Tally>();
		for (const { run, steps, findings } of evidence) {
			const baseline = inBaseline(run.traceId);
			if (!baseline && run.outcome === "pass") continue;
			for (const [index, step] of steps.entries()) {
				if (componentKey(step) !== origin) continue;
				for (const finding of findings[index] ?? []) count(tallies, finding, baseline);
			}
		}
		return [...tallies]
			.map(([scorer, tally]) => ({
				origin,
				scorer,
				candidate: tally.candidate,
				baseline: tally.baseline,
				text: tally.text,
			}))
			.filter((found) => differenceOf(found) > 0.05)
			.sort((a, b) => differenceOf(b) - differenceOf(a))
			.slice(0, SHOWN);
	});
	return found.sort((a, b) => differenceOf(b) - differenceOf(a));
}

interface Tally {
	readonly candidate: { judged: number; strange: number };
	readonly baseline: { judged: number; strange: number };
	text: string;
	p: number;
}

function count(tallies: Map<string, Tally>, finding: Finding, baseline: boolean): void {
	if (finding.value === null || finding.p === null) return;
	const tally = tallies.get(finding.scorer) ?? {
		candidate: { judged: 0, strange: 0 },
		baseline: { judged: 0, strange: 0 },
		text: "",
		p: Number.POSITIVE_INFINITY,
	};
	tallies.set(finding.scorer, tally);
	const side = baseline ? tally.baseline : tally.candidate;
	side.judged++;
	const breach = finding.reads === "contract" && finding.value < 0.5;
	const strange = breach || finding.p <= STRANGE;
	if (!strange) return;
	side.strange++;
	if (!baseline && finding.p < tally.p) {
		tally.text = finding.text;
		tally.p = finding.p;
	}
}

const shareOf = ({ judged, strange }: { readonly judged: number; readonly strange: number }): number =>
	judged === 0 ? 0 : strange / judged;

/** By how much larger a share of executions is strange in the candidate. */
const differenceOf = ({ candidate, baseline }: Pick<PopulationEvidence, "candidate" | "baseline">): number =>
	shareOf(candidate) - shareOf(baseline);
