import { leavesOf } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

/** A tool that answers “200, and here is my error”. */
export const toolError: Scorer = {
	name: "tool-error",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "tool_call" || output.raw === "") return null;
		const message = errorIn(output.json) ?? (/^\s*error\b/i.test(output.text) ? output.text : null);
		if (message === null) return { value: 1, text: "its result holds no error" };
		return { value: 0, text: `its result is an error: ${message.slice(0, 160)}` };
	},
};

function errorIn(value: unknown): string | null {
	if (typeof value !== "object" || value === null) return null;
	const result = value as Record<string, unknown>;
	const error = result["error"] ?? result["errors"];
	if (error && !(Array.isArray(error) && error.length === 0)) return written(error);
	if (result["success"] === false || result["ok"] === false) return written(value);
	const status = result["status"] ?? result["statusCode"];
	return typeof status === "number" && status >= 400 && status < 600 ? written(value) : null;
}

/** As JSON, or the texts inside where it is nested deeper than JSON can be written. */
function written(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch {
		return leavesOf(value).join(", ");
	}
}
