import type { Readable } from "node:stream";

/** Everything that a command may know of the process it runs in. */
export interface Io {
	/** Standard input, where there is one. */
	readonly input?: Readable;
	/** Writes to standard output: the answer, nothing else. */
	out(text: string): void;
	/** Writes a line to standard error: progress and warnings. */
	err(text: string): void;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	/** Aborted on SIGINT and SIGTERM. */
	readonly signal: AbortSignal;
	/** The screen takes colours. */
	readonly colours: boolean;
	now(): number;
}

/** Exit codes mean something (DESIGN, section 10). */
export const EXIT = { done: 0, bad: 1, couldNotTell: 2, usage: 64, fault: 70 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Wrong use: what was wrong and what to do. Exit code 64. */
export class UsageError extends Error {
	override name = "UsageError";
}

/**
 * What the user's surroundings refuse (a port in use, a file that is none, a folder that another process owns) counts as wrong use: the
 * message says what to do about it.
 */
export async function asUsage<Result>(work: Promise<Result>): Promise<Result> {
	try {
		return await work;
	} catch (cause) {
		throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}

/** Progress lines on standard error, at most two a second, and always the last one. */
export function progressOf(io: Io, label: string): (done: number, total: number) => void {
	let last = 0;
	return (done, total) => {
		const now = io.now();
		if (done < total && now - last < 500) return;
		last = now;
		io.err(`${label} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
	};
}
