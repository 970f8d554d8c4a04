/**
 * Fault `tool-shape-changed`: a release of `package_info` on a new metadata client, which groups its fields.
 *
 * The mistake: the cast. The callers still read the fields of the former shape.
 *
 * @module
 */
import { findPackage } from "../corpus.ts";
import { describePackage, type LookUpPackage, type PackageInfo } from "../package-info.ts";

export function createNestedPackageInfo(from: string): LookUpPackage {
	return (query) => {
		const { name, version, license, description, node, dependencies } = describePackage(
			query.package,
			findPackage(query.package, from).manifest,
		);
		const [major, minor, patch] = version.split(".").map(Number);
		return {
			name,
			about: { description },
			release: { version: { major, minor, patch }, engines: { node } },
			legal: { license: { spdx: license } },
			counts: { dependencies },
		} as unknown as PackageInfo;
	};
}
