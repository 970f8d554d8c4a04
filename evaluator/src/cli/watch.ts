import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@faultline/collector";
import { register } from "@faultline/instrumentation";
import { emitScores } from "../scores/emit-scores.ts";
import { backOffMs } from "../service/back-off.ts";
import { Metrics } from "../service/metrics.ts";
import { type ServiceHttp, startServiceHttp } from "../service/start-service-http.ts";
import { watchDriftDays } from "../service/watch-drift-days.ts";
import { EVALUATOR_SERVICE, watchRuns } from "../service/watch-runs.ts";
import type { Copy } from "../store/unjudged-traces.ts";
import { asUsage, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { openScoring, type ScoringValues } from "./open-scoring.ts";
import { parseTime } from "./parse-selector.ts";
import { endpointOf } from "./scores.ts";

/** Options of `evaluate` that only `--watch` takes. */
export const watchOptions = {
	listen: {
		type: "string",
		help: "with --watch: serve /healthz, /readyz and /metrics here, such as 127.0.0.1:9464",
		value: "HOST:PORT",
	},
	copies: {
		type: "string",
		help: "with --watch: how many evaluators share the work (default 1)",
		value: "N",
	},
	copy: { type: "string", help: "with --watch: which of them this is, from 0", value: "I" },
	lookback: {
		type: "string",
		help: "with --watch: how old runs may be that are caught up on (default 24h)",
		value: "AGE",
	},
	"no-drift": {
		type: "boolean",
		help: "with --watch: do not watch for drift; run `faultline drift` yourself",
	},
} as const;

interface WatchValues extends ScoringValues {
	readonly emit?: string | undefined;
	readonly "no-drift"?: boolean | undefined;
	readonly listen?: string | undefined;
	readonly copies?: string | undefined;
	readonly copy?: string | undefined;
	readonly lookback?: string | undefined;
	readonly url?: string | undefined;
	readonly "data-dir"?: string | undefined;
}

/** No round and no try for so long: the loop stands still. */
const STUCK_MS = 600_000;

/**
 * The evaluator as a service: judges runs as they settle until the signal aborts, waits for a server that is away, and tells probes and Prometheus
 * how it fares. Where OTEL_EXPORTER_OTLP_ENDPOINT is set it sends spans of its own.
 */
export async function serveWatch(values: WatchValues, io: Io): Promise<void> {
	const copy = copyOf(values, io);
	const lookbackMs = values.lookback === undefined ? undefined : lookbackOf(values.lookback);
	const emitTo = values.emit === undefined ? null : endpointOf("--emit", values.emit);
	const state = new WatchState(io);
	await using parts = new AsyncDisposableStack();
	const http = await listen(values.listen ?? io.env["FAULTLINE_LISTEN"], state, state.metrics);
	if (http !== null) {
		parts.defer(() => http.close());
		io.err(`health, readiness and metrics on http://${http.host}:${http.port}`);
	}
	if ((io.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "") !== "") {
		const telemetry = register({ serviceName: EVALUATOR_SERVICE });
		parts.defer(() => telemetry.shutdown().catch(() => {}));
	}
	state.metrics.set("start_timestamp_seconds", io.now() / 1000);
	const store = await openPatiently(values, io, state);
	if (store === null) return;
	parts.use(store);
	const range = { sinceMs: 0, untilMs: io.now() };
	const scoring = await openScoring(store, values, io, { range, watch: true });
	if (scoring !== null) parts.use(scoring);
	if (copy.copies > 1) io.err(`watching as copy ${copy.copy} of ${copy.copies}`);
	// One copy is enough: what it takes a day is seconds.
	const drift =
		copy.copy === 0 && values["no-drift"] !== true
			? watchDriftDays({ store, signal: io.signal, now: io.now, err: io.err })
			: null;
	await watchRuns({
		store,
		signal: io.signal,
		now: io.now,
		err: io.err,
		copy,
		metrics: state.metrics,
		onRound: ({ error }) => state.beat(error),
		...(scoring === null ? {} : { scoring }),
		...(emitTo === null ? {} : { afterRuns: emitterTo(emitTo, store, io) }),
		...(lookbackMs === undefined ? {} : { lookbackMs }),
	});
	await drift;
	io.err("stopped; the round in hand was finished");
}

/** Sends what was written since the last time; an endpoint that is away keeps nobody from judging, and gets it the next time. */
function emitterTo(url: string, store: Store, io: Io): () => Promise<void> {
	let writtenSinceMs = io.now();
	return async () => {
		try {
			const { lastWrittenMs } = await emitScores(store, {
				url,
				sinceMs: 0,
				untilMs: io.now(),
				writtenSinceMs,
				signal: io.signal,
			});
			if (lastWrittenMs !== null) writtenSinceMs = lastWrittenMs + 1;
		} catch (error) {
			io.err(`scores were not sent: ${error instanceof Error ? error.message : error}`);
		}
	};
}

/** What probes hear: the last error, and when the loop last moved. */
class WatchState {
	readonly metrics = new Metrics();
	readonly #io: Io;
	#lastBeatMs: number;
	#error: string | null = "starting: no round has ended yet";

	constructor(io: Io) {
		this.#io = io;
		this.#lastBeatMs = io.now();
	}

	beat(error: unknown): void {
		this.#lastBeatMs = this.#io.now();
		this.#error = error === null ? null : error instanceof Error ? error.message : String(error);
	}

	healthy(): boolean {
		return this.#io.now() - this.#lastBeatMs < STUCK_MS;
	}

	notReady(): string | null {
		return this.#io.signal.aborted ? "stopping" : this.#error;
	}
}

/** A server may come up later than this service; an embedded database that cannot be opened will not mend itself. */
async function openPatiently(values: WatchValues, io: Io, state: WatchState): Promise<Store | null> {
	const remote = values.url !== undefined || io.env["CLICKHOUSE_URL"] !== undefined;
	for (let failures = 1; !io.signal.aborted; failures++) {
		try {
			return await openDatabase(values, io);
		} catch (error) {
			if (!remote) throw error;
			state.beat(error);
			state.metrics.set("clickhouse_up", 0);
			state.metrics.set("failures_in_a_row", failures);
			io.err(`${error instanceof Error ? error.message : error} Trying again.`);
			await sleep(backOffMs(failures, Math.random()), undefined, { signal: io.signal }).catch(() => {});
		}
	}
	return null;
}

async function listen(
	text: string | undefined,
	state: WatchState,
	metrics: Metrics,
): Promise<ServiceHttp | null> {
	if (text === undefined || text === "") return null;
	const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
	if (host === undefined || Number(port) > 65_535)
		throw new UsageError(`--listen is "${text}"; give HOST:PORT, such as 127.0.0.1:9464 or 0.0.0.0:9464`);
	return await asUsage(
		startServiceHttp({ host: host.replace(/^\[|\]$/g, ""), port: Number(port), state, metrics }),
	);
}

function copyOf(values: WatchValues, io: Io): Copy {
	const copies = Number(values.copies ?? io.env["FAULTLINE_COPIES"] ?? 1);
	const copy = Number(values.copy ?? io.env["FAULTLINE_COPY"] ?? 0);
	if (!Number.isSafeInteger(copies) || copies < 1)
		throw new UsageError(
			`--copies is "${values.copies ?? io.env["FAULTLINE_COPIES"]}"; give a positive integer`,
		);
	if (!Number.isSafeInteger(copy) || copy < 0 || copy >= copies)
		throw new UsageError(
			`--copy is "${values.copy ?? io.env["FAULTLINE_COPY"]}"; with ${copies} copies give a number from 0 to ${copies - 1}`,
		);
	return { copy, copies };
}

function lookbackOf(text: string): number {
	const age = -parseTime(text, 0);
	if (!(age > 0) || !/^\d/.test(text) || !/[smhdw]$/.test(text))
		throw new UsageError(`--lookback is "${text}"; give an age such as 24h or 7d`);
	return age;
}
