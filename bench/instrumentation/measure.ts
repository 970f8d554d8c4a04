/**
 * One variant in a process of its own, so that no variant runs in the heap or the compiled code of another. The parent
 * asks for one measurement after the other and gets the answers over IPC.
 *
 * @module
 */
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { SpanGuard } from "../../instrumentation/src/index.ts";
import { LastMinuteExporter, PendingSpans } from "../../instrumentation/src/trace-exporter.ts";
import type { Payload, PayloadSize } from "./payload.ts";
import { payloadTexts } from "./payload.ts";
import type { Step, VariantName } from "./variants.ts";
import { loadVariant } from "./variants.ts";

/** What the parent asks for. */
export interface Ask {
	readonly what: "time" | "bytes" | "delay";
	readonly size: PayloadSize;
	readonly ms: number;
}

/**
 * Seconds and bytes are per step; the delays are percentiles in milliseconds. `path` is what a step takes of the processor
 * before the application goes on, `whole` with what is put off until its spans are handed to the exporter.
 */
export type Answer =
	| { readonly ready: true }
	| { readonly path: number; readonly whole: number }
	| { readonly bytes: number }
	| { readonly p50: number; readonly p99: number; readonly max: number; readonly runs: number };

const STEPS_PER_RUN = 20;

const nowhere = (): SpanExporter => ({
	export: (_spans, done) => done({ code: 0 }),
	shutdown: () => Promise.resolve(),
	forceFlush: () => Promise.resolve(),
});

/** Ours with every processor that `register()` puts in; the others with a batch processor only. */
function processors(variant: VariantName): SpanProcessor[] {
	if (!variant.startsWith("faultline")) return [new BatchSpanProcessor({ exporter: nowhere() })];
	const pending = new PendingSpans(2_048, { defers: true });
	const exporter = new LastMinuteExporter(nowhere(), nowhere(), pending);
	return [new SpanGuard(), pending, new BatchSpanProcessor({ exporter })];
}

const name = process.argv[2] as VariantName;
const spanProcessors = name === "function" ? [] : processors(name);
if (name !== "function") {
	new NodeSDK({
		spanProcessors,
		instrumentations: [],
		logRecordProcessors: [],
		metricReaders: [],
	}).start();
}
const { wrap, root } = await loadVariant(name);

let next: Payload[] = [];
const answerNext: Step = async () => next.pop() as Payload;
const steps = Array.from({ length: STEPS_PER_RUN }, (_, index) => wrap(`step_${index}`, answerNext));
/** Twice as many as steps in a run, and more: no text comes back within a run, as nothing is passed on in this measure. */
const texts = { "1 kB": payloadTexts("1 kB", 128), "100 kB": payloadTexts("100 kB", 2 * STEPS_PER_RUN) };

/** Parsed anew every time: in an application no string has been hashed or flattened by the call before. */
function fresh(size: PayloadSize, count: number, side: "inputs" | "outputs" = "inputs"): Payload[] {
	const half = texts[size].length / 2;
	const source = side === "inputs" ? texts[size].slice(0, half) : texts[size].slice(half);
	return Array.from({ length: count }, (_, index) => JSON.parse(source[index % half] as string));
}

async function runOnce(inputs: Payload[], offset: number): Promise<void> {
	await root(async () => {
		for (let index = 0; index < STEPS_PER_RUN; index += 1) {
			await (steps[index] as Step)(inputs[offset + index] as Payload);
		}
	});
}

interface Seconds {
	readonly path: number;
	readonly whole: number;
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage, steps: number): number => (user + system) / 1e6 / steps;

/**
 * Processor seconds per step of one batch, those of the garbage collector's threads included: wall time would count the
 * neighbours on the machine. The event loop turns between runs, as it would; then the exporter gets the spans.
 */
async function timeBatch(size: PayloadSize): Promise<Seconds> {
	const runs = size === "1 kB" ? 10 : 1;
	const inputs = fresh(size, runs * STEPS_PER_RUN);
	next = fresh(size, runs * STEPS_PER_RUN, "outputs");
	const before = process.cpuUsage();
	for (let run = 0; run < runs; run += 1) {
		await runOnce(inputs, run * STEPS_PER_RUN);
		await turn();
	}
	const path = secondsOf(process.cpuUsage(before), runs * STEPS_PER_RUN);
	await Promise.all(spanProcessors.map((processor) => processor.forceFlush()));
	return { path, whole: secondsOf(process.cpuUsage(before), runs * STEPS_PER_RUN) };
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function time({ size, ms }: Ask): Promise<Answer> {
	const batches: Seconds[] = [];
	const until = performance.now() + ms;
	while (performance.now() < until || batches.length < 3) batches.push(await timeBatch(size));
	return { path: median(batches.map(({ path }) => path)), whole: median(batches.map(({ whole }) => whole)) };
}

let collections = 0;
new PerformanceObserver((list) => {
	collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });

/** The young generation is so large (see the parent) that nothing is collected while this runs. */
async function bytes({ size }: Ask): Promise<Answer> {
	for (let warm = 0; warm < 60; warm += 1) await timeBatch(size);
	const found: number[] = [];
	for (let round = 0; round < 9; round += 1) {
		const inputs = fresh(size, STEPS_PER_RUN);
		next = fresh(size, STEPS_PER_RUN, "outputs");
		await wait(20);
		globalThis.gc?.();
		await wait(20);
		collections = 0;
		const before = process.memoryUsage();
		await runOnce(inputs, 0);
		await Promise.all(spanProcessors.map((processor) => processor.forceFlush()));
		const after = process.memoryUsage();
		await wait(5);
		if (collections === 0) {
			found.push((after.heapUsed - before.heapUsed + after.external - before.external) / STEPS_PER_RUN);
		}
	}
	return { bytes: median(found) };
}

/** Runs start at a fixed rate, whatever the last ones do, and every step waits a little, as a call of a service does. */
async function delay({ size, ms }: Ask): Promise<Answer> {
	const waiting: Step = async (input) => {
		await wait(1);
		return input;
	};
	const slow = Array.from({ length: 5 }, (_, index) => wrap(`slow_${index}`, waiting));
	const pool = fresh(size, 256);
	let started = 0;
	let open = 0;
	const histogram = monitorEventLoopDelay({ resolution: 1 });
	const once = async (): Promise<void> => {
		open += 1;
		await root(async () => {
			for (const call of slow) await call(pool[started % pool.length] as Payload);
		});
		open -= 1;
	};
	histogram.enable();
	const timer = setInterval(() => {
		for (let burst = 0; burst < (size === "1 kB" ? 10 : 1); burst += 1) {
			started += 1;
			void once();
		}
	}, 10);
	await wait(ms);
	clearInterval(timer);
	histogram.disable();
	while (open > 0) await wait(5);
	const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6;
	return {
		p50: milliseconds(histogram.percentile(50)),
		p99: milliseconds(histogram.percentile(99)),
		max: milliseconds(histogram.max),
		runs: started,
	};
}

const MEASURES = { time, bytes, delay } as const;

process.on("message", (ask: Ask) => {
	void MEASURES[ask.what](ask).then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true } satisfies Answer);
