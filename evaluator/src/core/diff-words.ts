/** A piece of two texts that are laid over each other: in both, only in the first, or only in the second. */
export interface WordPiece {
	readonly kind: "same" | "removed" | "added";
	readonly text: string;
}

/** Beyond so many words that differ the search is given up: the rest counts as replaced. */
const MAX_EDITS = 1500;
/** Words, numbers, runs of spaces, and every other character by itself. */
const WORDS = /[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu;

/**
 * The difference of two texts by words: the shortest script of removals and additions (Myers, "An O(ND) Difference Algorithm", 1986). The
 * pieces that are not `added` make up the first text again, those that are not `removed` the second. Texts with more than 1,500 differing words are
 * compared only as far as their common beginning and end.
 *
 * @example
 * diffWords("a red car", "a blue car").map(({ kind, text }) => `${kind}:${text}`); // ["same:a ", "removed:red", "added:blue", "same: car"]
 */
export function diffWords(before: string, after: string): readonly WordPiece[] {
	const a: readonly string[] = before.match(WORDS) ?? [];
	const b: readonly string[] = after.match(WORDS) ?? [];
	let start = 0;
	while (start < a.length && start < b.length && a[start] === b[start]) start++;
	let end = 0;
	while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
	const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
	const pieces: WordPiece[] = [];
	push(pieces, "same", a.slice(0, start).join(""));
	const middle = shortestScript(restA, restB);
	if (middle === null) {
		push(pieces, "removed", restA.join(""));
		push(pieces, "added", restB.join(""));
	} else for (const { kind, text } of middle) push(pieces, kind, text);
	push(pieces, "same", end === 0 ? "" : a.slice(-end).join(""));
	return pieces;
}

/** Adds to the last piece where it is of the same kind. */
function push(pieces: WordPiece[], kind: WordPiece["kind"], text: string): void {
	if (text === "") return;
	const last = pieces.at(-1);
	if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + text };
	else pieces.push({ kind, text });
}

/** The words of both in order, or null where more than MAX_EDITS of them differ. */
function shortestScript(a: readonly string[], b: readonly string[]): WordPiece[] | null {
	const limit = Math.min(a.length + b.length, MAX_EDITS);
	// furthest[k + limit + 1]: how far into `a` the best path on diagonal k has come.
	const furthest = new Int32Array(2 * limit + 3);
	const trail: Int32Array[] = [];
	for (let edits = 0; edits <= limit; edits++) {
		trail.push(furthest.slice(limit + 1 - edits - 1, limit + 1 + edits + 2));
		for (let k = -edits; k <= edits; k += 2) {
			const at = k + limit + 1;
			const down = k === -edits || (k !== edits && (furthest[at - 1] ?? 0) < (furthest[at + 1] ?? 0));
			let x = down ? (furthest[at + 1] ?? 0) : (furthest[at - 1] ?? 0) + 1;
			while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
			furthest[at] = x;
			if (x >= a.length && x - k >= b.length) return walkBack(a, b, trail);
		}
	}
	return null;
}

/** The script that led to the end, found from there: `trail[d]` holds diagonals −d−1 … d+1 before the d-th edit. */
function walkBack(a: readonly string[], b: readonly string[], trail: readonly Int32Array[]): WordPiece[] {
	const backwards: WordPiece[] = [];
	let [x, y] = [a.length, b.length];
	for (let edits = trail.length - 1; edits >= 0; edits--) {
		const before = trail[edits] ?? new Int32Array();
		const on = (k: number): number => before[k + edits + 1] ?? 0;
		const k = x - y;
		const down = k === -edits || (k !== edits && on(k - 1) < on(k + 1));
		const fromK = down ? k + 1 : k - 1;
		const [fromX, fromY] = edits === 0 ? [0, 0] : [on(fromK), on(fromK) - fromK];
		while (x > fromX && y > fromY) {
			backwards.push({ kind: "same", text: a[x - 1] ?? "" });
			x--;
			y--;
		}
		if (edits === 0) break;
		if (down) backwards.push({ kind: "added", text: b[y - 1] ?? "" });
		else backwards.push({ kind: "removed", text: a[x - 1] ?? "" });
		[x, y] = [fromX, fromY];
	}
	return backwards.reverse();
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;

/**
 * Takes changes together that only marks and spaces separate, so that a rewritten passage reads as one: what was removed as a whole, then what was
 * added. Both texts can still be read from the pieces.
 *
 * @example
 * joinChanges(diffWords('"a": 1', '"b": 2')).map(({ text }) => text); // ['"', 'a": 1', 'b": 2']
 */
export function joinChanges(pieces: readonly WordPiece[]): readonly WordPiece[] {
	const joined: WordPiece[] = [];
	let [removed, added] = ["", ""];
	const flush = (): void => {
		push(joined, "removed", removed);
		push(joined, "added", added);
		[removed, added] = ["", ""];
	};
	for (const [index, { kind, text }] of pieces.entries()) {
		const between = removed + added !== "" && index < pieces.length - 1 && !WORD.test(text);
		if (kind === "removed") removed += text;
		else if (kind === "added") added += text;
		else if (between) [removed, added] = [removed + text, added + text];
		else {
			flush();
			push(joined, "same", text);
		}
	}
	flush();
	return joined;
}
