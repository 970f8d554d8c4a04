import type { QueueProgress } from "../../core/rating-queue.ts";
import { INPUT, type Run, type Step, stepsOf } from "../../core/trace.ts";
import type { Rating } from "../../store/ratings.ts";
import { assetUrl } from "../assets.ts";
import { contentView } from "../content-view.ts";
import { type Html, html } from "../html.ts";

/** What the rater sees of a run, and of nothing else: no verdict, no score, no version, nobody's rating. */
export interface RateView {
	readonly run: Run;
	readonly rater: string;
	/** Null where a single run was opened. */
	readonly progress: QueueProgress | null;
	/** What this rater said before. */
	readonly own: Rating | null;
	/** Where to go on. */
	readonly back: string;
}

/** One run to be rated, with the form beside it. */
export function ratePage(view: RateView): Html {
	const { run } = view;
	const steps = stepsOf(run);
	const numbers = new Map([...new Set(steps.map(({ name }) => name))].map((name, at) => [name, at + 1]));
	return html`<link rel="stylesheet" href="${assetUrl("rate.css")}">
<script type="module" src="${assetUrl("rate.js")}"></script>
<div class="rate">
<section aria-labelledby="asked">
<h1 id="asked">What was asked</h1>${contentView(run.input)}
<h2>What was answered</h2>${contentView(run.output)}
<h2>How it came about</h2>
<p class="faint small"><kbd>j</kbd> <kbd>k</kbd> walk through the steps, <kbd>Enter</kbd> opens one, <kbd>o</kbd> opens all.</p>
${steps.length === 0 ? html`<p class="faint">No steps were recorded.</p>` : steps.map((step) => stepView(step, numbers.get(step.name) ?? 0))}
</section>
${rateForm(view, [...numbers.keys()])}
</div>`;
}

const stepView = (step: Step, number: number): Html =>
	html`<details class="step" data-row><summary><kbd>${number <= 9 ? number : "·"}</kbd> <strong>${step.name}</strong> <span class="faint">${step.kind}</span>${step.failed ? html` <span class="tag warn">ended with an error</span>` : ""}</summary><div class="inside">
${step.failed && step.statusMessage !== "" ? html`<p class="warn">${step.statusMessage}</p>` : ""}<h3>Input</h3>${contentView(step.input)}<h3>Output</h3>${contentView(step.output)}</div></details>`;

function rateForm({ run, rater, progress, own, back }: RateView, names: readonly string[]): Html {
	const radio = (group: string, value: string, shown: Html, checked: boolean): Html =>
		html`<label class="choice"><input type="radio" name="${group}" value="${value}"${checked ? html` checked` : ""}> <span>${shown}</span></label>`;
	const word = (value: Rating["rating"], key: string, shown: string): Html =>
		radio("rating", value, html`<kbd>${key}</kbd> ${shown}`, own?.rating === value);
	const blame = (value: string, key: string, shown: string): Html =>
		radio(
			"blame",
			value,
			html`${key === "" ? "" : html`<kbd>${key}</kbd> `}${shown}`,
			own?.blameStep === value,
		);
	return html`<form method="post" action="/rate/ratings" class="rating" data-rate aria-label="Your rating" autocomplete="off">
<input type="hidden" name="trace_id" value="${run.traceId}"><input type="hidden" name="rater" value="${rater}"><input type="hidden" name="back" value="${back}">
<p class="faint small">${rater}${progress === null ? "" : ` · ${progress.rated} of ${progress.chosen} runs rated`}</p>
<fieldset><legend>Is the answer good?</legend>${word("pass", "p", "Pass")}${word("fail", "f", "Fail")}${word("unsure", "u", "I cannot tell")}</fieldset>
<fieldset class="blame"><legend>Where did it go wrong first?</legend>${blame(INPUT, "0", "What was asked")}${names.map((name, at) => blame(name, at < 9 ? `${at + 1}` : "", name))}${blame("", "n", "I do not know")}</fieldset>
<fieldset class="scale"><legend>On a scale, if you like <kbd>s</kbd></legend>${[1, 2, 3, 4, 5].map((point) => radio("scale", `${point}`, html`${point}`, own?.scale === point))}</fieldset>
<label><span>Comment <kbd>c</kbd></span><textarea name="comment" rows="3" maxlength="10000">${own?.comment ?? ""}</textarea></label>
<button class="main">Save and go on <kbd>Space</kbd></button>
<p role="status" aria-live="polite" class="small" data-status>${own === null ? "" : "You rated this run before; saving replaces your rating."}</p>
<p class="faint small" data-before hidden>Wrong key? <a data-last href="/rate">Your last run</a> <kbd>b</kbd></p>
<p class="small"><a href="/rate/figures">How far people and judges agree</a></p>
</form>`;
}
