import type { Context } from "hono";
import type { HTTPException } from "hono/http-exception";
import { html } from "./html.ts";

const TITLES: Readonly<Record<number, string>> = {
	400: "This cannot be asked",
	403: "Not allowed",
	404: "Not found",
	413: "Too large",
	500: "Something broke",
	503: "Not now",
};

/** A page that says what went wrong. */
export function failurePage(
	c: Context,
	status: HTTPException["status"],
	message: string,
): Response | Promise<Response> {
	const title = TITLES[status] ?? "Something broke";
	c.status(status);
	return c.render(
		html`<h1>${title}</h1><p class="lead">${message === "" ? title : message}</p><p><a href="/">To the overview</a></p>`,
		{ title },
	);
}
