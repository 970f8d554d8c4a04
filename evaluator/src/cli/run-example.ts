import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Io } from "./io.ts";

/** What the example application says when it is done. */
export interface ExampleSummary {
	readonly runs: number;
	readonly passed: number;
	readonly failed: number;
	/** Which model answered, for people. */
	readonly model: string;
}

export interface ExampleOptions {
	readonly deploy: "A" | "B";
	readonly fault: string;
	readonly seed: number;
	readonly repeats: number;
	readonly endpoint: string;
	/** Runs carry these as resource attributes. */
	readonly resource: Readonly<Record<string, string>>;
}

const ENTRY = fileURLToPath(new URL("../../../examples/docs-assistant/src/main.ts", import.meta.url));

/** Runs one deploy of the example application as a process of its own, which only knows the OTLP endpoint. */
export async function runExample(options: ExampleOptions, io: Io): Promise<ExampleSummary> {
	const { deploy, fault, seed, repeats, endpoint, resource } = options;
	const child = spawn(
		process.execPath,
		[
			"--conditions=source",
			"--import",
			"@faultline/instrumentation/register",
			ENTRY,
			...["--deploy", deploy, "--fault", fault, "--seed", String(seed), "--repeats", String(repeats)],
		],
		{
			cwd: fileURLToPath(new URL("../../../", import.meta.url)),
			env: {
				...io.env,
				OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
				OTEL_BSP_SCHEDULE_DELAY: "500",
				OTEL_BSP_MAX_QUEUE_SIZE: "20000",
				OTEL_RESOURCE_ATTRIBUTES: Object.entries(resource)
					.map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
					.join(","),
			},
			stdio: ["ignore", "pipe", "pipe"],
			signal: io.signal,
		},
	);
	let output = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		output += text;
	});
	const lastWords: string[] = [];
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		for (const line of text.split("\n").filter(Boolean)) {
			lastWords.push(line);
			io.err(`  ${line}`);
		}
	});
	const code = await new Promise<number | null>((resolve, reject) =>
		child.once("error", reject).once("close", resolve),
	);
	if (code !== 0) {
		throw new Error(
			`the example application (deploy ${deploy}) ended with code ${code}: ${lastWords.slice(-5).join("\n")}`,
		);
	}
	const line = output.trim().split("\n").at(-1) ?? "";
	try {
		return JSON.parse(line) as ExampleSummary;
	} catch (cause) {
		throw new Error(
			`the example application (deploy ${deploy}) did not end with its summary but with: ${line.slice(0, 200)}`,
			{ cause },
		);
	}
}
