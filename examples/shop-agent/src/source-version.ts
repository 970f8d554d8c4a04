/**
 * Versions of components: a hash of the file that holds the component, and of the settings that it is composed with.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * The version of the component in the file `name` beside this one, composed with `settings`.
 *
 * @example sourceVersion("render-html.ts", { rel: "noopener" }) // "render-html@5b1f0c2e"
 */
export function sourceVersion(name: string, settings: object = {}): string {
	const hash = createHash("sha256").update(readFileSync(new URL(name, import.meta.url)));
	hash.update(JSON.stringify(settings));
	return `${name.replace(/^.*\/|\.ts$/g, "")}@${hash.digest("hex").slice(0, 8)}`;
}
