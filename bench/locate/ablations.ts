import { type Judge, judgeRead } from "../../evaluator/src/core/judge.ts";
import type { Verdict } from "../../evaluator/src/core/locate-run.ts";
import type { Shares } from "../../evaluator/src/core/origin-mixture.ts";
import type { ReadRun } from "../../evaluator/src/core/read-run.ts";
import type { Reading } from "../../evaluator/src/core/score.ts";
import type { Step } from "../../evaluator/src/core/trace.ts";
import { strangenessOfRun } from "../../evaluator/src/core/weigh-evidence.ts";

/** Parts of the method that can be left out when a run is judged. What was learned before was learned with them. */
export const ABLATIONS = ["edges", "profiles", "prior", "descendants"] as const;
export type Ablation = (typeof ABLATIONS)[number];

/** Checks that hold a step against what other steps gave it. */
const LOOKS_AT_GIVERS = new Set(["answer-explained", "answer-focus", "hand-off-explained", "hand-off-kept"]);

/** The verdict on a run, reached without a part of the method. */
export function judgeWithout(part: Ablation, read: ReadRun, judge: Judge): Verdict {
	const flat = { shares: new Map(), prior: flatShares(judge.prior), referenceVersions: new Map() };
	const strange = strangenessOfRun(leaveOut(part, read), judge.scales, judge.reference.runs);
	return judgeRead(strange, part === "prior" ? { ...judge, ...flat } : judge).verdict;
}

function leaveOut(part: Ablation, read: ReadRun): ReadRun {
	const unconnected = { ...read, sources: read.sources.map(() => []) };
	if (part === "descendants") return unconnected;
	if (part === "profiles") return { ...read, readings: keep(read, ({ reads }) => reads === "contract") };
	if (part === "edges")
		return {
			...unconnected,
			readings: keep(read, ({ scorer }, { kind }) => kind !== "edge" && !LOOKS_AT_GIVERS.has(scorer)),
		};
	return read;
}

const keep = (
	{ readings, steps }: ReadRun,
	wanted: (reading: Reading, step: Step) => boolean,
): ReadRun["readings"] =>
	readings.map((list, index) => {
		const step = steps[index];
		return step === undefined ? [] : list.filter((reading) => wanted(reading, step));
	});

/** Every origin as likely as every other. */
function flatShares(prior: Shares): Shares {
	const total = [...prior.values()].reduce((sum, share) => sum + share, 0);
	return new Map([...prior].map(([key]) => [key, total / prior.size]));
}
