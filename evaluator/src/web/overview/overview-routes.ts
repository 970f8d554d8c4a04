import { Hono } from "hono";
import { readHazards, readOutcomes } from "../../store/read-verdicts.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { overviewPage } from "./overview-page.ts";

/** `/`: every pipeline, how it does and which step costs it most. */
export function overviewRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	app.get("/", async (c) => {
		const range = readRange(c.req.query(), now());
		const [outcomes, hazards] = await Promise.all([readOutcomes(store, range), readHazards(store, range)]);
		return c.render(overviewPage(outcomes, hazards), { title: "Overview" });
	});
	return app;
}
