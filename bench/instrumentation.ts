/**
 * What one step costs, next to a bare function, a bare OpenTelemetry span with the same content, and the wrappers of
 * OpenInference, OpenLLMetry and Langfuse. One command:
 *
 *     npm run bench:instrumentation
 *
 * Every variant runs in a process of its own with the same SDK, a batch processor and an exporter that sends nothing;
 * they take turns, round by round, and every ratio is the median over the rounds of the ratio within one round, so that
 * a machine that slows down slows them all. The peers are installed into bench/peers, apart from the workspaces.
 *
 * @module
 */
import { execFileSync, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Answer, Ask } from "./instrumentation/measure.ts";
import type { PayloadSize } from "./instrumentation/payload.ts";
import type { VariantName } from "./instrumentation/variants.ts";
import { TITLES, VARIANTS } from "./instrumentation/variants.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "15" },
		output: { type: "string", default: new URL("results/instrumentation.md", import.meta.url).pathname },
	},
});
const rounds = Number(values.rounds);
const SIZES: readonly PayloadSize[] = ["1 kB", "100 kB"];
const peers = new URL("peers/", import.meta.url).pathname;

if (!existsSync(`${peers}node_modules/@traceloop/node-server-sdk`)) {
	console.error("installing the peers into bench/peers (once) …");
	execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"], {
		cwd: peers,
		stdio: ["ignore", "ignore", "inherit"],
	});
}

interface Runner {
	ask(ask: Ask): Promise<Answer>;
	stop(): void;
}

async function start(variant: VariantName, flags: readonly string[] = []): Promise<Runner> {
	const child = fork(new URL("instrumentation/measure.ts", import.meta.url), [variant], {
		execArgv: ["--conditions=source", ...flags],
		env: { ...process.env, NODE_ENV: "production", TRACELOOP_TELEMETRY: "false" },
	});
	const answer = (): Promise<Answer> =>
		new Promise((done, failed) => {
			child.once("message", (message) => done(message as Answer));
			child.once("exit", (code) => failed(new Error(`the process of ${variant} ended with code ${code}`)));
		});
	child.setMaxListeners(0);
	await answer();
	return {
		ask: (ask) => {
			child.send(ask);
			return answer();
		},
		stop: () => child.disconnect(),
	};
}

function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
	return (low + high) / 2;
}

type Table = Record<VariantName, number[]>;
const emptyTable = (): Table =>
	Object.fromEntries(VARIANTS.map((variant) => [variant, [] as number[]])) as Table;

/** Ratios within each round, then their median and their middle half. */
function ratioToSpan(table: Table, variant: VariantName): { mid: number; low: number; high: number } {
	const ratios = table[variant]
		.map((value, round) => value / (table.span[round] ?? Number.NaN))
		.toSorted((a, b) => a - b);
	const at = (share: number): number => ratios[Math.round(share * (ratios.length - 1))] ?? Number.NaN;
	return { mid: median(ratios), low: at(0.25), high: at(0.75) };
}

interface Times {
	readonly path: Table;
	readonly whole: Table;
}

async function measureTime(size: PayloadSize): Promise<Times> {
	const runners = new Map<VariantName, Runner>();
	for (const variant of VARIANTS) runners.set(variant, await start(variant));
	const times = { path: emptyTable(), whole: emptyTable() };
	// The first round is thrown away: compilers are still at work.
	for (let round = -1; round < rounds; round += 1) {
		for (const [variant, runner] of runners) {
			const answer = await runner.ask({ what: "time", size, ms: round < 0 ? 1_500 : 250 });
			if (round < 0 || !("path" in answer)) continue;
			for (const key of ["path", "whole"] as const) times[key][variant].push(answer[key]);
		}
		console.error(`time, ${size}: round ${round + 1} of ${rounds}`);
	}
	for (const runner of runners.values()) runner.stop();
	return times;
}

async function measureBytes(size: PayloadSize): Promise<Record<VariantName, number>> {
	const found = {} as Record<VariantName, number>;
	for (const variant of VARIANTS) {
		const flags = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];
		const runner = await start(variant, flags);
		const answer = await runner.ask({ what: "bytes", size, ms: 0 });
		if ("bytes" in answer) found[variant] = answer.bytes;
		runner.stop();
		console.error(`bytes, ${size}: ${variant}`);
	}
	return found;
}

interface Delays {
	readonly p50: Table;
	readonly p99: Table;
	readonly max: Table;
}

async function measureDelay(size: PayloadSize): Promise<Delays> {
	const runners = new Map<VariantName, Runner>();
	for (const variant of VARIANTS) runners.set(variant, await start(variant));
	const delays = { p50: emptyTable(), p99: emptyTable(), max: emptyTable() };
	for (let round = -1; round < 5; round += 1) {
		for (const [variant, runner] of runners) {
			const answer = await runner.ask({ what: "delay", size, ms: 2_000 });
			if (round < 0 || !("p99" in answer)) continue;
			for (const key of ["p50", "p99", "max"] as const) delays[key][variant].push(answer[key]);
		}
		console.error(`event loop delay, ${size}: round ${round + 1} of 5`);
	}
	for (const runner of runners.values()) runner.stop();
	return delays;
}

const number = (value: number, digits = 2): string => value.toFixed(digits);

const ratioText = (table: Table, variant: VariantName): string => {
	const { mid, low, high } = ratioToSpan(table, variant);
	return `${number(mid)} (${number(low)}–${number(high)})`;
};

const microseconds = (table: Table, variant: VariantName): string =>
	`${number(1e6 * median(table[variant]), 1)} µs`;

const PEERS = ["openinference", "traceloop", "langfuse"] as const;

const bestPeer = (table: Table): number =>
	Math.min(...PEERS.map((variant) => ratioToSpan(table, variant).mid));

interface Section {
	readonly lines: readonly string[];
	readonly path: number;
	readonly whole: number;
	readonly pathBelowPeers: boolean;
	readonly wholeBelowPeers: boolean;
}

async function section(size: PayloadSize): Promise<Section> {
	const times = await measureTime(size);
	const bytes = await measureBytes(size);
	const delays = await measureDelay(size);
	const rows = VARIANTS.map((variant) =>
		[
			"",
			TITLES[variant],
			microseconds(times.path, variant),
			ratioText(times.path, variant),
			microseconds(times.whole, variant),
			ratioText(times.whole, variant),
			`${number(bytes[variant] / 1024, 1)} kB`,
			number(bytes[variant] / bytes.span),
			`${number(median(delays.p50[variant]))} · ${number(median(delays.p99[variant]))} · ${number(median(delays.max[variant]), 1)} ms`,
			"",
		]
			.join(" | ")
			.trim(),
	);
	const path = ratioToSpan(times.path, "faultline").mid;
	const whole = ratioToSpan(times.whole, "faultline").mid;
	return {
		lines: [
			`## ${size} in, ${size} out`,
			"",
			"| | CPU in the step's path | ratio to the bare span (middle half of rounds) | CPU until the exporter has it | ratio | allocated per step | ratio | event loop delay p50 · p99 · max |",
			"| --- | --- | --- | --- | --- | --- | --- | --- |",
			...rows,
			"",
		],
		path,
		whole,
		pathBelowPeers: path < bestPeer(times.path),
		wholeBelowPeers: whole < bestPeer(times.whole),
	};
}

function verdict({ path, whole, pathBelowPeers, wholeBelowPeers }: Section): string {
	const below = (yes: boolean): string => (yes ? "below" : "not below");
	const reached = path <= 1.25 && pathBelowPeers ? "reached" : "missed";
	return `${number(path)} in the path, ${below(pathBelowPeers)} every peer: ${reached}. With what is put off ${number(whole)}, ${below(wholeBelowPeers)} every peer.`;
}

const sections: Section[] = [];
for (const size of SIZES) sections.push(await section(size));
const manifest = JSON.parse(await readFile(`${peers}package.json`, "utf8")) as {
	dependencies: Record<string, string>;
};
const versions = Object.entries(manifest.dependencies).map(([name, version]) => `${name} ${version}`);
const table = [
	"# What a step costs",
	"",
	`\`npm run bench:instrumentation\` on Node ${process.versions.node}, ${cpus().length} cores. Peers: ${versions.join(", ")}.`,
	"",
	"Runs of 20 steps below one root span; payloads are parsed anew for every call. Faultline runs with all span processors of `register()`, its redaction and its recorded edges; the others with a batch processor only. No exporter sends anything. CPU is that of the whole process, garbage collection included: in the step's path, and with what is put off until the batch processor hands the spans to the exporter, which is when Faultline writes JSON and redacts it, a millisecond at a time. Ratios are medians over rounds in which the variants took turns. Allocation is until the exporter has the spans. Delay: runs of 5 steps of 1 ms each, 1000 (1 kB) or 100 (100 kB) started per second, exporting included; 1 ms is the resolution of the timer.",
	"",
	...sections.flatMap(({ lines }) => lines),
	"Goal, for what a step takes of the application's time: at most 1.25 of the bare span, and below every peer.",
	"",
	...sections.map((found, index) => `- ${SIZES[index]}: ${verdict(found)}`),
	"",
].join("\n");
await writeFile(values.output, table);
console.log(table);
for (const [index, found] of sections.entries()) console.error(`${SIZES[index]}: ${verdict(found)}`);
