import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTR, CUT_BYTES_SUFFIX } from "@faultline/instrumentation/attributes";
import type { StepSpec } from "../testing/make-run.ts";
import { readLast } from "../testing/read-last.ts";
import { toolSchema } from "./tool-schema.ts";

const parameters = JSON.stringify({
	type: "object",
	properties: { name: { type: "string" }, limit: { type: "integer" } },
	required: ["name"],
	additionalProperties: false,
});
const result = JSON.stringify({
	type: "object",
	properties: { price: { type: "number" } },
	required: ["price"],
});
const declared = (attributes: Partial<Record<"parameters" | "result", string>>) => ({
	kind: "tool_call" as const,
	attributes: {
		...(attributes.parameters === undefined ? {} : { [ATTR.toolParametersSchema]: attributes.parameters }),
		...(attributes.result === undefined ? {} : { [ATTR.toolResultSchema]: attributes.result }),
	},
});

for (const [title, step, value, text] of [
	[
		"an argument is missing",
		{ ...declared({ parameters }), input: { limit: 3 }, output: "x" },
		0,
		/arguments.*name/,
	],
	[
		"an argument of another type",
		{ ...declared({ parameters }), input: { name: "a", limit: "3" } },
		0,
		/limit.*integer/,
	],
	[
		"a result of another type",
		{ ...declared({ parameters, result }), input: { name: "a" }, output: { price: "9" } },
		0,
		/result.*price.*number/,
	],
	["both broken", { ...declared({ parameters, result }), input: {}, output: {} }, 0, /arguments.*; result/],
	["a result that is no JSON", { ...declared({ result }), output: "nine euros" }, 0, /result.*object/],
	[
		"both kept",
		{ ...declared({ parameters, result }), input: { name: "a" }, output: { price: 9 } },
		1,
		/keeps/,
	],
	["nothing declared", { kind: "tool_call", input: { limit: 3 } }, undefined, /^$/],
	["nothing captured", declared({ parameters, result }), undefined, /^$/],
	[
		"a schema that is none",
		{ ...declared({ parameters: '{"type": "objekt"}' }), input: {} },
		undefined,
		/^$/,
	],
	["a schema that is no JSON", { ...declared({ parameters: "name: string" }), input: {} }, undefined, /^$/],
	[
		"a schema with a reference that leads nowhere",
		{ ...declared({ parameters: '{"$ref": "https://example.com/none"}' }), input: {} },
		undefined,
		/^$/,
	],
	[
		"another kind of step",
		{ kind: "model", attributes: declared({ parameters }).attributes, input: {} },
		undefined,
		/^$/,
	],
] as const satisfies readonly (readonly [string, StepSpec, number | null | undefined, RegExp])[]) {
	test(`declared schemas: ${title}`, () => {
		const found = readLast(toolSchema, [step]);
		assert.equal(found.value, value);
		assert.match(found.text, text);
	});
}

test("two tools with schemas of one id do not disturb each other", () => {
	const schema = (type: string) => JSON.stringify({ $id: "https://example.com/arguments", type });
	for (const [type, value] of [
		["object", 1],
		["array", 0],
		["object", 1],
	] as const) {
		assert.equal(
			readLast(toolSchema, [{ ...declared({ parameters: schema(type) }), input: { a: 1 } }]).value,
			value,
		);
	}
});

test("does not judge a result that was too long to be recorded whole", () => {
	const { kind, attributes } = declared({ result });
	const cut = { ...attributes, [`${ATTR.toolCallResult}${CUT_BYTES_SUFFIX}`]: "200000" };
	assert.equal(readLast(toolSchema, [{ kind, attributes: cut, output: '{"price":' }]).value, undefined);
	assert.equal(readLast(toolSchema, [{ kind, attributes, output: '{"price":' }]).value, 0);
});

for (const draft of [
	"http://json-schema.org/draft-07/schema#",
	"https://json-schema.org/draft/2020-12/schema",
]) {
	test(`reads schemas of ${draft}`, () => {
		const schema = JSON.stringify({ $schema: draft, ...JSON.parse(parameters) });
		assert.equal(
			readLast(toolSchema, [{ ...declared({ parameters: schema }), input: { name: 1 } }]).value,
			0,
		);
		assert.equal(
			readLast(toolSchema, [{ ...declared({ parameters: schema }), input: { name: "a" } }]).value,
			1,
		);
	});
}

test("takes more schemas than it remembers", () => {
	for (let at = 0; at < 1100; at++) {
		const schema = JSON.stringify({ type: "object", required: [`k${at}`] });
		assert.equal(
			readLast(toolSchema, [{ ...declared({ parameters: schema }), input: { k0: 1 } }]).value,
			at === 0 ? 1 : 0,
		);
	}
});
