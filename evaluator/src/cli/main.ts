import { EXIT } from "./io.ts";
import { runCli } from "./run-cli.ts";

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.once(signal, () => {
		abort.abort();
		// A second signal ends the process at once.
		process.once(signal, () => process.exit(EXIT.fault));
	});
}
// A reader that closes early (`faultline … | head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
});
// Standard output is the answer and nothing else: what an application prints that runs in this process goes to standard error.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const code = await runCli(process.argv.slice(2), {
	out: (text) => void answer(text.endsWith("\n") ? text : `${text}\n`),
	err: (text) => void process.stderr.write(`${text}\n`),
	// Looked at only by who reads it: an open standard input keeps a process waiting.
	get input() {
		return process.stdin;
	},
	env: process.env,
	cwd: process.env["INIT_CWD"] ?? process.cwd(),
	signal: abort.signal,
	colours: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
	now: Date.now,
});
process.exitCode = code;
// The embedded engine keeps threads of its own; once everything is written there is nothing left to wait for.
if (process.stdout.writableLength === 0) process.exit(code);
process.stdout.once("drain", () => process.exit(code));
