/** The pieces of SQL that several panels share. They hold the dashboard's variables, so alert rules must not use them. */

const PIPELINE = `pipeline = \${pipeline:singlequote}`;

/** Which service versions are meant: those of the variable that takes several, or the two that are compared. */
export const VERSIONS = {
	chosen: `$__conditionalAll(service_version IN (\${service_version:singlequote}), $service_version)`,
	compared: `service_version IN (\${baseline:singlequote}, \${candidate:singlequote})`,
	any: "",
} as const;
export type Versions = keyof typeof VERSIONS;

/** Rows of the chosen pipeline, versions and time range, by the column that says when the run started. */
export const chosen = (time: string, versions: Versions = "chosen"): string =>
	[`$__timeFilter(${time})`, PIPELINE, VERSIONS[versions]].filter((part) => part !== "").join(" AND ");

/**
 * The newest verdict of every chosen run: a run that two evaluators judged counts once.
 * The key of `verdicts` holds the evaluator, so FINAL would keep both.
 */
export const verdicts = (versions: Versions = "chosen"): string =>
	`SELECT trace_id, service_version, run_start, outcome, verdict, origin_step, origin_kind, origin_version, probability
    FROM verdicts
    WHERE ${chosen("run_start", versions)} AND eval_id = ''
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id`;

/** The newest row per run and component of the chosen runs. */
const stepVerdicts = (versions: Versions): string =>
	`SELECT trace_id, service_version, step, kind, component_version, reached, broke, run_start
    FROM step_verdicts
    WHERE ${chosen("run_start", versions)} AND eval_id = ''
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, step, kind`;

export interface HazardOptions {
	/** A further column to group by, such as `service_version`. */
	readonly by?: string;
	readonly versions?: Versions;
	/** Only the step that the variable names. */
	readonly oneStep?: boolean;
}

/**
 * One row a component: sums of P(fault began here) and P(run arrived intact) over runs, and their quotient, the hazard.
 * `arrived` falls along the pipeline, so it orders the steps. Sums may cross by rounding; a hazard stays within 0..1.
 */
export const hazards = ({ by = "", versions = "chosen", oneStep = false }: HazardOptions = {}): string =>
	`SELECT ${by === "" ? "" : `${by}, `}step, kind,
        count() AS executions,
        sum(broke) AS broken_runs,
        greatest(sum(reached), sum(broke)) AS reached_runs,
        avg(reached) AS arrived,
        if(reached_runs > 0, broken_runs / reached_runs, 0) AS hazard,
        arrayStringConcat(arraySort(groupUniqArrayIf(5)(component_version, component_version != '')), ', ') AS versions,
        min(run_start) AS first_run, max(run_start) AS last_run
    FROM (${stepVerdicts(versions)})
    ${oneStep ? `WHERE step = \${step:singlequote}\n    ` : ""}GROUP BY ${by === "" ? "" : `${by}, `}step, kind`;

/** Trace ids of the chosen runs of users. */
export const runIds = (versions: Versions = "chosen"): string =>
	`SELECT trace_id FROM runs WHERE ${chosen("start_time", versions)} AND eval_id = ''`;

/** A step of a run may start after the range of the run's own start. */
export const stepTime = (column = "start_time"): string =>
	`${column} >= $__fromTime AND ${column} <= $__toTime + INTERVAL 1 HOUR`;

/**
 * Steps of the chosen runs, every span once.
 *
 * @param columns beside trace_id, span_id, name and kind.
 */
export const steps = (
	columns: string,
	{ versions = "chosen", oneStep = false }: HazardOptions = {},
): string =>
	`SELECT trace_id, span_id, name, kind, ${columns}
    FROM steps
    WHERE ${stepTime()} AND ${oneStep ? `name = \${step:singlequote} AND ` : ""}kind != '' AND trace_id IN (${runIds(versions)})
    LIMIT 1 BY trace_id, span_id`;

/**
 * Scores of the chosen runs beside the run's outcome, every score once.
 *
 * @param where a further condition.
 */
export const scores = (where = "", versions: Versions = "chosen"): string => `SELECT * FROM (
    SELECT trace_id, scorer, scorer_version, step, kind, sort, source, value
    FROM scores
    WHERE $__timeFilter(run_start)${where === "" ? "" : ` AND ${where}`}
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, span_id, scorer
) AS scored
INNER JOIN (${verdicts(versions)}) AS judged USING (trace_id)`;

/** The duration of model answers and the like in a unit that Grafana knows. */
export const MILLISECONDS = "duration_ns / 1e6";
