import type { Verdict } from "./locate-run.ts";
import { INPUT } from "./trace.ts";
import type { EvidenceRun } from "./weigh-evidence.ts";

/**
 * Step → whether it did its own part in a run: false where a local contract was broken at it or the run's fault began at it, null
 * where nothing at it could be judged. Several calls of one step are one: each has to keep its contracts.
 *
 * @example
 * stepContracts(evidence, verdict); // { search_docs: true, package_info: false, model: null }
 */
export function stepContracts(evidence: EvidenceRun, verdict: Verdict): Record<string, boolean | null> {
	const kept = new Map<string, boolean | null>();
	for (const [index, step] of evidence.steps.entries()) {
		if (step.kind === "edge" || step.kind === INPUT) continue;
		const findings = evidence.findings[index] ?? [];
		const broken = findings.some(
			({ reads, sort, value }) =>
				reads === "contract" && sort !== "inherited" && value !== null && value < 0.5,
		);
		const judged = findings.some(({ value }) => value !== null);
		const here = broken || verdict.origin?.spanId === step.spanId ? false : judged ? true : null;
		kept.set(step.name, combine(kept.get(step.name), here));
	}
	return Object.fromEntries(kept);
}

function combine(before: boolean | null | undefined, here: boolean | null): boolean | null {
	if (before === undefined) return here;
	if (before === false || here === false) return false;
	return before ?? here;
}
