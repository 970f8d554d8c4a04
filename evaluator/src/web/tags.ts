import type { RunHead, VerdictHead } from "../store/read-run-heads.ts";
import { type Html, html } from "./html.ts";

/** How a run ended, as a word in its colour. */
export const outcomeTag = (outcome: string): Html =>
	html`<span class="tag${outcome === "fail" ? " bad" : outcome === "pass" ? " good" : ""}">${outcome}</span>`;

/** Whole percents of a probability, as people say them. */
export const chance = (probability: number): string =>
	probability > 0.995 && probability < 1 ? "> 99 %" : `${Math.round(100 * probability)} %`;

/** What the evaluator says of a run in few words. */
export function verdictWords(verdict: VerdictHead | null): Html {
	if (verdict === null) return html`<span class="faint">not judged yet</span>`;
	if (verdict.step !== "") {
		return html`began in <strong>${verdict.step}</strong>${verdict.probability === null ? "" : html` <span class="faint">${chance(verdict.probability)}</span>`}${verdict.verified ? html` <span class="tag good">verified</span>` : ""}`;
	}
	return html`<span class="faint">${verdict.kind}</span>`;
}

/** Where the page shows a run. */
export const runPath = ({ traceId }: Pick<RunHead, "traceId">): string => `/runs/${traceId}`;

/** An address with the parameters that say something. */
export function address(path: string, query: Readonly<Record<string, string>>): string {
	const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
	return said.size === 0 ? path : `${path}?${said}`;
}
