import type { Store } from "@faultline/collector";
import { UsageError } from "../cli/io.ts";
import { timeText } from "../store/result-rows.ts";
import { selectByTraces } from "../store/select.ts";
import type { ImportedScore } from "./read-score-file.ts";

interface StepRow {
	readonly trace_id: string;
	readonly span_id: string;
	readonly step: string;
	readonly kind: string;
}

const BATCH = 5_000;

/**
 * Writes scores from a file. Run, step, scorer and version decide: importing the same file again changes nothing, and a later line about the same
 * thing replaces an earlier one.
 *
 * @param file for messages.
 * @throws UsageError where a run is not stored and the file does not say when it started, or a span is not one of its run.
 */
export async function importScores(
	store: Store,
	scores: readonly ImportedScore[],
	file: string,
): Promise<{ readonly scores: number; readonly runs: number; readonly unknownRuns: number }> {
	const traceIds = [...new Set(scores.map(({ traceId }) => traceId))];
	const starts = new Map(
		(await selectByTraces<{ trace_id: string; start_us: string }>(store, "run-starts.sql", traceIds)).map(
			({ trace_id, start_us }) => [trace_id, Number(start_us)],
		),
	);
	const spans = await selectByTraces<StepRow>(
		store,
		"named-steps.sql",
		traceIds.filter((id) => starts.has(id)),
	);
	const steps = new Map(spans.map((row) => [`${row.trace_id} ${row.span_id}`, row]));
	const rows = scores.map((score) => {
		const start = starts.get(score.traceId);
		const step = steps.get(`${score.traceId} ${score.spanId}`);
		if (start === undefined && score.runStartMs === null)
			throw new UsageError(
				`${file}:${score.line}: run ${score.traceId} is not stored; import its trace first, or say when it started in a column run_start`,
			);
		if (start !== undefined && score.spanId !== "" && step === undefined)
			throw new UsageError(`${file}:${score.line}: run ${score.traceId} has no span ${score.spanId}`);
		return scoreRow(score, start ?? (score.runStartMs ?? 0) * 1000, step);
	});
	for (let at = 0; at < rows.length; at += BATCH) await store.insert("scores", rows.slice(at, at + BATCH));
	const unknownRuns = traceIds.filter((id) => !starts.has(id)).length;
	return { scores: scores.length, runs: traceIds.length, unknownRuns };
}

function scoreRow(score: ImportedScore, startUs: number, step: StepRow | undefined): object {
	return {
		trace_id: score.traceId,
		span_id: score.spanId,
		scorer: score.scorer,
		scorer_version: score.version,
		step: step?.step ?? "",
		kind: step?.kind ?? "",
		sort: "",
		source: score.source,
		value: score.value,
		label: score.label,
		explanation: score.explanation,
		evidence: "",
		p: null,
		from_span_id: "",
		run_start: timeText(startUs),
	};
}
