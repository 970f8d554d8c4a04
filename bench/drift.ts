/**
 * Draws streams of texts, with and without a change, and measures how often and how soon the watch for drift alarms, beside two things that people do
 * instead: the same test every day at 5 %, and a t-test of lengths every day. Writes bench/results/drift.md. The same in every run. One command:
 *
 *     npm run bench:drift
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { DriftText } from "../evaluator/src/core/drift-test.ts";
import {
	DAYS_OF_PAST,
	type DriftDay,
	type WatchedDay,
	watchDrift,
} from "../evaluator/src/core/drift-watch.ts";
import { wilson } from "../evaluator/src/core/interval.ts";
import { mean, variance } from "../evaluator/src/core/moments.ts";
import { normalCdf } from "../evaluator/src/core/normal.ts";
import { quantile } from "../evaluator/src/core/quantile.ts";
import { type Random, seededRandom } from "../evaluator/src/core/random.ts";
import { gramsOf } from "../evaluator/src/core/text-grams.ts";
import { drawAnswer, drawQuestion, type PlantedDrift } from "../evaluator/src/testing/draw-texts.ts";

const { values } = parseArgs({
	options: { streams: { type: "string", default: "1000" }, changed: { type: "string", default: "24" } },
});
const NULL_STREAMS = Number(values.streams);
const CHANGED_STREAMS = Number(values.changed);
const RESULT = new URL("results/drift.md", import.meta.url);
const ALPHA = 0.05;

interface Design {
	readonly days: number;
	readonly perDay: number;
	readonly permutations: number;
	readonly most: number;
}

/** Long and thin, so that a thousand of them take seconds; longer than the watch remembers. */
const NULL_DESIGN: Design = { days: 40, perDay: 12, permutations: 99, most: 120 };
const CHANGED_DESIGN: Design = { days: 16, perDay: 80, permutations: 299, most: 300 };
const CHANGED_ON = 8;

/** The text of one run on one day. */
type DrawText = (day: number, random: Random) => string;

interface Alarms {
	/** Day of the first alarm, or null. */
	readonly watch: number | null;
	readonly everyDay: number | null;
	readonly lengths: number | null;
}

function simulate(design: Design, draw: DrawText, seed: number): Alarms {
	const random = seededRandom(seed);
	const days = Array.from(
		{ length: design.days },
		(_, day): DriftDay<DriftText> => ({
			startMs: day,
			texts: Array.from({ length: design.perDay }, (_each, at) => {
				const text = draw(day, random);
				return { cluster: `${day} ${at}`, grams: gramsOf(text), length: text.length };
			}),
		}),
	);
	const points = watchDrift(days, null, { alpha: ALPHA, randomOf: () => random, ...design });
	const first = (isAlarm: (point: WatchedDay<DriftText>) => boolean): number | null =>
		points.find(isAlarm)?.startMs ?? null;
	return {
		watch: first(({ alarm }) => alarm),
		everyDay: first(({ test }) => test.p !== null && test.p <= ALPHA),
		lengths: first(({ past, texts }) => past.length > 0 && lengthP(past, texts) <= ALPHA),
	};
}

/** Welch's t-test of the mean length, with the normal limit. */
function lengthP(before: readonly DriftText[], after: readonly DriftText[]): number {
	const [first, second] = [before, after].map((texts) => texts.map(({ length }) => length));
	const error = Math.sqrt(
		(variance(first ?? []) ?? 0) / before.length + (variance(second ?? []) ?? 0) / after.length,
	);
	const t = Math.abs((mean(second ?? []) ?? 0) - (mean(first ?? []) ?? 0)) / error;
	return 2 * (1 - normalCdf(t));
}

const WATCHERS = ["watch", "everyDay", "lengths"] as const;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function falseAlarms(name: string, streams: number, draw: (seed: number) => DrawText): string {
	const started = performance.now();
	const all = Array.from({ length: streams }, (_, seed) => simulate(NULL_DESIGN, draw(seed), 1000 + seed));
	const cells = WATCHERS.map((watcher) => {
		const alarms = all.filter((one) => one[watcher] !== null).length;
		const interval = wilson(alarms, streams) ?? { low: 0, high: 1 };
		return `${percent(alarms / streams)} (${percent(interval.low)} to ${percent(interval.high)})`;
	});
	console.error(`${name}: ${cells.join(" | ")}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
	return `| ${name} | ${streams} | ${cells.join(" | ")} |`;
}

/** Alarms before the change are false ones and find nothing. */
function power(name: string, draw: DrawText): string {
	const started = performance.now();
	const all = Array.from({ length: CHANGED_STREAMS }, (_, seed) =>
		simulate(CHANGED_DESIGN, draw, 5000 + seed),
	);
	const cells = WATCHERS.map((watcher) => {
		const found = all.flatMap((one) => {
			const day = one[watcher];
			return day !== null && day >= CHANGED_ON ? [day - CHANGED_ON + 1] : [];
		});
		const early = all.filter((one) => (one[watcher] ?? CHANGED_ON) < CHANGED_ON).length;
		const delay = found.length === 0 ? "–" : `day ${quantile(found, 0.5)}`;
		return `${percent(found.length / all.length)}, ${delay}${early === 0 ? "" : ` (${percent(early / all.length)} before it)`}`;
	});
	console.error(`${name}: ${cells.join(" | ")}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
	return `| ${name} | ${cells.join(" | ")} |`;
}

const planted =
	(drift: PlantedDrift, share: number): DrawText =>
	(day, random) =>
		drawQuestion(random, day >= CHANGED_ON && random() < share ? drift : null);

/** Days that differ by themselves: on each, some share of the questions, 0 to 10 %, is about vouchers. */
const restless = (seed: number): DrawText => {
	const shares = Array.from({ length: NULL_DESIGN.days }, () => 0);
	const random = seededRandom(9000 + seed);
	for (const day of shares.keys()) shares[day] = 0.1 * random();
	return (day, chance) => drawQuestion(chance, chance() < (shares[day] ?? 0) ? "new-topic" : null);
};

const quiet = falseAlarms(
	"questions, nothing changes",
	NULL_STREAMS,
	() => (_, random) => drawQuestion(random),
);
const answers = falseAlarms(
	"answers, nothing changes",
	Math.ceil(NULL_STREAMS / 10),
	() => (_, random) => drawAnswer(random),
);
const uneven = falseAlarms(
	"questions, every day with a topic mix of its own",
	Math.ceil(NULL_STREAMS / 10),
	restless,
);
const rows = [
	power("a new topic in 5 % of the questions", planted("new-topic", 0.05)),
	power("a new topic in 10 %", planted("new-topic", 0.1)),
	power("a new topic in 20 %", planted("new-topic", 0.2)),
	power("another language in 10 %", planted("language", 0.1)),
	power("answers half as long again in 30 %", (day, random) =>
		drawAnswer(random, day >= CHANGED_ON && random() < 0.3 ? "longer" : null),
	),
	power("answers half as long again, all", (day, random) =>
		drawAnswer(random, day >= CHANGED_ON ? "longer" : null),
	),
];

await writeFile(
	RESULT,
	`# The watch for drift: false alarms, and how soon a change is seen

\`npm run bench:drift\`. Drawn texts: questions of 6 to 14 words about five topics, answers of about twenty words whose length varies by itself. Beside the watch (\`faultline drift\`, alpha ${ALPHA}, one stream): the same test looked at every day at 5 %, and a t-test of the lengths every day at 5 %. Intervals are 95 %.

## Streams in which nothing changes: how many alarm at all

${NULL_DESIGN.days} days of ${NULL_DESIGN.perDay} texts, which is longer than the ${DAYS_OF_PAST} days that the watch remembers; ${NULL_DESIGN.permutations} permutations.

| streams | number | watch | same test every day | t-test of lengths every day |
|---|---|---|---|---|
${quiet}
${answers}
${uneven}

In the last row days differ by more than chance (each has 0 to 10 % of a topic), which is no drift to a person, but is not what the watch takes for "nothing changes": its promise is about days that come from one source.

## Streams that change on the ninth day: how many alarm from then on, and on which day of the change (median)

${CHANGED_DESIGN.days} days of ${CHANGED_DESIGN.perDay} texts, ${CHANGED_STREAMS} streams each; ${CHANGED_DESIGN.permutations} permutations. Alarms before the change are false and stand in brackets: a watcher that has alarmed already tells nothing.

| change | watch | same test every day | t-test of lengths every day |
|---|---|---|---|
${rows.join("\n")}

A change that grows slowly, or whose share is small against the chance differences of a day, is seen late or not: the days since the change become part of the past that later days are compared with. Weekdays that differ from weekends are drift to it; give it whole weeks (\`--every 7d\`) where they do.
`,
);
