import type { Io } from "../cli/io.ts";
import { runCli } from "../cli/run-cli.ts";

/** What a command printed, and its exit code. */
export interface CalledCommand {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

/** Runs the command line in this process: quicker than a process of its own (`runFaultline`), and with the test's own clock. */
export async function callCli(
	args: readonly string[],
	{ cwd, env = {}, now = Date.now }: Pick<Io, "cwd"> & Partial<Pick<Io, "env" | "now">>,
): Promise<CalledCommand> {
	const lines = { out: "", err: "" };
	const io: Io = {
		out: (text) => {
			lines.out += `${text}\n`;
		},
		err: (text) => {
			lines.err += `${text}\n`;
		},
		env,
		cwd,
		signal: new AbortController().signal,
		colours: false,
		now,
	};
	return { code: await runCli(args, io), ...lines };
}
