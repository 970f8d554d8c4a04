import type { Store } from "@faultline/collector";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import type { Evaluation } from "../../core/evaluation.ts";
import { listEvaluations, readEvaluation } from "../../store/evaluations.ts";
import { listGateDecisions } from "../../store/gate-decisions.ts";
import { oneOf } from "../one-of.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { CHANGES, evalPage } from "./eval-page.ts";
import { evalsPage, LAYERS } from "./evals-page.ts";

const LISTED = 200;
/** Results are kept half a year unless the table says otherwise; a link to one of them says no time. */
const KEPT = "400d";

/** `/evals` and `/evals/ID`. */
export function evalRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const query = c.req.query();
		const range = readRange(query, now());
		const pipeline = query["pipeline"] ?? "";
		const layer = oneOf(query, "layer", LAYERS);
		const times = { sinceMs: range.sinceMs, untilMs: range.untilMs };
		const [evaluations, all, decisions] = await Promise.all([
			listEvaluations(store, { ...times, pipeline, ...(layer === "" ? {} : { layer }), limit: LISTED }),
			listEvaluations(store, { ...times, limit: LISTED }),
			listGateDecisions(store, range, { pipeline, limit: LISTED }),
		]);
		const page = evalsPage({
			range,
			pipeline,
			layer,
			pipelines: [...new Set(all.map(({ run }) => run.pipeline))],
			evaluations,
			// The newest comes first, so it is written last.
			decisions: new Map(decisions.toReversed().map((one) => [one.evalId, one])),
			limit: LISTED,
		});
		return c.render(page, { title: "Evaluations" });
	});
	app.get("/:id", async (c) => {
		const query = c.req.query();
		const evaluation = await readEvaluation(store, c.req.param("id"));
		if (evaluation === null)
			throw new HTTPException(404, { message: `No evaluation ${c.req.param("id")} is stored.` });
		const kept = readRange({ since: KEPT }, now());
		const decisions = await listGateDecisions(store, kept, { evalId: evaluation.run.evalId, limit: 10 });
		const named = query["against"] ?? decisions[0]?.baselineEvalId ?? "";
		const against =
			named === "" ? await earlierEvaluation(store, evaluation) : await readEvaluation(store, named);
		if (against !== null && against.run.pipeline !== evaluation.run.pipeline) {
			throw new UsageError(
				`${named} is of ${against.run.pipeline}, ${evaluation.run.evalId} of ${evaluation.run.pipeline}; choose one of the same pipeline`,
			);
		}
		const filter = {
			outcome: oneOf(query, "outcome", ["pass", "fail", "unknown", "errored"]),
			change: oneOf(query, "change", CHANGES),
			text: (query["q"] ?? "").trim(),
		};
		const page = evalPage({ evaluation, against, missing: against === null ? named : "", decisions, filter });
		return c.render(page, { title: evaluation.run.evalId });
	});
	return app;
}

/** The evaluation of the same fixtures before this one; null where there is none. */
async function earlierEvaluation(store: Store, { run }: Evaluation): Promise<Evaluation | null> {
	const found = await listEvaluations(store, {
		pipeline: run.pipeline,
		layer: run.layer,
		sinceMs: run.startedAt - 180 * 86_400_000,
		untilMs: run.startedAt - 1,
	});
	const before = found.find((one) => one.run.fixtureSet === run.fixtureSet && one.counts.attempted > 0);
	return before === undefined ? null : await readEvaluation(store, before.run.evalId);
}
