/**
 * What a judge's calls are worth where it is asked where it tells most: accuracy against the share of calls spent, beside other orders and
 * beside the judge alone. One command:
 *
 *     npm run bench:judge
 *     npm run bench:judge -- --half dev --every 8 --output -
 *
 * The failing runs are those of the simulated pipelines of bench/locate, in which the origin is known. The judge is simulated too: it knows
 * where the fault began and errs at given rates, independently from place to place. No model is asked.
 *
 * @module
 */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type AnswerRates, DECLARED_RATES, ratesFrom } from "../evaluator/src/core/ask-where.ts";
import { clusterBootstrap } from "../evaluator/src/core/bootstrap.ts";
import { seededRandom } from "../evaluator/src/core/random.ts";
import type { RunInquiry } from "./judge/draw-inquiries.ts";
import { isPlacedRight, judgeAlone, ORDERS, play, type Snapshot } from "./judge/strategies.ts";
import type { Half } from "./locate/scenario.ts";
import { scenarios } from "./locate/scenarios.ts";

const { values } = parseArgs({
	options: {
		half: { type: "string", default: "held-out" },
		/** Only every so manieth scenario. */
		every: { type: "string", default: "8" },
		runs: { type: "string", default: "200" },
		seed: { type: "string", default: "1" },
		output: { type: "string", default: new URL("results/judge.md", import.meta.url).pathname },
	},
});

const SHARES = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1] as const;

/** Judges: one as the method takes it for, a weak one and a strong one that it takes for the same. */
const JUDGES: readonly (readonly [string, AnswerRates])[] = [
	["right as often as declared", DECLARED_RATES],
	["weaker than declared: sensitivity 0.6, specificity 0.75", ratesFrom(0.6, 0.75)],
	["stronger than declared: sensitivity 0.95, specificity 0.95", ratesFrom(0.95, 0.95)],
];

async function drawAll(names: readonly string[], tasks: "shared" | "separate"): Promise<RunInquiry[]> {
	const open = [...names.entries()];
	const results: RunInquiry[][] = [];
	await Promise.all(
		Array.from({ length: availableParallelism() }, async () => {
			const worker = new Worker(new URL("judge/worker.ts", import.meta.url));
			for (let next = open.shift(); next !== undefined; next = open.shift()) {
				const [at, name] = next;
				worker.postMessage({
					name,
					options: { runs: Number(values.runs), tasks, trials: 3, seed: Number(values.seed) },
				});
				const [drawn] = (await once(worker, "message")) as [RunInquiry[]];
				results[at] = drawn;
				console.error(`${results.filter(Boolean).length} of ${names.length} (${name})`);
			}
			await worker.terminate();
		}),
	);
	return results.flat();
}

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);

/** A share over runs with an interval over scenarios. */
function rate(inquiries: readonly RunInquiry[], value: readonly number[], sign = false): string {
	const clusters = [...Map.groupBy(inquiries.keys(), (at) => inquiries[at]?.scenario).values()].map(
		(group) => ({
			n: group.length,
			sum: group.reduce((sum, at) => sum + (value[at] ?? 0), 0),
		}),
	);
	const { estimate, low, high } = clusterBootstrap(
		clusters,
		(sample) => {
			const n = sample.reduce((sum, cluster) => sum + cluster.n, 0);
			return n === 0 ? null : sample.reduce((sum, cluster) => sum + cluster.sum, 0) / n;
		},
		{ random: seededRandom(1), resamples: 500, method: "percentile" },
	);
	const text = sign && estimate !== null && estimate > 0 ? `+${percent(estimate)}` : percent(estimate);
	return low === null || high === null
		? text
		: `${text} (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`;
}

const table = (rows: readonly (readonly string[])[]): string =>
	[rows[0] ?? [], (rows[0] ?? []).map(() => "---"), ...rows.slice(1)]
		.map((row) => `| ${row.join(" | ")} |`)
		.join("\n");

const ones = (right: readonly boolean[]): number[] => right.map(Number);

function judgeSection(inquiries: readonly RunInquiry[], name: string, judge: AnswerRates): string[] {
	const all = inquiries.reduce((sum, { places }) => sum + places.length, 0);
	const looks = SHARES.map((share) => Math.round(share * all));
	const options = { judge, assumed: DECLARED_RATES, looks };
	const curves = ORDERS.map((order) => play(inquiries, order, options));
	const at = (curve: readonly Snapshot[] | undefined, look: number): readonly boolean[] =>
		curve?.[look]?.right ?? [];
	const rows = SHARES.map((share, look) => [
		`${percent(share)}${curves[0]?.[look]?.made === looks[look] ? "" : ` (${percent((curves[0]?.[look]?.made ?? 0) / all)})`}`,
		...curves.map((curve) => rate(inquiries, ones(at(curve, look)))),
	]);
	const alone = judgeAlone(inquiries, options);
	const tenth = SHARES.indexOf(0.1);
	const gains = ORDERS.slice(1).map((order, other) => {
		const difference = at(curves[0], tenth).map(
			(right, run) => Number(right) - Number(at(curves[other + 1], tenth)[run] ?? false),
		);
		return `${rate(inquiries, difference, true)} over ${order}`;
	});
	return [
		`#### A judge ${name}`,
		table([["share of calls (made, where fewer)", ...ORDERS], ...rows]),
		`At a tenth of the calls, expected information is ${gains.join(", ")}. The judge alone, all calls made and nothing else known: the first step that it calls bad is right in ${rate(inquiries, ones(alone.firstBad))}, all its answers weighed by its rates in ${rate(inquiries, ones(alone.byRates))}.`,
	];
}

/** Judges that are not what they are held for, in fewer rows. */
function otherJudges(inquiries: readonly RunInquiry[]): string {
	const all = inquiries.reduce((sum, { places }) => sum + places.length, 0);
	const shares = [0.05, 0.1, 0.2, 1];
	const looks = shares.map((share) => Math.round(share * all));
	const rows = JUDGES.slice(1).flatMap(([name, judge]) => {
		const options = { judge, assumed: DECLARED_RATES, looks };
		const curves = ORDERS.slice(0, 2).map((order) => play(inquiries, order, options));
		const known = play(inquiries, "expected information", { ...options, assumed: judge });
		const { firstBad } = judgeAlone(inquiries, options);
		return shares.map((share, look) => [
			name,
			percent(share),
			...[...curves, known].map((curve) => rate(inquiries, ones(curve[look]?.right ?? []))),
			share === 1 ? rate(inquiries, ones(firstBad)) : "",
		]);
	});
	const heads = ["judge", "share of calls", ...ORDERS.slice(0, 2), "expected information, its rates known"];
	return table([[...heads, "the judge alone, first bad step"], ...rows]);
}

const started = performance.now();
const chosen = scenarios
	.filter(({ half, fault }) => half === (values.half as Half) && fault !== null)
	.filter((_, at) => at % Number(values.every) === 0)
	.map(({ name }) => name);
const [separate, shared] = [await drawAll(chosen, "separate"), await drawAll(chosen, "shared")];
const group = (inquiries: readonly RunInquiry[], planted: boolean): readonly RunInquiry[] =>
	inquiries.filter((one) => one.planted === planted);
const groups: readonly (readonly [string, readonly RunInquiry[]])[] = [
	["Traffic: natural failures (slips, misses, typing errors)", group(separate, false)],
	["Traffic: planted faults", group(separate, true)],
	["The same tasks in both deploys: natural failures", group(shared, false)],
	["The same tasks in both deploys: planted faults", group(shared, true)],
];
const before = (inquiries: readonly RunInquiry[]): boolean[] =>
	inquiries.map((inquiry) => isPlacedRight(inquiry.belief, inquiry));
const command =
	`npm run bench:judge ${process.argv.slice(2).length === 0 ? "" : `-- ${process.argv.slice(2).join(" ")}`}`.trim();
const report = [
	"# What a judge's calls are worth",
	`\`${command}\`. Failing runs of ${chosen.length} scenarios of the ${values.half} half (bench/locate/README.md), ${values.runs} runs a side, located first without a judge and then with its answers. **The judge is simulated**: it knows where the fault began, and errs at the rates given, independently from place to place, more often behind a fault. A real judge's errors are not independent; what is shown is what an order of asking is worth, not how good a model is. All orders take answers into account in the same way and hold the judge for as good as declared (sensitivity ${DECLARED_RATES.hit}, specificity ${1 - DECLARED_RATES.falseAlarm}). A call asks about one step, hand-off or input; 100 % are all of every failing run, and asking ends where no call is worth it. Top-1, intervals (95 %) over scenarios.`,
	...groups.flatMap(([title, inquiries]) => [
		`## ${title}`,
		`${inquiries.length} runs, ${(inquiries.reduce((sum, { places }) => sum + places.length, 0) / Math.max(1, inquiries.length)).toFixed(1)} places each. Without a judge: ${rate(inquiries, ones(before(inquiries)))}.`,
		...judgeSection(inquiries, ...(JUDGES[0] ?? ["", DECLARED_RATES])),
		otherJudges(inquiries),
	]),
	"",
].join("\n\n");
console.error(`${((performance.now() - started) / 1000).toFixed(0)} s`);
if (values.output === "-") console.log(report);
else await writeFile(values.output, report);
