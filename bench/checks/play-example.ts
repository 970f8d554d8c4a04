import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "../../evaluator/src/cli/start-stack.ts";
import type { Run } from "../../evaluator/src/core/trace.ts";
import { readRuns } from "../../evaluator/src/store/read-runs.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** One deploy of an example application, as its command line names it. */
export interface ExampleDeploy {
	readonly deploy: "A" | "B";
	readonly fault: string;
	readonly seed: number;
	readonly repeats: number;
}

/**
 * Runs deploys of an example application, each as a process of its own that only knows an OTLP endpoint, and reads their runs back from the
 * embedded database.
 */
export async function playExample(
	app: string,
	deploys: readonly ExampleDeploy[],
): Promise<(readonly Run[])[]> {
	const dataDir = await mkdtemp(join(tmpdir(), "faultline-checks-"));
	const ports = { otlpHttpPort: 0, otlpGrpcPort: null, clickhousePort: 0, pagePort: 0 };
	const stack = await startStack({ dataDir, ...ports });
	try {
		const played: (readonly Run[])[] = [];
		for (const [at, one] of deploys.entries()) {
			const serviceVersion = String(at);
			await play(app, one, `http://127.0.0.1:${stack.receiver.httpPort}`, serviceVersion);
			await stack.receiver.flush();
			const runs = await readRuns(stack.store, { serviceVersion });
			console.error(`${app} ${one.deploy} ${one.fault}: ${runs.length} runs`);
			played.push(runs);
		}
		return played;
	} finally {
		await stack[Symbol.asyncDispose]();
		await rm(dataDir, { recursive: true, force: true });
	}
}

async function play(app: string, one: ExampleDeploy, endpoint: string, version: string): Promise<void> {
	const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, ...env } = process.env;
	const child = spawn(
		process.execPath,
		[
			"--conditions=source",
			"--import",
			"@faultline/instrumentation/register",
			`examples/${app}/src/main.ts`,
			...["--deploy", one.deploy, "--fault", one.fault],
			...["--seed", String(one.seed), "--repeats", String(one.repeats)],
		],
		{
			cwd: ROOT,
			stdio: ["ignore", "ignore", "pipe"],
			env: {
				...env,
				OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
				OTEL_BSP_MAX_QUEUE_SIZE: "20000",
				OTEL_BSP_SCHEDULE_DELAY: "500",
				OTEL_RESOURCE_ATTRIBUTES: `service.name=${app},service.version=${version}`,
			},
		},
	);
	let said = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		said = (said + text).slice(-2_000);
	});
	const [code] = (await once(child, "close")) as [number | null];
	if (code !== 0) throw new Error(`${app} with the fault ${one.fault} ended with code ${code}: ${said}`);
}
