import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import { listGateDecisions, readGateDecision } from "../../store/gate-decisions.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { gatePage, gatesPage } from "./gate-page.ts";

const LISTED = 200;

/** `/gates` and `/gates/EVAL_ID/MILLISECONDS`. */
export function gateRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const range = readRange(c.req.query(), now());
		const pipeline = c.req.query("pipeline") ?? "";
		const all = await listGateDecisions(store, range, { limit: LISTED });
		const decisions =
			pipeline === "" ? all : await listGateDecisions(store, range, { pipeline, limit: LISTED });
		const pipelines = [...new Set(all.map((one) => one.pipeline))];
		return c.render(gatesPage(decisions, { range, pipeline, pipelines, limit: LISTED }), {
			title: "Gate decisions",
		});
	});
	app.get("/:id/:decided", async (c) => {
		const { id, decided } = c.req.param();
		if (!/^\d{1,14}$/.test(decided))
			throw new UsageError(`"${decided}" is no moment; it is in milliseconds since 1970`);
		const gate = await readGateDecision(store, id, Number(decided));
		if (gate === null)
			throw new HTTPException(404, { message: `No decision about ${id} at that moment is stored.` });
		return c.render(gatePage(gate, Number(decided)), { title: `Gate: ${gate.verdict}` });
	});
	return app;
}
