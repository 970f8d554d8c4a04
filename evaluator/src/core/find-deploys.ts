import { componentKey, type Run, stepsOf } from "./trace.ts";

/** A version that arrives in a stream of runs. */
export interface Deploy {
	/** `service.version`, or the key `kind/name` of a component. */
	readonly what: string;
	readonly from: string;
	readonly to: string;
	/** The first run with it, as an index of the stream. */
	readonly index: number;
	readonly startUs: number;
}

/** A version that was not seen for so many runs, and then in most of the next ones, has been rolled back to. */
const ABSENT = 50;
const NEXT = 20;

/**
 * The deploys that a stream of runs shows: every first run with a new `service.version` or with a new version of a component, and every
 * return of an old version that had been gone for 50 runs.
 *
 * @param runs in the order in which they started.
 * @example
 * findDeploys(runs); // [{ what: "service.version", from: "1.4.0", to: "1.5.0", index: 118, … }]
 */
export function findDeploys(runs: readonly Run[]): readonly Deploy[] {
	const streams = new Map<string, { version: string; index: number; startUs: number }[]>();
	const add = (what: string, version: string, index: number, startUs: number): void => {
		if (version === "") return;
		const stream = streams.get(what) ?? [];
		streams.set(what, stream);
		if (stream.at(-1)?.index !== index || stream.at(-1)?.version !== version)
			stream.push({ version, index, startUs });
	};
	for (const [index, run] of runs.entries()) {
		add("service.version", run.serviceVersion, index, run.startUs);
		for (const step of stepsOf(run)) add(componentKey(step), step.version, index, run.startUs);
	}
	return [...streams]
		.flatMap(([what, stream]) => arrivals(stream).map((arrival) => ({ what, ...arrival })))
		.sort((a, b) => a.index - b.index);
}

function arrivals(
	stream: readonly { readonly version: string; readonly index: number; readonly startUs: number }[],
): Omit<Deploy, "what">[] {
	const last = new Map<string, number>();
	const found: Omit<Deploy, "what">[] = [];
	for (const [at, { version, index, startUs }] of stream.entries()) {
		const before = last.get(version);
		last.set(version, at);
		if (at === 0) continue;
		const from = stream[at - 1]?.version ?? "";
		const next = stream.slice(at, at + NEXT);
		const stays = next.filter((one) => one.version === version).length >= next.length / 2;
		if (before === undefined || (at - before > ABSENT && stays)) {
			found.push({ from, to: version, index, startUs });
		}
	}
	return found;
}
