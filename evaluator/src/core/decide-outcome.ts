import { type Content, readContent } from "./content.ts";
import type { FixtureExpectation } from "./fixture.ts";
import { readRecorded } from "./recorded-steps.ts";
import { type Outcome, type Run, stepsOf } from "./trace.ts";

/** Who said how a case ended. */
export type OutcomeSource = "grade" | "application" | "expectation" | "none";

export interface DecidedOutcome {
	readonly outcome: Outcome;
	readonly source: OutcomeSource;
}

/** What is known of a case that completed. */
export interface CaseEvidence {
	/** What the configuration's grader said; null where there is none or it could not tell. */
	readonly grade: "pass" | "fail" | number | null;
	/** From which number a grade passes. */
	readonly passFrom: number;
	/** What the application itself recorded as `faultline.outcome`. */
	readonly application: Outcome;
	readonly expected: Pick<FixtureExpectation, "contains" | "documents">;
	readonly output: unknown;
	readonly run: Run | null;
}

/**
 * How a case ended: as the configuration's grader says, else as the application said itself, else as the fixture expects, else
 * `unknown`. A grade that is no number is "could not tell" and asks the next.
 *
 * @example
 * decideOutcome({ grade: 0.4, passFrom: 0.5, application: "pass", … }); // { outcome: "fail", source: "grade" }
 */
export function decideOutcome(evidence: CaseEvidence): DecidedOutcome {
	const { grade, passFrom, application } = evidence;
	if (typeof grade === "number" && !Number.isNaN(grade)) {
		return { outcome: grade >= passFrom ? "pass" : "fail", source: "grade" };
	}
	if (grade === "pass" || grade === "fail") return { outcome: grade, source: "grade" };
	if (application !== "unknown") return { outcome: application, source: "application" };
	const met = meetsExpectation(evidence);
	if (met === null) return { outcome: "unknown", source: "none" };
	return { outcome: met ? "pass" : "fail", source: "expectation" };
}

/** Whether the output holds every expected text and the retrievals found every expected document; null where nothing could be told. */
export function meetsExpectation({
	expected,
	output,
	run,
}: Pick<CaseEvidence, "expected" | "output" | "run">): boolean | null {
	const { contains, documents } = expected;
	const said = contains === null ? null : holdsTexts(output, contains);
	const found = documents === null ? null : findsDocuments(run, documents);
	if (said === false || found === false) return false;
	return said === null && found === null ? null : true;
}

/** Case, white space, markup and its escapes make no difference to whether a text is there. */
function holdsTexts(output: unknown, texts: readonly string[]): boolean {
	const text = typeof output === "string" ? output : contentOf(output).text;
	const shown = [plain(text), plain(decodeEntities(text.replace(/<[^>]*>/g, " ")))];
	return texts.every((wanted) => shown.some((one) => one.includes(plain(wanted))));
}

const plain = (text: string): string => text.replace(/\s+/g, " ").trim().toLowerCase();

const contentOf = (value: unknown): Content => readContent(JSON.stringify(value) ?? "");

const ENTITIES: Readonly<Record<string, string>> = {
	lt: "<",
	gt: ">",
	quot: '"',
	"#39": "'",
	amp: "&",
	nbsp: " ",
};

const decodeEntities = (text: string): string =>
	text.replace(/&(lt|gt|quot|#39|amp|nbsp);/g, (entity, name: string) => ENTITIES[name] ?? entity);

/** null where no retrieval was traced: nobody saw what was found. */
function findsDocuments(run: Run | null, ids: readonly string[]): boolean | null {
	const retrievals =
		run === null ? [] : stepsOf(run).filter((step) => step.kind === "retrieval" && !step.failed);
	if (retrievals.length === 0) return null;
	const found = new Set(retrievals.flatMap((step) => documentIds(readRecorded(step.output))));
	return ids.every((id) => found.has(id));
}

function documentIds(output: unknown): string[] {
	if (Array.isArray(output)) return output.flatMap(documentIds);
	if (typeof output !== "object" || output === null) return [];
	const id = (output as { readonly id?: unknown }).id;
	const own = typeof id === "string" || typeof id === "number" ? [String(id)] : [];
	return [...own, ...Object.values(output).filter(Array.isArray).flatMap(documentIds)];
}
