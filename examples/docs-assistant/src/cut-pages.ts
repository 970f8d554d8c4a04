/**
 * Cuts one Markdown file into pages, one per heading.
 *
 * @module
 */

/** One section of a package's documentation: what is searched, prompted with and cited. */
export interface Page {
	/** `package/file#heading`, for example `undici/RetryHandler#retryoptions`; unique in the corpus. */
	readonly id: string;
	readonly package: string;
	/** The headings above this section and its own, outermost first, joined by ` > `. */
	readonly title: string;
	/** The section's own Markdown, without its subsections. */
	readonly content: string;
}

const MIN_CONTENT_CHARACTERS = 40;
const DEEPEST_HEADING = 5;

interface Section {
	readonly trail: readonly string[];
	readonly lines: string[];
}

/**
 * The pages of one Markdown file, in the file's order. Sections that hold next to nothing are left out.
 *
 * @example cutPages("# Retry\n\n## Limits\n\nIt retries five times …", { package: "undici", file: "Retry" })
 */
export function cutPages(markdown: string, source: { package: string; file: string }): Page[] {
	const pages: Page[] = [];
	const taken = new Map<string, number>();
	for (const section of sections(markdown, source.file)) {
		const content = section.lines.join("\n").trim();
		if (content.length < MIN_CONTENT_CHARACTERS) continue;
		const slug = slugify(section.trail.at(-1) ?? source.file);
		const before = taken.get(slug) ?? 0;
		taken.set(slug, before + 1);
		pages.push({
			id: `${source.package}/${source.file}#${slug}${before === 0 ? "" : `-${before}`}`,
			package: source.package,
			title: [source.package, ...section.trail].join(" > "),
			content,
		});
	}
	return pages;
}

function sections(markdown: string, file: string): Section[] {
	const found: Section[] = [{ trail: [file], lines: [] }];
	const headings: string[] = [];
	let fenced = false;
	for (const line of withoutMarkup(markdown).split("\n")) {
		if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
		const heading = fenced ? null : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
		const depth = heading?.[1]?.length ?? 0;
		if (heading?.[2] === undefined || depth > DEEPEST_HEADING) {
			found.at(-1)?.lines.push(line);
			continue;
		}
		headings.length = Math.min(headings.length, depth - 1);
		headings[depth - 1] = plain(heading[2]);
		found.push({ trail: headings.filter((title) => title !== undefined), lines: [] });
	}
	return found;
}

/** Drops comments, badges, images and link targets: none of them says anything to a reader of an answer. */
function withoutMarkup(markdown: string): string {
	return markdown
		.replace(/\r\n/g, "\n")
		.replace(/^---\n[\s\S]*?\n---\n/, "")
		.replace(/<!--[\s\S]*?-->/g, "")
		.replace(/\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)/g, "")
		.replace(/!\[[^\]]*\]\([^)]*\)/g, "")
		.replace(/\[([^\]\n]+)\]\([^)\s]*\)/g, "$1")
		.replace(/\[([^\]\n]+)\]\[[^\]\n]*\]/g, "$1")
		.replace(/^\[[^\]\n]+\]:\s+\S+.*$/gm, "");
}

function plain(heading: string): string {
	return heading
		.replace(/<[^>]+>/g, "")
		.replace(/[`*\\]/g, "")
		.trim();
}

function slugify(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, "")
		.trim()
		.replace(/\s+/g, "-");
}
