import { UsageError } from "../cli/io.ts";

/**
 * A parameter of an address that takes one of a few words, or none ("").
 *
 * @throws UsageError where it is another one.
 * @example
 * oneOf(c.req.query(), "outcome", ["pass", "fail"]); // "fail"
 */
export function oneOf<const Word extends string>(
	query: Readonly<Record<string, string>>,
	name: string,
	words: readonly Word[],
): Word | "" {
	const value = query[name] ?? "";
	const known = words.find((word) => word === value);
	if (value !== "" && known === undefined)
		throw new UsageError(`${name} is "${value}"; give ${words.join(", ")} or nothing`);
	return known ?? "";
}
