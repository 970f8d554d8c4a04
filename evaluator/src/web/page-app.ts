import type { Store } from "@faultline/collector";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { secureHeaders } from "hono/secure-headers";
import { UsageError } from "../cli/io.ts";
import { assetRoutes } from "./assets.ts";
import { checkHost } from "./check-host.ts";
import { checkToken } from "./check-token.ts";
import { failurePage } from "./failure-page.ts";
import { layout } from "./layout.ts";
import { SECTIONS } from "./sections.ts";

export interface PageOptions {
	readonly store: Store;
	/** Asked of every visitor as the password of HTTP's basic authentication, when given. */
	readonly token?: string;
	readonly now?: () => number;
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The page as a function from request to response, without a port.
 *
 * @example
 * const response = await pageApp({ store }).request("/runs?outcome=fail");
 */
export function pageApp({ store, token, now = Date.now }: PageOptions): Hono {
	const app = new Hono();
	app.use(headers);
	app.use(token === undefined ? checkHost : checkToken(token));
	app.use(async (c, next) => {
		c.setRenderer((content, { title }) => c.html(layout(title, c.req.path, SECTIONS, content)));
		await next();
	});
	app.use(methodNotAllowed({ app }));
	app.use(csrf());
	app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuseBody() }));
	app.use(async (c, next) => {
		await next();
		if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
	});
	app.route("/assets", assetRoutes());
	const mounted = new Set(SECTIONS.map(({ path }) => path));
	for (const { path, routes } of SECTIONS) app.route(path, routes({ store, now, mounted }));
	app.notFound((c) => failurePage(c, 404, "There is nothing here."));
	app.onError((error, c) => {
		if (error instanceof UsageError) return failurePage(c, 400, error.message);
		if (error instanceof HTTPException) return failurePage(c, error.status, error.message);
		return failurePage(c, 500, `The page could not be made: ${error.message}`);
	});
	return app;
}

/** Nothing that an application recorded may load or run anything, and neither may another site. */
const headers = secureHeaders({
	contentSecurityPolicy: {
		defaultSrc: ["'none'"],
		scriptSrc: ["'self'"],
		styleSrc: ["'self'"],
		imgSrc: ["'self'"],
		connectSrc: ["'self'"],
		formAction: ["'self'"],
		baseUri: ["'none'"],
		frameAncestors: ["'none'"],
		requireTrustedTypesFor: ["'script'"],
		trustedTypes: ["'none'"],
	},
	// Not "no-referrer": with it browsers send no origin with a form either, and where there is no TLS nothing else says where a form comes from.
	referrerPolicy: "same-origin",
	xFrameOptions: "DENY",
	// The page does not own its host's name: whether that speaks TLS is not for it to say.
	strictTransportSecurity: false,
});

function refuseBody(): never {
	throw new HTTPException(413, { message: `The form is larger than ${MAX_BODY_BYTES / 1024} KiB.` });
}
