import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { PresentedSample } from "../core/present-sample.ts";
import { readFixtureSet } from "../fixtures/fixture-set.ts";
import { readVerdicts } from "../store/read-verdicts.ts";
import { runFaultline } from "../testing/run-faultline.ts";
import type { PresentedBisection } from "./present-bisection.ts";
import { runExample } from "./run-example.ts";
import { type Stack, startStack } from "./start-stack.ts";

const EXAMPLE = fileURLToPath(new URL("../../../examples/docs-assistant/", import.meta.url));
const CONFIG = join(EXAMPLE, "faultline.config.ts");
const HEALTHY = join(EXAMPLE, "healthy.config.ts");

/** Faults of the demonstration at its beginning, in its middle and at its end, and the component that each breaks. */
const FAULTS = {
	"wrong-documents": "search_docs",
	"model-degraded": "model",
	"render-broken": "render_html",
} as const;

interface SystemEval {
	readonly counts: { readonly planned: number; readonly completed: number };
	readonly cases: readonly {
		readonly fixture_id: string;
		readonly outcome: string;
	}[];
}

describe("the demonstration's pipeline, evaluated and bisected", { timeout: 180_000 }, () => {
	let folder = "";
	let stack: Stack;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-evaluations-"));
		stack = await startStack({
			dataDir: join(folder, ".faultline"),
			otlpHttpPort: 0,
			otlpGrpcPort: null,
			clickhousePort: 0,
			pagePort: 0,
		});
		const io = {
			out() {},
			err() {},
			env: process.env,
			cwd: folder,
			signal: new AbortController().signal,
			colours: false,
			now: Date.now,
		};
		await runExample(
			{
				deploy: "A",
				fault: "none",
				seed: 1,
				repeats: 1,
				endpoint: `http://127.0.0.1:${stack.receiver.httpPort}`,
				resource: { "service.name": "docs-assistant", "service.version": "1.4.0" },
			},
			io,
		);
		await stack.receiver.flush();
		const captured = await runFaultline(
			["fixtures", "capture", "--pipeline", "docs-answer", "--size", "16"],
			folder,
		);
		assert.equal(captured.code, 0, captured.err);
	});
	after(async () => {
		await stack[Symbol.asyncDispose]();
		await rm(folder, { recursive: true, force: true });
	});

	const evaluate = async (fault: string): Promise<SystemEval> => {
		const env = { DEPLOY: "B", FAULT: fault };
		const done = await runFaultline(["eval", "system", "--config", CONFIG, "--json"], folder, env);
		assert.equal(done.code, 0, done.err);
		return JSON.parse(done.out) as SystemEval;
	};

	/** Cases that went well when they were recorded and fail now. */
	const regressions = async ({ cases }: SystemEval): Promise<SystemEval["cases"]> => {
		const fixtures = await readFixtureSet(join(folder, "fixtures"), "docs-answer");
		const healthy = new Set(
			fixtures.filter(({ expected }) => expected.outcome === "pass").map(({ id }) => id),
		);
		assert.ok(healthy.size >= 8, `${healthy.size} fixtures were recorded passing`);
		return cases.filter(({ fixture_id, outcome }) => outcome === "fail" && healthy.has(fixture_id));
	};

	it("finds no regression in the healthy deploy", async () => {
		const healthy = await evaluate("none");
		assert.deepEqual([healthy.counts.planned, healthy.counts.completed], [16, 16]);
		assert.deepEqual(await regressions(healthy), []);
	});

	for (const [fault, component] of Object.entries(FAULTS)) {
		it(`shows the failing cases of ${fault}, and names ${component} by bisection`, async () => {
			const failing = await regressions(await evaluate(fault));
			assert.ok(failing.length >= 2, `${failing.length} failing cases`);
			const bisected = await runFaultline(
				["bisect", failing[0]?.fixture_id ?? "", "--config", CONFIG, "--good-config", HEALTHY, "--json"],
				folder,
				{ DEPLOY: "B", FAULT: fault },
			);
			assert.equal(bisected.code, 0, bisected.err);
			const found = JSON.parse(bisected.out) as PresentedBisection;
			assert.deepEqual(
				found.broken.map(({ step }) => step),
				[component],
			);
			assert.ok(found.replays.search <= found.bound, JSON.stringify(found.replays));
			assert.equal(found.bound, 4);
			assert.deepEqual(
				found.backwards?.broken.map(({ step }) => step),
				[component],
			);
			assert.equal(found.verified, true);
			const located = await readVerdicts(
				stack.store,
				{ sinceMs: 0, untilMs: Date.now() },
				{ traceId: found.trace_id },
			);
			assert.deepEqual(
				located.map(({ verdict }) => [verdict.origin?.step, verdict.origin?.verified]),
				[[component, true]],
			);
		});
	}

	it("replays a sample of production through a deploy, and says what turned", async () => {
		const drawn = await runFaultline(
			["eval", "behavioural", "--replay", "--rate", "0.15", "--config", CONFIG, "--json"],
			folder,
			{ DEPLOY: "B", FAULT: "render-broken" },
		);
		assert.equal(drawn.code, 0, drawn.err);
		const { runs, drawn: count, as_it_stands: before, replay } = JSON.parse(drawn.out) as PresentedSample;
		assert.ok(count > 4 && count < runs, `${count} of ${runs}`);
		assert.ok(replay !== null);
		assert.deepEqual([replay.errored, replay.runs + replay.unknown], [0, count]);
		assert.ok((replay.rate ?? 0) > (before.rate ?? 1), JSON.stringify([before, replay]));
		assert.ok(replay.broken > replay.mended, JSON.stringify(replay));
		const listed = await runFaultline(["eval", "list"], folder);
		assert.match(listed.out, /behavioural-/);
	});
});
