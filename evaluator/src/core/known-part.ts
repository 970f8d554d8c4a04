import { type Content, readContent } from "./content.ts";
import type { ComponentReference } from "./score.ts";

/**
 * An output without what healthy executions never had: a field that was added does not change what was there before, and whoever reads
 * the output does not know it yet.
 */
export function knownPart(output: Content, reference: ComponentReference | null): Content {
	if (reference === null || output.json === undefined || reference.executions === 0) return output;
	const { values } = reference.profile;
	const known: string[] = [];
	let added = false;
	for (const [path, { leaves }] of output.parts) {
		if (values.has(path)) for (const leaf of leaves) known.push(leaf === null ? "" : String(leaf));
		else added = true;
	}
	return added ? readContent(known.join("\n")) : output;
}
