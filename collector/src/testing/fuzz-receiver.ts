import { encodeRequest } from "../otlp/encode-request.ts";
import { OtlpDecodeError } from "../otlp/rows.ts";
import { BodyError, decompress } from "../receiver/read-body.ts";
import { startReceiver } from "../receiver/start-receiver.ts";
import type { Store } from "../store/store.ts";
import { FUZZ_BODY_BYTES, type FuzzBody, makeFuzzBody } from "./fuzz-requests.ts";

export interface FuzzReceiverResult {
	readonly answered: Readonly<Record<number, number>>;
	/** Bodies whose answer was another than what they deserve. */
	readonly wrong: readonly string[];
	readonly expectedRows: number;
	readonly storedRows: number;
	/** Resident memory at its highest, above what it was before the first body. */
	readonly grownMb: number;
}

/** Sends hostile bodies to a real receiver in front of a real database, and counts answers and rows. */
export async function fuzzReceiver(
	store: Store,
	options: { readonly count: number; readonly random: () => number },
): Promise<FuzzReceiverResult> {
	const receiver = await startReceiver({
		store,
		httpPort: 0,
		grpcPort: null,
		commitDelayMs: 5,
		maxBodyBytes: FUZZ_BODY_BYTES,
	});
	const rowsNow = async (): Promise<number> => {
		const [counts] = await store.query<{ n: string }>(
			"SELECT (SELECT count() FROM otel_traces) + (SELECT count() FROM otel_logs) AS n",
		);
		return Number(counts?.n);
	};
	const before = await rowsNow();
	const startMb = process.memoryUsage.rss() / 1e6;
	const answered: Record<number, number> = {};
	const wrong: string[] = [];
	let [expectedRows, highestMb] = [0, startMb];
	let left = options.count;
	const sender = async (): Promise<void> => {
		while (left-- > 0) {
			const sent = makeFuzzBody(options.random);
			const expected = await judge(sent);
			expectedRows += expected.rows;
			const response = await fetch(`http://127.0.0.1:${receiver.httpPort}/v1/${sent.signal}`, {
				method: "POST",
				body: Buffer.from(sent.body),
				headers: {
					"content-type": sent.encoding === "json" ? "application/json" : "application/x-protobuf",
					...(sent.compression === "" ? {} : { "content-encoding": sent.compression }),
				},
			});
			await response.arrayBuffer();
			answered[response.status] = (answered[response.status] ?? 0) + 1;
			if (response.status !== expected.status)
				wrong.push(
					`${response.status} instead of ${expected.status}: ${sent.body.toString("hex").slice(0, 4_000)}`,
				);
			highestMb = Math.max(highestMb, process.memoryUsage.rss() / 1e6);
		}
	};
	try {
		await Promise.all(Array.from({ length: 8 }, sender));
		await receiver.flush();
	} finally {
		await receiver.close();
	}
	return {
		answered,
		wrong,
		expectedRows,
		storedRows: (await rowsNow()) - before,
		grownMb: highestMb - startMb,
	};
}

async function judge(sent: FuzzBody): Promise<{ status: number; rows: number }> {
	try {
		const body = await decompress(sent.body, sent.compression, FUZZ_BODY_BYTES);
		return { status: 200, rows: encodeRequest({ ...sent, body }).rows };
	} catch (error) {
		if (error instanceof BodyError) return { status: error.status, rows: 0 };
		if (error instanceof OtlpDecodeError) return { status: 400, rows: 0 };
		throw error;
	}
}
