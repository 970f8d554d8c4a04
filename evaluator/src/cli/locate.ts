import type { Store } from "@faultline/collector";
import { presentVerdict } from "../core/present-verdict.ts";
import type { Run } from "../core/trace.ts";
import { builtInScorers } from "../scorers/built-in.ts";
import { judgePipelines } from "../store/judge-pipelines.ts";
import { readLabels } from "../store/read-labels.ts";
import { readRuns } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { findPageUrl, pageOption, runUrl } from "./page-url.ts";
import { parseSelector } from "./parse-selector.ts";
import { renderVerdict } from "./render-verdict.ts";

const options = {
	trace: { type: "string", multiple: true, help: "only this run; may be given several times", value: "ID" },
	...selectOptions,
	where: { type: "string", help: "only runs that fit, e.g. service.version=42", value: "FIELD=VALUE" },
	outcome: { type: "string", help: "only runs that ended so: pass, fail or unknown", value: "OUTCOME" },
	reference: {
		type: "string",
		multiple: true,
		help: "service version of the healthy runs (default: proposed)",
		value: "VERSION",
	},
	...pageOption,
	...storeOptions,
	...jsonOption,
} as const;

const OUTCOMES = ["pass", "fail", "unknown"];

export const locate: Command = {
	name: "locate",
	summary: "say in which step the fault of each run began, with evidence",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0)
			throw new UsageError(`locate takes no arguments, got "${positionals[0]}"; give --trace ID`);
		if (values.outcome !== undefined && !OUTCOMES.includes(values.outcome)) {
			throw new UsageError(`--outcome is "${values.outcome}"; give pass, fail or unknown`);
		}
		const wanted = values.where === undefined ? {} : parseSelector(values.where, io.now());
		const pageUrl = await findPageUrl(values, io);
		await using store = await openDatabase(values, io);
		// The other runs of the range are read too: they are what a run is compared with.
		const range = selectorOf(values, io);
		const traffic = await readRuns(store, range, { onRead: progressOf(io, "read runs") });
		const runs = [...traffic, ...(await evaluationRuns(store, traffic, values.trace))];
		const shown = new Set(
			(Object.keys(wanted).length === 0 ? runs : await readRuns(store, { ...range, ...wanted }))
				.filter((run) => values.trace?.includes(run.traceId) ?? true)
				.filter((run) => values.outcome === undefined || run.outcome === values.outcome)
				.map((run) => run.traceId),
		);
		const missing = values.trace?.filter((id) => !shown.has(id)) ?? [];
		if (missing.length > 0)
			throw new UsageError(`no run ${missing[0]} is stored in this range; \`faultline locate\` lists them`);
		const labels = await readLabels(
			store,
			runs.map(({ traceId }) => traceId),
		);
		const verdicts = judgePipelines(runs, {
			scorers: builtInScorers,
			labels,
			...(values.reference === undefined ? {} : { referenceVersions: values.reference }),
			onRead: progressOf(io, "scored runs"),
		}).flatMap(({ runs: group, judgement }) =>
			judgement.verdicts.flatMap((verdict, index) => {
				const run = group[index];
				return run !== undefined && shown.has(run.traceId)
					? [{ ...presentVerdict(run, verdict), page: runUrl(pageUrl, run.traceId) }]
					: [];
			}),
		);
		if (values.json) io.out(JSON.stringify({ runs: verdicts }));
		else if (verdicts.length === 0) io.out("No runs fit.");
		else for (const verdict of verdicts) io.out(renderVerdict(verdict, verdict.page));
		return verdicts.length === 0 || verdicts.every((verdict) => verdict.verdict === "no-coverage")
			? EXIT.couldNotTell
			: EXIT.done;
	},
};

/** Runs of evaluations are no traffic, so they are read only where they are asked for by name. */
async function evaluationRuns(
	store: Store,
	traffic: readonly Run[],
	traceIds: readonly string[] = [],
): Promise<Run[]> {
	const known = new Set(traffic.map((run) => run.traceId));
	const missing = traceIds.filter((id) => !known.has(id));
	return missing.length === 0 ? [] : await readRuns(store, { traceIds: missing });
}
