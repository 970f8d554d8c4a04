import { spawn } from "node:child_process";
import { join } from "node:path";
import { openStore, type Store } from "@faultline/collector";

const CLI = join(import.meta.dirname, "../../../evaluator/bin/faultline.js");

/**
 * Fills a folder with the database that `faultline demo` leaves: two deploys of a real application, the second with a broken tool, evaluated.
 * What no part of the demonstration writes (a judge's scores and its own spans, people's ratings, gate decisions) is put beside it.
 */
export async function fillFromDemo(dataDir: string): Promise<Store> {
	await runDemo(dataDir);
	const store = await openStore({ dataDir });
	await addJudge(store);
	await addPeople(store);
	await addGateDecisions(store);
	await addDrift(store);
	return store;
}

async function runDemo(dataDir: string): Promise<void> {
	const child = spawn(
		process.execPath,
		["--conditions=source", CLI, "demo", "--repeats", "1", "--data-dir", dataDir],
		{ stdio: ["ignore", "ignore", "pipe"] },
	);
	let messages = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		messages += text;
	});
	const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
	// 1: with one trial of every question it may be right not to name the component.
	if (code !== 0 && code !== 1) throw new Error(`faultline demo ended with ${code}: ${messages}`);
}

/** A judge that agrees with the application on nine runs of ten, and that answers nothing for one run in twenty. */
async function addJudge(store: Store): Promise<void> {
	await store.command(`INSERT INTO scores (trace_id, span_id, scorer, scorer_version, step, kind, sort, source, value, run_start)
SELECT trace_id, '', 'answer-correct', 'rubric-1', '', '', 'inherited', 'judge',
    if(cityHash64(trace_id) % 20 = 0, NULL, if((outcome = 'pass') = (cityHash64(trace_id, 1) % 10 != 0), 0.9, 0.2)), run_start
FROM verdicts FINAL`);
	await store.command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode, StatusMessage)
SELECT run_start, concat('judge', substring(trace_id, 6)), substring(trace_id, 1, 16), 'chat judge-1', 'Client', 'faultline-evaluator', map('service.version', '1'),
    map('gen_ai.operation.name', 'chat', 'gen_ai.request.model', 'judge-1', 'gen_ai.usage.input_tokens', '900', 'gen_ai.usage.output_tokens', '40', 'error.type', if(cityHash64(trace_id) % 20 = 0, 'RateLimitError', '')),
    800000000, if(cityHash64(trace_id) % 20 = 0, 'Error', 'Unset'), if(cityHash64(trace_id) % 20 = 0, '429 too many requests', '')
FROM verdicts FINAL`);
}

/** People rate one run in two, agree with the application, and blame the step that the verdict names in four of five failing runs. */
async function addPeople(store: Store): Promise<void> {
	await store.command(`INSERT INTO ratings (trace_id, span_id, rater, rating, blame_step, comment, created_at)
SELECT trace_id, '', 'ann', outcome, if(outcome = 'fail', if(cityHash64(trace_id, 3) % 5 = 0, 'render_html', origin_step), ''), 'seen', created_at
FROM verdicts FINAL
WHERE outcome != 'unknown' AND cityHash64(trace_id, 2) % 2 = 0`);
}

async function addGateDecisions(store: Store): Promise<void> {
	await store.command(`INSERT INTO gate_decisions (eval_id, pipeline, service_version, revision, verdict, steps, decided_at, body)
SELECT concat('eval-', service_version), pipeline, service_version, '', if(service_version = '1.4.0', 'pass', 'fail'), if(service_version = '1.4.0', [], ['package_info']), min(run_start), '{}'
FROM verdicts FINAL
GROUP BY pipeline, service_version`);
}

/** The watch over inputs and responses, second by second; the responses alarm in the last one. */
async function addDrift(store: Store): Promise<void> {
	await store.command(`INSERT INTO drift_days (pipeline, step, kind, text, bucket_seconds, bucket, since, texts, past_texts, p, aspect, log_wealth, log_threshold, alarm, state, body)
SELECT pipeline, '', '', text, 1, bucket, min(bucket) OVER (PARTITION BY pipeline), runs, 100, 0.01, 'words', if(text = 'response' AND is_last, 5, 1), 4, text = 'response' AND is_last, '{}', if(text = 'response' AND is_last, '{"words":[{"name":"license"},{"name":"version"}]}', '')
FROM (
    SELECT pipeline, toStartOfSecond(run_start) AS bucket, count() AS runs, bucket = max(bucket) OVER (PARTITION BY pipeline) AS is_last
    FROM verdicts FINAL
    GROUP BY pipeline, bucket
)
ARRAY JOIN ['input', 'response'] AS text`);
}
