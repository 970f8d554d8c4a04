import type { Arrived, Facts, ServiceFacts } from "./facts.ts";
import { bad, type Finding, ok, unknown, warn } from "./finding.ts";
import { storageFindings } from "./storage-findings.ts";

export interface DiagnoseOptions {
	readonly nowMs: number;
	/** US dollars (or any one currency) for a gigabyte of disk in a month. */
	readonly pricePerGbMonth: number;
}

/**
 * What is wrong with a set-up, what is right with it, and what to do: one finding for every thing that was looked at, in the order of the way
 * that a span takes.
 *
 * @example
 * diagnose(await readFacts(store, options), { nowMs: Date.now(), pricePerGbMonth: 0.1 }).filter(({ level }) => level === "bad");
 */
export function diagnose(facts: Facts, options: DiagnoseOptions): Finding[] {
	return [
		nodeFinding(facts),
		...serverFindings(facts),
		schemaFinding(facts),
		otlpFinding(facts),
		...(facts.arrived === null ? [] : arrivedFindings(facts, facts.arrived, options)),
	];
}

const NEWEST_NODE_NEEDED = 24;

function nodeFinding({ nodeVersion }: Facts): Finding {
	return Number(nodeVersion.split(".")[0]) >= NEWEST_NODE_NEEDED
		? ok("node", `Node ${nodeVersion}`)
		: bad(
				"node",
				`Node ${nodeVersion} is too old`,
				`Run it on Node ${NEWEST_NODE_NEEDED} or later; npm ci brings one.`,
			);
}

/** The text indexes of the tables need this version. */
const CLICKHOUSE_NEEDED = [26, 2] as const;
const CLOCK_LIMIT_MS = 5_000;
const ROUND_TRIP_LIMIT_MS = 250;

function serverFindings({ server }: Facts): Finding[] {
	const [major = 0, minor = 0] = server.version.split(".").map(Number);
	const [needed, least] = CLICKHOUSE_NEEDED;
	const version =
		major > needed || (major === needed && minor >= least)
			? ok("clickhouse", `ClickHouse ${server.version} answers in ${Math.round(server.roundTripMs)} ms`)
			: bad(
					"clickhouse",
					`ClickHouse ${server.version} is older than ${CLICKHOUSE_NEEDED.join(".")}`,
					`Upgrade it: the tables use text indexes, which came with ${CLICKHOUSE_NEEDED.join(".")}.`,
				);
	const slow =
		server.roundTripMs > ROUND_TRIP_LIMIT_MS
			? [
					warn(
						"connection",
						`a query that reads nothing takes ${Math.round(server.roundTripMs)} ms`,
						"Put Faultline nearer to ClickHouse, or find out what keeps the server busy (system.processes).",
					),
				]
			: [];
	const seconds = Math.abs(server.clockAheadMs) / 1000;
	const clock =
		Math.abs(server.clockAheadMs) <= CLOCK_LIMIT_MS
			? ok("clock", `this machine and ClickHouse agree within ${seconds.toFixed(1)} s`)
			: bad(
					"clock",
					`ClickHouse's clock is ${seconds.toFixed(0)} s ${server.clockAheadMs > 0 ? "ahead of" : "behind"} this machine's`,
					"Let both machines keep time by NTP: with clocks apart, runs are judged before they are complete, or never.",
				);
	return [version, ...slow, clock];
}

function schemaFinding({ schema }: Facts): Finding {
	if (schema.noTables)
		return bad("schema", "the tables are not there", "Create them: faultline migrate --url URL");
	if (schema.unknown.length > 0)
		return bad(
			"schema",
			`a newer Faultline made this database (${schema.unknown.join(", ")})`,
			"Upgrade this Faultline, or use another database.",
		);
	if (schema.missing.length > 0)
		return bad(
			"schema",
			`${schema.missing.join(", ")} not applied`,
			"Bring it up to date: faultline migrate --url URL",
		);
	return ok("schema", "tables and views are those of this version");
}

function otlpFinding({ otlp }: Facts): Finding {
	if (otlp === null)
		return unknown(
			"otlp",
			"no receiver was tried",
			"Name the one that your applications send to: --otlp URL",
		);
	if (otlp.error === null) return ok("otlp", `the receiver at ${otlp.url} takes spans`);
	return warn(
		"otlp",
		`the receiver at ${otlp.url} does not take spans: ${otlp.error}`,
		"Start the collector (or faultline up), or name the right address: --otlp URL",
	);
}

function arrivedFindings(facts: Facts, arrived: Arrived, options: DiagnoseOptions): Finding[] {
	if (arrived.spans === 0) {
		return [
			bad(
				"spans",
				"no span arrived in this time range",
				"Start the application with the instrumentation and OTEL_EXPORTER_OTLP_ENDPOINT, or look further back: --since 7d",
			),
			...storageFindings(facts, arrived, options),
		];
	}
	return [
		spansFinding(arrived, options.nowMs),
		lagFinding(arrived),
		skewFinding(arrived),
		samplingFinding(facts, arrived),
		unmappedFinding(arrived),
		stepsFinding(arrived),
		versionsFinding(arrived),
		deployFinding(arrived),
		contentFinding(arrived),
		cutFinding(arrived),
		outcomeFinding(arrived),
		evaluatorFinding(arrived, options.nowMs),
		...storageFindings(facts, arrived, options),
	];
}

const count = (value: number): string => value.toLocaleString("en");
const percent = (part: number, whole: number): string =>
	`${((100 * part) / Math.max(1, whole)).toFixed(0)} %`;
const sumOf = (services: readonly ServiceFacts[], field: Exclude<keyof ServiceFacts, "service">): number =>
	services.reduce((sum, service) => sum + service[field], 0);
/** The services with the largest share of something, the worst first. */
const worst = (
	services: readonly ServiceFacts[],
	part: Exclude<keyof ServiceFacts, "service">,
	whole: "spans" | "steps",
): string =>
	services
		.filter((service) => service[part] > 0)
		.toSorted((a, b) => b[part] / b[whole] - a[part] / a[whole])
		.slice(0, 3)
		.map((service) => `${service.service || "(no service.name)"} ${percent(service[part], service[whole])}`)
		.join(", ");

const QUIET_MS = 3_600_000;

function spansFinding(arrived: Arrived, nowMs: number): Finding {
	const minutes = Math.max(0, (nowMs - arrived.newestMs) / 60_000);
	const text = `${count(arrived.spans)} spans of ${count(arrived.traces)} traces, the newest ${minutes < 1 ? "less than a minute" : `${count(Math.round(minutes))} minutes`} old`;
	return nowMs - arrived.newestMs <= QUIET_MS
		? ok("spans", text)
		: warn(
				"spans",
				text,
				"Is the application in use, and does its exporter log errors? See the alert rule `No traces`.",
			);
}

function lagFinding({ lagP95S }: Arrived): Finding {
	const text = `19 of 20 spans are stored within ${lagP95S.toFixed(1)} s of their end`;
	return lagP95S <= 60
		? ok("ingest lag", text)
		: warn(
				"ingest lag",
				text,
				"Imported files are as old as they are. Otherwise the collector queues: look at its log for refused inserts, and at ClickHouse's parts.",
			);
}

function skewFinding({ ahead, backwards, spans }: Arrived): Finding {
	if (ahead === 0 && backwards === 0)
		return ok("span times", "no span comes from the future or ends before it starts");
	return warn(
		"span times",
		`${count(ahead)} of ${count(spans)} spans started more than a minute after they were stored, ${count(backwards)} ended before they started`,
		"A sender's clock is wrong. Let it keep time by NTP: such runs fall out of time ranges, and their latencies are nonsense.",
	);
}

function samplingFinding({ samplerVariable }: Facts, arrived: Arrived): Finding {
	const rootless = arrived.traces - arrived.tracesWithRoot;
	if (arrived.sampled > 0)
		return warn(
			"sampling",
			`${percent(arrived.sampled, arrived.spans)} of the spans say that they were sampled`,
			"Rates stay right where whole traces are kept by chance, but fewer runs mean wider intervals. Keep every run if the storage below allows it.",
		);
	if (rootless > 0.01 * arrived.traces)
		return warn(
			"sampling",
			`${count(rootless)} of ${count(arrived.traces)} traces have no root span`,
			"A trace without its root is no run. Sample whole traces (tail sampling in the Collector, or a parent-based sampler everywhere), and let the root's service export too.",
		);
	if (samplerVariable !== null && !/always_on/.test(samplerVariable))
		return warn(
			"sampling",
			`OTEL_TRACES_SAMPLER is ${samplerVariable} here`,
			"Unset it, or use parentbased_always_on, unless runs are left out on purpose.",
		);
	return ok("sampling", "every trace has its root, and no span says that it was sampled");
}

function unmappedFinding({ unmapped }: Arrived): Finding {
	const [first] = unmapped;
	if (first === undefined)
		return ok("unmapped spans", "every span that speaks of a model, tool or retrieval is a step");
	const list = unmapped.map(({ service, span, spans }) => `${service}: ${span} (${count(spans)})`).join(", ");
	return warn(
		"unmapped spans",
		`no step, though they look like one: ${list}`,
		`Set faultline.step.kind on them, or wrap the call with step(). They carry ${first.names.join(", ")}.`,
	);
}

function stepsFinding(arrived: Arrived): Finding {
	const steps = sumOf(arrived.services, "steps");
	if (steps === 0)
		return bad(
			"steps",
			"no span is a step of a pipeline",
			"Wrap the application's steps (README, Use it), or start it with an instrumentation of its model client.",
		);
	const runs = arrived.runs.runs;
	if (runs === 0)
		return bad(
			"steps",
			`${count(steps)} steps, and no run`,
			"Root spans do not arrive; wrap the whole flow with pipeline().",
		);
	const each = steps / runs;
	const text = `${count(steps)} steps in ${count(runs)} runs, ${each.toFixed(1)} a run`;
	return each >= 2
		? ok("steps", text)
		: warn(
				"steps",
				text,
				"With one step a run there is little to tell apart: wrap retrieval, prompt building, tools and rendering too.",
			);
}

function versionsFinding({ services }: Arrived): Finding {
	const [missing, steps] = [sumOf(services, "withoutVersion"), sumOf(services, "steps")];
	if (missing <= 0.05 * steps)
		return ok(
			"component versions",
			`${percent(steps - missing, steps)} of the steps name their component's version`,
		);
	return warn(
		"component versions",
		`${percent(missing, steps)} of the steps name no version of their component (${worst(services, "withoutVersion", "steps")})`,
		"Without it nobody can say what changed. Give step() a version (a hash of the template, the index build, the tool's schema), or set faultline.component.version.",
	);
}

function deployFinding({ services }: Arrived): Finding {
	const [missing, spans] = [sumOf(services, "withoutServiceVersion"), sumOf(services, "spans")];
	if (missing > 0)
		return bad(
			"service version",
			`${percent(missing, spans)} of the spans say no service.version (${worst(services, "withoutServiceVersion", "spans")})`,
			"Set it at every deploy, or deploys cannot be compared: OTEL_RESOURCE_ATTRIBUTES=service.version=…,deployment.environment.name=…",
		);
	const without = sumOf(services, "withoutEnvironment");
	return without === 0
		? ok("service version", "every span says which version of which environment it comes from")
		: warn(
				"service version",
				`${percent(without, spans)} of the spans say no deployment.environment.name`,
				"Set it, so that staging is not counted with production: OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=…",
			);
}

function contentFinding({ services }: Arrived): Finding {
	const [missing, steps] = [sumOf(services, "withoutContent"), sumOf(services, "steps")];
	if (missing <= 0.05 * steps)
		return ok("content", `${percent(steps - missing, steps)} of the steps carry their input or output`);
	return warn(
		"content",
		`${percent(missing, steps)} of the steps carry neither input nor output (${worst(services, "withoutContent", "steps")})`,
		"Timing and structure cannot see a wrong answer. Turn content capture on in the instrumentation of that service; secrets can be redacted there.",
	);
}

function cutFinding({ services }: Arrived): Finding {
	const [cut, steps] = [sumOf(services, "cut"), sumOf(services, "steps")];
	if (cut <= 0.02 * steps)
		return ok("cut content", `${percent(cut, steps)} of the steps are cut to the size limit`);
	return warn(
		"cut content",
		`${percent(cut, steps)} of the steps are cut to the size limit (${worst(services, "cut", "steps")})`,
		"What was cut cannot be checked, and such runs make no fixtures. Raise the limit of the instrumentation's capture if the storage below allows it.",
	);
}

function outcomeFinding({ runs }: Arrived): Finding {
	const text = `${percent(runs.stated, runs.runs)} of ${count(runs.runs)} runs say how they ended`;
	return runs.stated >= 0.2 * runs.runs
		? ok("outcomes", text)
		: warn(
				"outcomes",
				text,
				"Runs are judged by their evidence alone, which is weaker. Set faultline.outcome to pass or fail where the application or a grader knows.",
			);
}

function evaluatorFinding({ runs }: Arrived, nowMs: number): Finding {
	if (runs.settled === 0) return unknown("evaluator", "no run has ended long enough ago to have a verdict");
	if (runs.waiting === 0) return ok("evaluator", `all ${count(runs.settled)} settled runs have a verdict`);
	const minutes = runs.waitingSinceMs === null ? 0 : Math.round((nowMs - runs.waitingSinceMs) / 60_000);
	const text = `${count(runs.waiting)} of ${count(runs.settled)} settled runs have no verdict, the oldest is ${count(minutes)} minutes old`;
	const mend =
		"Start it, or another copy of it: faultline evaluate --watch. To catch up by hand: faultline evaluate --since 24h";
	return runs.waiting > 0.5 * runs.settled ? bad("evaluator", text, mend) : warn("evaluator", text, mend);
}
