import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { insertTraces, readOtlpFile } from "@faultline/collector";
import { openTemporaryStore } from "../../collector/src/testing/open-temporary-store.ts";
import { type Comparison, compareRuns } from "../../evaluator/src/core/compare-runs.ts";
import { wilson } from "../../evaluator/src/core/interval.ts";
import { seededRandom, shuffle } from "../../evaluator/src/core/random.ts";
import type { Run } from "../../evaluator/src/core/trace.ts";
import { builtInScorers } from "../../evaluator/src/scorers/built-in.ts";
import { readRuns } from "../../evaluator/src/store/read-runs.ts";

/** Deploys of the real pipeline that differ in one component, and which. */
const PAIRS = [
	["RT+oracle", "RT+bm25", "retrieval"],
	["RT+oracle", "RT+gpt_index", "retrieval"],
	["FT+oracle", "FT+bm25", "retrieval"],
	["FT+oracle", "FT+gpt_index", "retrieval"],
	["RT+bm25", "RT+oracle", "retrieval"],
	["RT+oracle", "FT+oracle", "model"],
	["RT+bm25", "FT+bm25", "model"],
	["RT+gpt_index", "FT+gpt_index", "model"],
] as const;

const points = (rate: number): string => `${rate >= 0 ? "+" : "−"}${(100 * Math.abs(rate)).toFixed(1)}`;

/**
 * Real runs of a real pipeline of which it is known what differs between its deploys: what is named, and how much of the change each
 * component is given; and halves of one deploy, between which nothing differs. Text for the result file.
 */
export async function measureRealRuns(directory: string | undefined): Promise<string> {
	const file = directory === undefined ? null : join(directory, "api-writer.otlp.jsonl.gz");
	if (directory === undefined || file === null || !existsSync(file))
		return "Skipped: no real runs here (`--data DIR` names the folder that holds `api-writer.otlp.jsonl.gz` and its truth).";
	const runs = await readFileRuns(file);
	const truths = JSON.parse(await readFile(join(directory, "api-writer.truth.json"), "utf8")) as Record<
		string,
		{ readonly hit: boolean; readonly pass: boolean }
	>;
	const byVersion = Map.groupBy(runs, (run) => run.serviceVersion);
	const compare = (a: readonly Run[], b: readonly Run[]): Comparison =>
		compareRuns(a, b, { scorers: builtInScorers, random: seededRandom(1) });
	const rows = PAIRS.map(([before, after, truth]) => {
		const compared = compare(byVersion.get(before) ?? [], byVersion.get(after) ?? []);
		return `| ${before} → ${after} | ${truth} | ${describeChange(compared)} |`;
	});
	return [
		"| deploys | differ in | change of the failure rate, points | retrieval | model | anything else | unknown | named |",
		"|---|---|---|---|---|---|---|---|",
		...rows,
		"",
		halvesLine(byVersion, compare),
		"",
		singleRunsLine(compare(byVersion.get("RT+oracle") ?? [], byVersion.get("RT+bm25") ?? []), truths),
	].join("\n");
}

async function readFileRuns(file: string): Promise<readonly Run[]> {
	const { store, discard } = await openTemporaryStore();
	try {
		for await (const { spans } of readOtlpFile(file)) await insertTraces(store, spans);
		return await readRuns(store, {});
	} finally {
		await discard();
	}
}

function describeChange({ change }: Comparison): string {
	const of = (wanted: (origin: string) => boolean): number =>
		change.origins
			.filter(({ origin }) => wanted(origin))
			.reduce((sum, { contribution }) => sum + contribution, 0);
	const known = ["retrieval/", "model/"];
	const isKnown = (origin: string): boolean => known.some((kind) => origin.startsWith(kind));
	const named = "origins" in change.verdict ? change.verdict.origins.join(", ") : change.verdict.kind;
	return [
		points(change.difference.value),
		...known.map((kind) => points(of((origin) => origin.startsWith(kind)))),
		points(of((origin) => !isKnown(origin) && origin !== "unknown")),
		points(of((origin) => origin === "unknown")),
		named,
	].join(" | ");
}

const HALVINGS = 10;

/** Halves of one deploy's tasks drawn at random: whatever is named is a false alarm. */
function halvesLine(
	byVersion: ReadonlyMap<string, readonly Run[]>,
	compare: (a: readonly Run[], b: readonly Run[]) => Comparison,
): string {
	let [alarms, n] = [0, 0];
	for (const [version, runs] of byVersion) {
		for (let seed = 1; seed <= HALVINGS; seed++) {
			const drawn = shuffle([...runs], seededRandom(`${version} ${seed}`.length * 1000 + seed));
			const half = drawn.length >> 1;
			const { change } = compare(drawn.slice(0, half), drawn.slice(half));
			n++;
			if ("origins" in change.verdict) alarms++;
		}
	}
	const interval = wilson(alarms, n);
	return `Halves of one deploy against each other (93 runs a side, other tasks): something named in ${alarms} of ${n}${interval === null ? "" : ` (${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)} %)`}.`;
}

/** Whether single failing runs are placed in the retriever where it missed, and elsewhere where it did not. */
function singleRunsLine(
	{ judgement }: Comparison,
	truths: Readonly<Record<string, { readonly hit: boolean }>>,
): string {
	const placed = { hit: [0, 0], miss: [0, 0] };
	for (const { traceId, candidates, kind } of judgement.verdicts) {
		const truth = truths[traceId];
		if (truth === undefined || kind === "no-fault") continue;
		const count = truth.hit ? placed.hit : placed.miss;
		count[1] = (count[1] ?? 0) + 1;
		if (candidates[0]?.kind === "retrieval") count[0] = (count[0] ?? 0) + 1;
	}
	return `Single failing runs of RT+oracle and RT+bm25: the retriever comes first in ${placed.miss[0]} of ${placed.miss[1]} in which it missed the document, and in ${placed.hit[0]} of ${placed.hit[1]} in which it did not.`;
}
