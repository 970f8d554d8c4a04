import { readContent } from "./content.ts";
import type { DescribedText } from "./describe-drift.ts";
import { taskKey } from "./reference.ts";
import { gramsOf } from "./text-grams.ts";
import { type Run, stepsOf } from "./trace.ts";

/** One stream of texts: what the whole run (`step` "") or one of its steps was given, or gave. */
export interface DriftStream {
	readonly step: string;
	readonly kind: string;
	readonly text: "input" | "response";
}

/** Components beyond the most frequent ones are not watched: an agent may have as many as it has tools. */
const MOST_COMPONENTS = 12;
const MAX_CHARACTERS = 8000;

export const streamKey = ({ step, kind, text }: DriftStream): string => JSON.stringify([step, kind, text]);

export const streamOfKey = (key: string): DriftStream => {
	const [step, kind, text] = JSON.parse(key) as [string, string, DriftStream["text"]];
	return { step, kind, text };
};

/**
 * The texts of runs, stream by stream, with JSON's own punctuation taken off; of a component that ran several times in a run its first execution. Streams in
 * which nothing was recorded are left out.
 *
 * Texts of one user, where the root span says who (`user.id`, `enduser.id`, `session.id`), else of one task, are a cluster.
 *
 * @param most runs of one task at most, in the order given: repetitions tell no more; and of one user at most five.
 * @returns stream key → texts.
 * @example
 * textsOf(runs).get(streamKey({ step: "", kind: "", text: "input" }));
 */
export function textsOf(runs: readonly Run[], most = 1): ReadonlyMap<string, DescribedText[]> {
	const streams = new Map<string, DescribedText[]>();
	const counts = new Map<string, number>();
	const isBeyond = (key: string, bound: number): boolean => {
		const seen = counts.get(key) ?? 0;
		counts.set(key, seen + 1);
		return seen >= bound;
	};
	for (const run of runs) {
		const task = taskKey(run);
		const user = userOf(run);
		if (isBeyond(task, most) || (user !== null && isBeyond(user, MOST_OF_A_USER))) continue;
		for (const { stream, raw } of rawTexts(run)) {
			const whole = readContent(raw).text;
			const text = whole.slice(0, MAX_CHARACTERS);
			const list = streams.get(streamKey(stream));
			const one = {
				cluster: user ?? task,
				traceId: run.traceId,
				text,
				grams: gramsOf(text),
				length: whole.length,
			};
			if (list === undefined) streams.set(streamKey(stream), [one]);
			else list.push(one);
		}
	}
	return new Map([...streams].filter(([, texts]) => texts.some(({ text }) => text !== "")));
}

/** Attributes of the root span that say who asks, the plainest first. */
const USER_ATTRIBUTES = ["user.id", "enduser.id", "session.id"];
/** What one user asks is not independent; a few of it are enough. */
const MOST_OF_A_USER = 5;

/** Who asked, where a run is nobody's trial and says so. */
function userOf({ taskId, attributes = {} }: Run): string | null {
	if (taskId !== null) return null;
	const name = USER_ATTRIBUTES.find((one) => (attributes[one] ?? "") !== "");
	return name === undefined ? null : `${name}:${attributes[name]}`;
}

function rawTexts(run: Run): { readonly stream: DriftStream; readonly raw: string }[] {
	const whole = { step: "", kind: "" };
	const seen = new Set<string>();
	const steps = stepsOf(run).filter(({ name, kind }) => {
		const key = `${kind}/${name}`;
		return !seen.has(key) && seen.add(key);
	});
	return [
		{ stream: { ...whole, text: "input" }, raw: run.input },
		{ stream: { ...whole, text: "response" }, raw: run.output },
		...steps.flatMap(({ name, kind, input, output }) => [
			{ stream: { step: name, kind, text: "input" as const }, raw: input },
			{ stream: { step: name, kind, text: "response" as const }, raw: output },
		]),
	];
}

/**
 * Which streams are watched: those of the whole run, and of the components that run most often; in an order that does not depend on the runs'.
 *
 * @example
 * const keys = chooseStreams(textsOf(runs));
 */
export function chooseStreams(streams: ReadonlyMap<string, readonly DescribedText[]>): string[] {
	const sizes = new Map<string, number>();
	for (const [key, texts] of streams) {
		const { step, kind } = streamOfKey(key);
		if (step !== "") sizes.set(`${kind}/${step}`, Math.max(sizes.get(`${kind}/${step}`) ?? 0, texts.length));
	}
	const kept = new Set(
		[...sizes]
			.sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
			.slice(0, MOST_COMPONENTS)
			.map(([component]) => component),
	);
	return [...streams.keys()]
		.filter((key) => {
			const { step, kind } = streamOfKey(key);
			return step === "" || kept.has(`${kind}/${step}`);
		})
		.sort();
}
