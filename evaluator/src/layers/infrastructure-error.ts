/** Codes of Node's sockets and of undici for a connection that failed before or while it was used. */
const CODES = new Set([
	"ECONNREFUSED",
	"ECONNRESET",
	"ECONNABORTED",
	"EPIPE",
	"ETIMEDOUT",
	"ENOTFOUND",
	"EAI_AGAIN",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"UND_ERR_SOCKET",
	"UND_ERR_CONNECT_TIMEOUT",
	"UND_ERR_HEADERS_TIMEOUT",
	"UND_ERR_BODY_TIMEOUT",
]);

/** Answers that mean "not now": too busy, a gateway without a server behind it. */
const STATUSES = new Set([408, 425, 429, 502, 503, 504, 529]);

/** Names of the `openai` client's errors for a connection that failed. */
const NAMES = new Set(["APIConnectionError", "APIConnectionTimeoutError", "RateLimitError"]);

/** Whether an answer's status says nothing about the application: worth another try. */
export const isBusyStatus = (status: number): boolean => STATUSES.has(status);

/**
 * Whether an error is the surroundings' and not the pipeline's: the network, a rate limit, a server that is starting. Such a case is tried
 * again; every other error is the pipeline's own failure, and trying again would hide it. Looks along the chain of causes.
 *
 * @example
 * isInfrastructureError(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })); // true
 */
export function isInfrastructureError(error: unknown): boolean {
	let at: unknown = error;
	for (let depth = 0; depth < 8 && typeof at === "object" && at !== null; depth++) {
		const { code, status, name, cause } = at as Readonly<
			Record<"code" | "status" | "name" | "cause", unknown>
		>;
		if (typeof code === "string" && CODES.has(code)) return true;
		if (typeof status === "number" && isBusyStatus(status)) return true;
		// The client's classes do not set `name`.
		if (NAMES.has(String(name)) || NAMES.has(at.constructor?.name)) return true;
		at = cause;
	}
	return false;
}
