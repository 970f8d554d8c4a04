import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import { readRuns } from "../../store/read-runs.ts";
import { readVerdicts } from "../../store/read-verdicts.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { runPage } from "./run-page.ts";
import { runsPage } from "./runs-page.ts";

const OUTCOMES = ["", "pass", "fail", "unknown"];

/** `/runs` and `/runs/ID`. */
export function runRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const query = c.req.query();
		const range = readRange(query, now());
		const outcome = query["outcome"] ?? "";
		if (!OUTCOMES.includes(outcome))
			throw new UsageError(`outcome is "${outcome}"; give pass, fail or unknown`);
		const filter = {
			pipeline: query["pipeline"] ?? "",
			serviceVersion: query["version"] ?? "",
			step: query["step"] ?? "",
			outcome,
		};
		return c.render(runsPage(await readVerdicts(store, range, filter), filter), { title: "Runs" });
	});
	app.get("/:id", async (c) => {
		const traceId = c.req.param("id");
		if (!/^[0-9a-f]{1,32}$/.test(traceId)) throw new UsageError(`"${traceId}" is no trace id`);
		const range = readRange(c.req.query(), now());
		const [run] = await readRuns(store, { ...range, traceIds: [traceId] });
		if (run === undefined) throw new HTTPException(404, { message: `No run ${traceId} is stored.` });
		const [judged] = await readVerdicts(store, range, { traceId });
		return c.render(runPage(run, judged?.verdict ?? null), { title: `Run ${traceId.slice(0, 8)}` });
	});
	return app;
}
