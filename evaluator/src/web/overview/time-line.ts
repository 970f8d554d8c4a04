import { scaleLinear, scaleUtc } from "d3-scale";
import { area, line } from "d3-shape";
import { type Interval, wilson } from "../../core/interval.ts";
import type { DeployOutcome, OutcomeBucket, TimeRange } from "../../store/read-verdicts.ts";
import { type Html, html } from "../html.ts";
import { percent, percentRange } from "../percent.ts";
import { address } from "../tags.ts";
import { moment } from "../times.ts";

const BOX = { width: 1180, height: 190, left: 46, right: 12, top: 26, bottom: 24 } as const;

/** One stretch of time, all deploys together. */
interface Point {
	readonly startMs: number;
	readonly endMs: number;
	readonly runs: number;
	readonly failed: number;
	readonly rate: number;
	readonly interval: Interval;
}

const STRETCHES = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800] as const;
const MOST_STRETCHES = 60;
const FEWEST_STRETCHES = 12;
/** A rate of fewer runs says little. */
const RUNS_A_STRETCH = 30;

/**
 * How long a stretch is, in seconds: so that a time line has at most 60 of them, and as many runs in each as say something, as long as there
 * are still a dozen.
 */
export function stretchOf({ sinceMs, untilMs }: TimeRange, runs: number): number {
	const seconds = Math.max(1, (untilMs - sinceMs) / 1000);
	const fine = STRETCHES.filter((one) => seconds / one <= MOST_STRETCHES);
	const enough = fine.find((one) => (runs * one) / seconds >= RUNS_A_STRETCH);
	const coarsest = fine.findLast((one) => seconds / one >= FEWEST_STRETCHES) ?? fine[0];
	return Math.min(enough ?? Number.POSITIVE_INFINITY, coarsest ?? 604_800);
}

/** The share of failed runs over time with its 95 % interval, and when each deploy was first seen. */
export function timeLine(
	pipeline: string,
	deploys: readonly DeployOutcome[],
	buckets: readonly OutcomeBucket[],
	seconds: number,
): Html {
	const points = pointsOf(buckets, seconds);
	const [first, last] = [points[0], points.at(-1)];
	if (first === undefined || last === undefined) return html``;
	const x = scaleUtc([first.startMs, last.endMs], [BOX.left, BOX.width - BOX.right]);
	const most = Math.max(
		0.05,
		...points.map(({ rate, interval }) => Math.min(interval.high, 1.6 * rate + 0.05)),
	);
	const y = scaleLinear([0, most], [BOX.height - BOX.bottom, BOX.top]).nice(4);
	const middle = ({ startMs, endMs }: Point): number => x((startMs + endMs) / 2);
	const curve = line<Point>(middle, ({ rate }) => y(rate));
	const top = y.domain()[1] ?? 1;
	const band = area<Point>(
		middle,
		({ interval }) => y(interval.low),
		({ interval }) => y(Math.min(top, interval.high)),
	);
	const format = tickText(last.endMs - first.startMs);
	return html`<figure class="line"><div class="scroll"><svg class="chart wide" viewBox="0 0 ${BOX.width} ${BOX.height}" role="group" aria-label="Share of failed runs over time">
${y.ticks(4).map((tick) => html`<line class="grid" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(tick)}" y2="${y(tick)}" /><text class="faint" x="${BOX.left - 6}" y="${y(tick) + 4}" text-anchor="end">${Math.round(100 * tick)} %</text>`)}
${x.ticks(8).map((tick) => html`<text class="faint" x="${x(tick)}" y="${BOX.height - 6}" text-anchor="middle">${format(tick)}</text>`)}
${deploys.map((deploy, index) => marker(deploy, x(Math.max(first.startMs, deploy.firstMs)), index))}
${unbroken(points).map((part) => html`<path class="band" d="${band(part) ?? ""}" /><path class="curve" d="${curve(part) ?? ""}" />`)}
${points.map((point) => dot(pipeline, point, middle(point), y(point.rate)))}</svg></div>
<figcaption class="small faint">Share of failed runs with its 95 % interval, times in UTC; a mark where a deploy was first seen.</figcaption>
<details class="beside"><summary>As a table</summary><div class="scroll"><table><caption>Runs by start</caption><thead><tr><th scope="col">From (UTC)</th><th scope="col" class="number">Runs</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Rate</th><th scope="col" class="number">95 % interval</th></tr></thead>
<tbody>${points.map((point) => html`<tr><th scope="row"><a href="${runsIn(pipeline, point)}">${moment(point.startMs)}</a></th><td class="number">${point.runs}</td><td class="number">${point.failed}</td><td class="number">${percent(point.rate)}</td><td class="number">${percentRange(point.interval)}</td></tr>`)}</tbody></table></div></details></figure>`;
}

/** Runs that do not say how they ended are in no rate. */
function pointsOf(buckets: readonly OutcomeBucket[], seconds: number): Point[] {
	return [...Map.groupBy(buckets, ({ startMs }) => startMs)].flatMap(([startMs, group]) => {
		const sum = (field: "runs" | "failed" | "unknown"): number =>
			group.reduce((total, bucket) => total + bucket[field], 0);
		const [runs, failed] = [sum("runs") - sum("unknown"), sum("failed")];
		const interval = wilson(failed, runs);
		if (interval === null) return [];
		return [{ startMs, endMs: startMs + 1000 * seconds, runs, failed, rate: failed / runs, interval }];
	});
}

/** Parts without a stretch in which nothing ran: no line leads over what nobody knows. */
function unbroken(points: readonly Point[]): Point[][] {
	const parts: Point[][] = [];
	for (const point of points) {
		const part = parts.at(-1);
		if (part !== undefined && part.at(-1)?.endMs === point.startMs) part.push(point);
		else parts.push([point]);
	}
	return parts;
}

const runsIn = (pipeline: string, { startMs, endMs }: Point): string =>
	address("/runs", { pipeline, outcome: "fail", since: String(startMs), until: String(endMs) });

const dot = (pipeline: string, point: Point, x: number, y: number): Html =>
	html`<a href="${runsIn(pipeline, point)}"><title>${point.failed} of ${point.runs} failed, ${percent(point.rate)}</title><circle class="dot" cx="${x}" cy="${y}" r="3.5" /></a>`;

/** Times in UTC as coarse as the time line is long. */
function tickText(lengthMs: number): (tick: Date) => string {
	const [from, to] = lengthMs < 600_000 ? [11, 19] : lengthMs < 2 * 86_400_000 ? [11, 16] : [5, 10];
	return (tick) => tick.toISOString().slice(from, to);
}

const LABEL_CHARACTERS = 20;

const shorten = (label: string): string =>
	label.length > LABEL_CHARACTERS ? `${label.slice(0, LABEL_CHARACTERS - 1)}…` : label;

/** Labels stand in two rows, so that deploys that follow each other closely can both be read. */
const marker = ({ serviceVersion }: DeployOutcome, x: number, index: number): Html =>
	html`<g class="deploy"><line x1="${x}" x2="${x}" y1="${8 + 11 * (index % 2)}" y2="${BOX.height - BOX.bottom}" /><text x="${x + 4}" y="${12 + 11 * (index % 2)}">${shorten(serviceVersion || "no version")}</text></g>`;
