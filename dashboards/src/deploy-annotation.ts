import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { clickHouseQuery, PICKED_SOURCE } from "./clickhouse-query.ts";

function annotation(name: string, colour: string, sql: string): AnnotationQueryBuilder {
	return new AnnotationQueryBuilder()
		.name(name)
		.datasource(PICKED_SOURCE)
		.enable(true)
		.iconColor(colour)
		.target(clickHouseQuery(sql, "table", { refId: "Annotation" }));
}

/** A deploy is the first run of a service version; a version that ran in the 30 days before the range is no deploy in it. */
export const deployAnnotation = (): AnnotationQueryBuilder =>
	annotation(
		"Deploys",
		"purple",
		`SELECT min(start_time) AS time, concat('first run of version ', service_version) AS text, service_version AS tags
FROM runs
WHERE start_time >= $__fromTime - INTERVAL 30 DAY AND start_time <= $__toTime
    AND pipeline = \${pipeline:singlequote} AND service_version != '' AND eval_id = ''
GROUP BY service_version
HAVING time >= $__fromTime
ORDER BY time
LIMIT 500`,
	);

/** What the gate said of evaluations in the range. */
export const gateAnnotation = (): AnnotationQueryBuilder =>
	annotation(
		"Gate",
		"blue",
		`SELECT decided_at AS time, concat('gate: ', toString(verdict), ' for version ', service_version, if(empty(steps), '', concat(', ', arrayStringConcat(steps, ', ')))) AS text,
    toString(verdict) AS tags
FROM gate_decisions FINAL
WHERE $__timeFilter(decided_at) AND pipeline = \${pipeline:singlequote}
ORDER BY time
LIMIT 500`,
	);
