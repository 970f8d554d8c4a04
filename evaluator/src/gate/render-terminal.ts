import type { Blame, PresentedGate, PresentedRow, PresentedSide } from "../core/present-gate.ts";

const MARK = { pass: "✓", fail: "✗", inconclusive: "?" } as const;
const WORD = { pass: "PASS", fail: "FAIL", inconclusive: "INCONCLUSIVE" } as const;

/** The gate's answer for a terminal: what was compared, every row, and at the end what to do. */
export function renderTerminal(gate: PresentedGate): string {
	// Where the baseline was refused, its rows have nothing to show, and the reason stands above.
	const judged = gate.rows.filter((row) => row.fixtures > 0 || gate.obstacles.length === 0);
	const width = Math.max(10, ...judged.map((row) => row.name.length));
	return [
		`Gate of ${gate.pipeline}: ${WORD[gate.verdict]}`,
		"",
		`  candidate  ${describeSide(gate.candidate)}`,
		`  baseline   ${gate.baseline === null ? "none" : describeSide(gate.baseline)}`,
		"",
		...gate.obstacles.map(({ text }) => `  ! ${text}`),
		...(gate.obstacles.length === 0 ? [] : [""]),
		...judged.flatMap((row) => renderRow(row, width)),
		...(judged.length < gate.rows.length && gate.obstacles.length > 0
			? [`  ${gate.rows.length - judged.length} rows could not be compared`]
			: []),
		...renderFlaky(gate),
		...renderPower(gate),
		"",
		`=> ${gate.summary}`,
		...(gate.blame === null ? [] : renderBlame(gate.blame)),
		"",
	].join("\n");
}

/** Which evaluation, of which deploy, and its effective n. */
export function describeSide({
	eval_id: id,
	service_version: version,
	revision,
	fixtures,
	trials,
	counts,
	started_at: started,
}: PresentedSide): string {
	const deploy = [version, revision.slice(0, 12)].filter((part) => part !== "").join(" ");
	const { planned, completed, errored, unknown, attempted } = counts;
	const rest = [
		...(attempted < planned ? [`${planned - attempted} not run`] : []),
		...(errored > 0 ? [`${errored} errored`] : []),
		...(unknown > 0 ? [`${unknown} without an outcome`] : []),
	];
	return `${id}${deploy === "" ? "" : ` (${deploy})`}, ${started.slice(0, 10)}: ${fixtures} fixtures × ${trials}, ${completed} of ${planned} completed${rest.map((text) => `, ${text}`).join("")}`;
}

const renderRow = (row: PresentedRow, width: number): string[] => [
	`  ${MARK[row.verdict]} ${row.name.padEnd(width)}  ${row.levels}`,
	`    ${"".padEnd(width)}  ${row.text}`,
];

function renderFlaky({ flaky }: PresentedGate): string[] {
	if (flaky.length === 0) return [];
	const shown = flaky
		.slice(0, 5)
		.map(({ fixtureId, baseline }) => `${fixtureId} (${baseline.passed} of ${baseline.trials})`);
	const more = flaky.length > shown.length ? ` and ${flaky.length - shown.length} more` : "";
	return ["", `  ${flaky.length} fixtures are flaky in the baseline: ${shown.join(", ")}${more}`];
}

/** Only where the size is what stands in the way, or might have. */
function renderPower({ rows, verdict }: PresentedGate): string[] {
	if (verdict === "fail") return [];
	const weakest = rows.reduce<PresentedRow | null>(
		(least, row) => (row.power !== null && row.power < (least?.power ?? 1) ? row : least),
		null,
	);
	if (weakest?.power === undefined || weakest.power === null || weakest.power >= 0.95) return [];
	return [
		"",
		`  At this size an unchanged candidate passes “${weakest.name}” in ${Math.round(100 * weakest.power)} % of evaluations; the rest are blocked for want of evidence.`,
	];
}

function renderBlame(blame: Blame): string[] {
	const look =
		blame.steps.length > 0
			? `   Look at ${blame.steps.join(" and ")}.`
			: blame.kind === "inputs"
				? "   Look at the inputs: their mix changed, not the pipeline."
				: "   Which component it is cannot be told.";
	return [
		look,
		...blame.evidence.map((sentence) => `   - ${sentence}`),
		...renderBisect(blame),
		...blame.traces.map(
			({ fixture, trace_id: traceId, url }) =>
				`   ${fixture}: ${url ?? `faultline locate --trace ${traceId}`}`,
		),
	];
}

/** What replaying failing fixtures with good steps pinned said, a sentence each. */
export const renderBisect = ({ bisect }: Blame): string[] =>
	(bisect?.fixtures ?? []).map(({ fixture, result }) => `   - replayed ${fixture}: ${result}`);
