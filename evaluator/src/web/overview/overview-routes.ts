import type { Store } from "@faultline/collector";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import {
	type DeployOutcome,
	readHazards,
	readOutcomeBuckets,
	readOutcomes,
} from "../../store/read-verdicts.ts";
import type { PageDependencies } from "../page-options.ts";
import { type AskedRange, readRange } from "../time-range.ts";
import { flowDrawer } from "./drawn-flow.ts";
import { emptyOverview, pipelineList, pipelinePage } from "./overview-page.ts";
import { stretchOf } from "./time-line.ts";

/** `/`: every pipeline, or one of them, with how it does and which step costs it most. */
export function overviewRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	const draw = flowDrawer(store, now);
	app.get("/", async (c) => {
		const range = readRange(c.req.query(), now());
		const outcomes = await readOutcomes(store, range);
		const pipelines = [...new Set(outcomes.map(({ pipeline }) => pipeline))];
		const asked = c.req.query("pipeline") ?? "";
		const pipeline = asked === "" && pipelines.length === 1 ? pipelines[0] : asked;
		if (outcomes.length === 0) return c.render(emptyOverview(range), { title: "Overview" });
		if (pipeline === undefined || pipeline === "")
			return c.render(pipelineList(outcomes, range), { title: "Pipelines" });
		if (!pipelines.includes(pipeline)) {
			throw new HTTPException(404, {
				message: `No run of the pipeline “${pipeline}” was judged in this time. There are: ${pipelines.join(", ")}.`,
			});
		}
		return await onePipeline(c, store, range, draw, { pipeline, pipelines, outcomes });
	});
	return app;
}

async function onePipeline(
	c: Context,
	store: Store,
	range: AskedRange,
	draw: ReturnType<typeof flowDrawer>,
	{
		pipeline,
		pipelines,
		outcomes,
	}: {
		readonly pipeline: string;
		readonly pipelines: readonly string[];
		readonly outcomes: readonly DeployOutcome[];
	},
): Promise<Response> {
	const deploys = outcomes
		.filter((outcome) => outcome.pipeline === pipeline)
		.sort((a, b) => a.firstMs - b.firstMs);
	const version = c.req.query("version");
	const chosen =
		version === undefined ? deploys.at(-1) : deploys.find(({ serviceVersion }) => serviceVersion === version);
	if (chosen === undefined)
		throw new HTTPException(404, { message: `No run of ${pipeline} ${version} was judged in this time.` });
	const stored = {
		sinceMs: Math.min(...deploys.map(({ firstMs }) => firstMs)),
		// The last run started within its millisecond.
		untilMs: 1 + Math.max(...deploys.map(({ lastMs }) => lastMs)),
	};
	const seconds = stretchOf(
		stored,
		deploys.reduce((sum, { runs }) => sum + runs, 0),
	);
	const [hazards, buckets, drawn] = await Promise.all([
		readHazards(store, range),
		readOutcomeBuckets(store, stored, pipeline, seconds),
		draw(chosen),
	]);
	const page = pipelinePage({
		range,
		pipeline,
		pipelines,
		deploys,
		chosen,
		before: deploys[deploys.indexOf(chosen) - 1] ?? null,
		hazards: hazards.filter((one) => one.pipeline === pipeline),
		buckets,
		seconds,
		flow: drawn.flow,
		drawnFrom: drawn.runs,
	});
	return await c.render(page, { title: pipeline });
}
