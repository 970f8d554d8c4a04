// docs/screenshots/*.png from the demonstration: `npm run screenshots`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listEvaluations } from "../../store/evaluations.ts";
import { listGateDecisions } from "../../store/gate-decisions.ts";
import { runFaultline } from "../../testing/run-faultline.ts";
import { launchChromium } from "./launch-chromium.ts";
import { openDemoPage } from "./open-demo-page.ts";

const ROOT = new URL("../../../../", import.meta.url);
const FOLDER = fileURLToPath(new URL("docs/screenshots/", ROOT));
const CONFIG = fileURLToPath(new URL("examples/docs-assistant/faultline.config.ts", ROOT));
const SIZE = { width: 1240, height: 780 };

/** A release that works as the baseline, then the one with the demonstration's fault. */
async function decideGates(dataDir: string, folder: string): Promise<void> {
	const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<void> => {
		process.stderr.write(`faultline ${args.slice(0, 2).join(" ")}\n`);
		const { code, err } = await runFaultline([...args, "--data-dir", dataDir], folder, env);
		// 1 and 2 are what the gate shall say.
		if (code !== 0 && code !== 1 && code !== 2)
			throw new Error(`faultline ${args[0]} ended with ${code}: ${err}`);
	};
	await run(["fixtures", "capture", "--pipeline", "docs-answer", "--size", "60", "--skip-refused"]);
	const gate = ["gate", "--config", CONFIG, "--trials", "2", "--bisect-budget", "6"];
	await run([...gate, "--save-baseline", "baseline.json"], { DEPLOY: "A", FAULT: "none" });
	await run([...gate, "--baseline", "baseline.json"], { DEPLOY: "B", FAULT: "tool-shape-changed" });
}

const demo = await openDemoPage(4, decideGates);
const browser = await launchChromium();
try {
	await mkdir(FOLDER, { recursive: true });
	const shoot = async (
		name: string,
		path: string,
		scheme: "light" | "dark",
		at = "",
		height = SIZE.height,
	): Promise<void> => {
		const context = await browser.newContext({ baseURL: demo.url, viewport: SIZE, colorScheme: scheme });
		const page = await context.newPage();
		await page.goto(path);
		// While it is computed, the page asks again by itself.
		await page.locator(".notice[role=status]").waitFor({ state: "detached", timeout: 120_000 });
		if (at !== "")
			await page
				.locator(at)
				.first()
				.evaluate((node) => node.scrollIntoView());
		await page.screenshot({
			path: join(FOLDER, `${name}.png`),
			clip: { x: 0, y: 0, width: SIZE.width, height },
		});
		process.stderr.write(`${name}.png\n`);
		await context.close();
	};
	const range = { sinceMs: Date.now() - 3_600_000, untilMs: Date.now() };
	const [decision] = await listGateDecisions(demo.store, range, { limit: 1 });
	const [evaluation] = await listEvaluations(demo.store, { limit: 1 });
	const runs = await (await fetch(`${demo.url}/runs?version=1.5.0&step=package_info&outcome=fail`)).text();
	const failing = /href="(\/runs\/[0-9a-f]{32})"/.exec(runs)?.[1] ?? "/runs";
	await shoot("overview", "/", "light");
	await shoot("runs", "/runs?outcome=fail", "dark", "", 560);
	await shoot("run", failing, "light");
	await shoot("step", failing, "dark", "details.step[open]:has(.tag.bad)");
	await shoot(
		"compare",
		"/compare?pipeline=docs-answer&baseline=service.version=1.4.0&candidate=service.version=1.5.0",
		"light",
	);
	await shoot("gate", `/gates/${decision?.evalId}/${decision?.decidedMs}`, "dark");
	await shoot("evaluation", `/evals/${evaluation?.run.evalId}`, "light");
} finally {
	await browser.close();
	await demo.close();
}
