import { setTimeout as sleep } from "node:timers/promises";
import type OpenAI from "openai";
import type { ChatMessage } from "../core/chat-messages.ts";
import { ANSWER_SCHEMA } from "../core/render-question.ts";
import { isInfrastructureError } from "../layers/infrastructure-error.ts";
import type { JudgeConfig } from "../scoring-config.ts";
import { backOffMs } from "../service/back-off.ts";
import type { Pace } from "./pace.ts";

/** What the endpoint said, and what it counted; null where it counts nothing. */
export interface EndpointAnswer {
	readonly text: string;
	readonly inputTokens: number | null;
	readonly outputTokens: number | null;
}

/** Asks an endpoint, again where it is busy or away. Throws what its client throws at last. */
export type AskEndpoint = (messages: readonly ChatMessage[], repeat: number) => Promise<EndpointAnswer>;

export interface AskEndpointOptions {
	readonly client: OpenAI;
	readonly config: JudgeConfig;
	readonly pace: Pace;
	readonly random?: () => number;
	readonly pause?: (ms: number) => Promise<unknown>;
	readonly log?: (line: string) => void;
}

/** Fields that some endpoints refuse, in the order in which they are given up: an answer in no fixed form is better than none. */
const OPTIONAL = ["response_format", "seed", "temperature", "max_tokens"] as const;
type Optional = (typeof OPTIONAL)[number];
const FORMATS = ["json_schema", "json_object", "text"] as const;
const LONGEST_PAUSE_MS = 120_000;

/**
 * The way to one endpoint. Answers are held to a JSON schema where the endpoint can do that, else to JSON, else asked for in words; what it
 * refuses is remembered and left out from then on.
 *
 * @example
 * const ask = endpointAsker({ client, config: { model: "gpt-5-mini" }, pace: new Pace({ concurrency: 4 }) });
 */
export function endpointAsker(options: AskEndpointOptions): AskEndpoint {
	const { client, config, pace, random = Math.random, pause = sleep, log = () => {} } = options;
	const refused = new Set<Optional>();
	let format = 0;
	const requestOf = (messages: readonly ChatMessage[], repeat: number): Record<string, unknown> => {
		const { model, temperature = 0, seed, maxAnswerTokens = 400 } = config;
		const limit = refused.has("max_tokens")
			? { max_completion_tokens: maxAnswerTokens }
			: { max_tokens: maxAnswerTokens };
		return {
			model,
			messages,
			...limit,
			...(refused.has("temperature") ? {} : { temperature }),
			// The same seed would give the same answer again.
			...(seed === undefined || refused.has("seed") ? {} : { seed: seed + repeat }),
			...formatOf(FORMATS[format] ?? "text"),
		};
	};
	const once = async (messages: readonly ChatMessage[], repeat: number): Promise<EndpointAnswer> => {
		for (;;) {
			try {
				const completion = await client.chat.completions.create(
					requestOf(messages, repeat) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
					{ timeout: config.timeoutMs ?? 60_000 },
				);
				return answerOf(completion);
			} catch (error) {
				const field = refusedField(error, refused, format);
				if (field === null) throw error;
				if (field === "response_format") format++;
				else refused.add(field);
				log(
					`the judge's endpoint refuses ${field}${field === "response_format" ? `; answers are asked for as ${FORMATS[format]}` : ", which is left out"}`,
				);
			}
		}
	};
	const { tries = 5 } = config;
	return (messages, repeat) =>
		pace.run(async () => {
			for (let failures = 1; ; failures++) {
				try {
					return await once(messages, repeat);
				} catch (error) {
					if (failures >= tries || !isInfrastructureError(error)) throw error;
					const told = retryAfterMs(error);
					if (told !== null) pace.pauseFor(told);
					else await pause(backOffMs(failures, random()));
					await pace.turn();
				}
			}
		});
}

const answerOf = ({ choices, usage }: OpenAI.ChatCompletion): EndpointAnswer => ({
	text: choices?.[0]?.message?.content ?? "",
	inputTokens: usage?.prompt_tokens ?? null,
	outputTokens: usage?.completion_tokens ?? null,
});

function formatOf(format: (typeof FORMATS)[number]): object {
	if (format === "text") return {};
	if (format === "json_object") return { response_format: { type: format } };
	return {
		response_format: {
			type: format,
			json_schema: { name: "judgement", strict: true, schema: ANSWER_SCHEMA },
		},
	};
}

/** Which field of the request an endpoint refuses, where it says so and leaving it out can help. */
function refusedField(error: unknown, refused: ReadonlySet<Optional>, format: number): Optional | null {
	const { status, message, param } = error as Readonly<Record<"status" | "message" | "param", unknown>>;
	if (status !== 400 && status !== 422 && status !== 501) return null;
	const text = `${param ?? ""} ${message ?? ""}`;
	return (
		OPTIONAL.find((field) => {
			if (field === "response_format")
				return (
					format < FORMATS.length - 1 && /response_format|json_schema|json_object|structured/i.test(text)
				);
			return !refused.has(field) && text.includes(field);
		}) ?? null
	);
}

/** How long the endpoint says to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfterMs(error: unknown): number | null {
	const { headers } = error as { readonly headers?: unknown };
	if (!(headers instanceof Headers)) return null;
	const [exact, told] = [headers.get("retry-after-ms"), headers.get("retry-after")];
	const ms =
		exact !== null
			? Number(exact)
			: told === null
				? Number.NaN
				: Number.isNaN(Number(told))
					? Date.parse(told) - Date.now()
					: Number(told) * 1000;
	return Number.isNaN(ms) ? null : Math.min(LONGEST_PAUSE_MS, Math.max(0, ms));
}
