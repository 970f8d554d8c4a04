/**
 * Tool `package_info`: what an installed package says about itself in its package.json.
 *
 * @module
 */
import { findPackage } from "./corpus.ts";

export interface PackageInfo {
	readonly name: string;
	readonly version: string;
	readonly license: string;
	readonly description: string;
	/** The Node.js versions it runs on, or `any`. */
	readonly node: string;
	/** How many packages it depends on. */
	readonly dependencies: number;
}

export interface PackageQuery {
	readonly package: string;
}

export type LookUpPackage = (query: PackageQuery) => PackageInfo;

/** JSON schema of the tool's arguments. */
export const PACKAGE_INFO_PARAMETERS = {
	type: "object",
	properties: { package: { type: "string", description: "The package's name on npm" } },
	required: ["package"],
	additionalProperties: false,
} as const;

/** JSON schema of the tool's result. */
export const PACKAGE_INFO_RESULT = {
	type: "object",
	properties: {
		name: { type: "string" },
		version: { type: "string" },
		license: { type: "string" },
		description: { type: "string" },
		node: { type: "string", description: "Range of Node.js versions" },
		dependencies: { type: "integer", minimum: 0 },
	},
	required: ["name", "version", "license", "description", "node", "dependencies"],
} as const;

/** The id under which an answer cites the tool's result. */
export function packagePageId(name: string): string {
	return `${name}/package.json`;
}

/** The tool, looking packages up from the folder `from` upwards. */
export function createPackageInfo(from: string): LookUpPackage {
	return (query) => describePackage(query.package, findPackage(query.package, from).manifest);
}

/** Reads the fields of a package.json; those that are missing or odd get a telling default. */
export function describePackage(name: string, manifest: unknown): PackageInfo {
	const fields = record(manifest);
	return {
		name,
		version: text(fields["version"], "unknown"),
		license: text(fields["license"], "unknown"),
		description: text(fields["description"], ""),
		node: text(record(fields["engines"])["node"], "any"),
		dependencies: Object.keys(record(fields["dependencies"])).length,
	};
}

function record(value: unknown): Record<string, unknown> {
	return typeof value === "object" && value !== null ? { ...value } : {};
}

function text(value: unknown, missing: string): string {
	return typeof value === "string" ? value : missing;
}
