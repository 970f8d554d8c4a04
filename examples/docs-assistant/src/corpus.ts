/**
 * The documentation that the assistant knows: the Markdown files that installed packages ship.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { cutPages, type Page } from "./cut-pages.ts";

/** The packages whose documentation is read, in this order. All of them come with `npm ci`. */
export const DOCUMENTED_PACKAGES = [
	"@clickhouse/client",
	"@grpc/grpc-js",
	"@grpc/proto-loader",
	"@opentelemetry/api",
	"@opentelemetry/instrumentation-undici",
	"@opentelemetry/sdk-node",
	"@opentelemetry/semantic-conventions",
	"ajv",
	"commander",
	"fast-uri",
	"gpt-tokenizer",
	"import-in-the-middle",
	"long",
	"minisearch",
	"openai",
	"protobufjs",
	"undici",
	"yaml",
] as const;

/** Change logs, licences, translations and the notes to contributors answer no user's question. */
const NOT_DOCUMENTATION =
	/(^|\/)(node_modules|src|lib|test|tests)\/|(^|\/)(changelog|history|license|contributing|code_of_conduct|security|agents|evals)\b|[._][a-z]{2}([-_][A-Z]{2})?\.md$/i;

/** An installed package: where it is, and its package.json. */
export interface InstalledPackage {
	readonly directory: string;
	readonly manifest: unknown;
}

/**
 * Reads every page of the named packages, walking up from `from` to the `node_modules` that holds each. The same
 * installation gives the same pages in the same order.
 *
 * @throws where a package is not installed, or ships no documentation.
 * @example readCorpus(["undici"], import.meta.dirname)
 */
export function readCorpus(packages: readonly string[], from: string): Page[] {
	return packages.flatMap((name) => {
		const { directory } = findPackage(name, from);
		const pages = markdownFiles(directory).flatMap((path) =>
			cutPages(readFileSync(join(directory, path), "utf8"), { package: name, file: basename(path, ".md") }),
		);
		if (pages.length === 0)
			throw new Error(`${name} in ${directory} ships no Markdown documentation; drop it from the list`);
		return distinct(pages);
	});
}

/**
 * Finds an installed package as Node would: in the nearest `node_modules` above `from`.
 *
 * @throws where there is none.
 */
export function findPackage(name: string, from: string): InstalledPackage {
	for (let folder = from; ; folder = dirname(folder)) {
		const directory = join(folder, "node_modules", name);
		const path = join(directory, "package.json");
		if (existsSync(path)) return { directory, manifest: JSON.parse(readFileSync(path, "utf8")) };
		if (dirname(folder) === folder) {
			throw new Error(`package ${name} is in no node_modules above ${from}; run npm ci`);
		}
	}
}

function markdownFiles(directory: string): string[] {
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && /\.md$/i.test(entry.name))
		.map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/"))
		.filter((path) => !NOT_DOCUMENTATION.test(path))
		.sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Packages repeat themselves: `docs/index.md` holds sections of `README.md`, of which the first copy is kept. And two
 * files of the same name must not share page ids.
 */
function distinct(pages: readonly Page[]): Page[] {
	const seen = new Map<string, number>();
	const first = new Map(pages.toReversed().map((page) => [page.content, page]));
	const kept = pages.filter((page) => first.get(page.content) === page);
	return kept.map((page) => {
		const before = seen.get(page.id) ?? 0;
		seen.set(page.id, before + 1);
		return before === 0 ? page : { ...page, id: `${page.id}~${before + 1}` };
	});
}
