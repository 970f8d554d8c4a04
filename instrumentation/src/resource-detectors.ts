import { diag } from "@opentelemetry/api";
import { getStringListFromEnv } from "@opentelemetry/core";
import type { ResourceDetector } from "@opentelemetry/resources";
import {
	envDetector,
	hostDetector,
	osDetector,
	processDetector,
	serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { sealDeep } from "./capture.ts";
import { SCOPE } from "./quietly.ts";

/** In the SDK's order, by the names that OTEL_NODE_RESOURCE_DETECTORS has for them; what is later wins. */
const DETECTORS: Readonly<Record<string, ResourceDetector>> = {
	serviceinstance: serviceInstanceIdDetector,
	process: processDetector,
	host: hostDetector,
	os: osDetector,
	env: envDetector,
};

/**
 * The SDK's resource detectors, those that OTEL_NODE_RESOURCE_DETECTORS names or all, with secrets taken out of what they
 * find: the command line of the process is among it.
 */
export function sealedDetectors(): ResourceDetector[] {
	const wanted = getStringListFromEnv("OTEL_NODE_RESOURCE_DETECTORS") ?? ["all"];
	if (wanted.includes("all")) return Object.values(DETECTORS).map(sealed);
	if (wanted.includes("none")) return [];
	return wanted.flatMap((name) => {
		const detector = Object.hasOwn(DETECTORS, name) ? DETECTORS[name] : undefined;
		if (detector !== undefined) return [sealed(detector)];
		diag.warn(
			`${SCOPE}: OTEL_NODE_RESOURCE_DETECTORS names "${name}"; known: ${Object.keys(DETECTORS).join(", ")}, all, none`,
		);
		return [];
	});
}

function sealed(detector: ResourceDetector): ResourceDetector {
	return {
		detect: (config) => {
			const found = detector.detect(config);
			const attributes = Object.entries(found.attributes ?? {}).map(
				([name, value]) => [name, sealValue(value, name)] as const,
			);
			return { ...found, attributes: Object.fromEntries(attributes) };
		},
	};
}

/** Some are found later. */
function sealValue<T>(value: T | Promise<T>, name: string): T | Promise<T> {
	return value instanceof Promise
		? value.then((settled: T) => sealDeep(settled, name) as T)
		: (sealDeep(value, name) as T);
}
