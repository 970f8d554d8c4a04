import { type Html, html } from "./html.ts";

const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/** A moment in UTC, to the second. */
export const moment = (ms: number): Html =>
	html`<time datetime="${new Date(ms).toISOString()}">${text(ms)}</time>`;

/** A duration from microseconds, in the unit that reads best. */
export function duration(us: number): string {
	if (us < 1000) return `${us.toFixed(0)} µs`;
	if (us < 1e6) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
	if (us < 60e6) return `${(us / 1e6).toFixed(us < 10e6 ? 2 : 1)} s`;
	return `${Math.floor(us / 60e6)} min ${Math.round((us % 60e6) / 1e6)} s`;
}
