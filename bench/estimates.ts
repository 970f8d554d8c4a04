// How often 95 % intervals of corrected failure rates hold the true rate, in made-up deploys with the real plan of ratings: npm run bench:estimates
import { writeFile } from "node:fs/promises";
import { calibrateJudge } from "../evaluator/src/core/calibrate-judge.ts";
import { differenceOf } from "../evaluator/src/core/difference.ts";
import { newcombe, wilson } from "../evaluator/src/core/interval.ts";
import { ppiMean } from "../evaluator/src/core/ppi.ts";
import { type Random, seededRandom } from "../evaluator/src/core/random.ts";
import { rateAgreement } from "../evaluator/src/core/rater-agreement.ts";
import { correctRate } from "../evaluator/src/core/rogan-gladen.ts";
import { estimateShare, type JudgedUnit } from "../evaluator/src/core/weighted-ppi.ts";
import { type DeploySetting, simulateDeploy } from "../evaluator/src/testing/simulate-deploy.ts";

const RESULTS = new URL("results/estimates.md", import.meta.url);
const TRIALS = 400;
/** Beside a share measured over so many trials: two standard errors at 95 %. */
const NOISE = 2 * Math.sqrt((0.95 * 0.05) / TRIALS);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const holds = (interval: { low: number; high: number } | null, truth: number): number =>
	interval !== null && interval.low <= truth && truth <= interval.high ? 1 : 0;

interface Tally {
	held: number;
	above: number;
	width: number;
	bias: number;
	worth: number;
	alone: number;
	aloneWidth: number;
	judge: number;
	wald: number;
	disjoint: number;
}

function cover(setting: DeploySetting, random: Random): Tally {
	const tally: Tally = {
		held: 0,
		above: 0,
		width: 0,
		bias: 0,
		worth: 0,
		alone: 0,
		aloneWidth: 0,
		judge: 0,
		wald: 0,
		disjoint: 0,
	};
	for (let trial = 0; trial < TRIALS; trial++) {
		const units = simulateDeploy(setting, random);
		const found = estimateShare(units);
		const alone = estimateShare(units.map((unit) => ({ ...unit, judge: null })));
		if (found === null || alone === null) continue;
		const half = 1.96 * found.standardError;
		tally.held += holds(found, setting.rate) / TRIALS;
		tally.above += (found.low > setting.rate ? 1 : 0) / TRIALS;
		tally.width += (found.high - found.low) / TRIALS;
		tally.bias += (found.estimate - setting.rate) / TRIALS;
		tally.worth += found.effectiveRuns / TRIALS;
		tally.alone += holds(alone, setting.rate) / TRIALS;
		tally.aloneWidth += (alone.high - alone.low) / TRIALS;
		tally.judge += judgeHolds(units, setting.rate) / TRIALS;
		tally.wald += holds({ low: found.estimate - half, high: found.estimate + half }, setting.rate) / TRIALS;
		tally.disjoint += holds(unweighted(units), setting.rate) / TRIALS;
	}
	return tally;
}

/** The judge's own rate, as if it never erred. */
function judgeHolds(units: readonly JudgedUnit[], rate: number): number {
	const weight = units.reduce((sum, unit) => sum + unit.weight, 0);
	const said =
		units.reduce((sum, unit) => sum + unit.weight * ((unit.judge ?? 0) >= 0.5 ? 1 : 0), 0) / weight;
	return holds(wilson(said * units.length, units.length), rate);
}

/** PPI++ as it is published, over disjoint sets and without the chances. */
const unweighted = (units: readonly JudgedUnit[]): { low: number; high: number } | null =>
	ppiMean(
		units.flatMap(({ judge, label }) => (label === null ? [] : [{ human: label.value, judge: judge ?? 0 }])),
		units.flatMap(({ judge, label }) => (label === null ? [judge ?? 0] : [])),
	);

const SIZES = [
	[500, 100],
	[1000, 200],
	[2000, 150],
	[5000, 400],
] as const;
const JUDGES = [
	{ sensitivity: 0.9, specificity: 0.95, graded: true },
	{ sensitivity: 0.7, specificity: 0.9, graded: false },
] as const;

function endToEnd(): string[] {
	const settings = [0.02, 0.05, 0.15].flatMap((rate) =>
		SIZES.flatMap(([judged, labels]) =>
			JUDGES.map((judge) => ({ rate, judged, labels, ...judge, unequal: true })),
		),
	);
	const seen: number[] = [];
	const rows = settings.map((setting, at) => {
		const found = cover(setting, seededRandom(100 + at));
		seen.push(found.held);
		const row = `| ${percent(setting.rate)} | ${setting.judged} | ${setting.labels} | ${setting.sensitivity} / ${setting.specificity}${setting.graded ? ", graded" : ""} | **${percent(found.held)}** | ${percent(found.above)} | ${(100 * found.width).toFixed(1)} | ${found.worth.toFixed(0)} | ${percent(found.alone)} | ${(100 * found.aloneWidth).toFixed(1)} | ${(100 * found.bias).toFixed(2)} | ${percent(found.wald)} | ${percent(found.disjoint)} | ${percent(found.judge)} |`;
		console.error(row);
		return row;
	});
	const outside = seen.filter((share) => share < 0.9295 || share > 0.9705);
	const mean = seen.reduce((sum, share) => sum + share, 0) / seen.length;
	return [
		"| rate | judged | labels | judge: sensitivity / specificity | covers | misses above | width, points | worth runs at random | labels alone cover | width | bias, points | ± 1.96 errors covers | PPI++ without the chances | judge alone |",
		"| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...rows,
		"",
		`Mean ${percent(mean)}, lowest ${percent(Math.min(...seen))}, highest ${percent(Math.max(...seen))}; ${outside.length} of ${seen.length} outside of 93 % to 97 %${outside.length === 0 ? "" : ` (${outside.map(percent).join(", ")})`}. Each is ± ${(100 * NOISE).toFixed(1)} points by chance.`,
	];
}

/** Failures of one step among ten: located with doubt, and blamed by people who err. */
function perStep(): string[] {
	const rows = [
		{ rate: 0.01, judged: 2000, labels: 300, sensitivity: 0.8, specificity: 0.98 },
		{ rate: 0.03, judged: 2000, labels: 200, sensitivity: 0.8, specificity: 0.98 },
	].map((setting, at) => {
		const found = cover({ ...setting, graded: true }, seededRandom(300 + at));
		return `| ${percent(setting.rate)} | ${setting.judged} | ${setting.labels} | ${percent(found.held)} | ${(100 * found.width).toFixed(1)} | ${found.worth.toFixed(0)} | ${percent(found.alone)} |`;
	});
	return [
		"| share of runs that break at the step | judged | labels | covers | width, points | worth runs at random | labels alone cover |",
		"| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...rows,
	];
}

/** Two weeks, or two deploys, with the same rate, and with another one; the judge is worse in the second. */
function differences(): string[] {
	const random = seededRandom(400);
	const base = { specificity: 0.95, unequal: true };
	const cases = [
		{ before: 0.02, after: 0.02, judged: 1000, labels: 100 },
		{ before: 0.05, after: 0.05, judged: 1500, labels: 150 },
		{ before: 0.15, after: 0.15, judged: 1000, labels: 100 },
		{ before: 0.05, after: 0.15, judged: 1500, labels: 150 },
	].map(({ before, after, ...size }) => {
		let [held, alarms, naive] = [0, 0, 0];
		for (let trial = 0; trial < TRIALS; trial++) {
			const first = simulateDeploy({ ...base, ...size, rate: before, sensitivity: 0.9 }, random);
			const second = simulateDeploy(
				{ ...base, ...size, rate: after, sensitivity: 0.6, specificity: 0.9 },
				random,
			);
			const [one, other] = [estimateShare(first), estimateShare(second)];
			if (one === null || other === null) continue;
			const change = differenceOf(one, other);
			held += holds(change, after - before) / TRIALS;
			alarms += (1 - holds(change, 0)) / TRIALS;
			const [said, later] = [judgeRate(first), judgeRate(second)];
			naive += (1 - holds(newcombe(said, later), 0)) / TRIALS;
		}
		return `| ${percent(before)} | ${percent(after)} | ${size.labels} | ${percent(held)} | ${percent(alarms)} | ${percent(naive)} |`;
	});
	return [
		"| rate before | after | labels each | interval of the change holds it | says that something changed | the judge alone says so |",
		"| ---: | ---: | ---: | ---: | ---: | ---: |",
		...cases,
	];
}

const judgeRate = (units: readonly JudgedUnit[]): { successes: number; n: number } => ({
	successes: units.filter(({ judge }) => (judge ?? 0) >= 0.5).length,
	n: units.length,
});

/** The judge's own figures, from labels with unequal chances. */
function calibration(): string[] {
	const rows = [
		{ rate: 0.05, judged: 3000, labels: 300 },
		{ rate: 0.15, judged: 1000, labels: 150 },
		{ rate: 0.3, judged: 1000, labels: 100 },
	].map((setting, at) => {
		const random = seededRandom(500 + at);
		let [sensitive, specific, base, rogan, given, found] = [0, 0, 0, 0, 0, 0];
		for (let trial = 0; trial < TRIALS; trial++) {
			const units = simulateDeploy({ ...setting, sensitivity: 0.8, specificity: 0.9, unequal: true }, random);
			const cases = units.map(({ judge, weight, label }) => ({
				failing: judge,
				fails: (judge ?? 0) >= 0.5,
				weight,
				label,
			}));
			const measured = calibrateJudge(cases, { random, resamples: 2 });
			base += holds(measured.baseRate, setting.rate) / TRIALS;
			specific += holds(measured.specificity, 0.9) / TRIALS;
			if (measured.sensitivity === null) continue;
			given++;
			sensitive += holds(measured.sensitivity, 0.8);
			found += roganGladenHolds(units, setting.rate) === null ? 0 : 1;
			rogan += roganGladenHolds(units, setting.rate) ?? 0;
		}
		return `| ${percent(setting.rate)} | ${setting.labels} | ${percent(base)} | ${percent(specific)} | ${percent(sensitive / given)} | ${percent(given / TRIALS)} | ${percent(rogan / found)} |`;
	});
	return [
		"| rate | labels | base rate covers | specificity covers | sensitivity covers | sensitivity given (10 failures or more) | Rogan–Gladen covers the rate |",
		"| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...rows,
	];
}

/** Labels as if picked by verdict: what `correctRate` is for. Null where it refuses. */
function roganGladenHolds(units: readonly JudgedUnit[], rate: number): number | null {
	const labelled = units.filter(({ label }) => label !== null);
	const [failed, passed] = [
		labelled.filter(({ label }) => label?.value === 1),
		labelled.filter(({ label }) => label?.value === 0),
	];
	const fails = (of: readonly JudgedUnit[]): number => of.filter(({ judge }) => (judge ?? 0) >= 0.5).length;
	const found = correctRate({
		judged: { successes: fails(units), n: units.length },
		sensitivity: { successes: fails(failed), n: failed.length },
		specificity: { successes: passed.length - fails(passed), n: passed.length },
	});
	return found.kind === "estimate" ? holds(found, rate) : null;
}

/** Agreement of two raters who each err on a tenth of all runs. */
function agreement(): string[] {
	const random = seededRandom(600);
	const trials = 150;
	const rows = [40, 100, 300].map((items) => {
		const failing = 0.2 * 0.9 + 0.8 * 0.1;
		const truth = 1 - (2 * 0.9 * 0.1) / (2 * failing * (1 - failing));
		let held = 0;
		for (let trial = 0; trial < trials; trial++) {
			const ratings = Array.from({ length: items }, (_, at) => {
				const failed = random() < 0.2;
				return ["ann", "bob"].map((rater) => ({
					item: `${at}`,
					rater,
					failed: random() < 0.1 ? !failed : failed,
					scale: null,
					blame: "",
				}));
			}).flat();
			const { alpha } = rateAgreement(ratings, { random, resamples: 300 });
			held += holds({ low: alpha.low ?? 2, high: alpha.high ?? 2 }, truth) / trials;
		}
		return `| ${items} | ${truth.toFixed(3)} | ${percent(held)} |`;
	});
	return ["| runs rated by two | true α | interval covers |", "| ---: | ---: | ---: |", ...rows];
}

const started = performance.now();
const sections = {
	"End to end": endToEnd(),
	"Per step": perStep(),
	"One week against another": differences(),
	"The judge itself": calibration(),
	Raters: agreement(),
};
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const text = `# How far corrected rates can be trusted

\`npm run bench:estimates\`: ${TRIALS} made-up deploys a row, seeded, so that the figures are the same in every run. What is made up is the runs, the judge's errors and what people say; the
plan of what is rated (\`planRatings\`), its chances and the estimates are the real ones. Nominal 95 %. Judged runs were drawn at two rates that go with how often they fail (one in
three of the light half, all of the other), so that unweighted figures are wrong; what people rate is chosen by the judge's doubt.

${Object.entries(sections)
	.map(([title, lines]) => `## ${title}\n\n${lines.join("\n")}`)
	.join("\n\n")}

Columns: *worth runs at random* is how many runs, rated at random and without a judge, give an interval of this width; *labels alone* are the same labels without the judge;
*± 1.96 errors* is the same estimate with a symmetrical interval; *PPI++ without the chances* takes the labels for a random sample; *judge alone* takes its word.
`;
await writeFile(RESULTS, text);
console.log(text);
console.error(`${seconds} s`);
