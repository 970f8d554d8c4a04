import type { Fixture } from "../core/fixture.ts";
import type { Capture } from "../fixtures/capture.ts";
import type { PersonalFinding } from "../fixtures/verify-fixture.ts";

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
const counts = (found: Readonly<Record<string, number>>): string =>
	Object.entries(found)
		.sort(([, a], [, b]) => b - a)
		.map(([kind, count]) => `${kind} ${count.toLocaleString("en")}`)
		.join(", ");

/** What a capture did, in a dozen lines. */
export function renderCapture(
	captured: Capture,
	{
		pipeline,
		folder,
		written,
		kept,
	}: { readonly pipeline: string; readonly folder: string; readonly written: boolean; readonly kept: number },
): string {
	const { population, replaced, refused } = captured;
	const left = Object.entries(population.unreplayable);
	return [
		written ? `${kept} fixtures of ${pipeline} in ${folder}` : `No fixtures of ${pipeline} were written`,
		"",
		`Drawn from  ${population.replayable.toLocaleString("en")} replayable runs of ${population.tasks.toLocaleString("en")} tasks, out of ${population.runs.toLocaleString("en")} production runs`,
		...(left.length === 0
			? []
			: [`Left out    ${left.map(([why, runs]) => `${runs} runs (${why})`).join(", ")}`]),
		...(population.evaluation === 0
			? []
			: [`Left out    ${population.evaluation} runs of evaluations and replays`]),
		`Size        ${renderSize(captured)}`,
		`Replaced    ${counts(replaced) || "nothing"}`,
		...(refused.length === 0
			? []
			: ["", ...renderRefused(refused.map(({ id, findings }) => ({ file: id, findings })))]),
		"",
	].join("\n");
}

/** Why the set has the size it has, and what it can detect. */
function renderSize({ plan }: Capture): string {
	const { size, needed, detects, flips } = plan;
	const chance = flips.assumed
		? `assuming that ${percent(flips.share)} of tasks change their outcome by chance (no task ran twice)`
		: `${percent(flips.share)} of tasks change their outcome by chance, measured on ${flips.tasks} repeated tasks`;
	const reach =
		detects === null
			? "too few to detect anything"
			: `detects a drop of ${percent(detects)} with 80 % power at α = 0.05 (paired)`;
	const short =
		needed !== null && needed > size
			? `; ${needed.toLocaleString("en")} were wanted, but there are no more tasks`
			: "";
	return `${size.toLocaleString("en")} tasks: ${reach}, ${chance}${short}`;
}

const SHOWN = 20;

function renderRefused(
	refused: readonly { readonly file: string; readonly findings: readonly PersonalFinding[] }[],
): string[] {
	const lines = refused.flatMap(({ file, findings }) =>
		findings.map(({ path, kind, hint }) => `  ${file}  ${path}  ${kind}  ${hint}`),
	);
	return [
		`Refused: personal data is left in ${refused.length} ${refused.length === 1 ? "fixture" : "fixtures"}`,
		...lines.slice(0, SHOWN),
		...(lines.length > SHOWN ? [`  … and ${lines.length - SHOWN} more (--json lists all)`] : []),
	];
}

/** The answer of `fixtures verify`. */
export function renderRefusals(
	files: number,
	refused: readonly { readonly file: string; readonly findings: readonly PersonalFinding[] }[],
): string {
	if (refused.length === 0)
		return `${files} ${files === 1 ? "fixture holds" : "fixtures hold"} no personal data that the verifier knows\n`;
	return [...renderRefused(refused), ""].join("\n");
}

export interface FixtureRow {
	readonly file: string;
	readonly id: string;
	readonly pipeline: string;
	readonly cluster: string;
	readonly outcome: string;
	readonly route: string;
	readonly weight: number;
	readonly steps: number;
	readonly recorded: string;
	readonly bytes: number;
}

/** A table of fixtures. */
export function renderFixtureList(rows: readonly FixtureRow[]): string {
	const head = [
		"fixture",
		"pipeline",
		"outcome",
		"stands for",
		"steps",
		"recorded",
		"KiB",
		"cluster",
		"route",
	];
	const cells = rows.map((row) => [
		row.id,
		row.pipeline,
		row.outcome,
		String(Math.round(row.weight * 10) / 10),
		String(row.steps),
		row.recorded.slice(0, 10),
		(row.bytes / 1024).toFixed(1),
		row.cluster,
		row.route,
	]);
	const widths = head.map((title, column) =>
		Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
	);
	const line = (texts: readonly string[]): string =>
		texts
			.map((text, column) => text.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd();
	return [
		line(head),
		...cells.map(line),
		"",
		`${rows.length} ${rows.length === 1 ? "fixture" : "fixtures"}`,
		"",
	].join("\n");
}

/** The page that lies beside the fixtures: how the set came about, for who reviews it. */
export function renderSetReadme(captured: Capture, kept: readonly { readonly fixture: Fixture }[]): string {
	const [first] = kept;
	const strata = Map.groupBy(
		kept,
		({ fixture: { stratum } }) => `| ${stratum.cluster} | ${stratum.outcome} | ${stratum.route} |`,
	);
	const { population } = captured;
	return [
		`# Fixtures of ${first?.fixture.pipeline ?? ""}`,
		"",
		"Anonymised production runs, written by `faultline fixtures capture`; names, addresses and numbers in them are invented.",
		"",
		`- Captured ${first?.fixture.provenance.captured.slice(0, 10) ?? ""}, anonymiser ${first?.fixture.provenance.anonymiser ?? ""}, key ${first?.fixture.provenance.key ?? ""}.`,
		`- Drawn from ${population.replayable} replayable runs of ${population.tasks} tasks, out of ${population.runs} production runs.`,
		`- ${renderSize(captured)}.`,
		"",
		"| cluster | outcome | route | fixtures | stand for runs |",
		"|---|---|---|---|---|",
		...[...strata]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(
				([stratum, members]) =>
					`${stratum} ${members.length} | ${Math.round(members.reduce((sum, { fixture }) => sum + fixture.weight, 0))} |`,
			),
		"",
	].join("\n");
}
