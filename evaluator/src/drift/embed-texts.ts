import { createHash } from "node:crypto";
import type { Store } from "@faultline/collector";
import OpenAI from "openai";
import { UsageError } from "../cli/io.ts";
import type { EmbeddingsConfig } from "../config.ts";
import { messageOf } from "../layers/case-runner.ts";
import { select } from "../store/select.ts";

/** Gives each text its embedding, in the order of the texts. */
export type EmbedTexts = (texts: readonly string[]) => Promise<Float32Array[]>;

/** Texts in one request; endpoints bound both their number and their length. */
const BATCH = 64;
const MAX_CHARACTERS = 8000;
const HASHES_PER_QUERY = 150;
const RETRIES = 4;

/**
 * Embeds texts through the `openai` client, in batches, tried again where the endpoint is busy, and kept in the table `embeddings`, so that no
 * text is sent twice. An empty text has no meaning: its embedding is zero.
 *
 * @param env where the endpoint's key is looked up.
 * @throws UsageError where the key is missing, the endpoint refuses, or what it answers are no embeddings; the message says which.
 * @example
 * const embed = embedder(store, { model: "text-embedding-3-small" }, process.env);
 * const [vector] = await embed(["refund please"]);
 */
export function embedder(
	store: Store,
	config: EmbeddingsConfig,
	env: Readonly<Record<string, string | undefined>>,
	onProgress: (done: number, total: number) => void = () => {},
): EmbedTexts {
	const client = clientOf(config, env);
	const known = new Map<string, Float32Array>();
	return async (texts) => {
		const hashes = texts.map((text) => createHash("sha256").update(text).digest("hex"));
		const byHash = new Map(hashes.map((hash, at) => [hash, texts[at] ?? ""]));
		await readKnown(
			store,
			config.model,
			[...byHash.keys()].filter((hash) => !known.has(hash)),
			known,
		);
		const missing = [...byHash].filter(([hash, text]) => !known.has(hash) && text.trim() !== "");
		for (let at = 0; at < missing.length; at += BATCH) {
			const batch = missing.slice(at, at + BATCH);
			const vectors = await ask(
				client,
				config.model,
				batch.map(([, text]) => text.slice(0, MAX_CHARACTERS)),
			);
			batch.forEach(([hash], index) => {
				known.set(hash, vectors[index] ?? new Float32Array());
			});
			await store.insert(
				"embeddings",
				batch.map(([hash], index) => ({
					name: config.model,
					text_hash: hash,
					vector: [...(vectors[index] ?? [])],
				})),
			);
			onProgress(Math.min(at + BATCH, missing.length), missing.length);
		}
		const [any] = known.values();
		const nothing = new Float32Array(any?.length ?? 1);
		return hashes.map((hash) => known.get(hash) ?? nothing);
	};
}

function clientOf(
	{ model, baseURL, apiKeyVariable = "OPENAI_API_KEY" }: EmbeddingsConfig,
	env: Readonly<Record<string, string | undefined>>,
): OpenAI {
	const url = baseURL ?? env["OPENAI_BASE_URL"];
	const apiKey = env[apiKeyVariable];
	if (apiKey === undefined && url === undefined) {
		throw new UsageError(
			`embeddings of "${model}" are asked for at OpenAI, and ${apiKeyVariable} is not set; set it, or give drift.embeddings.baseURL`,
		);
	}
	return new OpenAI({
		apiKey: apiKey ?? "none",
		maxRetries: RETRIES,
		...(url === undefined ? {} : { baseURL: url }),
	});
}

async function readKnown(
	store: Store,
	model: string,
	hashes: readonly string[],
	into: Map<string, Float32Array>,
): Promise<void> {
	for (let at = 0; at < hashes.length; at += HASHES_PER_QUERY) {
		const rows = await select<{ text_hash: string; vector: number[] }>(store, "embeddings.sql", {
			model,
			hashes: hashes.slice(at, at + HASHES_PER_QUERY),
		});
		for (const { text_hash, vector } of rows) into.set(text_hash, Float32Array.from(vector));
	}
}

async function ask(client: OpenAI, model: string, input: readonly string[]): Promise<Float32Array[]> {
	// Not every compatible server knows base64, which the client would ask for by itself.
	const answer = await client.embeddings
		.create({ model, input: [...input], encoding_format: "float" })
		.catch((cause: unknown) => {
			throw new UsageError(
				`the embedding model "${model}" at ${client.baseURL} could not be asked: ${messageOf(cause)}; mend the endpoint, or leave drift.embeddings out`,
				{ cause },
			);
		});
	const vectors = [...answer.data]
		.sort((a, b) => a.index - b.index)
		.map(({ embedding }) => Float32Array.from(embedding));
	const width = vectors[0]?.length ?? 0;
	const isWhole = vectors.length === input.length && width > 0;
	if (
		!isWhole ||
		vectors.some((vector) => vector.length !== width || vector.some((x) => !Number.isFinite(x)))
	) {
		throw new UsageError(
			`the embedding model "${model}" at ${client.baseURL} answered ${vectors.length} embeddings of ${width} numbers to ${input.length} texts; check drift.embeddings.model`,
		);
	}
	return vectors;
}
