import { ATTR } from "@faultline/instrumentation/attributes";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseJson } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

const OPTIONS = { strict: false, allErrors: true, validateFormats: false, logger: false } as const;
const draft7 = new Ajv(OPTIONS);
const draft2020 = new Ajv2020(OPTIONS);
const compiled = new Map<string, ValidateFunction | null>();
const MAX_SCHEMAS = 1000;

/** Arguments and result against the JSON Schemas that the tool declares. */
export const toolSchema: Scorer = {
	name: "tool-schema",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (step.kind !== "tool_call") return null;
		const breaches = [
			breach("arguments", step.attributes[ATTR.toolParametersSchema], input.json),
			breach(
				"result",
				step.attributes[ATTR.toolResultSchema],
				isCut(step, "output") ? undefined : (output.json ?? output.raw),
			),
		].filter((found) => found !== null);
		if (breaches.length === 0) return null;
		const broken = breaches.filter((found) => found !== "");
		if (broken.length === 0) return { value: 1, text: "it keeps its declared schema" };
		return { value: 0, text: `it breaks its declared schema: ${broken.join("; ")}` };
	},
};

/** "" where the value fits, a sentence where it does not, null where there is no usable schema or value. */
function breach(what: string, schema: string | undefined, value: unknown): string | null {
	const validate = schema === undefined || value === undefined || value === "" ? null : validatorOf(schema);
	if (validate === null) return null;
	return validate(value) ? "" : `${what} ${draft7.errorsText(validate.errors, { dataVar: "" })}`;
}

function validatorOf(schema: string): ValidateFunction | null {
	const known = compiled.get(schema);
	if (known !== undefined) return known;
	if (compiled.size >= MAX_SCHEMAS) compiled.clear();
	let validate: ValidateFunction | null = null;
	try {
		const parsed = parseJson(schema);
		if (typeof parsed === "object" && parsed !== null) validate = compile(parsed);
	} catch {
		// An invalid schema is the declaration's fault, not the call's: nothing can be told.
	}
	compiled.set(schema, validate);
	return validate;
}

function compile(schema: object): ValidateFunction {
	const draft = "$schema" in schema ? String(schema.$schema) : "";
	const ajv = draft.includes("/2020-12/") ? draft2020 : draft7;
	try {
		return ajv.compile(schema);
	} finally {
		// Ajv remembers schemas by their id and refuses another one of the same id: the tool's next version.
		ajv.removeSchema(schema);
	}
}
