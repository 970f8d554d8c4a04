import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { indexVersions } from "./index-versions.ts";

for (const [title, step, value, text] of [
	[
		"two models that do not match",
		{
			kind: "retrieval",
			attributes: { [ATTR.indexEmbeddingModel]: "small-3", [ATTR.queryEmbeddingModel]: "ada-2" },
		},
		0,
		/built with small-3.*ada-2/,
	],
	[
		"one model on both sides",
		{
			kind: "retrieval",
			attributes: { [ATTR.indexEmbeddingModel]: "ada-2", [ATTR.queryEmbeddingModel]: "ada-2" },
		},
		1,
		/ada-2/,
	],
	[
		"only the index's is known",
		{ kind: "retrieval", attributes: { [ATTR.indexEmbeddingModel]: "ada-2" } },
		undefined,
		/^$/,
	],
	[
		"an empty one",
		{
			kind: "retrieval",
			attributes: { [ATTR.indexEmbeddingModel]: "ada-2", [ATTR.queryEmbeddingModel]: "" },
		},
		undefined,
		/^$/,
	],
	["nothing is known", { kind: "retrieval" }, undefined, /^$/],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`embedding models: ${title}`, () => {
		const found = readLast(indexVersions, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}
