import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { readDriftComparisons, readDriftDays } from "../../store/drift-results.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { driftPage } from "./drift-page.ts";

/** `/drift`: the watch over a pipeline's inputs and responses, and the newest comparisons. */
export function driftRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const query = c.req.query();
		const range = readRange(query, now());
		const times = { sinceMs: range.sinceMs, untilMs: range.untilMs };
		const streams = await readDriftDays(store, times);
		const comparisons = await readDriftComparisons(store, times, 20);
		const pipelines = [...new Set([...streams, ...comparisons].map(({ pipeline }) => pipeline))].sort();
		const pipeline = query["pipeline"] || (pipelines[0] ?? "");
		if (query["pipeline"] && !pipelines.includes(pipeline)) {
			throw new HTTPException(404, { message: `No drift of ${pipeline} was looked for in this time.` });
		}
		const page = driftPage({
			range,
			pipeline,
			pipelines,
			streams: streams.filter((stream) => stream.pipeline === pipeline),
			comparisons: comparisons.filter((comparison) => comparison.pipeline === pipeline).slice(0, 3),
		});
		return c.render(page, { title: "Drift" });
	});
	return app;
}
