import type { RatingScope } from "../store/read-rating-frame.ts";
import { selectorOf } from "./evaluate.ts";
import type { Io } from "./io.ts";

const AHEAD_MS = 86_400_000;

/** Which runs people's ratings are about; without `--since` those of the last so many days. */
export function ratingScopeOf(
	values: {
		readonly since?: string | undefined;
		readonly until?: string | undefined;
		readonly pipeline?: string | undefined;
		readonly version?: string | undefined;
	},
	io: Io,
	days: number,
): RatingScope {
	const { sinceMs, untilMs, pipeline } = selectorOf(values, io);
	return {
		sinceMs: Math.floor(sinceMs ?? io.now() - days * 86_400_000),
		// Imported runs may carry clocks ahead of this one.
		untilMs: Math.ceil(untilMs ?? io.now() + AHEAD_MS),
		...(pipeline === undefined ? {} : { pipeline }),
		...(values.version === undefined ? {} : { serviceVersion: values.version }),
	};
}

/** The option for one deploy. */
export const versionOption = {
	version: { type: "string", help: "only this service version", value: "VERSION" },
} as const;
