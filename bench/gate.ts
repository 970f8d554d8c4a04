/**
 * Puts every fault of the example application before the gate, and healthy deploys over several seeds: does it block with the right
 * component, and pass what is healthy? One command:
 *
 *     npm run bench:gate -- --healthy-seeds 5
 *
 * The whole path: fixtures captured from runs of the healthy release, a baseline file of it, then for every deploy the pipeline over the
 * fixtures in a process of its own, the embedded ClickHouse, the gate's exit code.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { PresentedGate } from "../evaluator/src/core/present-gate.ts";

/** Every fault of the example, and the component that it breaks. */
const FAULTS = {
	"stale-index": "search_docs",
	"wrong-documents": "search_docs",
	"prompt-truncated": "build_prompt",
	"tool-shape-changed": "package_info",
	"answer-mangled": "parse_answer",
	"render-broken": "render_html",
	"model-degraded": "model",
} as const;

const { values } = parseArgs({
	options: {
		"healthy-seeds": { type: "string", default: "5" },
		trials: { type: "string", default: "4" },
		output: { type: "string", default: new URL("results/gate.md", import.meta.url).pathname },
	},
});
const root = new URL("..", import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), "faultline-bench-gate-"));
const common = [
	"--config",
	join(root, "examples/docs-assistant/faultline.config.ts"),
	"--fixtures",
	join(folder, "fixtures"),
];
const policy = ["--policy", join(root, "examples/ci/gate.json")];

interface Answer {
	readonly code: number;
	readonly out: string;
	readonly seconds: number;
}

async function faultline(
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
	const started = performance.now();
	const cli = join(root, "evaluator/bin/faultline.js");
	const options = { cwd: folder, maxBuffer: 256e6, env: { ...process.env, INIT_CWD: folder, ...env } };
	const done = await promisify(execFile)(
		process.execPath,
		["--conditions=source", cli, ...args],
		options,
	).then(
		({ stdout }) => ({ code: 0, out: stdout }),
		(error: { code?: number; stdout?: string; stderr?: string }) => {
			// 1 and 2 are answers.
			if (error.code === 1 || error.code === 2) return { code: error.code, out: error.stdout ?? "" };
			throw new Error(`faultline ${args.join(" ")} ended with ${error.code}: ${error.stderr?.slice(-2000)}`);
		},
	);
	return { ...done, seconds: (performance.now() - started) / 1000 };
}

async function gate(fault: string, seed: number): Promise<Answer & { gate: PresentedGate }> {
	const args = [
		"gate",
		...common,
		...policy,
		"--data-dir",
		"db",
		"--baseline",
		"baseline.json",
		"--trials",
		values.trials,
		"--json",
	];
	const answer = await faultline(args, { DEPLOY: "B", FAULT: fault, SEED: String(seed) });
	return { ...answer, gate: JSON.parse(answer.out) as PresentedGate };
}

/** The same decision where the baseline's traces are in another database, as in a fresh CI job. */
async function gateWithoutTraces(evalId: string): Promise<PresentedGate> {
	const args = [
		"gate",
		...policy,
		"--data-dir",
		"db",
		"--eval",
		evalId,
		"--baseline",
		"baseline-without-traces.json",
		"--json",
	];
	return JSON.parse((await faultline(args)).out) as PresentedGate;
}

const VERDICT = ["pass", "fail", "inconclusive"] as const;

try {
	await faultline(["demo", "--fault", "none", "--repeats", "1", "--data-dir", "production"]);
	await faultline([
		"fixtures",
		"capture",
		"--data-dir",
		"production",
		"--pipeline",
		"docs-answer",
		"--size",
		"106",
		"--skip-refused",
	]);
	const first = await faultline(
		[
			"gate",
			...common,
			...policy,
			"--data-dir",
			"db",
			"--trials",
			values.trials,
			"--save-baseline",
			"baseline.json",
			"--json",
		],
		{ DEPLOY: "A", FAULT: "none", SEED: "1" },
	);
	console.error(`baseline saved in ${first.seconds.toFixed(0)} s`);
	const saved = JSON.parse(await readFile(join(folder, "baseline.json"), "utf8")) as { cases: object[] };
	const untraced = { ...saved, cases: saved.cases.map((one) => ({ ...one, traceId: "" })) };
	await writeFile(join(folder, "baseline-without-traces.json"), JSON.stringify(untraced));
	const rows: string[] = [];
	let [blocked, named, namedAlone, healthy] = [0, 0, 0, 0];
	let size = "";
	for (const [fault, component] of Object.entries(FAULTS)) {
		const answer = await gate(fault, 2);
		const { candidate, blame } = answer.gate;
		size = `${candidate.fixtures} fixtures × ${candidate.trials} trials`;
		const alone = (await gateWithoutTraces(candidate.eval_id)).blame;
		const right = blame?.steps.join(", ") === component;
		if (answer.code === 1) blocked++;
		if (right) named++;
		if (alone?.steps.join(", ") === component) namedAlone++;
		rows.push(
			`| ${fault} | ${VERDICT[answer.code]} (${answer.code}) | ${component} | ${blame?.steps.join(", ") || "nobody"} | ${alone?.steps.join(", ") || "nobody"} (${alone?.source}) | ${candidate.counts.attempted} of ${candidate.counts.planned} |`,
		);
		console.error(`${rows.at(-1)} ${answer.seconds.toFixed(0)} s`);
	}
	const seeds = Number(values["healthy-seeds"]);
	for (let seed = 2; seed < 2 + seeds; seed++) {
		const answer = await gate("none", seed);
		const { candidate, rows: judged } = answer.gate;
		if (answer.code === 0) healthy++;
		const open = judged.filter((row) => row.verdict !== "pass").map((row) => row.name);
		rows.push(
			`| none, seed ${seed} | ${VERDICT[answer.code]} (${answer.code}) | nothing | ${open.length === 0 ? "–" : `not passed: ${open.join(", ")}`} | – | ${candidate.counts.attempted} of ${candidate.counts.planned} |`,
		);
		console.error(`${rows.at(-1)} ${answer.seconds.toFixed(0)} s`);
	}
	const faults = Object.keys(FAULTS).length;
	const table = [
		"# The gate before every fault of the example",
		"",
		`\`npm run bench:gate -- --healthy-seeds ${seeds} --trials ${values.trials}\`. ${size}, captured from the healthy release by \`faultline fixtures capture\`; baseline: the healthy release, as a file; policy: [examples/ci/gate.json](../../examples/ci/gate.json). Each deploy runs in a process of its own. An evaluation that is plainly worse is stopped early: the last column says how many of the planned cases were run.`,
		"",
		"| fault in the candidate | gate | broken component | component named | named without the baseline's traces | cases run |",
		"|---|---|---|---|---|---|",
		...rows,
		"",
		`Blocked: ${blocked} of ${faults} faults; the right component named, and no other: ${named} of ${faults}; from the candidate's traces alone, as in a CI job with an empty database: ${namedAlone} of ${faults}. Healthy deploys that pass: ${healthy} of ${seeds}.`,
		"",
		"These are planted faults, which are plainer than natural ones. How often a healthy deploy is blocked and a worse one passes, over sizes and losses: the tables of [docs/gate.md](../../docs/gate.md).",
		"",
	].join("\n");
	await writeFile(values.output, table);
	console.log(table);
	process.exitCode = blocked === faults && named === faults && healthy === seeds ? 0 : 1;
} finally {
	await rm(folder, { recursive: true, force: true });
}
