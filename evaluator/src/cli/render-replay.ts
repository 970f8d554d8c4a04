import { callName } from "../core/plan-pins.ts";
import type { PresentedReplay } from "./present-replay.ts";
import { renderTable } from "./render-table.ts";

const STATES: Readonly<Record<string, string>> = {
	pinned: "pinned",
	ran: "ran",
	gone: "not called any more",
	new: "ran, not in the recording",
};

/** A replay for a terminal: what was pinned, what ran, what differs. */
export function renderReplay(replay: PresentedReplay): string {
	const rows = replay.steps.map((one) => [
		callName(one),
		one.kind,
		STATES[one.state] ?? one.state,
		one.input === null ? "" : `input ${one.input}`,
		one.state === "pinned" || one.output === null ? "" : `output ${one.output}`,
		one.version.recorded === one.version.now
			? ""
			: `${one.version.recorded || "?"} → ${one.version.now || "?"}`,
		one.error === null ? "" : `failed: ${one.error.split("\n")[0]?.slice(0, 80)}`,
	]);
	const ended = replay.status === "completed" ? replay.outcome : replay.status;
	return [
		`${replay.fixture_id}: ${ended} (recorded: ${replay.recorded_outcome})${replay.error === "" ? "" : `: ${replay.error}`}`,
		...renderTable([["step", "kind", "", "", "", "version", ""], ...rows]).map((line) => `  ${line}`),
		...replay.problems.map(({ text }) => `  ! ${text}`),
		...replay.pinned_tools.map(
			(tool) => `  ${tool} is not declared safe: answered from the fixture, it did not run`,
		),
		...(replay.trace_id === "" ? [] : [`  trace ${replay.trace_id}`]),
	].join("\n");
}
