/** Merges the rows of concurrent requests into few large inserts, and tells every request when its own rows are stored. */

/** The queue is full: the sender should wait and send again. */
export class BusyError extends Error {
	override readonly name = "BusyError";
}

export interface GroupCommitOptions {
	/** A batch is inserted as soon as it has this many rows. */
	readonly maxRows: number;
	/** Or when its oldest rows have waited this long. */
	readonly maxDelayMs: number;
	/** Rows of more than this many bytes of requests are not taken. */
	readonly maxQueuedBytes: number;
}

export interface GroupCommit<Row> {
	/**
	 * Resolves when the rows are stored. Rejects with BusyError where there is no room, else with the insert's error.
	 * `bytes` is the size of the request that held the rows, for the queue's limit.
	 */
	add(rows: readonly Row[], bytes: number): Promise<void>;
	/** Resolves when everything added before is stored or has failed. */
	flush(): Promise<void>;
}

interface Entry<Row> {
	readonly rows: readonly Row[];
	readonly bytes: number;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

/**
 * One insert at a time; what arrives meanwhile makes up the next one.
 * @example const commit = makeGroupCommit((rows) => insertTraces(store, rows), { maxRows: 5000, maxDelayMs: 100, maxQueuedBytes: 2 ** 28 });
 */
export function makeGroupCommit<Row>(
	insert: (rows: readonly Row[]) => Promise<void>,
	options: GroupCommitOptions,
): GroupCommit<Row> {
	const queue: Entry<Row>[] = [];
	let queuedRows = 0;
	let heldBytes = 0;
	let timer: NodeJS.Timeout | undefined;
	let draining: Promise<void> | undefined;

	const takeBatch = (): Entry<Row>[] => {
		const batch: Entry<Row>[] = [];
		let rows = 0;
		while (rows < options.maxRows) {
			const entry = queue.shift();
			if (entry === undefined) break;
			batch.push(entry);
			rows += entry.rows.length;
		}
		queuedRows -= rows;
		return batch;
	};

	const drain = async (): Promise<void> => {
		clearTimeout(timer);
		timer = undefined;
		for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
			await store(insert, batch);
			for (const entry of batch) heldBytes -= entry.bytes;
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
		add: (rows, bytes) =>
			new Promise((resolve, reject) => {
				if (heldBytes > 0 && heldBytes + bytes > options.maxQueuedBytes) {
					reject(new BusyError(`${heldBytes} bytes of telemetry are waiting for the database`));
					return;
				}
				queue.push({ rows, bytes, resolve, reject });
				queuedRows += rows.length;
				heldBytes += bytes;
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

/** Where a merged insert fails, each request is tried by itself, so that one of them cannot make the others fail for ever. */
async function store<Row>(
	insert: (rows: readonly Row[]) => Promise<void>,
	batch: readonly Entry<Row>[],
): Promise<void> {
	try {
		await insert(batch.length === 1 ? (batch[0]?.rows ?? []) : batch.flatMap((entry) => entry.rows));
		for (const entry of batch) entry.resolve();
	} catch (error) {
		if (batch.length === 1) {
			batch[0]?.reject(error);
			return;
		}
		for (const entry of batch) await store(insert, [entry]);
	}
}
