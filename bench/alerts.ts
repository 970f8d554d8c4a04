/**
 * How soon the burn-rate rules fire, and how often they fire for nothing: the rules' own arithmetic on drawn traffic, minute by minute.
 * `npm run bench:alerts` prints the tables of docs/alerts.md; `--runs N` draws more months and onsets.
 */
import { parseArgs } from "node:util";
import { simulateDetection, simulateQuiet } from "../dashboards/src/testing/simulate-burn.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "200" } } });
const runs = Number(values.runs);
const STEPS = 6;
const RUN_BUDGET = 0.05;
const STEP_BUDGET = 1 - (1 - RUN_BUDGET) ** (1 / STEPS);
const TRAFFIC = [10, 60, 600, 6000] as const;
const show = (minutes: number | null): string =>
	minutes === null
		? "–"
		: minutes < 90
			? `${Math.round(minutes)} min`
			: minutes < 2880
				? `${(minutes / 60).toFixed(1)} h`
				: `${(minutes / 1440).toFixed(1)} d`;

const lines: string[] = [];
const say = (line = ""): void => void lines.push(line);

say(`### One step of six (budget ${(100 * STEP_BUDGET).toFixed(2)} % of the runs that arrive there)`);
say();
detectionTable(STEP_BUDGET, [0.03, 0.05, 0.1, 0.2, 0.5, 1]);
say("### End to end (budget 5 %)");
say();
detectionTable(RUN_BUDGET, [0.1, 0.2, 0.5, 1]);
say("### Alerts for nothing in a month");
say();
quietTable();
console.log(lines.join("\n"));

function detectionTable(budget: number, rates: readonly number[]): void {
	say(
		"| breaks | runs an hour | a page after (median, 90 %) | paged within a day | a page or ticket after | told within 3 days |",
	);
	say("| ---: | ---: | ---: | ---: | ---: | ---: |");
	for (const rate of rates) {
		for (const perHour of TRAFFIC) {
			const found = simulateDetection({ budget, before: budget / 4, rate, perHour, runs, seed: 1 });
			const { page, any } = found;
			say(
				`| ${(100 * rate).toFixed(0)} % | ${perHour.toLocaleString("en")} | ${show(page.median)}, ${show(page.p90)} | ${(100 * page.within(1440)).toFixed(0)} % | ${show(any.median)} | ${(100 * any.within(4320)).toFixed(0)} % |`,
			);
		}
		process.stderr.write(`${rate} done\n`);
	}
	say();
}

function quietTable(): void {
	say("| what | true rate | runs an hour | pages a month | tickets a month |");
	say("| --- | --- | ---: | ---: | ---: |");
	for (const [name, budget] of [
		["one step", STEP_BUDGET],
		["end to end", RUN_BUDGET],
	] as const) {
		for (const share of [0.25, 0.5, 1]) {
			for (const perHour of TRAFFIC) {
				const { pages, tickets } = simulateQuiet({
					budget,
					rate: budget * share,
					perHour,
					months: runs,
					seed: 2,
				});
				say(
					`| ${name} | ${share === 1 ? "all of" : share === 0.5 ? "half" : "a quarter of"} the budget | ${perHour.toLocaleString("en")} | ${pages.toFixed(3)} | ${tickets.toFixed(3)} |`,
				);
			}
			process.stderr.write(`${name} ${share} done\n`);
		}
	}
	say();
}
