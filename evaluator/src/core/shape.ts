/**
 * The structure of a JSON value as a set of `path: type` entries, arrays folded into `[]`: what a schema learned from samples is
 * made of.
 *
 * @module
 */

const MAX_PATHS = 400;
const MAX_DEPTH = 8;

/**
 * Lists the paths of a value with their types.
 *
 * @example
 * shapeOf({ price: "9", tags: [1] }); // Set { ": object", ".price: string", ".tags: array", ".tags[]: number" }
 */
export function shapeOf(value: unknown): ReadonlySet<string> {
	const paths = new Set<string>();
	walk(value, "", 0, paths);
	return paths;
}

function walk(value: unknown, path: string, depth: number, paths: Set<string>): void {
	if (paths.size >= MAX_PATHS || depth > MAX_DEPTH) return;
	paths.add(`${path}: ${typeOf(value)}`);
	if (Array.isArray(value)) {
		for (const item of value.slice(0, 50)) walk(item, `${path}[]`, depth + 1, paths);
	} else if (typeof value === "object" && value !== null) {
		for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`, depth + 1, paths);
	}
}

function typeOf(value: unknown): string {
	if (value === undefined) return "text";
	if (value === null) return "null";
	return Array.isArray(value) ? "array" : typeof value;
}

/** A path counts as promised when 98 % of the reference executions had it. */
const PROMISED = 0.98;
const MIN_EXECUTIONS = 10;

/**
 * The learned contract: paths that (nearly) every reference execution had and this value lacks, and paths that none had.
 *
 * @param counts in how many of the `executions` each path was present.
 * @param own 1 where the value is itself one of them, so that it does not vouch for itself.
 * @returns null where the reference is too small to promise anything.
 */
export function compareShape(
	shape: ReadonlySet<string>,
	counts: ReadonlyMap<string, number>,
	executions: number,
	own: 0 | 1,
): { readonly missing: readonly string[]; readonly added: readonly string[] } | null {
	if (executions - own < MIN_EXECUTIONS) return null;
	const missing: string[] = [];
	for (const [path, count] of counts) {
		// What this value lacks it has not counted towards: nothing of its own is to be taken off.
		if (count >= PROMISED * (executions - own) && !shape.has(path)) missing.push(path);
	}
	return { missing, added: [...shape].filter((path) => (counts.get(path) ?? 0) - own <= 0) };
}
