import type {
	PresentedDay,
	PresentedDescription,
	PresentedDriftComparison,
	PresentedShare,
	PresentedStream,
	PresentedStreamComparison,
	PresentedWatch,
} from "../core/present-drift.ts";
import { renderTable } from "./render-table.ts";

const percent = ([held, tasks]: readonly [number, number]): string =>
	tasks === 0 ? "–" : `${((100 * held) / tasks).toFixed(1)} %`;
const points = (rate: number): string => `${rate < 0 ? "−" : "+"}${Math.abs(100 * rate).toFixed(1)} pt`;
const showP = (p: number | null): string => (p === null ? "–" : p < 0.001 ? "<0.001" : p.toFixed(3));
/** Evidence to two digits; beyond a million as a power of ten. */
export const showEvidence = (evidence: number): string =>
	evidence >= 1e6
		? evidence.toExponential(1)
		: evidence >= 10
			? Math.round(evidence).toLocaleString("en")
			: evidence.toPrecision(2);

const SHOWN_CLUSTERS = 5;

/** A stream in words: “responses of search_docs (retrieval)”. */
export const nameOfStream = ({ step, kind, text }: { step: string; kind: string; text: string }): string =>
	`${text === "input" ? "inputs" : "responses"} of ${step === "" ? "the pipeline" : `${step} (${kind})`}`;

/** Two sets of runs, for a terminal. */
export function renderDriftComparison(comparison: PresentedDriftComparison): string {
	const { baseline, candidate, streams, mix } = comparison;
	const changed = streams.filter((stream) => stream.changed !== null);
	return [
		`${comparison.pipeline}: ${baseline.runs} (${baseline.count} runs) against ${candidate.runs} (${candidate.count} runs)`,
		...renderTable(
			[
				["", "texts", "", "p", "q", "by"],
				...streams.map((stream) => [
					nameOfStream(stream),
					String(stream.texts_before),
					String(stream.texts_after),
					showP(stream.p),
					showP(stream.q),
					stream.changed === null ? "" : stream.aspect,
				]),
			],
			{ right: [1, 2, 3, 4] },
		).map((line) => `  ${line}`),
		...(changed.length === 0 ? ["", `=> ${nothing(streams)}`] : changed.flatMap(renderChanged)),
		...renderMix(mix),
	].join("\n");
}

const nothing = (streams: readonly PresentedStreamComparison[]): string =>
	streams.every(({ p }) => p === null)
		? "Too few texts on a side to tell; 8 are needed."
		: "No drift seen in any stream.";

const renderChanged = (stream: PresentedStreamComparison): string[] =>
	stream.changed === null
		? []
		: ["", `=> The ${nameOfStream(stream)} changed.`, ...renderDescription(inShort(stream, stream.changed))];

const WORDS_OF_A_STEP = 5;

/** What steps were given and gave mostly repeats what the pipeline was. */
const inShort = <Changed extends Omit<PresentedDescription, "mix">>(
	{ step }: { readonly step: string },
	changed: Changed,
): Changed =>
	step === ""
		? changed
		: {
				...changed,
				words: changed.words.slice(0, WORDS_OF_A_STEP),
				examples: changed.examples.slice(0, 1),
			};

function renderDescription(changed: Omit<PresentedDescription, "mix">): string[] {
	const { words, clusters, length, examples } = changed;
	const moved = clusters.filter(({ q }) => q <= 0.05).slice(0, SHOWN_CLUSTERS);
	return [
		...(words.length === 0
			? []
			: [`  words, as shares of tasks (of ${changed.words_tested} tested)`, ...renderShares(words)]),
		...(moved.length === 0 ? [] : ["  clusters of like texts", ...renderShares(moved)]),
		...(length.before === null || length.after === null
			? []
			: [`  median length ${Math.round(length.before)} -> ${Math.round(length.after)} characters`]),
		...examples.map(
			({ trace_id, text, page }) => `  for example “${text.replaceAll(/\s+/g, " ")}”  ${page ?? trace_id}`,
		),
	];
}

const renderShares = (shares: readonly PresentedShare[]): string[] =>
	renderTable(
		shares.map(({ name, before, after, q }) => [
			name,
			percent(before),
			"->",
			percent(after),
			`${before[0]} of ${before[1]}, ${after[0]} of ${after[1]}`,
			`q ${showP(q)}`,
		]),
		{ right: [1, 3] },
	).map((line) => `    ${line}`);

function renderMix(mix: PresentedDescription["mix"]): string[] {
	if (mix === null) return [];
	const range = (interval: readonly [number, number] | null): string =>
		interval === null ? "" : ` [${points(interval[0])}, ${points(interval[1])}]`;
	return [
		"",
		`Of the change of the failure rate, ${points(mix.inputs)}${range(mix.inputs_interval)} comes from another mix of inputs, ${points(mix.response)}${range(mix.response_interval)} from another response to the same inputs.`,
	];
}

/** The watch over a pipeline, for a terminal. */
export function renderWatch(watch: PresentedWatch): string {
	const last = watch.streams.flatMap(({ days }) => days.at(-1) ?? []);
	const alarms = watch.streams.flatMap((stream) =>
		stream.days.filter(({ alarm }) => alarm).map((day) => ({ stream, day })),
	);
	return [
		`${watch.pipeline}: ${watch.new_buckets} new ${bucketName(watch.bucket_seconds)}${watch.new_buckets === 1 ? "" : "s"}; a false alarm in all this time has a chance of at most ${watch.alpha}`,
		...(last.length === 0
			? [
					`  no ${bucketName(watch.bucket_seconds)} is over yet; compare two sets of runs with --baseline and --candidate, or give a shorter --every`,
				]
			: renderTable(
					[
						["", "texts", "p", "evidence", "alarm at", "since"],
						...watch.streams.flatMap(({ days, ...stream }) => streamRow(stream, days.at(-1))),
					],
					{ right: [1, 2, 3, 4] },
				).map((line) => `  ${line}`)),
		...(alarms.length === 0 && last.length > 0 ? ["", "=> No drift seen."] : []),
		...alarms.flatMap(({ stream, day }) => renderAlarm(stream, day)),
	].join("\n");
}

const bucketName = (seconds: number): string =>
	seconds === 86_400 ? "day" : seconds === 3_600 ? "hour" : `bucket of ${seconds / 60} minutes`;

const streamRow = (stream: Omit<PresentedStream, "days">, day: PresentedDay | undefined): string[][] =>
	day === undefined
		? []
		: [
				[
					nameOfStream(stream),
					String(day.texts),
					showP(day.p),
					showEvidence(day.evidence),
					showEvidence(day.needed),
					moment(day.since),
				],
			];

const moment = (iso: string): string => iso.slice(0, 16).replace("T", " ").replace(" 00:00", "");

function renderAlarm(stream: PresentedStream, day: PresentedDay): string[] {
	return [
		"",
		`=> ${moment(day.bucket)}: the ${nameOfStream(stream)} changed (${day.aspect}; evidence ${showEvidence(day.evidence)} against ${showEvidence(day.needed)}; ${day.texts} texts beside ${day.past_texts} since ${moment(day.since)}).`,
		...(day.changed === null
			? []
			: [...renderDescription(day.changed), ...renderMix(day.changed.mix).slice(1)]),
	];
}
