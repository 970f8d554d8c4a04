import type { MiddlewareHandler } from "hono";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * Without a token only this machine may ask, under its own names: another site that makes its name point to this address (DNS rebinding)
 * would else read every trace with the help of a visitor's browser.
 */
export const checkHost: MiddlewareHandler = async (c, next) => {
	const host = c.req.header("host");
	if (host === undefined || LOOPBACK.test(host)) return next();
	return c.text(
		`The page answers as "${host.slice(0, 200)}" only with a token: start it with --token, or open it as localhost.\n`,
		421,
	);
};
