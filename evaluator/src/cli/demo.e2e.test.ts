import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { PresentedComparison } from "../core/present-comparison.ts";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import { runFaultline } from "../testing/run-faultline.ts";
import { identity } from "./render-comparison.ts";
import type { DemoReport } from "./render-demo.ts";

/** The whole path: a real application, OTLP over a socket, the embedded ClickHouse, the evaluator, the command line. */
describe("faultline demo and what can be done with its data", { timeout: 120_000 }, () => {
	let folder = "";
	let report: DemoReport;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-demo-"));
		const { code, out, err } = await runFaultline(
			["demo", "--json", "--repeats", "2", "--data-dir", "demo"],
			folder,
		);
		assert.equal(code, 0, err);
		report = JSON.parse(out) as DemoReport;
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("names the planted component and no other", () => {
		assert.deepEqual(report.named, ["package_info"]);
		assert.equal(report.correct, true);
	});

	it("shows hazards whose product is the end-to-end rate, on both sides", () => {
		const { comparison } = report;
		for (const side of ["baseline", "candidate"] as const) {
			assert.ok(Math.abs(identity(comparison, side) - (comparison.end_to_end[side].rate ?? 0)) < 1e-4);
		}
	});

	it("splits the change into contributions that add up to it", () => {
		const { components, end_to_end: whole } = report.comparison;
		const sum = components.reduce((total, component) => total + component.contribution, 0);
		assert.ok(Math.abs(sum - whole.difference.value) < 1e-4);
	});

	it("shows two failing runs with a probability for every step", () => {
		assert.equal(report.examples.length, 2);
		for (const { verdict, steps } of report.examples) {
			assert.equal(verdict.outcome, "fail");
			assert.equal(steps.length, 6);
			const total = verdict.candidates.reduce((sum, candidate) => sum + candidate.probability, 0);
			assert.ok(Math.abs(total - 1) < 1e-3);
		}
	});

	it("locates one of its runs again by trace id, with evidence against the tool", async () => {
		const trace = report.examples[0]?.traceId ?? "";
		const { code, out, err } = await runFaultline(
			["locate", "--json", "--data-dir", "demo", "--trace", trace],
			folder,
		);
		assert.equal(code, 0, err);
		const { runs } = JSON.parse(out) as { runs: PresentedVerdict[] };
		assert.equal(runs.length, 1);
		assert.equal(runs[0]?.origin?.step, "package_info");
		assert.ok(
			runs[0]?.evidence.some((one) => one.check === "output-shape" && one.text.includes(".version: string")),
		);
	});

	it("gives the same comparison from the stored spans, and from an export imported elsewhere", async () => {
		const selectors = [
			"--baseline",
			"service.version=1.4.0",
			"--candidate",
			"service.version=1.5.0",
			"--json",
		];
		const stored = await runFaultline(["compare", "--data-dir", "demo", ...selectors], folder);
		assert.equal(stored.code, 0, stored.err);
		const file = join(folder, "spans.jsonl.gz");
		const exported = await runFaultline(["export", "--data-dir", "demo", "--output", file], folder);
		assert.equal(exported.code, 0, exported.err);
		const imported = await runFaultline(["import", "--json", "--data-dir", "copy", file], folder);
		assert.equal(imported.code, 0, imported.err);
		const copied = await runFaultline(["compare", "--data-dir", "copy", ...selectors], folder);
		assert.deepEqual(JSON.parse(copied.out), JSON.parse(stored.out));
		assert.deepEqual((JSON.parse(stored.out) as PresentedComparison).verdict.steps, ["package_info"]);
	});

	it("evaluates the copy", async () => {
		const first = await runFaultline(["evaluate", "--json", "--data-dir", "copy"], folder);
		assert.equal(first.code, 0, first.err);
		const { runs } = JSON.parse(first.out) as { runs: number };
		assert.equal(
			runs,
			report.comparison.end_to_end.baseline.runs + report.comparison.end_to_end.candidate.runs,
		);
	});
});
