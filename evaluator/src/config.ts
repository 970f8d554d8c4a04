import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AlertOptions } from "@faultline/dashboards";
import { checkJudge, checkScorers } from "./check-scoring.ts";
import { UsageError } from "./cli/io.ts";
import type { Fixture } from "./core/fixture.ts";
import type { SampleLifts, SampleStratum } from "./core/sample-plan.ts";
import type { Run } from "./core/trace.ts";
import type { JudgeConfig, ScoreFunction, UserScorerConfig } from "./scoring-config.ts";

/** What a run in process may know of the case that it is. */
export interface RunContext {
	readonly fixtureId: string;
	readonly evalId: string;
	/** 0, 1, …: give it to whatever draws at random, so that trials differ and can be repeated. */
	readonly trial: number;
	/** Aborted when the case's time is over. */
	readonly signal: AbortSignal;
}

/** A deployed application that is asked over HTTP. */
export interface HttpTarget {
	readonly url: string;
	/** Default POST. */
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** The request's body: text as it is, anything else as JSON; default: the fixture's input as JSON. */
	body?(input: unknown): unknown;
	/** What the application answered with; default: the body, parsed where it is JSON. */
	output?(response: HttpAnswer): unknown;
}

/** An answer over HTTP, read to its end. */
export interface HttpAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly text: string;
	/** The body parsed; undefined where it is no JSON. */
	readonly json: unknown;
}

/** What a grader gets to see. */
export interface GradedCase {
	readonly input: unknown;
	readonly output: unknown;
	readonly fixture: Fixture;
	/** The run with its steps, as it was traced; null where it left no trace, and in the model layer. */
	readonly run: Run | null;
}

/** Pass, fail, "could not tell", or a score 0..1 that passes from `passFrom` up. */
export type Grade = "pass" | "fail" | number | null;

/** A model of the model layer, in a function of the user's own. */
export type ModelFunction = (model: string, input: unknown, context: RunContext) => unknown;

/** US dollars (or any one currency) for a million tokens. */
export interface TokenPrice {
	readonly input: number;
	readonly output: number;
}

/** A chat-completions call through the `openai` client, against any compatible endpoint. */
export interface ChatModel {
	/** Default: OpenAI, or `OPENAI_BASE_URL`. */
	readonly baseURL?: string;
	/** Name of the environment variable that holds the key; default OPENAI_API_KEY. */
	readonly apiKeyVariable?: string;
	/** The model's name at the endpoint; default: its name here. */
	readonly model?: string;
	/** Messages from the recorded input of the model step; default: the recorded messages themselves. */
	messages?(input: unknown): readonly object[];
	/** Further fields of the request: temperature, max_tokens, … */
	readonly parameters?: Readonly<Record<string, unknown>>;
	readonly price?: TokenPrice;
}

/** One pipeline, as its evaluation needs it. Methods, so that a narrower input type of the user's fits. */
export interface PipelineConfig {
	/** Runs the whole pipeline in this process. */
	run?(input: unknown, context: RunContext): unknown;
	/** Or asks a deployed application. */
	readonly http?: HttpTarget;
	/** Says whether an output is right; without it the application's own outcome counts, then the fixture's expectation. */
	grade?(graded: GradedCase): Grade | Promise<Grade>;
	/** From which grade a number passes; default 0.5. */
	readonly passFrom?: number;
	/** Further numbers per case, by name; null is "could not tell". */
	readonly metrics?: Readonly<Record<string, (graded: GradedCase) => number | null | Promise<number | null>>>;
	/** The same input may give another output: replays are repeated. Default false. */
	readonly random?: boolean;
	/** The model layer's candidates, by the names that `--models` takes. `*` stands for every other name. */
	readonly models?: Readonly<Record<string, ModelFunction | ChatModel>>;
	/** Grades a model's own text in the model layer; default: `grade`. */
	gradeModel?(graded: GradedCase): Grade | Promise<Grade>;
}

/** What fixtures must not hold, beside what the anonymiser finds by itself. */
export interface RedactConfig {
	/** Names of fields whose values are replaced, wherever they are. */
	readonly fields?: readonly string[];
	/** Name of the kind → pattern of its texts. */
	readonly patterns?: Readonly<Record<string, RegExp>>;
}

/** How production is sampled for the behavioural layer, pipeline by pipeline. */
export interface BehaviourConfig {
	/** Share of the runs that is drawn, above 0; default 0.01. */
	readonly rate?: number;
	/** Groups of runs with a rate of their own; of several that fit a run, the first counts. */
	readonly strata?: readonly SampleStratum[];
	/** At most so many runs of a pipeline a day (UTC); default: as many as the rates give. */
	readonly budgetPerDay?: number;
	/** How many times as often runs are drawn that are likelier to tell something; default: not at all. */
	readonly importance?: Partial<SampleLifts>;
	/** Another salt draws another sample. */
	readonly salt?: string;
}

/** An embedding model at any OpenAI-compatible endpoint. */
export interface EmbeddingsConfig {
	/** The model's name at the endpoint. */
	readonly model: string;
	/** Default: OpenAI, or `OPENAI_BASE_URL`. */
	readonly baseURL?: string;
	/** Name of the environment variable that holds the key; default OPENAI_API_KEY. */
	readonly apiKeyVariable?: string;
}

/** How drift is watched for. */
export interface DriftConfig {
	/** Chance of a false alarm of a pipeline in all the time until the first one; default 0.05. */
	readonly alpha?: number;
	/** Texts are compared by their meaning too; default: by n-grams and length alone. Texts are sent to the endpoint. */
	readonly embeddings?: EmbeddingsConfig;
}

/** `faultline.config.ts`. */
export interface FaultlineConfig {
	/** By the name of the pipeline, as its spans carry it. */
	readonly pipelines: Readonly<Record<string, PipelineConfig>>;
	/** Folder of the fixtures, from the configuration's folder; default `fixtures`. */
	readonly fixtures?: string;
	readonly redact?: RedactConfig;
	/** The gate's policy; the gate itself checks it. */
	readonly gate?: object;
	/** Objectives and limits of the alert rules; `faultline dashboards` checks them. */
	readonly alerts?: AlertOptions;
	readonly behaviour?: BehaviourConfig;
	readonly drift?: DriftConfig;
	/** Scorers of the user's own (docs/scorers.md). */
	readonly scorers?: readonly (ScoreFunction | UserScorerConfig)[];
	/** The LLM judge (docs/judge.md). */
	readonly judge?: JudgeConfig;
}

/** A configuration that was read and checked. */
export interface LoadedConfig extends FaultlineConfig {
	/** Where it was read from. */
	readonly path: string;
}

/** Looked for in this order. */
export const CONFIG_FILES = ["faultline.config.ts", "faultline.config.mjs", "faultline.config.js"] as const;

/**
 * Gives a configuration its type. It changes nothing.
 *
 * @example
 * export default defineConfig({ pipelines: { "docs-answer": { run: (input: { question: string }) => answer(input.question) } } });
 */
export function defineConfig(config: FaultlineConfig): FaultlineConfig {
	return config;
}

/**
 * Reads and checks a configuration: the file given, else the first of `CONFIG_FILES` in the folder. Importing it runs the
 * application's modules, so telemetry must have been registered before.
 *
 * @throws UsageError where there is none, it cannot be imported, or a field is wrong; the message names the field.
 * @example
 * const config = await loadConfig(undefined, "/srv/app");
 */
export async function loadConfig(file: string | undefined, folder: string): Promise<LoadedConfig> {
	const path = await findConfig(file, folder);
	let module: { readonly default?: unknown; readonly config?: unknown };
	try {
		module = await import(pathToFileURL(path).href);
	} catch (cause) {
		throw new UsageError(`${path} cannot be imported: ${cause instanceof Error ? cause.message : cause}`, {
			cause,
		});
	}
	const config = module.default ?? module.config;
	if (config === undefined) {
		throw new UsageError(`${path} exports no configuration; write \`export default defineConfig({ … })\``);
	}
	return { ...checkConfig(config, path), path };
}

/**
 * Where the configuration is, without importing it: the file given, else the first of `CONFIG_FILES` in the folder.
 *
 * @throws UsageError where there is none.
 */
export async function findConfig(file: string | undefined, folder: string): Promise<string> {
	const names = file === undefined ? CONFIG_FILES : [file];
	for (const path of names.map((name) => resolve(folder, name))) {
		const found = await access(path).then(
			() => true,
			() => false,
		);
		if (found) return path;
	}
	throw new UsageError(
		file === undefined
			? `no ${CONFIG_FILES.join(", ")} is in ${folder}; write one that exports defineConfig({ pipelines: … }), or give --config FILE`
			: `--config ${file} does not exist in ${folder}`,
	);
}

/**
 * Checks a configuration field by field.
 *
 * @throws UsageError that names the first field that is wrong, and what it must be.
 * @example
 * checkConfig({ pipelines: {} }, "faultline.config.ts"); // throws: pipelines has no entry
 */
export function checkConfig(config: unknown, path: string): FaultlineConfig {
	const top = new Checker(path, "").object(config, CONFIG_FIELDS);
	const pipelines = top.at("pipelines").entries();
	if (pipelines.length === 0 && !top.has("scorers") && !top.has("judge"))
		top.at("pipelines").refuse("has no entry; name at least one pipeline");
	for (const pipeline of pipelines) checkPipeline(pipeline);
	top.at("fixtures").optional("text");
	if (top.has("redact")) {
		const redact = top.at("redact").object(undefined, ["fields", "patterns"]);
		redact.at("fields").optional("texts");
		if (redact.has("patterns")) {
			for (const pattern of redact.at("patterns").entries()) {
				if (!(pattern.value instanceof RegExp))
					pattern.refuse("must be a regular expression, such as /KD-\\d+/");
			}
		}
	}
	for (const name of ["gate", "alerts"]) if (top.has(name)) top.at(name).object();
	if (top.has("behaviour")) checkBehaviour(top.at("behaviour"));
	if (top.has("drift")) checkDrift(top.at("drift"));
	if (top.has("scorers")) checkScorers(top.at("scorers"));
	if (top.has("judge")) checkJudge(top.at("judge"));
	return config as FaultlineConfig;
}

const CONFIG_FIELDS = [
	"pipelines",
	"fixtures",
	"redact",
	"gate",
	"alerts",
	"behaviour",
	"drift",
	"scorers",
	"judge",
] as const satisfies readonly (keyof FaultlineConfig)[];

function checkDrift(checker: Checker): void {
	const drift = checker.object(undefined, ["alpha", "embeddings"]);
	drift.at("alpha").optional("rate");
	if (!drift.has("embeddings")) return;
	const embeddings = drift.at("embeddings").object(undefined, ["model", "baseURL", "apiKeyVariable"]);
	embeddings.at("model").required("text");
	embeddings.at("baseURL").optional("url");
	embeddings.at("apiKeyVariable").optional("text");
}

function checkBehaviour(checker: Checker): void {
	const behaviour = checker.object(undefined, ["rate", "strata", "budgetPerDay", "importance", "salt"]);
	behaviour.at("rate").optional("rate");
	behaviour.at("budgetPerDay").optional("count");
	behaviour.at("salt").optional("text");
	if (behaviour.has("strata")) {
		for (const one of behaviour.at("strata").items()) {
			const stratum = one.object(undefined, ["name", "where", "rate"]);
			stratum.at("name").required("text");
			stratum.at("rate").required("rate");
			const fields = stratum.at("where").entries();
			if (fields.length === 0) stratum.at("where").refuse('names no field, e.g. { outcome: "fail" }');
			for (const field of fields) field.required("text");
		}
	}
	if (!behaviour.has("importance")) return;
	const importance = behaviour
		.at("importance")
		.object(undefined, ["rare", "lowScore", "uncertain", "scoreBelow", "sureFrom"]);
	for (const name of ["rare", "lowScore", "uncertain"]) importance.at(name).optional("lift");
	for (const name of ["scoreBelow", "sureFrom"]) importance.at(name).optional("share");
}

const PIPELINE_FIELDS = [
	"run",
	"http",
	"grade",
	"passFrom",
	"metrics",
	"random",
	"models",
	"gradeModel",
] as const satisfies readonly (keyof PipelineConfig)[];

function checkPipeline(checker: Checker): void {
	const pipeline = checker.object(undefined, PIPELINE_FIELDS);
	if (pipeline.has("run") && pipeline.has("http")) {
		pipeline.refuse("has both run and http; keep the one by which the pipeline is to be evaluated");
	}
	if (!pipeline.has("run") && !pipeline.has("http") && !pipeline.has("models")) {
		pipeline.refuse("has nothing to run; give run, http or models");
	}
	for (const name of ["run", "grade", "gradeModel"]) pipeline.at(name).optional("function");
	pipeline.at("passFrom").optional("share");
	pipeline.at("random").optional("boolean");
	if (pipeline.has("metrics")) {
		for (const metric of pipeline.at("metrics").entries()) metric.required("function");
	}
	if (pipeline.has("http")) checkHttp(pipeline.at("http"));
	if (pipeline.has("models")) {
		for (const model of pipeline.at("models").entries()) {
			if (typeof model.value !== "function") checkChatModel(model);
		}
	}
}

function checkHttp(checker: Checker): void {
	const http = checker.object(undefined, ["url", "method", "headers", "body", "output"]);
	http.at("url").required("url");
	http.at("method").optional("text");
	if (http.has("headers")) for (const header of http.at("headers").entries()) header.required("text");
	http.at("body").optional("function");
	http.at("output").optional("function");
}

function checkChatModel(checker: Checker): void {
	const model = checker.object(undefined, [
		"baseURL",
		"apiKeyVariable",
		"model",
		"messages",
		"parameters",
		"price",
	]);
	model.at("baseURL").optional("url");
	model.at("apiKeyVariable").optional("text");
	model.at("model").optional("text");
	model.at("messages").optional("function");
	if (model.has("parameters")) model.at("parameters").object();
	if (model.has("price")) {
		const price = model.at("price").object(undefined, ["input", "output"]);
		price.at("input").required("price");
		price.at("output").required("price");
	}
}

type FieldSort =
	| "text"
	| "texts"
	| "function"
	| "boolean"
	| "share"
	| "rate"
	| "lift"
	| "price"
	| "count"
	| "whole"
	| "positive"
	| "url";

const SORTS: Readonly<Record<FieldSort, readonly [string, (value: unknown) => boolean]>> = {
	text: ["a text", (value: unknown) => typeof value === "string" && value !== ""],
	texts: [
		"a list of texts",
		(value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "string"),
	],
	function: ["a function", (value: unknown) => typeof value === "function"],
	boolean: ["true or false", (value: unknown) => typeof value === "boolean"],
	share: ["a number from 0 to 1", (value: unknown) => typeof value === "number" && value >= 0 && value <= 1],
	rate: [
		"a share above 0, at most 1",
		(value: unknown) => typeof value === "number" && value > 0 && value <= 1,
	],
	lift: [
		"a number from 1 (as often as others) to 1000",
		(value: unknown) => typeof value === "number" && value >= 1 && value <= 1000,
	],
	price: [
		"a number from 0 up (for a million tokens)",
		(value: unknown) => typeof value === "number" && value >= 0 && Number.isFinite(value),
	],
	count: ["a whole number from 1 up", (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1],
	whole: ["a whole number", (value: unknown) => Number.isSafeInteger(value)],
	positive: [
		"a number above 0",
		(value: unknown) => typeof value === "number" && value > 0 && Number.isFinite(value),
	],
	url: [
		"a URL with http or https",
		(value: unknown) => typeof value === "string" && /^https?:\/\//.test(value) && URL.canParse(value),
	],
};

/** One field of the configuration with the way to it. */
export class Checker {
	readonly #path: string;
	readonly #field: string;
	readonly value: unknown;

	constructor(path: string, field: string, value?: unknown) {
		this.#path = path;
		this.#field = field;
		this.value = value;
	}

	/** The field as an object, with known names only. */
	object(value: unknown = this.value, known?: readonly string[]): Checker {
		if (typeof value !== "object" || value === null || Array.isArray(value)) this.refuse("must be an object");
		const unknown = Object.keys(value as object).find((name) => !(known?.includes(name) ?? true));
		if (unknown !== undefined) {
			this.refuse(`has an unknown field "${unknown}"; known: ${known?.join(", ")}`);
		}
		return new Checker(this.#path, this.#field, value);
	}

	has(name: string): boolean {
		return (this.value as Readonly<Record<string, unknown>>)[name] !== undefined;
	}

	at(name: string): Checker {
		const field = /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `["${name}"]`;
		const value = (this.value as Readonly<Record<string, unknown>>)[name];
		return new Checker(this.#path, `${this.#field}${field}`.replace(/^\./, ""), value);
	}

	/** The items of a list. */
	items(): Checker[] {
		if (!Array.isArray(this.value)) return this.refuse("must be a list");
		return this.value.map((item: unknown, at) => new Checker(this.#path, `${this.#field}[${at}]`, item));
	}

	entries(): Checker[] {
		const object = this.object();
		return Object.keys(object.value as object).map((name) => object.at(name));
	}

	optional(sort: FieldSort, words?: string): void {
		if (this.value !== undefined) this.required(sort, words);
	}

	required(sort: FieldSort, instead?: string): void {
		const [words, fits] = SORTS[sort];
		if (!fits(this.value)) this.refuse(`must be ${instead ?? words}`);
	}

	/** Left out, or one of these. */
	oneOf(known: readonly string[]): void {
		if (this.value !== undefined && !known.includes(String(this.value)))
			this.refuse(`must be one of ${known.join(", ")}`);
	}

	refuse(what: string): never {
		throw new UsageError(`${this.#path}: ${this.#field === "" ? "the configuration" : this.#field} ${what}`);
	}
}
