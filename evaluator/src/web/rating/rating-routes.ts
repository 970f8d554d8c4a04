import type { Store } from "@faultline/collector";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { HTTPException } from "hono/http-exception";
import { UsageError } from "../../cli/io.ts";
import { progressOfQueue } from "../../core/rating-queue.ts";
import type { Run } from "../../core/trace.ts";
import { openRatingDesk, readChosenRun, readDesk } from "../../store/rating-desk.ts";
import { type Rating, readRatings } from "../../store/ratings.ts";
import { readAgreement, readCalibrations, readFailures } from "../../store/read-people.ts";
import type { RatingScope } from "../../store/read-rating-frame.ts";
import { readRuns } from "../../store/read-runs.ts";
import type { PageDependencies } from "../page-options.ts";
import { address } from "../tags.ts";
import { readRange } from "../time-range.ts";
import { figuresPage } from "./figures-page.ts";
import { idlePage } from "./idle-page.ts";
import { namePage } from "./name-page.ts";
import { ratePage } from "./rate-page.ts";
import { checkRater, readAnswer } from "./read-answer.ts";

const RATER = "faultline-rater";
const YEAR_S = 365 * 86_400;
/** A run that is rated may be half a year old. */
const KEPT_MS = 400 * 86_400_000;

/** `/rate`: people rate runs, and see how far they and the judges agree. */
export function ratingRoutes({ store, now }: PageDependencies): Hono {
	const app = new Hono();
	const desk = openRatingDesk(store);
	/** A place in the queue may outlive its run, whose table has a TTL of its own. */
	const takeStored = async (rater: string, scope: RatingScope, nowMs: number): Promise<Run | null> => {
		const gone = new Set<string>();
		for (;;) {
			const chosen = await desk.take(rater, scope, gone);
			if (chosen === null) return null;
			const run = await readRun(store, chosen.traceId, nowMs);
			if (run !== null) return run;
			gone.add(chosen.traceId);
			await desk.giveBack(rater, chosen.traceId);
		}
	};
	app.get("/", async (c) => {
		const scope = scopeOf(c, now());
		const rater = raterOf(c);
		if (rater === null) return c.render(namePage(hereOf(c)), { title: "Who rates?" });
		const run = await takeStored(rater, scope, now());
		const progress = progressOfQueue((await readDesk(store, scope)).items);
		if (run === null) return c.render(idlePage(rater, progress, hereOf(c)), { title: "Nothing to rate" });
		return c.render(ratePage({ run, rater, progress, own: null, back: hereOf(c) }), { title: "Rate a run" });
	});
	app.get("/runs/:id", async (c) => {
		const rater = raterOf(c);
		if (rater === null) return c.render(namePage(c.req.path), { title: "Who rates?" });
		const traceId = c.req.param("id");
		const own = await ownRating(store, rater, traceId, now());
		const run =
			own === null && (await readChosenRun(store, traceId)) === null
				? null
				: await readRun(store, traceId, now());
		if (run === null) throw new HTTPException(404, { message: `Run ${traceId} is not there to be rated.` });
		return c.render(ratePage({ run, rater, progress: null, own, back: "/rate" }), { title: "Rate a run" });
	});
	app.post("/name", async (c) => {
		const form = await c.req.parseBody();
		const rater = checkRater(form["rater"]);
		setCookie(c, RATER, rater, { path: "/rate", httpOnly: true, sameSite: "Strict", maxAge: YEAR_S });
		return c.redirect(ownPath(form["back"]), 303);
	});
	app.post("/ratings", async (c) => {
		const form = await c.req.parseBody();
		const { rater, answer } = readAnswer(form);
		await desk.save(rater, answer, now());
		if (c.req.header("accept")?.includes("application/json")) return c.json({ saved: true });
		return c.redirect(ownPath(form["back"]), 303);
	});
	app.post("/leases", async (c) => {
		const form = await c.req.parseBody();
		const traceId = form["trace_id"];
		const rater = checkRater(form["rater"]);
		if (typeof traceId !== "string" || (await readChosenRun(store, traceId)) === null)
			throw new UsageError("a lease is for a run that was chosen for rating");
		await desk.keep(rater, traceId);
		return c.body(null, 204);
	});
	app.get("/figures", async (c) => {
		const scope = scopeOf(c, now());
		const { items, chosen } = await readDesk(store, scope);
		const page = figuresPage({
			progress: progressOfQueue(items),
			strata: strataOf([...chosen.values()], items),
			agreement: await readAgreement(store, scope),
			calibrations: await readCalibrations(store, scope, { nowMs: now() }),
			failures: await readFailures(store, scope),
		});
		return c.render(page, { title: "People and judges" });
	});
	return app;
}

const hereOf = (c: Context): string => address("/rate", c.req.query());

/** Only pages of this part: the form says where to go on, and the form may have been made elsewhere. */
const ownPath = (back: unknown): string =>
	typeof back === "string" && /^\/rate(?:$|[/?])[^\\]*$/.test(back) && !back.includes("//") ? back : "/rate";

function raterOf(c: Context): string | null {
	const name = getCookie(c, RATER);
	return name === undefined || name === "" ? null : checkRater(name);
}

function scopeOf(c: Context, nowMs: number): RatingScope {
	const query = c.req.query();
	const { sinceMs, untilMs } = readRange(query, nowMs);
	const { pipeline, version } = query;
	return {
		sinceMs,
		untilMs,
		...(pipeline === undefined ? {} : { pipeline }),
		...(version === undefined ? {} : { serviceVersion: version }),
	};
}

async function readRun(store: Store, traceId: string, nowMs: number): Promise<Run | null> {
	const [run] = await readRuns(store, {
		traceIds: [traceId],
		sinceMs: nowMs - KEPT_MS,
		untilMs: nowMs + KEPT_MS,
	});
	return run ?? null;
}

async function ownRating(
	store: Store,
	rater: string,
	traceId: string,
	nowMs: number,
): Promise<Rating | null> {
	const ratings = await readRatings(store, nowMs - KEPT_MS);
	return (
		ratings.find((rating) => rating.traceId === traceId && rating.rater === rater && rating.spanId === "") ??
		null
	);
}

/** Chosen and rated runs per stratum, the last ones first. */
function strataOf(
	chosen: readonly { readonly traceId: string; readonly stratum: string }[],
	items: readonly { readonly traceId: string; readonly raters: readonly string[] }[],
): { readonly stratum: string; readonly chosen: number; readonly rated: number }[] {
	const rated = new Set(items.filter(({ raters }) => raters.length > 0).map(({ traceId }) => traceId));
	return [...Map.groupBy(chosen, ({ stratum }) => stratum)]
		.map(([stratum, runs]) => ({
			stratum,
			chosen: runs.length,
			rated: runs.filter(({ traceId }) => rated.has(traceId)).length,
		}))
		.sort((a, b) => (a.stratum < b.stratum ? 1 : -1));
}
