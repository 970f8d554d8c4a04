import { readFile, writeFile } from "node:fs/promises";
import { Ajv } from "ajv";
import { UsageError } from "../cli/io.ts";
import type { EvalCase, Evaluation } from "../core/evaluation.ts";

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;

const SCHEMA = {
	type: "object",
	required: ["format", "run", "cases"],
	properties: {
		format: { const: 1 },
		run: {
			type: "object",
			required: ["evalId", "layer", "pipeline", "fixtureSet", "trials", "planned", "startedAt", "finishedAt"],
			properties: {
				evalId: text,
				layer: { enum: ["model", "system", "behavioural"] },
				pipeline: text,
				serviceVersion: text,
				environment: text,
				revision: text,
				fixtureSet: text,
				grader: text,
				model: text,
				trials: { type: "integer", minimum: 1 },
				planned: count,
				startedAt: { type: "number" },
				finishedAt: { type: ["number", "null"] },
			},
		},
		cases: {
			type: "array",
			items: {
				type: "object",
				required: ["fixtureId", "trial", "status", "outcome", "metrics", "steps"],
				properties: {
					fixtureId: text,
					trial: count,
					status: { enum: ["completed", "errored", "timed-out", "missing"] },
					outcome: { enum: ["pass", "fail", "unknown"] },
					metrics: { type: "object", additionalProperties: { type: ["number", "null"] } },
					steps: { type: "object", additionalProperties: { type: ["boolean", "null"] } },
					error: text,
					durationMs: { type: "number" },
					traceId: text,
				},
			},
		},
	},
} as const;

interface BaselineFile extends Evaluation {
	readonly format: 1;
}

const validate = new Ajv().compile<BaselineFile>(SCHEMA);

/**
 * An evaluation as a file for version control: fields and cases always in the same order, a line for every case, so that a pull request
 * shows which fixtures changed.
 *
 * @example
 * await writeBaseline("gate-baseline.json", evaluation);
 */
export function renderBaseline({ run, cases }: Evaluation): string {
	const ordered = [...cases].sort((a, b) =>
		a.fixtureId === b.fixtureId ? a.trial - b.trial : a.fixtureId < b.fixtureId ? -1 : 1,
	);
	return [
		"{",
		'"format": 1,',
		`"run": ${JSON.stringify(run, null, "\t")},`,
		'"cases": [',
		ordered.map((one) => JSON.stringify(lineOf(one))).join(",\n"),
		"]",
		"}",
		"",
	].join("\n");
}

/** What changes from run to run comes last. */
const lineOf = ({
	fixtureId,
	trial,
	status,
	outcome,
	steps,
	metrics,
	error,
	durationMs,
	traceId,
}: EvalCase): EvalCase => ({
	fixtureId,
	trial,
	status,
	outcome,
	steps,
	metrics,
	error,
	durationMs: Math.round(durationMs),
	traceId,
});

/** @throws UsageError where the file cannot be written. */
export async function writeBaseline(path: string, evaluation: Evaluation): Promise<void> {
	try {
		await writeFile(path, renderBaseline(evaluation));
	} catch (cause) {
		throw new UsageError(`the baseline cannot be written to ${path}: ${(cause as Error).message}`, { cause });
	}
}

/**
 * Reads a baseline file.
 *
 * @throws UsageError where it is not there, or not a baseline; the message names the field.
 * @example
 * const baseline = await readBaseline("gate-baseline.json");
 */
export async function readBaseline(path: string): Promise<Evaluation> {
	let value: unknown;
	try {
		value = JSON.parse(await readFile(path, "utf8"));
	} catch (cause) {
		throw new UsageError(
			`the baseline ${path} cannot be read (${(cause as Error).message}); restore it, or save one with --save-baseline ${path}`,
			{ cause },
		);
	}
	if (!validate(value)) {
		const [first] = validate.errors ?? [];
		const field =
			first === undefined || first.instancePath === ""
				? "the file"
				: first.instancePath.slice(1).replaceAll("/", ".");
		throw new UsageError(`${path} is no baseline: ${field} ${first?.message}; save one with --save-baseline`);
	}
	const { run, cases } = value;
	return {
		run: {
			...run,
			serviceVersion: run.serviceVersion ?? "",
			environment: run.environment ?? "",
			revision: run.revision ?? "",
			model: run.model ?? "",
		},
		cases: cases.map((one) => ({
			...one,
			error: one.error ?? "",
			durationMs: one.durationMs ?? 0,
			traceId: one.traceId ?? "",
		})),
	};
}
