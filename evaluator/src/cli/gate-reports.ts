import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { PresentedGate } from "../core/present-gate.ts";
import { renderAnnotations } from "../gate/render-annotations.ts";
import { renderJUnit } from "../gate/render-junit.ts";
import { renderMarkdown } from "../gate/render-markdown.ts";
import { type Io, UsageError } from "./io.ts";

/** Reports by name; all but `github` go into a file. */
const REPORTS = ["junit", "markdown", "json", "github"] as const;

/** One report that was asked for. */
export interface Report {
	readonly kind: (typeof REPORTS)[number];
	/** Null for `github`, which goes to the log. */
	readonly file: string | null;
}

/** @throws UsageError where a report is of no known kind, or its file is missing. */
export function parseReports(text: string | undefined): Report[] {
	if (text === undefined) return [];
	return text.split(",").map((part) => {
		const [name = "", file = ""] = part.split(/=(.*)/s);
		const kind = REPORTS.find((one) => one === name);
		if (kind === undefined || (kind === "github") !== (file === "")) {
			throw new UsageError(
				`--report has "${part}"; give junit=FILE, markdown=FILE, json=FILE or github, separated by commas`,
			);
		}
		return { kind, file: file === "" ? null : file };
	});
}

/** @throws UsageError where a file cannot be written. */
export async function writeReports(
	reports: readonly Report[],
	presented: PresentedGate,
	json: boolean,
	io: Io,
): Promise<void> {
	for (const { kind, file } of reports) {
		if (file === null) {
			// GitHub reads its commands from either stream; with --json, standard output holds the document alone.
			const annotations = renderAnnotations(presented);
			if (annotations !== "") (json ? io.err : io.out)(annotations);
			continue;
		}
		const path = resolve(io.cwd, file);
		try {
			if (kind === "junit") await writeFile(path, renderJUnit(presented));
			else if (kind === "markdown") await writeFile(path, renderMarkdown(presented));
			else await writeFile(path, `${JSON.stringify(presented, null, "\t")}\n`);
		} catch (cause) {
			throw new UsageError(`the ${kind} report cannot be written to ${path}: ${(cause as Error).message}`, {
				cause,
			});
		}
	}
}
