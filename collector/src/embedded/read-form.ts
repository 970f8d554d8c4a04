import { ClickHouseHttpError } from "./read-request.ts";

/**
 * A request whose query and parameters are fields of a form, as `@clickhouse/client` sends those that are too long for a URL: with the fields moved
 * to where other requests have them. Every other request stays as it is.
 *
 * @throws ClickHouseHttpError where the form cannot be read, or holds a file: ClickHouse's external tables, which the embedded engine lacks.
 */
export async function readForm(
	url: URL,
	body: Buffer,
	contentType: string,
): Promise<{ readonly url: URL; readonly body: Buffer }> {
	if (!/^multipart\//i.test(contentType)) return { url, body };
	const moved = new URL(url);
	for (const [name, value] of await parse(body, contentType)) {
		if (typeof value !== "string" || /_(structure|format|types)$/.test(name))
			throw new ClickHouseHttpError(
				48,
				"NOT_IMPLEMENTED",
				"The embedded ClickHouse takes no external tables; create a temporary table in a session",
			);
		moved.searchParams.append(name, value);
	}
	return { url: moved, body: Buffer.alloc(0) };
}

async function parse(body: Buffer, contentType: string): Promise<FormData> {
	try {
		return await new Response(body, { headers: { "content-type": contentType } }).formData();
	} catch (cause) {
		throw new ClickHouseHttpError(36, "BAD_ARGUMENTS", "The body is no multipart/form-data", { cause });
	}
}
