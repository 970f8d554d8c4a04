import { readFile } from "node:fs/promises";
import type { Store } from "@faultline/collector";
import { countStepHours } from "../../evaluator/src/store/count-step-hours.ts";

export const SPANS_PER_RUN = 10;
const RUNS_PER_INSERT = 20_000;
const HOURS_PER_INSERT = 6;

export interface Filling {
	readonly spans: number;
	/** The runs lie evenly in this time; the newest is a minute old. */
	readonly days: number;
	/** Whose verdicts: the evaluator's name that the pages read. */
	readonly evaluator: string;
}

/**
 * Fills a migrated, empty database with runs, verdicts and scores, all in the engine, by way of the tables' own views: `steps`, `runs` and
 * `step_minutes` are what they would be if the spans had arrived.
 * @param progress told how many spans are there
 */
export async function fillDatabase(
	store: Store,
	{ spans, days, evaluator }: Filling,
	progress: (spans: number) => void,
): Promise<void> {
	const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8");
	const end = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
	const total = Math.floor(spans / SPANS_PER_RUN);
	const start = end - days * 86_400_000;
	const spansSql = await read("spans.sql");
	for (let first = 0; first < total; first += RUNS_PER_INSERT) {
		const runs = Math.min(RUNS_PER_INSERT, total - first);
		await store.command(spansSql, {
			first_run: first,
			runs,
			total_runs: total,
			start_ms: start,
			span_ms: days * 86_400_000,
		});
		progress((first + runs) * SPANS_PER_RUN);
	}
	const step = HOURS_PER_INSERT * 3_600_000;
	for (const file of ["verdicts.sql", "step-verdicts.sql", "scores.sql"]) {
		const sql = await read(file);
		const who = file === "scores.sql" ? {} : { evaluator };
		for (let since = start; since < end; since += step)
			await store.command(sql, { since_ms: since, until_ms: since + step, ...who });
	}
	const hours = Array.from({ length: days * 24 + 1 }, (_, hour) => (start + hour * 3_600_000) * 1000);
	await countStepHours(store, hours, evaluator);
}
