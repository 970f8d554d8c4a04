import { Hono } from "hono";
import { UsageError } from "../../cli/io.ts";
import { parseSelector } from "../../cli/parse-selector.ts";
import type { RunSelector } from "../../store/read-runs.ts";
import { readOutcomes } from "../../store/read-verdicts.ts";
import { failurePage } from "../failure-page.ts";
import { html } from "../html.ts";
import type { PageDependencies } from "../page-options.ts";
import { readRange } from "../time-range.ts";
import { CompareJobs } from "./compare-jobs.ts";
import { compareForm, comparePage, compareProgress, compareStart } from "./compare-page.ts";

/** So long a visitor waits for a comparison before being told how far it is. */
const WAIT_MS = 1500;

/** `/compare`: two deploys, or two stretches of time. */
export function compareRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	const jobs = new CompareJobs(store, now);
	app.get("/", async (c) => {
		const query = c.req.query();
		const range = readRange(query, now());
		const asked = {
			pipeline: query["pipeline"] ?? "",
			baseline: (query["baseline"] ?? "").trim(),
			candidate: (query["candidate"] ?? "").trim(),
		};
		if (asked.baseline === "" && asked.candidate === "")
			return c.render(compareStart(asked, await readOutcomes(store, range)), { title: "Compare" });
		const side = (name: "baseline" | "candidate"): RunSelector => {
			if (asked[name] === "")
				throw new UsageError(`The ${name} is missing; give one such as ${name}=service.version=42.`);
			return { sinceMs: range.sinceMs, untilMs: range.untilMs, ...parseSelector(asked[name], now()) };
		};
		const question = { baseline: side("baseline"), candidate: side("candidate") };
		const outcomes = asked.pipeline === "" ? await readOutcomes(store, range) : [];
		const pipelines = [...new Set(outcomes.map(({ pipeline }) => pipeline))];
		const pipeline = asked.pipeline || pipelines[0];
		if (pipeline === undefined || pipelines.length > 1) {
			const why =
				pipeline === undefined
					? "No run was judged in this time."
					: "There are several pipelines; choose one.";
			return c.render(
				html`<h1>Compare two deploys</h1><p class="lead">${why}</p>${compareForm(asked, outcomes)}`,
				{ title: "Compare" },
			);
		}
		const title = `${asked.baseline} against ${asked.candidate}`;
		const key = JSON.stringify([pipeline, asked, range.since, range.until]);
		const state = await jobs.ask(key, { pipeline, ...question }, { waitMs: WAIT_MS });
		switch (state.kind) {
			case "done":
				return c.render(comparePage(asked, state.result), { title });
			case "running":
				c.header("refresh", "2");
				return c.render(compareProgress({ ...asked, pipeline }, state.stage), { title });
			case "failed":
				if (state.error instanceof UsageError) return failurePage(c, 404, state.error.message);
				throw state.error;
		}
	});
	return app;
}
