import { readFile } from "node:fs/promises";
import { Ajv, type ErrorObject } from "ajv";
import { UsageError } from "../cli/io.ts";
import {
	completePolicy,
	contradictionsOf,
	GATE_POLICY_SCHEMA,
	type GatePolicy,
	type WrittenPolicy,
} from "../core/gate-policy.ts";

const validate = new Ajv({ allErrors: true, discriminator: true }).compile<WrittenPolicy>(GATE_POLICY_SCHEMA);

/**
 * Checks a policy against its schema and fills in the defaults.
 *
 * @param from where it was read, for the message.
 * @throws UsageError that names every field that is wrong.
 * @example
 * checkPolicy({ rows: [{ kind: "outcome", margin: 0.03 }] }, "gate.json");
 */
export function checkPolicy(written: unknown, from: string): GatePolicy {
	if (!validate(written)) {
		throw new UsageError(`${from} is no gate policy: ${describe(validate.errors ?? [])} (docs/gate.md)`);
	}
	const policy = completePolicy(written);
	const contradictions = contradictionsOf(policy);
	if (contradictions.length > 0) throw new UsageError(`${from}: ${contradictions.join("; ")}`);
	return policy;
}

/**
 * Reads a policy file.
 *
 * @throws UsageError where it cannot be read, is not JSON or no policy.
 * @example
 * const policy = await readPolicy("gate.json");
 */
export async function readPolicy(path: string): Promise<GatePolicy> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (cause) {
		throw new UsageError(`the policy ${path} cannot be read; give --policy FILE of a JSON file`, { cause });
	}
	let written: unknown;
	try {
		written = JSON.parse(text);
	} catch (cause) {
		throw new UsageError(`the policy ${path} is not JSON: ${(cause as Error).message}`, { cause });
	}
	return checkPolicy(written, path);
}

function describe(errors: readonly ErrorObject[]): string {
	const sentences = errors.map(({ instancePath, message = "is wrong", params }) => {
		const field = instancePath === "" ? "the policy" : instancePath.slice(1).replaceAll("/", ".");
		const extra = "additionalProperty" in params ? ` ("${params["additionalProperty"]}")` : "";
		const allowed = "allowedValues" in params ? `: ${(params["allowedValues"] as unknown[]).join(", ")}` : "";
		return `${field} ${message}${extra}${allowed}`;
	});
	return [...new Set(sentences)].join("; ");
}
