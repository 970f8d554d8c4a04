import type { RowBlock } from "../native/trace-columns.ts";

/** Merges the rows of concurrent requests into few large inserts, and tells every request when its own rows are stored. */

export interface GroupCommitOptions {
	/** An insert is not held back any longer when this many rows wait. */
	readonly maxRows: number;
	/** Or when the oldest rows have waited this long. */
	readonly maxDelayMs: number;
}

export interface GroupCommit {
	/** Resolves when the rows are stored. Rejects with the insert's error. */
	add(block: RowBlock): Promise<void>;
	/** Resolves when everything added before is stored or has failed. */
	flush(): Promise<void>;
}

interface Entry extends RowBlock {
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

/** One insert takes at most about this much: it bounds the engine's memory, and how long the last of a batch waits for the first. */
const MAX_INSERT = { rows: 100_000, bytes: 48 * 1024 * 1024 } as const;

/**
 * One insert at a time; what arrives meanwhile makes up the next one, so that inserts grow with the load.
 * @example const commit = makeGroupCommit((blocks) => store.insertNative("otel_traces", blocks), { maxRows: 5000, maxDelayMs: 100 });
 */
export function makeGroupCommit(
	insert: (blocks: readonly Uint8Array[]) => Promise<void>,
	options: GroupCommitOptions,
): GroupCommit {
	const queue: Entry[] = [];
	let queuedRows = 0;
	let timer: NodeJS.Timeout | undefined;
	let draining: Promise<void> | undefined;

	const takeBatch = (): Entry[] => {
		let [count, rows, bytes] = [0, 0, 0];
		for (const entry of queue) {
			if (count > 0 && (rows + entry.rows > MAX_INSERT.rows || bytes + entry.block.length > MAX_INSERT.bytes))
				break;
			count++;
			rows += entry.rows;
			bytes += entry.block.length;
		}
		queuedRows -= rows;
		return queue.splice(0, count);
	};

	const drain = async (): Promise<void> => {
		clearTimeout(timer);
		timer = undefined;
		for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
			await store(insert, batch);
			// Less than a full batch may wait for more.
			if (queuedRows < options.maxRows && queue.length > 0) break;
		}
		draining = undefined;
		schedule();
	};

	const schedule = (): void => {
		if (draining !== undefined || queue.length === 0) return;
		if (queuedRows >= options.maxRows) draining = drain();
		else
			timer ??= setTimeout(() => {
				draining ??= drain();
			}, options.maxDelayMs);
	};

	return {
		add: (block) =>
			new Promise((resolve, reject) => {
				queue.push({ ...block, resolve, reject });
				queuedRows += block.rows;
				schedule();
			}),
		flush: async () => {
			while (queue.length > 0 || draining !== undefined) {
				draining ??= drain();
				await draining;
			}
		},
	};
}

/** Where a merged insert fails, its halves are tried by themselves, so that one request cannot make the others fail for ever. */
async function store(
	insert: (blocks: readonly Uint8Array[]) => Promise<void>,
	batch: readonly Entry[],
): Promise<void> {
	try {
		await insert(batch.map((entry) => entry.block));
		for (const entry of batch) entry.resolve();
	} catch (error) {
		if (batch.length === 1) {
			batch[0]?.reject(error);
			return;
		}
		const half = batch.length >> 1;
		await store(insert, batch.slice(0, half));
		await store(insert, batch.slice(half));
	}
}
