import { chooseReference } from "../core/choose-reference.ts";
import { noveltyOf, readExecution } from "../core/component-profile.ts";
import { changesBetween, type ProfileChange } from "../core/profile-change.ts";
import { type Run, stepsOf } from "../core/trace.ts";
import { readProfiles, routeOfRun, type StoredProfile, updateProfiles } from "../store/profiles.ts";
import { readRuns } from "../store/read-runs.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { presentProfile } from "./present-profile.ts";
import { renderDiff, renderList, renderNovelty, renderProfile, renderProposals } from "./render-profiles.ts";

const options = {
	step: { type: "string", help: "show what is usual of this step", value: "NAME" },
	trace: { type: "string", help: "say how new each step of this run is to its profile", value: "TRACE_ID" },
	diff: {
		type: "string",
		multiple: true,
		help: "what differs between two deploys: give it twice, the earlier one first",
		value: "VERSION",
	},
	propose: { type: "boolean", help: "say which runs would be the reference, and why" },
	learn: { type: "boolean", help: "learn from the stored runs first (`evaluate` does so by itself)" },
	...selectOptions,
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const profiles: Command = {
	name: "profiles",
	summary: "what is usual of each step, learned from healthy runs, and what differs between deploys",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0)
			throw new UsageError(`profiles takes no arguments, got "${positionals[0]}"; give --step NAME`);
		if (values.diff !== undefined && values.diff.length !== 2)
			throw new UsageError("give --diff twice: --diff 1.4.0 --diff 1.5.0");
		await using store = await openDatabase(values, io);
		if (values.learn || values.propose) {
			const runs = await readRuns(store, selectorOf(values, io), { onRead: progressOf(io, "read runs") });
			const pipelines = Map.groupBy(runs, (run) => run.pipeline);
			if (values.propose) return propose(pipelines, values, io);
			for (const [pipeline, group] of pipelines) await updateProfiles(store, pipeline, group);
		}
		const { pipeline, step } = values;
		const found = await readProfiles(store, {
			...(pipeline === undefined ? {} : { pipeline }),
			...(step === undefined ? {} : { step }),
		});
		if (found.length === 0)
			throw new UsageError(
				step === undefined
					? "no profile is stored; run `faultline evaluate`, or `faultline profiles --learn`"
					: `no profile of a step "${step}" is stored; \`faultline profiles\` lists them`,
			);
		if (values.trace !== undefined) {
			const [run] = await readRuns(store, { traceIds: [values.trace] });
			if (run === undefined) throw new UsageError(`no run with the trace id ${values.trace} is stored`);
			return novelty(run, found, values, io);
		}
		return values.diff === undefined ? show(found, values, io) : diff(found, values.diff, values, io);
	},
};

function show(found: readonly StoredProfile[], values: Values, io: Io): ExitCode {
	if (values.json)
		io.out(JSON.stringify({ profiles: found.map((one) => presentProfile(one, values.step !== undefined)) }));
	else io.out((values.step === undefined ? renderList(found) : found.flatMap(renderProfile)).join("\n"));
	return EXIT.done;
}

/** What differs in one component on one route. */
export interface ComponentDiff {
	readonly pipeline: string;
	readonly step: string;
	readonly kind: string;
	readonly route: string;
	readonly executions: readonly [number, number];
	/** Null where there are too few executions to tell. */
	readonly changes: readonly ProfileChange[] | null;
}

function diff(
	found: readonly StoredProfile[],
	versions: readonly string[],
	values: Values,
	io: Io,
): ExitCode {
	const [before = "", after = ""] = versions;
	const known = [...new Set(found.map(({ version }) => version))];
	for (const version of [before, after])
		if (!known.includes(version))
			throw new UsageError(
				`no profile of version "${version}" is stored; there are ${known.slice(0, 12).join(", ")}`,
			);
	const diffs = found
		.filter(({ version }) => version === before)
		.flatMap((one): ComponentDiff[] => {
			const other = found.find((two) => two.version === after && sameComponent(one, two));
			if (other === undefined) return [];
			const { pipeline, step, kind, route } = one;
			const executions = [one.profile.executions, other.profile.executions] as const;
			return [
				{ pipeline, step, kind, route, executions, changes: changesBetween(one.profile, other.profile) },
			];
		});
	if (values.json) io.out(JSON.stringify({ before, after, components: diffs }));
	else io.out(renderDiff(diffs, before, after).join("\n"));
	return diffs.every(({ changes }) => changes === null) ? EXIT.couldNotTell : EXIT.done;
}

const sameComponent = (a: StoredProfile, b: StoredProfile): boolean =>
	a.pipeline === b.pipeline && a.step === b.step && a.kind === b.kind && a.route === b.route;

/** How new one step of a run is. */
export interface StepNovelty {
	readonly span_id: string;
	readonly step: string;
	readonly kind: string;
	/** Whose profile it was held against; null where there is none. */
	readonly version: string | null;
	readonly p: number | null;
	readonly text: string;
}

function novelty(run: Run, found: readonly StoredProfile[], values: Values, io: Io): ExitCode {
	const steps = stepsOf(run).map((step): StepNovelty => {
		const where = { span_id: step.spanId, step: step.name, kind: step.kind };
		const profile = profileFor(run, step.name, found);
		if (profile === undefined)
			return { ...where, version: null, p: null, text: "no profile is known of it on this route" };
		const { version, refused } = profile;
		if (refused !== null) return { ...where, version, p: null, text: `the reference is refused: ${refused}` };
		const told = noveltyOf(readExecution(step, step.durationUs), profile.profile);
		return {
			...where,
			version,
			p: told?.p ?? null,
			text: told?.text ?? "too few executions are known of it",
		};
	});
	if (values.json) io.out(JSON.stringify({ trace_id: run.traceId, route: routeOfRun(run), steps }));
	else io.out(renderNovelty(run.traceId, steps).join("\n"));
	return steps.every(({ p }) => p === null) ? EXIT.couldNotTell : EXIT.done;
}

/** Fewer executions than these do not yet say what is usual of a new deploy. */
const ENOUGH = 50;

/** Of the run's own deploy once it has run enough, else of the latest one that has. */
function profileFor(run: Run, step: string, found: readonly StoredProfile[]): StoredProfile | undefined {
	const route = routeOfRun(run);
	const fitting = found.filter(
		(one) => one.pipeline === run.pipeline && one.step === step && one.route === route,
	);
	const enough = fitting.filter(({ profile }) => profile.executions >= ENOUGH);
	return enough.find(({ version }) => version === run.serviceVersion) ?? enough[0] ?? fitting[0];
}

/** The reference that would be taken. */
export interface Proposal {
	readonly pipeline: string;
	readonly runs: number;
	readonly versions: readonly string[];
	readonly from: string;
	readonly until: string;
	readonly text: string;
}

function propose(pipelines: ReadonlyMap<string, readonly Run[]>, values: Values, io: Io): ExitCode {
	const proposals = [...pipelines].map(([pipeline, runs]): Proposal => {
		const { runs: chosen, text } = chooseReference(runs);
		const starts = chosen.map(({ startUs }) => startUs);
		const iso = (us: number): string => (Number.isFinite(us) ? new Date(us / 1000).toISOString() : "");
		return {
			pipeline,
			runs: chosen.length,
			versions: [...new Set(chosen.map(({ serviceVersion }) => serviceVersion))],
			from: iso(Math.min(...starts)),
			until: iso(Math.max(...starts)),
			text,
		};
	});
	if (values.json) io.out(JSON.stringify({ proposals }));
	else io.out(renderProposals(proposals).join("\n"));
	return proposals.some(({ runs }) => runs > 0) ? EXIT.done : EXIT.couldNotTell;
}
