import type { QueueProgress } from "../../core/rating-queue.ts";
import { type Html, html } from "../html.ts";

/** Nothing is left for this rater now. */
export const idlePage = (rater: string, progress: QueueProgress, here: string): Html =>
	html`<h1>Nothing to rate now, ${rater}</h1>
<div class="empty">${
		progress.chosen === 0
			? html`<p>No run of users is stored in this time range, so none was chosen.</p>`
			: html`<p>${progress.rated} of ${progress.chosen} chosen runs are rated; ${progress.open === 0 ? "none is open" : html`${progress.open} ratings are open, with other people or waiting for a second person`}.</p>`
	}
<p>New runs are chosen as they arrive. <a href="${here}">Look again</a>, or see <a href="/rate/figures">how far people and judges agree</a>.</p></div>`;
