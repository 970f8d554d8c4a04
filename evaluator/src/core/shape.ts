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
