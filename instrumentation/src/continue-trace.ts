import { context, propagation } from "@opentelemetry/api";
import { quietly } from "./quietly.ts";

/**
 * Runs a function in the trace that a request's headers carry (W3C `traceparent` and `baggage`), so that the run belongs to whoever asked: an
 * evaluation over HTTP finds its trace by that. An HTTP instrumentation does the same by itself; this is for servers without one.
 *
 * @example
 * createServer((request, response) => continueTrace(request.headers, () => answer(request, response)));
 */
export function continueTrace<T>(headers: object, run: () => T): T {
	const extracted = quietly("reading a request's trace", () =>
		propagation.extract(context.active(), headers),
	);
	return extracted === undefined ? run() : context.with(extracted, run);
}
