import type { Store } from "@faultline/collector";
import type { Hono } from "hono";
import type { Html } from "./html.ts";

/** What every part of the page works with. */
export interface PageDependencies {
	readonly store: Store;
	readonly now: () => number;
	/** Where the parts of the page are mounted, for links from one to another. */
	readonly mounted: ReadonlySet<string>;
}

/**
 * A part of the page: where it is mounted, its word in the navigation, and its routes. Bad queries throw a UsageError (400), what is not
 * there an HTTPException (404); writing is refused from other sites before it gets here, and forms are at most 64 KiB.
 *
 * @example
 * const driftRoutes = ({ store, now }: PageDependencies): Hono =>
 * 	new Hono().get("/", async (c) => {
 * 		const range = readRange(c.req.query(), now());
 * 		return c.render(driftPage(await readDrift(store, range)), { title: "Drift" });
 * 	});
 * // and in sections.ts: { path: "/drift", title: "Drift", routes: driftRoutes }
 */
export interface Section {
	readonly path: string;
	readonly title: string;
	routes(dependencies: PageDependencies): Hono;
}

/** What a page says of itself beside its content. */
export interface PageProps {
	/** Of the window, before "· Faultline". */
	readonly title: string;
}

declare module "hono" {
	/** `c.render(html`…`, { title })` answers with the whole page around the content. */
	interface ContextRenderer {
		// biome-ignore lint/style/useShorthandFunctionType: an interface of hono's that is merged with
		(content: Html, props: PageProps): Response | Promise<Response>;
	}
}
