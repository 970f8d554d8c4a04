/** The pieces of SQL that several panels share. They hold the dashboard's variables, so alert rules must not use them. */

const CHOSEN = [
	`pipeline = \${pipeline:singlequote}`,
	`$__conditionalAll(service_version IN (\${service_version:singlequote}), $service_version)`,
].join(" AND ");

/** Rows of the chosen pipeline, versions and time range, by the column that says when the run started. */
export const chosen = (time: string): string => `$__timeFilter(${time}) AND ${CHOSEN}`;

/**
 * The newest verdict of every chosen run: a run that two evaluators judged counts once.
 * The key of `verdicts` holds the evaluator, so FINAL would keep both.
 */
export const CHOSEN_VERDICTS: string = `SELECT trace_id, service_version, run_start, outcome, verdict, origin_step, origin_kind, origin_version, probability
    FROM verdicts
    WHERE ${chosen("run_start")} AND eval_id = ''
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id`;

/** The newest row per run and component of the chosen runs. */
const CHOSEN_STEP_VERDICTS = `SELECT trace_id, service_version, step, kind, component_version, reached, broke
    FROM step_verdicts
    WHERE ${chosen("run_start")} AND eval_id = ''
    ORDER BY created_at DESC
    LIMIT 1 BY trace_id, step, kind`;

/**
 * One row a component: sums of P(fault began here) and P(run arrived intact) over runs, and their quotient, the hazard.
 * `arrived` falls along the pipeline, so it orders the steps. Sums may cross by rounding; a hazard stays within 0..1.
 * @param by further columns to group by, such as `service_version`.
 */
export const hazards = (by = ""): string => `SELECT ${by === "" ? "" : `${by}, `}step, kind,
        count() AS executions,
        sum(broke) AS broken_runs,
        greatest(sum(reached), sum(broke)) AS reached_runs,
        avg(reached) AS arrived,
        if(reached_runs > 0, broken_runs / reached_runs, 0) AS hazard,
        arrayStringConcat(arraySort(groupUniqArrayIf(5)(component_version, component_version != '')), ', ') AS versions
    FROM (${CHOSEN_STEP_VERDICTS})
    GROUP BY ${by === "" ? "" : `${by}, `}step, kind`;
