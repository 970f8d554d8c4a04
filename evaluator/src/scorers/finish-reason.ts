import { ATTR } from "@faultline/instrumentation/attributes";
import type { Scorer } from "../core/score.ts";

/** The model stopped because it had to. */
export const finishReason: Scorer = {
	name: "finish-reason",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step }) {
		const reasons = step.kind === "model" ? step.attributes[ATTR.finishReasons] : undefined;
		if (!reasons) return null;
		const forced = /length|max_tokens|content_filter|error/i.exec(reasons);
		if (forced === null) return { value: 1, text: "it finished by itself" };
		return { value: 0, text: `it did not finish by itself (finish reason ${forced[0]})` };
	},
};
