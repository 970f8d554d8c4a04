import { type Io, UsageError } from "./io.ts";
import { dataDirOf, findRunning } from "./open-database.ts";

/** The option for links to the page. */
export const pageOption = {
	"page-url": { type: "string", help: "address of the page, for links to runs", value: "URL" },
} as const;

/** The address of the page without a slash at its end, or null where none was given. */
export function parsePageUrl(text: string | undefined): string | null {
	if (text === undefined) return null;
	if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
		throw new UsageError(`--page-url is "${text}"; give the page's address, such as http://127.0.0.1:4319`);
	}
	return text.replace(/\/+$/, "");
}

/** The page that was named, else that of a running `faultline up` on the same folder, else null. */
export async function findPageUrl(
	values: {
		readonly "page-url"?: string | undefined;
		readonly url?: string | undefined;
		readonly "data-dir"?: string | undefined;
	},
	io: Io,
): Promise<string | null> {
	const named = parsePageUrl(values["page-url"]);
	if (named !== null || values.url !== undefined) return named;
	return (await findRunning(dataDirOf(values, io)))?.pageUrl ?? null;
}

/** Where the page shows a run. */
export const runUrl = (pageUrl: string | null, traceId: string): string | null =>
	pageUrl === null ? null : `${pageUrl}/runs/${traceId}`;
