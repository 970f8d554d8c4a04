import type { AlertSettings } from "./objectives.ts";

/** A text as a ClickHouse literal. */
const literal = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** A number by the value of `key`, else `other`. */
function choose(key: string, cases: readonly (readonly [string, number])[], other: string): string {
	if (cases.length === 0) return other;
	const [names, numbers] = [cases.map(([name]) => literal(name)), cases.map(([, number]) => number)];
	return `transform(${key}, [${names.join(", ")}], [${numbers.join(", ")}], toFloat64(${other}))`;
}

const round = (value: number): number => Number(value.toPrecision(12));

/** SQL: the share of a pipeline's runs that may fail, by its column `pipeline`. */
export function runBudget({ objectives }: AlertSettings): string {
	const named = Object.entries(objectives).filter(([pipeline]) => pipeline !== "*");
	return choose(
		"pipeline",
		named.map(([pipeline, { success }]) => [pipeline, round(1 - success)]),
		String(round(1 - (objectives["*"]?.success ?? 0))),
	);
}

/**
 * SQL: the share of the runs arriving at a step that it may break, by the columns `pipeline` and `step` of a query with one row a step. A step
 * that the objectives name has its own; the n others share what is left evenly: 1 − (success ∕ Π of the named)^(1/n), so that together they keep the budget.
 */
export function stepBudget(settings: AlertSettings): string {
	const pairs = Object.entries(settings.objectives).flatMap(([pipeline, { steps = {} }]) =>
		Object.entries(steps).map(([step, share]): [string, number] => [`${pipeline}/${step}`, round(1 - share)]),
	);
	const left = Object.entries(settings.objectives).map(
		([pipeline, { success, steps = {} }]): [string, number] => [
			pipeline,
			round(success / Object.values(steps).reduce((product, share) => product * share, 1)),
		],
	);
	const survival = choose(
		"pipeline",
		left.filter(([pipeline]) => pipeline !== "*"),
		String(left.find(([pipeline]) => pipeline === "*")?.[1] ?? 1),
	);
	const named = (key: string): string => choose(key, pairs, "-1");
	const own = pairs.length === 0 ? "-1" : ownBudget(settings, named);
	return pairs.length === 0
		? `1 - pow(${survival}, 1 / count() OVER (PARTITION BY pipeline))`
		: `if((${own}) >= 0, ${own}, 1 - pow(${survival}, 1 / greatest(1, countIf((${own}) < 0) OVER (PARTITION BY pipeline))))`;
}

/** A step named under `*` has its budget in every pipeline that the objectives do not name. */
function ownBudget({ objectives }: AlertSettings, named: (key: string) => string): string {
	const known = Object.keys(objectives).filter((pipeline) => pipeline !== "*");
	const pipeline =
		known.length === 0 ? "'*'" : `if(pipeline IN (${known.map(literal).join(", ")}), pipeline, '*')`;
	return named(`concat(${pipeline}, '/', step)`);
}
