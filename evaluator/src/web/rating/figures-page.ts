import { LEAST_LABELS } from "../../core/calibrate-judge.ts";
import type {
	PresentedAgreement,
	PresentedCalibration,
	PresentedCoefficient,
	PresentedEstimate,
	PresentedFailures,
	PresentedShare,
} from "../../core/present-people.ts";
import type { QueueProgress } from "../../core/rating-queue.ts";
import { type Html, html } from "../html.ts";
import { percent, points } from "../percent.ts";

export interface Figures {
	readonly progress: QueueProgress;
	readonly strata: readonly { readonly stratum: string; readonly chosen: number; readonly rated: number }[];
	readonly agreement: PresentedAgreement;
	readonly calibrations: readonly PresentedCalibration[];
	readonly failures: PresentedFailures;
}

/** How far the rating is, how far people agree, how good the judges are, and what follows for the rates. */
export const figuresPage = (figures: Figures): Html =>
	html`<p class="crumbs"><a href="/rate">Rate runs</a></p><h1>People and judges</h1>
<div class="cards">
<div class="card"><div class="faint small">Chosen runs rated</div><div class="value">${figures.progress.rated} of ${figures.progress.chosen}</div><div class="small faint">${figures.progress.open} ratings open</div></div>
<div class="card"><div class="faint small">Rated by two people</div><div class="value">${figures.progress.doubleDone} of ${figures.progress.double}</div><div class="small faint">a share, for agreement</div></div>
<div class="card"><div class="faint small">Agreement beyond chance (α)</div><div class="value">${number(figures.agreement.alpha.value)}</div><div class="small faint">${ends(figures.agreement.alpha.interval)}</div></div>
</div>
${failuresView(figures.failures)}
<h2>Judges against people</h2>${figures.calibrations.length === 0 ? html`<p class="empty">No judge scored a run of this time range.</p>` : figures.calibrations.map(calibrationView)}
<h2>People against each other</h2>${agreementView(figures.agreement)}
<h2>What is to be rated</h2>
<div class="scroll" tabindex="0" role="group" aria-label="What is to be rated"><table><thead><tr><th scope="col">Pipeline, deploy, week from</th><th scope="col" class="number">Rated</th><th scope="col" class="number">Chosen</th></tr></thead>
<tbody>${figures.strata.map(({ stratum, rated, chosen }) => html`<tr><td>${stratum}</td><td class="number">${rated}</td><td class="number">${chosen}</td></tr>`)}</tbody></table></div>`;

function failuresView({ deploys, weeks, judge }: PresentedFailures): Html {
	if (deploys.length === 0) return html`<p class="empty">No run of users is stored in this time range.</p>`;
	return html`<h2>Failure rates, corrected</h2>
<p class="faint">What people would fail, of all runs: from their ratings, and from ${judge === null ? "where faults were located" : html`<code>${judge.name}</code> ${judge.version}`} as far as that agrees with them. With 95 % intervals.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Failure rates of deploys and their steps"><table><thead><tr><th scope="col">Deploy</th><th scope="col">Of</th><th scope="col" class="number">Corrected</th><th scope="col" class="number">Interval</th><th scope="col" class="number">Labels</th><th scope="col" class="number">Worth random runs</th><th scope="col" class="number">Uncorrected</th></tr></thead>
<tbody>${deploys.flatMap((deploy) => [
		shareRow(`${deploy.pipeline} ${deploy.service_version}`, "end to end", deploy.end_to_end),
		...deploy.steps.map(({ step, ...share }) => shareRow("", step, share)),
	])}</tbody></table></div>
<h3>Week on week</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Failure rates of weeks"><table><thead><tr><th scope="col">Pipeline</th><th scope="col">Week from</th><th scope="col" class="number">Corrected</th><th scope="col" class="number">Interval</th><th scope="col" class="number">Change</th><th scope="col" class="number">Interval</th></tr></thead>
<tbody>${weeks.map(({ pipeline, week, end_to_end, change }) => html`<tr><td>${pipeline}</td><td>${week}</td>${correctedCells(end_to_end)}<td class="number">${change === null ? "–" : points(change.value)}</td><td class="number">${change === null ? "–" : html`${points(change.interval[0])} to ${points(change.interval[1])}`}</td></tr>`)}</tbody></table></div>`;
}

const shareRow = (deploy: string, of: string, share: PresentedShare): Html =>
	html`<tr><td>${deploy}</td><td>${of}</td>${correctedCells(share)}<td class="number">${share.labels}</td><td class="number">${share.corrected === null ? "–" : share.corrected.effective_runs.toFixed(0)}</td><td class="number faint">${percent(share.judge_alone)}</td></tr>`;

const correctedCells = ({ corrected, missing_labels }: PresentedShare): Html =>
	corrected === null
		? html`<td class="number" colspan="2"><span class="warn">${missing_labels} labels are missing</span></td>`
		: html`<td class="number">${percent(corrected.value)}</td><td class="number">${range(corrected)}</td>`;

const calibrationView = (one: PresentedCalibration): Html =>
	html`<h3>${one.judge} <code>${one.version}</code> on ${one.pipeline} ${one.service_version}</h3>
${one.stale.length === 0 ? "" : html`<div class="notice warn">${one.stale.map(({ text }) => html`<p>${text}</p>`)}</div>`}
<div class="scroll" tabindex="0" role="group" aria-label="The judge against people"><table><thead><tr><th scope="col" class="number">Scores</th><th scope="col" class="number">Without answer</th><th scope="col" class="number">Judge fails</th><th scope="col" class="number">People fail</th><th scope="col" class="number">Labels</th><th scope="col" class="number">Sensitivity</th><th scope="col" class="number">Specificity</th><th scope="col" class="number">κ</th></tr></thead>
<tbody><tr><td class="number">${one.scores}</td><td class="number">${one.without_answer}</td><td class="number">${percent(one.judge_fails)}</td><td class="number">${withRange(one.base_rate)}</td><td class="number">${one.labels}</td><td class="number">${withRange(one.sensitivity)}</td><td class="number">${withRange(one.specificity)}</td><td class="number">${number(one.kappa?.value ?? null)} <span class="faint small">${ends(one.kappa?.interval ?? null)}</span></td></tr></tbody></table></div>
${one.missing_labels === 0 ? "" : html`<p class="faint small">Nothing is said below ${LEAST_LABELS} labels, or of a kind with fewer than ten; about ${one.missing_labels} more are needed.</p>`}`;

function agreementView(agreement: PresentedAgreement): Html {
	if (agreement.double === 0)
		return html`<p class="empty">No run has been rated by two people yet, so nothing can be said.</p>`;
	return html`<p>${percent(agreement.same)} of ${agreement.double} runs got the same word from everybody. α of the scale ${number(agreement.alpha_scale.ordinal.value)}, of the blamed step ${number(agreement.alpha_blame.value)} (${agreement.alpha_blame.items} runs).</p>
<div class="scroll" tabindex="0" role="group" aria-label="Agreement of two people"><table><thead><tr><th scope="col">Two people</th><th scope="col" class="number">κ</th><th scope="col" class="number">Interval</th><th scope="col" class="number">Runs</th></tr></thead>
<tbody>${agreement.pairs.map(({ raters, kappa }) => html`<tr><td>${raters.join(" and ")}</td><td class="number">${number(kappa.value)}</td><td class="number">${ends(kappa.interval)}</td><td class="number">${kappa.items}</td></tr>`)}</tbody></table></div>
<div class="scroll" tabindex="0" role="group" aria-label="Every person against the others"><table><thead><tr><th scope="col">Person</th><th scope="col" class="number">Ratings</th><th scope="col" class="number">Fails</th><th scope="col" class="number">Same as others</th></tr></thead>
<tbody>${agreement.raters.map(({ rater, ratings, failed, same }) => html`<tr><td>${rater}</td><td class="number">${ratings}</td><td class="number">${percent(failed / ratings)}</td><td class="number">${percent(same)}</td></tr>`)}</tbody></table></div>`;
}

const number = (value: number | null): string => (value === null ? "–" : value.toFixed(2));

const ends = (interval: PresentedCoefficient["interval"]): string =>
	interval === null ? "–" : `${interval[0].toFixed(2)} – ${interval[1].toFixed(2)}`;

const range = ({ interval: [low, high] }: PresentedEstimate): string =>
	`${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)} %`;

const withRange = (found: PresentedEstimate | null): Html =>
	found === null ? html`–` : html`${percent(found.value)} <span class="faint small">${range(found)}</span>`;
