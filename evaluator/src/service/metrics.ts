type Labels = Readonly<Record<string, string>>;
type Kind = "counter" | "gauge";

interface Family {
	readonly kind: Kind;
	readonly help: string;
	readonly values: Map<string, number>;
}

/** The name of every metric begins with it. */
const PREFIX = "faultline_evaluator_";

export type MetricName =
	| "rounds_total"
	| "runs_total"
	| "verdicts_total"
	| "scores_total"
	| "scorer_failures_total"
	| "judge_calls_total"
	| "judge_tokens_total"
	| "judge_cost_total"
	| "judge_unanswered_total"
	| "round_seconds_total"
	| "waiting_runs"
	| "waiting_seconds"
	| "unjudgeable_runs"
	| "batch_runs"
	| "compared_runs"
	| "clickhouse_up"
	| "failures_in_a_row"
	| "last_success_timestamp_seconds"
	| "resident_memory_bytes"
	| "start_timestamp_seconds";

/** What the evaluator tells Prometheus: every metric with its kind and its meaning. */
const FAMILIES: Readonly<Record<MetricName, readonly [Kind, string]>> = {
	rounds_total: ["counter", "Rounds of looking for new runs, by result."],
	runs_total: ["counter", "Runs that were judged."],
	verdicts_total: ["counter", "Verdicts that were written, by kind."],
	scores_total: ["counter", "Scores that were written; answered is false where the check could not tell."],
	scorer_failures_total: [
		"counter",
		"Calls of the configuration's scorers that threw, hung or gave no score.",
	],
	judge_calls_total: ["counter", "Calls of the LLM judge."],
	judge_tokens_total: ["counter", "Tokens of these calls."],
	judge_cost_total: ["counter", "What they cost, in the currency of the configured price."],
	judge_unanswered_total: ["counter", "Questions to the judge that have no answer, by reason."],
	round_seconds_total: ["counter", "Time spent in rounds."],
	waiting_runs: ["gauge", "Settled runs without a verdict when the last round began, of all copies."],
	waiting_seconds: ["gauge", "Age of the oldest of them."],
	unjudgeable_runs: [
		"gauge",
		"Runs that judging failed on, which are left out until the process starts anew.",
	],
	batch_runs: ["gauge", "New runs that a round may take."],
	compared_runs: ["gauge", "Known runs that a round compares them with; halved when rounds are slow."],
	clickhouse_up: ["gauge", "1 where the last round reached ClickHouse."],
	failures_in_a_row: ["gauge", "Rounds that failed since the last that did not."],
	last_success_timestamp_seconds: ["gauge", "When a round last ended without an error."],
	resident_memory_bytes: ["gauge", "Memory of the process."],
	start_timestamp_seconds: ["gauge", "When the process started."],
};

/** Counters and gauges in Prometheus's text format, version 0.0.4. */
export class Metrics {
	readonly #families = new Map<string, Family>(
		Object.entries(FAMILIES).map(([name, [kind, help]]) => [name, { kind, help, values: new Map() }]),
	);

	add(name: MetricName, by: number, labels: Labels = {}): void {
		const values = this.#valuesOf(name);
		const key = labelText(labels);
		values.set(key, (values.get(key) ?? 0) + by);
	}

	set(name: MetricName, value: number, labels: Labels = {}): void {
		this.#valuesOf(name).set(labelText(labels), value);
	}

	/** A value, 0 where it was never written. */
	get(name: MetricName, labels: Labels = {}): number {
		return this.#valuesOf(name).get(labelText(labels)) ?? 0;
	}

	/** The page that Prometheus scrapes. */
	render(): string {
		const lines: string[] = [];
		for (const [name, { kind, help, values }] of this.#families) {
			if (values.size === 0) continue;
			lines.push(`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${kind}`);
			for (const [labels, value] of values) lines.push(`${PREFIX}${name}${labels} ${value}`);
		}
		return `${lines.join("\n")}\n`;
	}

	#valuesOf(name: MetricName): Map<string, number> {
		const family = this.#families.get(name);
		if (family === undefined) throw new Error(`there is no metric ${name}`);
		return family.values;
	}
}

function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeLabel = (value: string): string =>
	value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
