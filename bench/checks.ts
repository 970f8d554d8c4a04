/**
 * How often each built-in check is right and how often it cries wolf: on both example applications, healthy and with every fault, on the simulated
 * pipelines of the half that may be looked at, and on real retrieval runs. One command:
 *
 *     npm run bench:checks
 *     npm run bench:checks -- --data DIR --output -
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Run, stepsOf } from "../evaluator/src/core/trace.ts";
import { builtInScorers } from "../evaluator/src/scorers/built-in.ts";
import { FAULTS as DOCS_FAULTS } from "../examples/docs-assistant/src/deploy.ts";
import { FAULTS as SHOP_FAULTS } from "../examples/shop-agent/src/deploy.ts";
import { affectedRuns, type Counts, countFirings, rateCell } from "./checks/count.ts";
import { CONTRACT_FIRES_BELOW, learnKnown, MEASURE_FIRES_BELOW, NOTHING } from "./checks/fired.ts";
import { PURPOSES } from "./checks/meant-for.ts";
import { playExample } from "./checks/play-example.ts";
import { readRealRuns } from "./checks/read-real-runs.ts";
import { separateHits } from "./checks/separate-hits.ts";
import { simulatedFalseAlarms, simulatedFaults } from "./checks/simulated.ts";

const { values } = parseArgs({
	options: {
		data: { type: "string" },
		output: { type: "string", default: new URL("../docs/checks.md", import.meta.url).pathname },
	},
});

/** What an application's runs showed. */
interface Measured {
	readonly app: string;
	/** Healthy runs that nothing was learned from: beside other healthy runs of the same application, and beside nothing. */
	readonly healthy: { readonly known: Counts; readonly nothing: Counts; readonly runs: number };
	/** Fault → the runs that it changed, of how many, and the checks' counts in them. */
	readonly faults: ReadonlyMap<
		string,
		{
			readonly affected: number;
			readonly of: number;
			readonly known: Counts;
			readonly nothing: Counts;
			readonly unaffected: Counts;
		}
	>;
	/** Kind of steps that each check could tell of. */
	readonly kinds: ReadonlySet<string>;
}

/** Judged without a reference as well, as an application is that is seen for the first time. */
const UNSEEN = "shop-agent";

const APPS = [
	{
		app: "docs-assistant",
		faults: DOCS_FAULTS.filter((fault) => fault !== "none"),
		learn: 2,
		test: 5,
		repeats: 1,
	},
	{
		app: "shop-agent",
		faults: Object.keys(SHOP_FAULTS).filter((fault) => fault !== "none"),
		learn: 2,
		test: 5,
		repeats: 1,
	},
] as const;

async function measureApp({
	app,
	faults,
	learn,
	test: tested,
	repeats,
}: (typeof APPS)[number]): Promise<Measured> {
	const healthy = { deploy: "A", fault: "none" } as const;
	const [reference = [], held = [], twins = [], ...faulty] = await playExample(app, [
		{ ...healthy, seed: 1, repeats: learn },
		{ ...healthy, seed: 2, repeats: tested },
		{ ...healthy, seed: 3, repeats },
		...faults.map((fault) => ({ deploy: "A" as const, fault, seed: 3, repeats })),
	]);
	const passing = (runs: readonly Run[]): Run[] => runs.filter(({ outcome }) => outcome === "pass");
	const known = learnKnown(passing(reference));
	const test = passing(held);
	return {
		app,
		healthy: {
			known: countFirings(test, known),
			nothing: countFirings(app === UNSEEN ? test : [], NOTHING),
			runs: test.length,
		},
		faults: new Map(
			faults.map((fault, at) => {
				const runs = faulty[at] ?? [];
				const affected = affectedRuns(runs, twins);
				const others = runs.filter((run) => !affected.includes(run));
				return [
					`${app}/${fault}`,
					{
						affected: affected.length,
						of: runs.length,
						known: countFirings(affected, known),
						nothing: countFirings(affected, NOTHING),
						unaffected: countFirings(others, known),
					},
				];
			}),
		),
		kinds: new Set(test.flatMap((run) => stepsOf(run).map(({ kind }) => kind))),
	};
}

const started = performance.now();
const measured: Measured[] = [];
for (const app of APPS) measured.push(await measureApp(app));
const simulated = simulatedFalseAlarms();
const planted = simulatedFaults();
const real = await separateHits(values.data);
const airline = await readRealRuns(values.data, "airline-agent");
const airlineAlarms: Counts = countFirings(
	(airline ?? []).filter(({ outcome }) => outcome === "pass"),
	NOTHING,
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.error(`${seconds} s`);

const EMPTY = { runs: 0, fired: 0 };
const [docs, shop] = measured;
const allFaults = new Map(measured.flatMap(({ faults }) => [...faults]));

/** Checks by what they read, with their false alarms. */
function falseAlarmsTable(): string {
	const rows = builtInScorers.map(({ name, reads }) => {
		const cells = [
			docs?.healthy.known.get(name),
			shop?.healthy.known.get(name),
			shop?.healthy.nothing.get(name),
			airlineAlarms.get(name),
			simulated.get(name),
		].map((count) => rateCell(count ?? EMPTY));
		return `| \`${name}\` | ${reads} | ${PURPOSES[name]?.reads ?? ""} | ${cells.join(" | ")} |`;
	});
	return [
		"| check | sort of reading | reads | docs-assistant, its own reference | shop-agent, its own reference | shop-agent, no reference | a real airline agent, no reference | simulated pipelines, own reference |",
		"|---|---|---|---|---|---|---|---|",
		...rows,
	].join("\n");
}

/** For each check, the faults that it is meant for. */
function recallTable(): string {
	const rows = Object.entries(PURPOSES).flatMap(([name, { faults }]) =>
		faults.map((fault) => {
			const found = allFaults.get(fault);
			const app = measured.find(({ faults: own }) => own.has(fault));
			const hit = found?.known.get(name) ?? EMPTY;
			const bare = found?.nothing.get(name) ?? EMPTY;
			const affected = found?.affected ?? 0;
			const wrong = (found?.unaffected.get(name)?.fired ?? 0) + (app?.healthy.known.get(name)?.fired ?? 0);
			const precision =
				hit.fired + wrong === 0 ? "–" : rateCell({ runs: hit.fired + wrong, fired: hit.fired });
			const recall = rateCell({ runs: affected, fired: hit.fired });
			return `| \`${name}\` | ${fault} | ${affected} of ${found?.of ?? 0} | ${recall} | ${rateCell({ runs: affected, fired: bare.fired })} | ${precision} |`;
		}),
	);
	return [
		"| check | meant for | runs that the fault changed | recall, with a reference | recall, with none | precision, with a reference |",
		"|---|---|---|---|---|---|",
		...rows,
	].join("\n");
}

/** For each fault, what a team without any scorer gets to see. */
function faultsTable(): string {
	const rows = [...allFaults].map(([fault, { affected, of, known, nothing }]) => {
		const best = (counts: Counts): string =>
			[...counts]
				.filter(([, { fired }]) => fired >= 0.2 * affected)
				.sort((a, b) => b[1].fired - a[1].fired)
				.slice(0, 5)
				.map(([name, { fired }]) => `\`${name}\` ${Math.round((100 * fired) / Math.max(1, affected))} %`)
				.join(", ") || "none";
		return `| ${fault} | ${affected} of ${of} | ${best(nothing)} | ${best(known)} |`;
	});
	return [
		"| fault | runs that it changed | checks that fire in a fifth of them or more, with no reference | with a reference |",
		"|---|---|---|---|",
		...rows,
	].join("\n");
}

/** The simulated faults, and the checks that fire where they are. */
function simulatedTable(): string {
	const rows = planted.map(({ name, runs, fired, any }) => {
		const best = [...fired]
			.sort((a, b) => b[1] - a[1])
			.slice(0, 4)
			.map(([check, count]) => `\`${check}\` ${Math.round((100 * count) / Math.max(1, runs))} %`);
		return `| ${name} | ${runs} | ${rateCell({ runs, fired: any })} | ${best.join(", ") || "none"} |`;
	});
	return [
		"| simulated fault | runs that it made fail | any check fires at its step | which, most often |",
		"|---|---|---|---|",
		...rows,
	].join("\n");
}

const report = [
	"# The built-in checks: what they find, and how often they cry wolf",
	`Generated by \`npm run bench:checks\`. Both example applications run as they are, with their local models, ${docs?.healthy.runs} and ${shop?.healthy.runs} healthy runs of each tested beside what other healthy runs taught, then once more with each fault switched on. A healthy run is one of the release that works that its own grader passed. A check with a contract fires below a score of ${CONTRACT_FIRES_BELOW}, a measure below a p-value of ${MEASURE_FIRES_BELOW} beside the healthy executions of the same component; in a run it fires where it does so at any step. Rates are over the runs in which the check could tell, with 95 % intervals (Wilson). Without a reference, measures can only speak where they come with declared values.`,
	"Which runs a fault changed is known, not judged: the same trial is run without the fault, and any step that did something else makes it one. So recall also counts runs that still passed, and a check that reads only one way of going wrong cannot reach 100 %. Precision pools the faulty deploy's unchanged runs with the healthy ones. The shop agent, its faults and most of the checks were written together, so recall on it is an upper bound; the simulated pipelines and the airline agent were not written for the checks, but three of the checks (`results-contradicted`, `refusal`, `arguments-explained`) were mended after they had cried wolf on the airline agent, so its column is not independent of them.",
	"## False alarms on healthy runs",
	falseAlarmsTable(),
	"The airline agent (τ-bench, 84 runs that its grader passed, dashes without `--data`) is nobody's example: its runs passed, but not every step in them was right. All of what fires there was looked at: tools that answered with an error, one run in which the agent turned a request down, and four in which the model paid with an account that nobody had told it, upon which the tool answered that there was none.",
	"## Each check on the faults that it is meant for",
	recallTable(),
	"## Each fault, and what is seen of it",
	faultsTable(),
	"## Simulated faults",
	"The pipelines of [bench/locate](../bench/locate/README.md), the half that may be looked at: each fault as plain as it comes and in every run. Counted are runs that fail because of it, and checks that fire at the step where it is, beside 60 runs of the healthy deploy.",
	simulatedTable(),
	"## Real retrieval: hits and misses, with no gold given",
	"A pipeline that writes API calls: 186 questions to each retriever and model. AUROC of telling a run in which the right document was retrieved from one in which it was not (0.5 is chance, below it the reading points the other way). No outcome, no gold document and no repetition of a task is given; each deploy is its own reference. Its documents carry no score, so there is no top score among the trivial rules.",
	real,
	"",
].join("\n\n");
if (values.output === "-") console.log(report);
else await writeFile(values.output, report);
