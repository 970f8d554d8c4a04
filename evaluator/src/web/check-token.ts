import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";

/**
 * Lets in who shows the token: as the password of HTTP's basic authentication, which a browser asks for and keeps, or as a bearer token.
 * Compared by digest, so that the time it takes tells nothing of the token or its length.
 */
export function checkToken(token: string): MiddlewareHandler {
	const wanted = digest(token);
	return async (c, next) => {
		if (timingSafeEqual(digest(givenToken(c.req.header("authorization") ?? "")), wanted)) return next();
		return c.text("A token is needed: any name, and the token as password.\n", 401, {
			"www-authenticate": 'Basic realm="Faultline", charset="UTF-8"',
		});
	};
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function givenToken(authorization: string): string {
	const at = authorization.indexOf(" ");
	const [scheme, value] = [authorization.slice(0, Math.max(0, at)), authorization.slice(at + 1).trim()];
	switch (scheme.toLowerCase()) {
		case "bearer":
			return value;
		case "basic":
			return Buffer.from(value, "base64")
				.toString()
				.replace(/^[^:]*:/, "");
		default:
			return "";
	}
}
