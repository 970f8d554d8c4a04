import { diag } from "@opentelemetry/api";

/** Name of the tracer, the logger and the diagnostics of this package. */
export const SCOPE = "@faultline/instrumentation";

/**
 * Runs a piece of telemetry so that nothing it does reaches the application: a throw becomes a diagnostic
 * (`OTEL_LOG_LEVEL=warn` shows it) and the answer `undefined`.
 *
 * @example quietly("the outcome function", () => options.outcome?.(result));
 */
export function quietly<T>(what: string, work: () => T): T | undefined {
	try {
		return work();
	} catch (error) {
		report(what, error);
		return undefined;
	}
}

/** Says what failed, for those who do without `quietly` because they run on every call. */
export function report(what: string, error: unknown): void {
	try {
		diag.warn(`${SCOPE}: ${what} failed and was ignored: ${describeError(error)}`);
	} catch {
		// A diagnostics logger that throws is no reason to hurt the application either.
	}
}

/**
 * Calls a function that the user gave (an extractor, an outcome). It must answer at once: a promise is dropped, and its
 * rejection with it, because a rejection nobody handles would end the process.
 *
 * @example const version = askUser("version", () => options.version(...args));
 */
export function askUser<T>(what: string, work: () => T): T | undefined {
	const answer = quietly(`the ${what} function`, work);
	if (answer instanceof Promise) {
		answer.catch(() => undefined);
		quietly("the diagnostic", () =>
			diag.warn(
				`${SCOPE}: the ${what} function returned a promise; it must answer at once, so it was ignored`,
			),
		);
		return undefined;
	}
	return answer;
}

function describeError(error: unknown): string {
	try {
		return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	} catch {
		return "an error that cannot be printed";
	}
}
