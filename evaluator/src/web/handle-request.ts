import { timingSafeEqual } from "node:crypto";
import type { Store } from "@faultline/collector";
import { readRuns } from "../store/read-runs.ts";
import { readHazards, readOutcomes, readVerdicts, type TimeRange } from "../store/read-verdicts.ts";
import { html } from "./html.ts";
import { layout } from "./layout.ts";
import { overviewPage } from "./overview-page.ts";
import { runPage } from "./run-page.ts";
import { runsPage } from "./runs-page.ts";

export interface PageOptions {
	readonly store: Store;
	/** Asked of every visitor as the password of HTTP's basic authentication, when given. */
	readonly token?: string;
	readonly now?: () => number;
}

/** How far back the page looks; every query is bounded. */
const WINDOW_MS = 30 * 86_400_000;
/** Imported runs may carry clocks ahead of this one. */
const AHEAD_MS = 86_400_000;

const HEADERS = {
	"content-type": "text/html; charset=utf-8",
	// Nothing that an application recorded may load or run anything.
	"content-security-policy":
		"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
	"cache-control": "no-store",
} as const;

/**
 * The page as a function from request to response, without a port.
 *
 * @example
 * const handle = pageHandler({ store });
 * const response = await handle(new Request("http://localhost/runs?outcome=fail"));
 */
export function pageHandler({
	store,
	token,
	now = Date.now,
}: PageOptions): (request: Request) => Promise<Response> {
	return async (request) => {
		if (token !== undefined && !mayEnter(request, token)) {
			return new Response("A token is needed: any name, and the token as password.\n", {
				status: 401,
				headers: { "www-authenticate": 'Basic realm="Faultline"' },
			});
		}
		if (request.method !== "GET" && request.method !== "HEAD")
			return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
		const range = { sinceMs: now() - WINDOW_MS, untilMs: now() + AHEAD_MS };
		const page = await route(new URL(request.url), store, range);
		if (page === null)
			return respond(layout("Not found", html`<h1>Not found</h1><p><a href="/">All pipelines</a></p>`), 404);
		return respond(page, 200);
	};
}

const respond = (page: string, status: number): Response => new Response(page, { status, headers: HEADERS });

async function route(url: URL, store: Store, range: TimeRange): Promise<string | null> {
	if (url.pathname === "/")
		return overviewPage(await readOutcomes(store, range), await readHazards(store, range));
	if (url.pathname === "/runs") {
		const query = url.searchParams;
		const filter = {
			pipeline: query.get("pipeline") ?? "",
			serviceVersion: query.get("version") ?? "",
			step: query.get("step") ?? "",
			outcome: query.get("outcome") ?? "",
		};
		return runsPage(await readVerdicts(store, range, filter), filter);
	}
	const traceId = /^\/runs\/([0-9a-f]{1,32})$/.exec(url.pathname)?.[1];
	if (traceId === undefined) return null;
	const [run] = await readRuns(store, { ...range, traceIds: [traceId] });
	if (run === undefined) return null;
	const [judged] = await readVerdicts(store, range, { traceId });
	return runPage(run, judged?.verdict ?? null);
}

function mayEnter(request: Request, token: string): boolean {
	const [scheme, value = ""] = (request.headers.get("authorization") ?? "").split(" ");
	const given =
		scheme === "Bearer"
			? value
			: scheme === "Basic"
				? Buffer.from(value, "base64")
						.toString()
						.replace(/^[^:]*:/, "")
				: "";
	const [a, b] = [Buffer.from(given), Buffer.from(token)];
	return a.length === b.length && timingSafeEqual(a, b);
}
