/**
 * The published package against every major version of `openai` that it supports, as ECMAScript modules and as CommonJS,
 * on every version of Node.js that it supports: packs it, installs it into temporary folders, and lets a real application
 * call a model over sockets in every way there is.
 *
 *     npm run test:matrix -w @faultline/instrumentation               # everything: a few minutes
 *     npm run test:matrix -w @faultline/instrumentation -- --quick    # this Node.js only
 *
 * @module
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startModelServer } from "../src/testing/model-server.ts";
import type { ReceivedSpan } from "../src/testing/otlp-receiver.ts";
import { startOtlpReceiver } from "../src/testing/otlp-receiver.ts";

const OPENAI = ["4", "5", "6", "7"] as const;
const NODE = ["22", "24", "26"] as const;
const APPS = ["app.mjs", "app.cjs"] as const;

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const run = promisify(execFile);
const home = join(import.meta.dirname, "..");

async function install(folder: string, ...packages: string[]): Promise<void> {
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, "package.json"), '{ "private": true }');
	await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], {
		cwd: folder,
		maxBuffer: 64e6,
	});
}

interface Bench {
	readonly folder: string;
	readonly openai: string;
	readonly node: string;
	readonly app: string;
}

/** What the application sees is what it sees without telemetry, and every call is one span. */
async function check({ folder, openai, node, app }: Bench): Promise<void> {
	await using model = await startModelServer();
	const call = async (telemetry: readonly string[], env: Record<string, string>) => {
		const { stdout, stderr } = await run(node, [...telemetry, join(folder, `openai-${openai}`, app)], {
			env: { PATH: process.env["PATH"] ?? "", MODEL_URL: model.url, ...env },
			timeout: 60_000,
			// From where `--import` looks for the package.
			cwd: folder,
		});
		assert.equal(stderr, "");
		return JSON.parse(stdout) as Record<string, string>;
	};
	await using receiver = await startOtlpReceiver();
	const seen = await call(["--import", "@faultline/instrumentation/register"], {
		OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
		OTEL_NODE_ENABLED_INSTRUMENTATIONS: "openai",
		OTEL_LOG_LEVEL: "warn",
	});
	assert.deepEqual(seen, EXPECTED);
	checkSpans(receiver.spans);
}

const ANSWER = "The answer to: what is the time";
const EXPECTED: Readonly<Record<string, string>> = {
	create: ANSWER,
	stream: ANSWER,
	"stream stopped early": "The ",
	withResponse: `200 ${ANSWER}`,
	parse: '{"verdict":"all is well"}',
	"stream helper": ANSWER,
	runTools: ANSWER,
	responses: "Answered: good morning",
	"responses stream": "Answered: good morning",
	"responses parse": "Answered: good morning",
	"responses stream helper": "Answered: good morning",
	completions: "Completed: once upon",
	embeddings: "[0.25,0.5,1]",
	refused: "BadRequestError 400",
	aborted: "APIUserAbortError",
	"timed out": "APIConnectionTimeoutError",
	images: "AAAA",
	pinned: "It is noon.",
	"pinned stream": "It is noon.",
};

/** In the order of the calls: how the span ended, and what its output holds. */
const SPANS: readonly (readonly [name: string, error: string | undefined, output: RegExp | undefined])[] = [
	["chat model-1", undefined, /what is the time/],
	["chat model-1", undefined, /what is the time/],
	["chat model-1", undefined, /"The "/],
	["chat model-1", undefined, /what is the time/],
	["chat model-1", undefined, /all is well/],
	["chat model-1", undefined, /what is the time/],
	["chat model-1", undefined, /"tool_call"/],
	["chat model-1", undefined, /what is the time/],
	["chat model-1", undefined, /Answered: good morning/],
	["chat model-1", undefined, /Answered: good morning/],
	["chat model-1", undefined, /Answered: good morning/],
	["chat model-1", undefined, /Answered: good morning/],
	["text_completion model-1", undefined, /Completed: once upon/],
	["embeddings embed-1", undefined, undefined],
	["chat refuse", "BadRequestError", undefined],
	["chat slow", "APIUserAbortError", undefined],
	["chat slow", "APIConnectionTimeoutError", undefined],
	["chat model-1", undefined, /It is noon/],
	["chat model-1", undefined, /It is noon/],
];

function checkSpans(received: readonly ReceivedSpan[]): void {
	const started = (span: ReceivedSpan): bigint => BigInt(String(span.startTimeUnixNano));
	const spans = received.toSorted((a, b) => (started(a) < started(b) ? -1 : 1));
	assert.deepEqual(
		spans.map((span) => [span.name, span.attributes["error.type"]]),
		SPANS.map(([name, error]) => [name, error]),
	);
	for (const [index, [, , output]] of SPANS.entries()) {
		if (output !== undefined) {
			assert.match(String(spans[index]?.attributes["gen_ai.output.messages"]), output, `span ${index}`);
		}
	}
}

const folder = await mkdtemp(join(tmpdir(), "faultline-matrix-"));
try {
	console.error("packing and installing …");
	await run("npm", ["pack", "--pack-destination", folder], { cwd: home });
	const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
	assert.ok(tarball !== undefined, "npm pack left no tarball");
	await install(folder, `./${tarball}`);
	await Promise.all(OPENAI.map((major) => install(join(folder, `openai-${major}`), `openai@${major}`)));
	for (const major of OPENAI) {
		await cp(join(import.meta.dirname, "apps"), join(folder, `openai-${major}`), { recursive: true });
	}
	const nodes: [string, string][] = values.quick ? [[process.versions.node, process.execPath]] : [];
	for (const major of values.quick ? [] : NODE) {
		await install(join(folder, `node-${major}`), `node@${major}`);
		nodes.push([major, join(folder, `node-${major}`, "node_modules/node/bin/node")]);
	}
	let failed = 0;
	for (const [version, node] of nodes) {
		for (const openai of OPENAI) {
			for (const app of APPS) {
				const what = `node ${version}, openai ${openai}, ${app === "app.mjs" ? "ESM" : "CommonJS"}`;
				try {
					await check({ folder, openai, node, app });
					console.log(`ok      ${what}`);
				} catch (error) {
					failed += 1;
					console.log(`FAILED  ${what}\n${error instanceof Error ? error.message : String(error)}`);
				}
			}
		}
	}
	process.exitCode = failed === 0 ? 0 : 1;
} finally {
	await rm(folder, { recursive: true, force: true });
}
