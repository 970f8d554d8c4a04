/**
 * One simulated run: records the spans that the steps would have recorded, keeps the clock, and decides which events happen.
 *
 * @module
 */
import { ATTR, type StepKind } from "@faultline/instrumentation/attributes";
import type { Outcome, Run, Step } from "../../../evaluator/src/core/trace.ts";
import type { Magnitude } from "../scenario.ts";
import { type Random, streamOf } from "./chance.ts";

/** Something that may spoil a run, and where. */
export interface PlayedEvent {
	/** The name and how many events of that name the run had come to before. */
	readonly id: string;
	readonly name: string;
	readonly places: readonly {
		readonly spanId: string | null;
		readonly step: string;
		readonly kind: string;
	}[];
	readonly edge: boolean;
	readonly fault: boolean;
}

export interface ActiveFault {
	readonly name: string;
	readonly step: string;
	/** The receiving step of a hand-off. */
	readonly receiver: string | null;
	readonly magnitude: Magnitude;
	readonly share: number;
	readonly versionChanges: boolean;
}

export interface PlaySettings {
	readonly seed: number;
	/** What the user types hangs on this: the same for all trials of a task. */
	readonly inputSeed: number;
	readonly deploy: "A" | "B";
	/** Null in deploy A and in healthy deploys. */
	readonly fault: ActiveFault | null;
	readonly decoys: ReadonlySet<string>;
	/** Ids of the only events that may happen; null where any may. */
	readonly allowed: ReadonlySet<string> | null;
	/** Whether steps link to the steps whose results they were given. */
	readonly linked: boolean;
	/** Whether inputs and outputs are written down; without them a run is only played to its end. */
	readonly recorded: boolean;
	/** Models are shown empty messages: nothing may come out right then. */
	readonly emptyPrompts: boolean;
	/** Texts are recorded as they are, not as JSON strings. */
	readonly plainText: boolean;
}

/** A step's result, and which span it came from. */
export interface Passed<T> {
	readonly value: T;
	readonly spanId: string;
}

export interface StepSpec {
	readonly name: string;
	readonly kind: StepKind;
	readonly version: string;
	readonly input: unknown;
	readonly from?: readonly Passed<unknown>[];
	readonly attributes?: Readonly<Record<string, string>>;
	/** Usual least and greatest duration of the step's own work, in milliseconds. */
	readonly ms: readonly [number, number];
}

interface SpanDraft {
	spanId: string;
	parentSpanId: string;
	name: string;
	kind: StepKind;
	version: string;
	startUs: number;
	durationUs: number;
	input: string;
	output: string;
	failed: boolean;
	statusMessage: string;
	attributes: Record<string, string>;
	links: string[];
}

/** What a step may do with its own span while it works. */
export interface OpenSpan {
	readonly attributes: Record<string, string>;
	/** Records another output than the step's result. */
	record(output: unknown): void;
	fail(message: string): void;
}

interface Fired {
	readonly id: string;
	readonly name: string;
	readonly at: number;
	readonly span: SpanDraft | null;
	readonly sort: "step" | "input" | "edge";
	readonly fault: boolean;
}

/** What is added to a version that changed. */
const NEXT = "-r2";
const VERSIONS = new Set<string>([
	ATTR.promptTemplateVersion,
	ATTR.indexVersion,
	ATTR.requestModel,
	ATTR.responseModel,
]);

const HEX = "0123456789abcdef";
function hex(length: number, random: Random): string {
	let text = "";
	while (text.length < length) {
		let bits = Math.floor(random() * 2 ** 32);
		for (let i = 0; i < 8; i++) {
			text += HEX[bits & 15];
			bits >>>= 4;
		}
	}
	return text.slice(0, length);
}

/** Tokens as models count them, near enough. */
export const countTokens = (text: string): number => Math.ceil(text.length / 4.1);

export class Play {
	readonly settings: PlaySettings;
	readonly #spans: SpanDraft[] = [];
	readonly #fired: Fired[] = [];
	readonly #counts = new Map<string, number>();
	readonly #open: SpanDraft[] = [];
	readonly #rootSpanId: string;
	readonly #ids: Random;
	readonly #hit: boolean;
	readonly #startUs: number;
	#clockUs: number;

	constructor(settings: PlaySettings, startUs: number) {
		this.settings = settings;
		this.#ids = streamOf(settings.seed, "span ids");
		this.#rootSpanId = hex(16, this.#ids);
		this.#startUs = startUs;
		this.#clockUs = startUs;
		this.#hit = settings.fault !== null && this.roll("fault hits")() < settings.fault.share;
	}

	/** The stream of chance for one purpose in this run. */
	roll(label: string): Random {
		return streamOf(this.settings.seed, label);
	}

	/** The stream of chance for one purpose in what the user types. */
	inputRoll(label: string): Random {
		return streamOf(this.settings.inputSeed, label);
	}

	#isPrevented(id: string): boolean {
		return this.settings.allowed?.has(id) === false;
	}

	#number(name: string): string {
		const count = this.#counts.get(name) ?? 0;
		this.#counts.set(name, count + 1);
		return `${name}#${count}`;
	}

	/** A step's own mishap, in the step that is open. */
	happens(name: string, probability: number): boolean {
		return this.#fires(name, probability, "step");
	}

	/** Something is wrong with what the user asked. */
	inputHappens(name: string, probability: number): boolean {
		return this.#fires(name, probability, "input");
	}

	#fires(name: string, probability: number, sort: "step" | "input"): boolean {
		const id = this.#number(name);
		const draw = sort === "input" ? this.inputRoll(`event ${id}`) : this.roll(`event ${id}`);
		if (this.#isPrevented(id) || draw() >= probability) return false;
		this.#fired.push({
			id,
			name,
			at: this.#spans.length,
			span: this.#open.at(-1) ?? null,
			sort,
			fault: false,
		});
		return true;
	}

	/** How strongly the fault of that name acts here; null where it does not. Called where it would do its harm. */
	fault(name: string): Magnitude | null {
		const { fault } = this.settings;
		if (fault?.name !== name || !this.#hit) return null;
		const id = this.#number(`fault ${name}`);
		if (this.#isPrevented(id)) return null;
		const sort = fault.receiver === null ? "step" : "edge";
		this.#fired.push({
			id,
			name,
			at: this.#spans.length,
			span: this.#open.at(-1) ?? null,
			sort,
			fault: true,
		});
		return fault.magnitude;
	}

	/** Whether this deploy carries the harmless change. */
	decoy(name: string): boolean {
		return this.settings.decoys.has(name);
	}

	#text(value: unknown): string {
		if (!this.settings.recorded) return "";
		return typeof value === "string" && this.settings.plainText ? value : JSON.stringify(value);
	}

	#changesVersion(step: string): boolean {
		const { fault, decoys } = this.settings;
		return decoys.has(`version:${step}`) || (fault?.versionChanges === true && fault.step === step);
	}

	/** The step's own attributes, with every version in them that changes when the component's does. */
	#attributes({ name, attributes = {} }: StepSpec): Readonly<Record<string, string>> {
		if (!this.#changesVersion(name)) return attributes;
		return Object.fromEntries(
			Object.entries(attributes).map(([key, value]) => [key, VERSIONS.has(key) ? `${value}${NEXT}` : value]),
		);
	}

	step<T>(spec: StepSpec, body: (span: OpenSpan) => T): Passed<T> {
		const version = this.#changesVersion(spec.name) ? `${spec.version}${NEXT}` : spec.version;
		const draft: SpanDraft = {
			spanId: hex(16, this.#ids),
			parentSpanId: this.#open.at(-1)?.spanId ?? this.#rootSpanId,
			name: spec.name,
			kind: spec.kind,
			version,
			startUs: this.#clockUs,
			durationUs: 0,
			input: this.#text(spec.input),
			output: "",
			failed: false,
			statusMessage: "",
			attributes: {
				[ATTR.stepKind]: spec.kind,
				[ATTR.stepName]: spec.name,
				...(version === "" ? {} : { [ATTR.componentVersion]: version }),
				...this.#attributes(spec),
			},
			links: this.settings.linked ? [...new Set((spec.from ?? []).map(({ spanId }) => spanId))] : [],
		};
		this.#spans.push(draft);
		this.#open.push(draft);
		let recorded: string | null = null;
		const value = body({
			attributes: draft.attributes,
			record: (output) => {
				recorded = this.#text(output);
			},
			fail: (message) => {
				draft.failed = true;
				draft.statusMessage = message;
				draft.attributes[ATTR.errorType] = message.split(/[:\s]/, 1)[0] ?? "Error";
			},
		});
		this.#open.pop();
		draft.output = recorded ?? this.#text(value);
		this.#work(spec);
		draft.durationUs = this.#clockUs - draft.startUs;
		return { value, spanId: draft.spanId };
	}

	#work({ name, ms: [low, high] }: StepSpec): void {
		const random = this.roll(this.#number(`latency ${name}`));
		// The product of two draws leans to the low end, with a long tail, as latencies do.
		const ms = low + (high - low) * random() * random() * (random() < 0.03 ? 4 : 1);
		this.#clockUs += Math.round(ms * 1000 * (this.settings.decoys.has(`slow:${name}`) ? 2.2 : 1));
	}

	/** Branches that start together; the run goes on when the last of them is done. */
	parallel<T>(branches: readonly (() => T)[]): T[] {
		const startUs = this.#clockUs;
		let endUs = startUs;
		const results = branches.map((branch) => {
			this.#clockUs = startUs;
			const result = branch();
			endUs = Math.max(endUs, this.#clockUs);
			return result;
		});
		this.#clockUs = endUs;
		return results;
	}

	/** A side step whose error does not matter to the result; it is there only in deploys with that decoy. */
	sideStep(name: string, spec: Omit<StepSpec, "name">, message: string): void {
		if (!this.decoy(`side:${name}`)) return;
		this.step({ ...spec, name }, (span) => {
			span.fail(message);
			return { error: message };
		});
	}

	/** Every event that happened, with the spans it happened in. */
	events(): readonly PlayedEvent[] {
		return this.#fired.map(({ id, name, at, span, sort, fault }) => ({
			id,
			name,
			fault,
			edge: sort === "edge",
			places:
				sort === "input"
					? [{ spanId: null, step: "input", kind: "input" }]
					: sort === "edge"
						? this.#edgePlaces(at)
						: span === null
							? []
							: [{ spanId: span.spanId, step: span.name, kind: span.kind }],
		}));
	}

	/** The giving step is the last of its name before the hand-off, the receiving step the first of its name after it. */
	#edgePlaces(at: number): PlayedEvent["places"] {
		const { fault } = this.settings;
		const giver = this.#spans.slice(0, at).findLast(({ name }) => name === fault?.step);
		const receiver = this.#spans.slice(at).find(({ name }) => name === fault?.receiver);
		return [giver, receiver].flatMap((span) =>
			span === undefined ? [] : [{ spanId: span.spanId, step: span.name, kind: span.kind }],
		);
	}

	finish(about: {
		readonly pipeline: string;
		readonly service: string;
		readonly taskId: string | null;
		readonly outcome: Outcome;
		readonly input: unknown;
		readonly output: unknown;
	}): Run {
		const spans: Step[] = this.#spans.toSorted((a, b) => a.startUs - b.startUs);
		return {
			traceId: hex(32, this.roll("trace id")),
			rootSpanId: this.#rootSpanId,
			pipeline: about.pipeline,
			serviceName: about.service,
			serviceVersion: this.settings.deploy,
			environment: "production",
			startUs: this.#startUs,
			durationUs: this.#clockUs - this.#startUs,
			outcome: about.outcome,
			taskId: about.taskId,
			input: this.#text(about.input),
			output: this.#text(about.output),
			spans,
		};
	}
}
