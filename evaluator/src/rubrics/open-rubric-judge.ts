import { hash, randomBytes } from "node:crypto";
import type { Store } from "@faultline/collector";
import { runExhibits, stepExhibits } from "../core/exhibits.ts";
import { type NodeRun, readNodes } from "../core/nodes.ts";
import { readRubricAnswer } from "../core/read-rubric-answer.ts";
import { estimateTokens, isFence, PROMPT_VERSION, renderQuestion } from "../core/render-question.ts";
import type { Rubric, RubricQuestion, RubricVerdict } from "../core/rubric.ts";
import { suspiciousTexts } from "../core/suspicious-text.ts";
import { INPUT, type Run } from "../core/trace.ts";
import { openChatClient } from "../layers/ask-model.ts";
import type { JudgeConfig } from "../scoring-config.ts";
import { select } from "../store/select.ts";
import { type AskEndpoint, type AskEndpointOptions, endpointAsker } from "./ask-endpoint.ts";
import { rubricsOf } from "./default-rubrics.ts";
import { Pace } from "./pace.ts";
import { type BudgetBound, Spending } from "./spending.ts";

/** Why a question has no answer. */
export type NotJudged = "budget" | "endpoint" | "unreadable" | "cannot_tell" | "no_content";

/** What the judge says of a step or a run. */
export interface RubricAnswer {
	readonly question: RubricQuestion;
	/** Of the rubric's text, the model and its parameters. */
	readonly version: string;
	/** Share of the repeats that said pass, 0..1; null where it was not judged. */
	readonly value: number | null;
	/** Null where it was judged. */
	readonly notJudged: NotJudged | null;
	/** What decided, or what went wrong, for a person. */
	readonly reason: string;
	/** Share of the repeats that agree with most of them; null where it was not judged. */
	readonly agreement: number | null;
	readonly repeats: number;
	/** Of all repeats, also those answered before. */
	readonly tokens: { readonly input: number; readonly output: number };
	readonly cost: number | null;
	/** Nothing was paid for it this time. */
	readonly cached: boolean;
	/** Sentences in the recorded texts that seem to be meant for a judge. */
	readonly suspicious: readonly string[];
}

/** What a judge has done so far. */
export interface JudgeCounts {
	readonly judged: number;
	readonly cached: number;
	readonly notJudged: Readonly<Partial<Record<NotJudged, number>>>;
	readonly calls: number;
	readonly tokens: number;
	/** Null without a price. */
	readonly cost: number | null;
	/** Which bound of the budget was reached. */
	readonly bound: BudgetBound | null;
}

/** A model that is asked with rubrics. */
export interface RubricJudge {
	readonly config: JudgeConfig;
	readonly rubrics: readonly Rubric[];
	version(rubric: Rubric): string;
	/** Never rejects for the endpoint's sake: what could not be judged says why. */
	ask(question: RubricQuestion): Promise<RubricAnswer>;
	counts(): JudgeCounts;
}

export interface OpenRubricJudgeOptions
	extends Partial<Pick<AskEndpointOptions, "random" | "pause" | "log">> {
	readonly store: Store;
	readonly config: JudgeConfig;
	/** Where the endpoint's key is looked up. */
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly now?: () => number;
}

interface StoredAnswer {
	readonly verdict: RubricVerdict;
	readonly reason: string;
	readonly inputTokens: number;
	readonly outputTokens: number;
	readonly cost: number | null;
}

/** Most characters of one recorded text. */
export const MAX_CHARACTERS = 6_000;

/**
 * Opens a judge. The same question (rubric, texts, model, parameters) is paid for once, whoever asks: answers are kept in the table
 * `judge_answers`. (Two processes that ask the same question at the same moment may both pay.)
 *
 * @throws UsageError where the endpoint's key is missing.
 * @example
 * const judge = openRubricJudge({ store, config: { model: "gpt-5-mini" }, env: process.env });
 */
export function openRubricJudge({
	store,
	config,
	env,
	now = Date.now,
	...more
}: OpenRubricJudgeOptions): RubricJudge {
	const client = openChatClient(`the judge "${config.model}"`, config, env);
	const { concurrency = 4, requestsPerMinute } = config;
	const pace = new Pace({
		concurrency,
		now,
		...(requestsPerMinute === undefined ? {} : { perMinute: requestsPerMinute }),
		...(more.pause === undefined ? {} : { pause: more.pause }),
	});
	const judge = new Judge(store, config, endpointAsker({ client, config, pace, ...more }), now);
	return {
		config,
		rubrics: rubricsOf(config.rubrics),
		version: (rubric) => judge.version(rubric),
		ask: (question) => judge.ask(question),
		counts: () => judge.counts(),
	};
}

class Judge {
	readonly #store: Store;
	readonly #config: JudgeConfig;
	readonly #endpoint: AskEndpoint;
	readonly #now: () => number;
	readonly #spending: Spending;
	readonly #open = new Map<string, Promise<RubricAnswer>>();
	readonly #notJudged: Partial<Record<NotJudged, number>> = {};
	#judged = 0;
	#cached = 0;
	#calls = 0;
	#tokens = 0;
	#cost = 0;
	#bound: BudgetBound | null = null;

	constructor(store: Store, config: JudgeConfig, endpoint: AskEndpoint, now: () => number) {
		this.#store = store;
		this.#config = config;
		this.#endpoint = endpoint;
		this.#now = now;
		this.#spending = new Spending(store, config.budget ?? {}, now);
	}

	version({ text }: Pick<Rubric, "text">): string {
		return hash("sha256", JSON.stringify([text, ...this.#parameters(), this.#config.repeats ?? 1])).slice(
			0,
			12,
		);
	}

	#parameters(): readonly unknown[] {
		const { model, temperature = 0, seed = null, maxAnswerTokens = 400 } = this.#config;
		return [PROMPT_VERSION, model, temperature, seed, maxAnswerTokens];
	}

	async ask(question: RubricQuestion): Promise<RubricAnswer> {
		const key = hash(
			"sha256",
			JSON.stringify([question.rubric.text, question.exhibits, ...this.#parameters()]),
		);
		const open = this.#open.get(key);
		if (open !== undefined) return { ...(await open), question, cached: true };
		const asked = this.#answer(question, key);
		this.#open.set(key, asked);
		try {
			const answer = await asked;
			if (answer.notJudged === null) this.#judged++;
			else this.#notJudged[answer.notJudged] = (this.#notJudged[answer.notJudged] ?? 0) + 1;
			if (answer.cached) this.#cached++;
			return answer;
		} finally {
			this.#open.delete(key);
		}
	}

	counts(): JudgeCounts {
		return {
			judged: this.#judged,
			cached: this.#cached,
			notJudged: { ...this.#notJudged },
			calls: this.#calls,
			tokens: this.#tokens,
			cost: this.#config.price === undefined ? null : this.#cost,
			bound: this.#bound,
		};
	}

	async #answer(question: RubricQuestion, key: string): Promise<RubricAnswer> {
		const suspicious = [...new Set(question.exhibits.flatMap(({ text }) => suspiciousTexts(text)))];
		const base = { question, version: this.version(question.rubric), suspicious };
		if (question.exhibits.length === 0)
			return { ...base, ...nothing("no_content", "no content was recorded") };
		const rows = await select<{
			repeat: number;
			verdict: RubricVerdict;
			reason: string;
			input_tokens: string;
			output_tokens: string;
			cost: number | null;
		}>(this.#store, "paid-answers.sql", { key });
		const known = new Map(
			rows.map(({ repeat, verdict, reason, input_tokens, output_tokens, cost }) => [
				repeat,
				{ verdict, reason, cost, inputTokens: Number(input_tokens), outputTokens: Number(output_tokens) },
			]),
		);
		const { repeats = 1 } = this.#config;
		const missing = Array.from({ length: repeats }, (_, repeat) => repeat).filter((at) => !known.has(at));
		const found = await Promise.all(missing.map((repeat) => this.#call(question, key, repeat)));
		const answers = [...[...known.values()].slice(0, repeats), ...found.filter((one) => "verdict" in one)];
		const failure = found.find((one) => "notJudged" in one);
		return { ...base, ...combine(answers, failure), cached: missing.length === 0 };
	}

	async #call(
		question: RubricQuestion,
		key: string,
		repeat: number,
	): Promise<StoredAnswer | { readonly notJudged: NotJudged; readonly reason: string }> {
		const { maxAnswerTokens = 400, model } = this.#config;
		const estimate = estimateTokens(question);
		// Short words and other scripts take more tokens than are estimated.
		const most = this.#expense(Math.ceil(estimate * 1.3), maxAnswerTokens);
		const reserved = await this.#spending.reserve(question.traceId, most);
		if (typeof reserved === "string") {
			this.#bound = reserved;
			return { notJudged: "budget", reason: `the budget's ${reserved} is spent` };
		}
		let spent = { tokens: 0, cost: null as number | null };
		try {
			const nonce = drawNonce(question);
			const { text, inputTokens, outputTokens } = await this.#endpoint(
				renderQuestion(question, nonce),
				repeat,
			);
			const [input, output] = [inputTokens ?? estimate, outputTokens ?? Math.ceil(text.length / 4)];
			spent = this.#expense(input, output);
			this.#calls++;
			this.#tokens += spent.tokens;
			this.#cost += spent.cost ?? 0;
			const read = readRubricAnswer(text);
			const { cost } = spent;
			await this.#store.insert("judge_answers", [
				{
					key,
					repeat,
					rubric: question.rubric.name,
					model,
					verdict: read?.verdict ?? "",
					reason: read?.reason ?? text.slice(0, 1_000),
					input_tokens: input,
					output_tokens: output,
					cost,
					trace_id: question.traceId,
					asked_at: (this.#now() / 1000).toFixed(3),
				},
			]);
			if (read === null)
				return { notJudged: "unreadable", reason: `the judge's answer is no verdict: ${text.slice(0, 200)}` };
			return { ...read, inputTokens: input, outputTokens: output, cost };
		} catch (error) {
			return { notJudged: "endpoint", reason: error instanceof Error ? error.message : String(error) };
		} finally {
			reserved.settle(spent);
		}
	}

	#expense(input: number, output: number): { tokens: number; cost: number | null } {
		const { price } = this.#config;
		const cost = price === undefined ? null : (input * price.input + output * price.output) / 1e6;
		return { tokens: input + output, cost };
	}
}

function drawNonce({ exhibits }: RubricQuestion): string {
	for (;;) {
		const nonce = randomBytes(12).toString("hex");
		if (isFence(nonce, exhibits)) return nonce;
	}
}

type Combined = Omit<RubricAnswer, "question" | "version" | "suspicious">;

const nothing = (notJudged: NotJudged, reason: string): Combined => ({
	value: null,
	notJudged,
	reason,
	agreement: null,
	repeats: 0,
	tokens: { input: 0, output: 0 },
	cost: null,
	cached: false,
});

/** The repeats as one answer: the share that passed, and the reason of the first of the majority. */
function combine(
	answers: readonly StoredAnswer[],
	failure: { readonly notJudged: NotJudged; readonly reason: string } | undefined,
): Combined {
	const decided = answers.filter(({ verdict }) => verdict !== "cannot_tell");
	const passed = decided.filter(({ verdict }) => verdict === "pass").length;
	const sum = (of: (answer: StoredAnswer) => number): number =>
		answers.reduce((total, answer) => total + of(answer), 0);
	const costs = answers.flatMap(({ cost }) => cost ?? []);
	const spent = {
		repeats: answers.length,
		tokens: { input: sum((one) => one.inputTokens), output: sum((one) => one.outputTokens) },
		cost: costs.length === 0 ? null : costs.reduce((total, cost) => total + cost, 0),
	};
	if (decided.length === 0) {
		const [first] = answers;
		const { notJudged, reason } = failure ?? {
			notJudged: "cannot_tell" as const,
			reason: first?.reason ?? "",
		};
		return { ...nothing(notJudged, reason), ...spent };
	}
	const value = passed / decided.length;
	const most = value >= 0.5 ? "pass" : "fail";
	return {
		...spent,
		value,
		notJudged: null,
		reason: decided.find(({ verdict }) => verdict === most)?.reason ?? "",
		agreement: Math.max(passed, decided.length - passed) / answers.length,
		cached: false,
	};
}

/** Which rubrics a question may be asked with, and of what. */
export interface QuestionFilter {
	/** Names of rubrics; default all. */
	readonly rubrics?: readonly string[];
}

/**
 * Every question that can be asked of a run: of the whole, and of each step, hand-off and the input, with each rubric that is for it. Those of
 * which nothing was recorded are left out.
 *
 * @example
 * questionsOf(judge, run, { rubrics: ["end-to-end"] });
 */
export function questionsOf(
	{ rubrics, config }: Pick<RubricJudge, "rubrics" | "config">,
	run: Run,
	{ rubrics: wanted }: QuestionFilter = {},
	read: NodeRun = readNodes(run),
): RubricQuestion[] {
	const most = config.maxCharacters ?? MAX_CHARACTERS;
	return rubrics
		.filter(({ name, pipelines }) => {
			const asked = wanted?.includes(name) ?? true;
			return asked && (pipelines.length === 0 || pipelines.includes(run.pipeline));
		})
		.flatMap((rubric): RubricQuestion[] => {
			if (rubric.steps === null) {
				const exhibits = runExhibits(read, most);
				return [{ rubric, traceId: run.traceId, spanId: "", step: "", kind: "", exhibits }];
			}
			return read.nodes.flatMap((node, at): RubricQuestion[] => {
				if (rubric.steps?.(node) !== true || (node.input === "" && node.output === "")) return [];
				const spanId = node.kind === INPUT ? "" : node.spanId;
				const exhibits = stepExhibits(read, at, most);
				return [{ rubric, traceId: run.traceId, spanId, step: node.name, kind: node.kind, exhibits }];
			});
		})
		.filter(({ exhibits }) => exhibits.length > 0);
}
