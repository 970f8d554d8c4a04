import type { PresentedVerdict } from "../core/present-verdict.ts";

const percent = (probability: number): string => `${Math.round(100 * probability)} %`;

/** One run's verdict in sentences, with a link to where it can be looked at. */
export function renderVerdict(verdict: PresentedVerdict, page: string | null = null): string {
	const head = `${verdict.trace_id}  ${verdict.pipeline}${verdict.service_version === "" ? "" : ` ${verdict.service_version}`}  ${verdict.outcome}`;
	const also = verdict.also.map(
		({ step, kind, probability }) => `  Broken too, by itself: ${step} (${kind}, ${percent(probability)}).`,
	);
	const link = page === null || verdict.verdict === "no-fault" ? [] : [`    ${page}`];
	return [head, `  ${sentence(verdict)}`, ...also, ...verdict.evidence.map(evidenceLine), ...link].join("\n");
}

/** A run step by step, as the evaluator sees it: what each step passed on, and where the fault began. */
export function renderSteps(
	verdict: PresentedVerdict,
	steps: readonly { readonly spanId: string; readonly name: string; readonly kind: string }[],
): string[] {
	return steps.map(({ spanId, name, kind }) => {
		const probability =
			verdict.candidates.find((candidate) => candidate.span_id === spanId)?.probability ?? 0;
		const mine = verdict.evidence.filter((evidence) => evidence.span_id === spanId);
		const mark =
			verdict.origin?.span_id === spanId ? "✗ began here" : mine.length > 0 ? "! strange" : "· ordinary";
		const line = `  ${mark.padEnd(13)} ${`${name} (${kind})`.padEnd(30)} ${percent(probability).padStart(5)}`;
		return [line, ...mine.slice(0, 3).map((evidence) => `${" ".repeat(16)}${evidence.text}`)].join("\n");
	});
}

function sentence({ verdict, origin, candidates }: PresentedVerdict): string {
	switch (verdict) {
		case "fault":
			return origin === null
				? "The fault could not be placed."
				: `The fault began in ${origin.step} (${origin.kind}), probability ${percent(origin.probability)}.`;
		case "ambiguous":
			return `The fault began in one of ${candidates
				.slice(0, 3)
				.map((candidate) => `${candidate.step} (${percent(candidate.probability)})`)
				.join(", ")}.`;
		case "no-fault":
			return "No fault.";
		default:
			return "Nothing could be checked: no step of this run recorded its input or output.";
	}
}

const evidenceLine = (evidence: PresentedVerdict["evidence"][number]): string =>
	`    ${evidence.step}: ${evidence.text}${evidence.p === null ? "" : ` (p ${evidence.p < 0.0001 ? "<0.0001" : evidence.p.toPrecision(2)})`}`;
