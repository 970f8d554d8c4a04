import type { Scorer } from "../core/score.ts";
import { compareShape } from "../core/shape.ts";
import { isCut } from "../core/trace.ts";

const KINDS = new Set(["tool_call", "post_process", "retrieval", "custom", "edge"]);

/** The learned contract: paths and types that (nearly) every reference execution had, and those that none had. */
export const outputShape: Scorer = {
	name: "output-shape",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output, reference, isReference }) {
		if (!KINDS.has(step.kind) || output.raw === "" || step.failed || reference === null) return null;
		if (isCut(step, "output")) return { value: null, text: "its output is too long to be recorded whole" };
		const own = isReference ? 1 : 0;
		const compared = compareShape(output.shape, reference.shape, reference.executions, own);
		if (compared === null) return null;
		const { missing, added } = compared;
		const executions = reference.executions - own;
		if (missing.length === 0 && added.length === 0) {
			return { value: 1, text: `its output has the shape it had in ${executions} reference executions` };
		}
		const was = missing.length > 0 ? `without ${list(missing)}` : "";
		const now = added.length > 0 ? `with the new ${list(added)}` : "";
		return {
			// Whoever reads the output does not know a new field yet, so it breaks nothing.
			value: missing.length > 0 ? 0 : 1,
			text: `its output comes ${[was, now].filter(Boolean).join(" and ")} (reference: ${executions} executions)`,
		};
	},
};

const list = (paths: readonly string[]): string =>
	paths
		.slice(0, 4)
		.map((path) => `\`${path.replace(/^: /, "")}\``)
		.join(", ") + (paths.length > 4 ? ` and ${paths.length - 4} more` : "");
