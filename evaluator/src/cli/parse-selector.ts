import type { RunSelector } from "../store/read-runs.ts";
import { UsageError } from "./io.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };

const FIELDS: Readonly<Record<string, keyof RunSelector & string>> = {
	"service.version": "serviceVersion",
	"service.name": "serviceName",
	"deployment.environment.name": "environment",
	"vcs.ref.head.revision": "revision",
	pipeline: "pipeline",
};

/**
 * A point in time as milliseconds since the epoch: an ISO time, or an age counted back from now.
 *
 * @throws UsageError when it is neither.
 * @example
 * parseTime("2h", now); // now − 7,200,000
 */
export function parseTime(text: string, now: number): number {
	const age = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
	if (age !== null) return now - Number(age[1]) * (UNITS[age[2] ?? ""] ?? 0);
	const time = Date.parse(text);
	if (Number.isNaN(time)) {
		throw new UsageError(
			`"${text}" is no time; give an ISO time such as 2026-05-01T12:00:00Z or an age such as 2h`,
		);
	}
	return time;
}

/**
 * Which runs one side of a comparison means: `service.version=41`, several fields with commas between, or a time range `FROM..TO`.
 *
 * @throws UsageError when a field is unknown or has no value.
 * @example
 * parseSelector("service.version=41,deployment.environment.name=production", now);
 */
export function parseSelector(text: string, now: number): RunSelector {
	const range = /^([^=]*?)\.\.([^=]*)$/.exec(text);
	if (range !== null) {
		const [, from = "", to = ""] = range;
		return {
			...(from === "" ? {} : { sinceMs: parseTime(from, now) }),
			...(to === "" ? {} : { untilMs: parseTime(to, now) }),
		};
	}
	const selector: Record<string, string> = {};
	for (const part of text.split(",")) {
		const at = part.indexOf("=");
		const field = FIELDS[part.slice(0, at).trim()];
		const value = part.slice(at + 1).trim();
		if (at < 0 || field === undefined || value === "") {
			throw new UsageError(
				`"${part}" selects no runs; give FIELD=VALUE with one of ${Object.keys(FIELDS).join(", ")}, or a time range FROM..TO`,
			);
		}
		selector[field] = value;
	}
	return selector;
}
