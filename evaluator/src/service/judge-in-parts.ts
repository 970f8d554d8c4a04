/** Items that were judged together, and what came of it. */
export interface Part<Item, Result> {
	readonly runs: readonly Item[];
	readonly result: Result;
}

/**
 * Judges all items at once; where that throws, halves, until the ones that it throws on are by themselves and are handed to `leaveOut`. One item that
 * cannot be judged so costs some rounds of judging, and keeps no other from it.
 *
 * @example
 * for (const { runs, result } of judgeInParts(fresh, judge, (run, cause) => report(run, cause))) await write(runs, result);
 */
export function* judgeInParts<Item, Result>(
	runs: readonly Item[],
	judge: (runs: readonly Item[]) => Result,
	leaveOut: (run: Item, cause: unknown) => void,
): Generator<Part<Item, Result>> {
	const [first] = runs;
	if (first === undefined) return;
	let result: Result;
	try {
		result = judge(runs);
	} catch (cause) {
		if (runs.length === 1) {
			leaveOut(first, cause);
			return;
		}
		const middle = Math.ceil(runs.length / 2);
		yield* judgeInParts(runs.slice(0, middle), judge, leaveOut);
		yield* judgeInParts(runs.slice(middle), judge, leaveOut);
		return;
	}
	yield { runs, result };
}
