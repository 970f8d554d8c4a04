import { readContent } from "./content.ts";
import { clusterRuns, NO_CLUSTER } from "./input-clusters.ts";
import { languageOf } from "./input-language.ts";
import type { Random } from "./random.ts";
import { type Run, stepsOf } from "./trace.ts";

/** A part of the runs: those with one value of one dimension. */
export interface SliceName {
	/** An attribute's name, with the step's name before it where it is a step's; or `language` or `topic` of the input. */
	readonly dimension: string;
	readonly value: string;
}

const MOST_VALUES = 50;
const MOST_CHARACTERS = 100;
/** Attributes that tell how a run went, not where it belongs; Faultline's own; and content. */
const NO_DIMENSION =
	/^faultline\.|status|error|exception|finish_reason|outcome|usage|token|duration|latency|score|feedback|message|prompt|completion|content|(^|[._])(time|timestamp|count|total|length|size|port)$|^gen_ai\.response\.(?!model$)|^(input|output|openinference|traceloop|thread|code|process|telemetry|otel)\./i;

/**
 * The slices that each run belongs to: service, environment, every attribute of the root and of the steps that has 2 to 50 values over these
 * runs (tenant, route, model, segment, …), the language of the input, and its topic (`clusterRuns`).
 *
 * @returns for each run, in the order given, the keys of its slices (`sliceKey`).
 * @example
 * slicesOf(runs, { random }); // [["language\u0000de", "app.tenant\u0000acme"], …]
 */
export function slicesOf(
	runs: readonly Run[],
	options: { readonly random?: Random } = {},
): readonly (readonly string[])[] {
	const topics = clusterRuns(runs, options);
	const languages = new Map<string, string | null>();
	const found = runs.map((run) => {
		const slices = new Set<string>();
		const add = (dimension: string, value: string): void => {
			if (value !== "" && value.length <= MOST_CHARACTERS) slices.add(sliceKey({ dimension, value }));
		};
		add("service.name", run.serviceName);
		add("deployment.environment.name", run.environment);
		for (const [name, value] of Object.entries(run.attributes ?? {})) {
			if (!NO_DIMENSION.test(name)) add(name, value);
		}
		for (const step of stepsOf(run)) {
			for (const [name, value] of Object.entries(step.attributes)) {
				if (!NO_DIMENSION.test(name)) add(`${step.name} ${name}`, value);
			}
		}
		if (!languages.has(run.input)) languages.set(run.input, languageOf(readContent(run.input).text));
		add("language", languages.get(run.input) ?? "");
		add("topic", topics.get(run.traceId) ?? NO_CLUSTER);
		return slices;
	});
	const values = new Map<string, Set<string>>();
	for (const slices of found) {
		for (const slice of slices) {
			const { dimension, value } = readSliceKey(slice);
			const known = values.get(dimension) ?? new Set();
			values.set(dimension, known.add(value));
		}
	}
	const usable = new Set(
		[...values].filter(([, known]) => known.size >= 2 && known.size <= MOST_VALUES).map(([name]) => name),
	);
	return found.map((slices) => [...slices].filter((slice) => usable.has(readSliceKey(slice).dimension)));
}

const SEPARATOR = "\u0000";

export const sliceKey = ({ dimension, value }: SliceName): string => `${dimension}${SEPARATOR}${value}`;

export function readSliceKey(key: string): SliceName {
	const at = key.indexOf(SEPARATOR);
	return { dimension: key.slice(0, at), value: key.slice(at + 1) };
}
