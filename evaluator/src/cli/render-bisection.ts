import { callName } from "../core/plan-pins.ts";
import type { PresentedBisection, PresentedSearch } from "./present-bisection.ts";
import { renderTable } from "./render-table.ts";

/** A bisection for a terminal: the answer, then every question that was put. */
export function renderBisection(bisection: PresentedBisection): string {
	const { fixture_id, replays, problems, backwards } = bisection;
	return [
		`${fixture_id}: ${answer(bisection)}`,
		...bisection.broken.map(({ version: { recorded, now }, ...call }) =>
			recorded === now
				? `  ${callName(call)} has the version that it was recorded with, ${now || "unknown"}`
				: `  ${callName(call)} was ${recorded || "unknown"} when it was recorded and is ${now || "unknown"}`,
		),
		...bisection.suspects.map(
			(call) => `  it may also be ${callName(call)}, which cannot be pinned: ${call.why}`,
		),
		...renderQuestions(bisection),
		`  ${replays.search} replays to search ${bisection.steps} steps, ${replays.confirm} to confirm`,
		...(backwards === null
			? []
			: [`  the other way round, bad outputs into the good version: ${answer(backwards)}`]),
		...problems.map(({ text }) => `  ! ${text}`),
		...(bisection.verified ? [`  stored as verified on trace ${bisection.trace_id}`] : []),
	].join("\n");
}

function answer({ kind, broken }: PresentedSearch): string {
	const names = broken.map((call) => callName(call)).join(" and ");
	switch (kind) {
		case "found":
			return broken.length === 1 ? `${names} broke` : `${names} broke, and each has to be mended`;
		case "passes":
			return "it passes as it is: there is nothing to find";
		case "outside":
			return "it fails with everything pinned: the fault is in no step that can be pinned, or in the grading";
		case "unclear":
			return "not clear: replays did not settle it; where chance plays in the pipeline, give --random";
		default:
			return kind satisfies never;
	}
}

function renderQuestions({ questions }: PresentedSearch): string[] {
	const rows = questions.map(({ pinned, passed, failed, answer: said, purpose }) => [
		purpose === "search" ? "" : purpose,
		pinned.length === 0 ? "nothing pinned" : pinned.join(", "),
		said,
		passed + failed > 1 ? `${passed} of ${passed + failed} passed` : "",
	]);
	return renderTable(rows).map((line) => `    ${line}`);
}
