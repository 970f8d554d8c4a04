import type { OutcomeSource } from "../core/decide-outcome.ts";
import type { PresentedEvaluation } from "../core/present-evaluation.ts";

const SHOWN_CASES = 20;

const SOURCES: Readonly<Record<OutcomeSource, string>> = {
	grade: "the configuration's grader",
	application: "the application itself",
	expectation: "the fixture's expectation",
	none: "nobody",
};

/** A rate in percent with its interval. */
export const renderRate = (rate: number | null, interval: readonly [number, number] | null): string =>
	rate === null || interval === null
		? "nobody can tell"
		: `${percent(rate)} (95 %: ${percent(interval[0])} to ${percent(interval[1])})`;

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A time that is left, for people. */
export function renderLeft(ms: number): string {
	const seconds = Math.ceil(ms / 1000);
	return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** What an evaluation came to, for a terminal. */
export function renderEvaluation(
	evaluation: PresentedEvaluation,
	more: {
		readonly origins?: ReadonlyMap<string, string | null>;
		readonly sources?: Readonly<Partial<Record<OutcomeSource, number>>>;
	} = {},
): string {
	const { counts } = evaluation;
	const sources = Object.entries(more.sources ?? {}).map(
		([source, cases]) => `${SOURCES[source as OutcomeSource]} (${cases})`,
	);
	const deploy = [evaluation.service_version, evaluation.revision.slice(0, 12)].filter((text) => text !== "");
	return [
		`${evaluation.eval_id}: ${evaluation.pipeline}${deploy.length === 0 ? "" : `, ${deploy.join(", ")}`}`,
		`  passed    ${evaluation.passed} of ${evaluation.passed + evaluation.failed}: ${renderRate(evaluation.rate, evaluation.interval)}`,
		`  cases     ${counts.planned} planned, ${counts.attempted} attempted, ${counts.completed} completed, ${counts.errored} errored, ${counts.unknown} that nobody could judge`,
		...(sources.length === 0 ? [] : [`  judged by ${sources.join(", ")}`]),
		...renderSteps(evaluation),
		...(evaluation.flaky.length === 0 ? [] : [`  passes now and then: ${evaluation.flaky.join(", ")}`]),
		...renderCases(evaluation, more.origins ?? new Map()),
	].join("\n");
}

function renderSteps({ steps }: PresentedEvaluation): string[] {
	const broken = steps.filter((step) => step.broken > 0);
	if (broken.length === 0) return [];
	const width = Math.max(...broken.map(({ step }) => step.length));
	return [
		"  steps that broke",
		...broken.map(
			({ step, kept, broken: times }) => `    ${step.padEnd(width)}  ${times} of ${kept + times} runs`,
		),
	];
}

function renderCases(
	{ cases, trials }: PresentedEvaluation,
	origins: ReadonlyMap<string, string | null>,
): string[] {
	const bad = cases.filter(({ outcome, status }) => outcome === "fail" || status !== "completed");
	if (bad.length === 0) return [];
	const lines = bad.slice(0, SHOWN_CASES).map((one) => {
		const trial = trials > 1 ? ` trial ${one.trial}` : "";
		const origin = origins.get(one.trace_id);
		const began = origin === null || origin === undefined ? "" : `  began in ${origin}`;
		const what = one.status === "completed" ? "fail" : one.status;
		const error = one.error === "" ? "" : `  ${one.error.split("\n")[0]?.slice(0, 100)}`;
		return `    ${what.padEnd(9)} ${one.fixture_id}${trial}${began}${error}`;
	});
	const rest = bad.length - lines.length;
	return [
		"  cases that did not pass",
		...lines,
		...(rest > 0 ? [`    and ${rest} more (--json lists all)`] : []),
	];
}
