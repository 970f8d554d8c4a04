import type { Store } from "@faultline/collector";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import { distinct, readKnownNames } from "../../store/read-known-names.ts";
import { countArrived, listRuns, type RunCursor, type RunFilter } from "../../store/read-run-heads.ts";
import { readRuns } from "../../store/read-runs.ts";
import {
	readPassingTwin,
	readSameOrigin,
	readScores,
	readSimilarInputs,
} from "../../store/read-surroundings.ts";
import { readVerdicts } from "../../store/read-verdicts.ts";
import { titleOf } from "../content-view.ts";
import { oneOf } from "../one-of.ts";
import type { PageDependencies } from "../page-options.ts";
import { type AskedRange, readRange } from "../time-range.ts";
import { type RunSurroundings, runPage } from "./run-page.ts";
import { OUTCOMES, runsPage, VERDICTS } from "./runs-page.ts";

const PER_PAGE = 50;
/** Runs are kept half a year unless the table says otherwise; a link to one of them says no time. */
const KEPT_MS = 400 * 86_400_000;
const AHEAD_MS = 86_400_000;

/** `/runs` and `/runs/ID`. */
export function runRoutes({ store, now, mounted }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const query = c.req.query();
		const range = readRange(query, now());
		const filter = readFilter(query, range);
		const after = readCursor(query["after"] ?? "");
		const [names, { runs, next, searchedToMs }] = await Promise.all([
			readKnownNames(store, range),
			listRuns(store, filter, { limit: PER_PAGE, ...(after === null ? {} : { after }) }),
		]);
		const ofPipeline = ({ pipeline }: { readonly pipeline: string }): boolean =>
			filter.pipeline === "" || pipeline === filter.pipeline;
		const page = runsPage({
			filter,
			range,
			runs,
			next,
			searchedToMs,
			first: after === null,
			pipelines: distinct(names, "pipeline"),
			versions: distinct(names, "serviceVersion", ofPipeline),
			steps: distinct(names, "step", ofPipeline).sort(),
		});
		return c.render(page, { title: "Runs" });
	});
	app.get("/arrived", async (c) => {
		const { after = "", pipeline = "", version = "" } = c.req.query();
		if (!/^\d{1,14}$/.test(after)) throw new UsageError(`after is "${after}"; give milliseconds since 1970`);
		const untilMs = now() + AHEAD_MS;
		return c.json({
			runs: await countArrived(store, { afterMs: Number(after), untilMs, pipeline, serviceVersion: version }),
		});
	});
	app.get("/:id", async (c) => {
		const traceId = c.req.param("id").toLowerCase();
		if (!/^[0-9a-f]{1,32}$/.test(traceId))
			throw new UsageError(`"${traceId}" is no trace id; it has up to 32 hexadecimal digits`);
		const steps = oneOf(c.req.query(), "steps", ["all"]);
		const around = await readRun(store, traceId, now());
		if (around === null) {
			throw new HTTPException(404, {
				message: `No run ${traceId} is stored. It may have been deleted by its table's TTL, or be in another database.`,
			});
		}
		const title = titleOf(around.run.input);
		return c.render(
			runPage({
				...around,
				allSteps: steps === "all",
				ratePath: mounted.has("/rate") ? `/rate/runs/${traceId}` : null,
			}),
			{ title: title === "" ? `Run ${traceId.slice(0, 8)}` : title },
		);
	});
	return app;
}

async function readRun(
	store: Store,
	traceId: string,
	now: number,
): Promise<Omit<RunSurroundings, "allSteps" | "ratePath"> | null> {
	const kept = { sinceMs: now - KEPT_MS, untilMs: now + AHEAD_MS };
	const [run] = await readRuns(store, { ...kept, traceIds: [traceId] });
	if (run === undefined) return null;
	const startMs = Math.floor(run.startUs / 1000);
	const itself = { sinceMs: startMs - 1, untilMs: startMs + 1 };
	const [[judged], scores, twin, similarInputs] = await Promise.all([
		readVerdicts(store, itself, { traceId }),
		readScores(store, traceId),
		readPassingTwin(store, run),
		readSimilarInputs(store, run),
	]);
	const verdict = judged?.verdict ?? null;
	const step = verdict?.origin?.step ?? "";
	const sameOrigin = step === "" ? [] : await readSameOrigin(store, run, step);
	return { run, verdict, scores, twin, sameOrigin, similarInputs };
}

function readFilter(query: Readonly<Record<string, string>>, range: AskedRange): RunFilter {
	return {
		sinceMs: range.sinceMs,
		untilMs: range.untilMs,
		pipeline: query["pipeline"] ?? "",
		serviceVersion: query["version"] ?? "",
		step: query["step"] ?? "",
		outcome: oneOf(query, "outcome", OUTCOMES),
		verdict: oneOf(query, "verdict", VERDICTS),
		text: (query["q"] ?? "").trim(),
	};
}

function readCursor(text: string): RunCursor | null {
	if (text === "") return null;
	const [, startNs, traceId] = /^(\d{1,19})-([0-9a-f]{1,32})$/.exec(text) ?? [];
	if (startNs === undefined || traceId === undefined)
		throw new UsageError(`after is "${text}"; it is made by the links between pages and cannot be guessed`);
	return { startNs: BigInt(startNs), traceId };
}
