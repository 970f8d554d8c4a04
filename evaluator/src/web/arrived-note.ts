import { type Html, html } from "./html.ts";
import { address } from "./tags.ts";

/** A note that shows itself when runs have started after the newest one of the page; without a script there is none. */
export const arrivedNote = (
	afterMs: number,
	{ pipeline, version, href }: { readonly pipeline: string; readonly version: string; readonly href: string },
): Html =>
	html`<p class="arrived" role="status" data-arrived="${address("/runs/arrived", { pipeline, version, after: String(afterMs) })}" hidden><a class="pill" href="${href}"></a></p>`;
