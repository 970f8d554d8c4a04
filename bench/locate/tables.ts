import { clusterBootstrap } from "../../evaluator/src/core/bootstrap.ts";
import { measureCalibration } from "../../evaluator/src/core/calibration.ts";
import { type Interval, wilson } from "../../evaluator/src/core/interval.ts";
import { seededRandom } from "../../evaluator/src/core/random.ts";
import { ABLATIONS } from "./ablations.ts";
import { BASELINES, type DeployResult, type RunResult, type ScenarioResult } from "./measure.ts";
import { MAGNITUDES } from "./scenario.ts";

const percent = (rate: number | null): string => (rate === null ? "–" : `${(100 * rate).toFixed(1)} %`);
const between = (interval: Interval | null): string =>
	interval === null ? "" : ` (${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)})`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
	[head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** A share over runs, with an interval over scenarios: the failing runs of one scenario are not independent of each other. */
function rateOf(runs: readonly RunResult[], value: (run: RunResult) => number): string {
	const clusters = [...Map.groupBy(runs, (run) => run.scenario).values()].map((group) => ({
		n: group.length,
		sum: group.reduce((sum, run) => sum + value(run), 0),
	}));
	const mean = (sample: readonly { n: number; sum: number }[]): number | null => {
		const n = sample.reduce((sum, cluster) => sum + cluster.n, 0);
		return n === 0 ? null : sample.reduce((sum, cluster) => sum + cluster.sum, 0) / n;
	};
	const { estimate, low, high } = clusterBootstrap(clusters, mean, {
		random: seededRandom(1),
		resamples: 1000,
		method: "percentile",
	});
	return percent(estimate) + between(low === null || high === null ? null : { low, high });
}

const rankOf = (run: RunResult): number => (run.rank === null ? 0 : 1 / run.rank);
const when =
	(test: (run: RunResult) => boolean) =>
	(run: RunResult): number =>
		test(run) ? 1 : 0;
const isFirst = when(({ rank }) => rank === 1);

function medianSize(runs: readonly RunResult[]): string {
	const sizes = runs.map(({ setSize }) => setSize).sort((a, b) => a - b);
	return String(sizes[sizes.length >> 1] ?? "–");
}

/** Expected calibration error of the probability of the best candidate. */
function calibrationError(runs: readonly RunResult[]): string {
	const error = measureCalibration(
		runs.map(({ probability, rank }) => ({ probability, happened: rank === 1 })),
	).expectedCalibrationError;
	return error === null ? "–" : error.toFixed(3);
}

function locatedRow(label: string, runs: readonly RunResult[]): string[] {
	const named = runs.filter(({ verdict }) => verdict === "fault");
	return [
		label,
		String(runs.length),
		rateOf(runs, isFirst),
		rateOf(
			runs,
			when(({ rank }) => rank !== null && rank <= 3),
		),
		rateOf(runs, rankOf).replaceAll(" %", ""),
		rateOf(
			runs,
			when(({ distance }) => distance !== null && distance <= 1),
		),
		rateOf(
			runs,
			when(({ inSet }) => inSet),
		),
		medianSize(runs),
		percent(runs.length === 0 ? null : named.length / runs.length),
		rateOf(named, isFirst),
		calibrationError(runs),
	];
}

const LOCATED_HEAD = [
	"failing runs",
	"n",
	"top-1",
	"top-3",
	"MRR × 100",
	"±1 step",
	"in the 90 % set",
	"set, median",
	"named",
	"right where named",
	"ECE",
];

/** Where failing runs were said to have broken, against the truth. */
export function locatedTable(results: readonly ScenarioResult[]): string {
	const runs = results.flatMap((result) => result.runs);
	const planted = runs.filter(({ byFault }) => byFault);
	const magnitudes = new Map(
		results.map(({ deploys: { scenario } }) => [scenario.name, scenario.fault?.magnitude]),
	);
	const of = (wanted: string) => planted.filter((run) => magnitudes.get(run.scenario) === wanted);
	const kinds = [...Map.groupBy(planted, ({ kind }) => kind)].sort((a, b) => b[1].length - a[1].length);
	return table(LOCATED_HEAD, [
		locatedRow("**planted faults**", planted),
		...MAGNITUDES.map((magnitude) => locatedRow(`of magnitude ${magnitude}`, of(magnitude))),
		...kinds.map(([kind, group]) => locatedRow(`in ${kind === "edge" ? "a hand-off" : kind}`, group)),
		locatedRow(
			"natural failures (slips, misses, typing errors)",
			runs.filter(({ byFault }) => !byFault),
		),
	]);
}

/** The trivial rules on the same runs, and the method without its parts. */
export function rivalsTable(results: readonly ScenarioResult[]): string {
	const runs = results.flatMap((result) => result.runs);
	const planted = runs.filter(({ byFault }) => byFault);
	const natural = runs.filter(({ byFault }) => !byFault);
	const row = (label: string, value: (run: RunResult) => number): string[] => [
		label,
		rateOf(planted, value),
		rateOf(natural, value),
	];
	return table(
		["top-1", "planted", "natural"],
		[
			row("**faultline**", isFirst),
			...ABLATIONS.map((part) =>
				row(
					`without ${part}`,
					when(({ without }) => without[part]),
				),
			),
			...BASELINES.map((baseline) => row(baseline, ({ baselines }) => baselines[baseline])),
		],
	);
}

const rise = ({ failedA, failedB }: DeployResult): number => failedB - failedA;
/** Smallest change of the failure rate of which the issue is whether it is attributed rightly. */
const CHANGE = 0.05;

function countOf(deploys: readonly DeployResult[], test: (deploy: DeployResult) => boolean): string {
	const hits = deploys.filter(test).length;
	return deploys.length === 0
		? "–"
		: `${hits} of ${deploys.length}: ${percent(hits / deploys.length)}${between(wilson(hits, deploys.length))}`;
}

const meanOf = (values: readonly number[]): number | null =>
	values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What was said of pairs of deploys. */
export function deploysTable(results: readonly ScenarioResult[]): string {
	const deploys = results.map((result) => result.deploys);
	const faulty = deploys.filter(({ scenario }) => scenario.fault !== null);
	const changed = faulty.filter((deploy) => rise(deploy) >= CHANGE);
	const slight = faulty.filter((deploy) => rise(deploy) < CHANGE);
	const row = (label: string, group: readonly DeployResult[]): string[] => [
		label,
		countOf(group, ({ right }) => right === true),
		countOf(group, ({ alarm }) => alarm),
		percent(meanOf(group.flatMap(({ baselines }) => baselines?.random ?? []))),
		percent(meanOf(group.flatMap(({ baselines }) => baselines?.["changed version"] ?? []))),
	];
	const healthy = deploys.filter(({ scenario }) => scenario.fault === null);
	return table(
		["pairs of deploys", "right component, and no other", "a wrong one named", "random", "a changed version"],
		[
			row(`failure rate up by ${100 * CHANGE} points or more`, changed),
			...MAGNITUDES.map((magnitude) =>
				row(
					`of magnitude ${magnitude}`,
					changed.filter(({ scenario }) => scenario.fault?.magnitude === magnitude),
				),
			),
			row("failure rate up by less, or not at all", slight),
			["nothing broken", "–", countOf(healthy, ({ named }) => named.length > 0), "–", "–"],
		],
	);
}

/** How many passing runs were said to be faulty. */
export function healthyLine(results: readonly ScenarioResult[]): string {
	const runs = results.reduce((sum, { healthy }) => sum + healthy.runs, 0);
	const named = results.reduce((sum, { healthy }) => sum + healthy.named, 0);
	return `Passing runs said to be faulty: ${named} of ${runs.toLocaleString("en")}${between(wilson(named, runs))}.`;
}

/** Stated probabilities against how often they came true: of every candidate shown, not only of the best one. */
export function reliabilityTable(results: readonly ScenarioResult[]): string {
	const runs = results.flatMap((result) => result.runs);
	const { bins, expectedCalibrationError, brierScore, count } = measureCalibration(
		runs.flatMap(({ candidates }) =>
			candidates.map(({ probability, right }) => ({
				probability: Math.min(1, Math.max(0, probability)),
				happened: right,
			})),
		),
	);
	return [
		table(
			["stated", "candidates", "mean stated", "came true"],
			bins.map((bin) => [
				`${100 * bin.from}–${100 * bin.to} %`,
				bin.count.toLocaleString("en"),
				percent(bin.meanPredicted),
				percent(bin.observed) + between(bin.interval),
			]),
		),
		"",
		`${count.toLocaleString("en")} candidates of ${runs.length.toLocaleString("en")} failing runs; expected calibration error ${expectedCalibrationError?.toFixed(4) ?? "–"}, of the best candidate alone ${calibrationError(runs)}; Brier score ${brierScore?.toFixed(4) ?? "–"}.`,
	].join("\n");
}

/** Faults that are not found well, so that nobody has to look for them: named worst first. */
export function weakTable(results: readonly ScenarioResult[], most = 15): string {
	const rows = results
		.filter(({ deploys }) => deploys.scenario.fault !== null)
		.map(({ deploys, runs }) => {
			const planted = runs.filter(({ byFault, deploy }) => byFault && deploy === "B");
			const first = planted.filter(({ rank }) => rank === 1).length;
			return { deploys, n: planted.length, first, share: first / Math.max(1, planted.length) };
		})
		.filter(({ n, share, deploys }) => n >= 5 && (share < 0.8 || deploys.alarm))
		.sort((a, b) => a.share - b.share)
		.slice(0, most);
	return table(
		["scenario", "failing runs placed right", "failed A", "failed B", "of the deploy it says"],
		rows.map(({ deploys, n, first }) => [
			deploys.scenario.name,
			`${first} of ${n}`,
			percent(deploys.failedA),
			percent(deploys.failedB),
			deploys.named.length > 0
				? `${deploys.named.join(", ")}${deploys.alarm ? " (wrong)" : ""}`
				: deploys.verdict,
		]),
	);
}
