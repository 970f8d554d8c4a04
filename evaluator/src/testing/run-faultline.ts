import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../bin/faultline.js", import.meta.url));

export interface CommandResult {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

/** Runs the real command line in a process of its own, as a user would. */
export async function runFaultline(
	args: readonly string[],
	cwd: string,
	env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
	const child = startFaultline(args, cwd, env);
	const code = await child.ended;
	return { code, out: child.out(), err: child.err() };
}

export interface RunningCommand {
	readonly ended: Promise<number | null>;
	out(): string;
	err(): string;
	/** Resolves when standard output matches, throws when the command ends before. */
	untilOut(pattern: RegExp): Promise<RegExpExecArray>;
	stop(): Promise<number | null>;
	kill(signal: NodeJS.Signals): void;
}

/** Starts the real command line and leaves it running. */
export function startFaultline(
	args: readonly string[],
	cwd: string,
	more: Readonly<Record<string, string>> = {},
): RunningCommand {
	const own = Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^(OTEL_|OPENAI_|CLICKHOUSE_|FAULTLINE_|INIT_CWD|NODE_TEST)/.test(name),
		),
	);
	const child = spawn(process.execPath, ["--conditions=source", CLI, ...args], {
		cwd,
		env: { ...own, ...more },
	});
	let [out, err] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		err += text;
	});
	const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
	return {
		ended,
		out: () => out,
		err: () => err,
		async untilOut(pattern) {
			let over = false;
			void ended.then(() => {
				over = true;
			});
			for (;;) {
				const match = pattern.exec(out);
				if (match !== null) return match;
				if (over) throw new Error(`the command ended without printing ${pattern}: ${out}\n${err}`);
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		},
		kill: (signal) => void child.kill(signal),
		stop() {
			child.kill("SIGTERM");
			return ended;
		},
	};
}
