/**
 * Works through items, so many at a time, until none is left or the signal aborts. The first error stops the taking of further items and
 * is thrown when the ones under way have ended.
 *
 * @example
 * await runPool(cases, { concurrency: 4, signal }, runCase);
 */
export async function runPool<Item>(
	items: readonly Item[],
	{ concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal },
	work: (item: Item) => Promise<void>,
): Promise<void> {
	const waiting = [...items].reverse();
	const errors: unknown[] = [];
	const take = async (): Promise<void> => {
		while (errors.length === 0 && signal?.aborted !== true) {
			const item = waiting.pop();
			if (item === undefined) return;
			try {
				await work(item);
			} catch (error) {
				errors.push(error);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, take));
	if (errors.length > 0) throw errors[0];
}
