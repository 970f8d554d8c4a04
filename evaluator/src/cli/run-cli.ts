import { type Command, renderHelp } from "./command.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";

/** Subcommands in the order in which a user meets them. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
	up: async () => (await import("./up.ts")).up,
	migrate: async () => (await import("./migrate.ts")).migrateDatabase,
	demo: async () => (await import("./demo.ts")).demo,
	import: async () => (await import("./import.ts")).importFiles,
	export: async () => (await import("./export.ts")).exportSpans,
	evaluate: async () => (await import("./evaluate.ts")).evaluate,
	scores: async () => (await import("./scores.ts")).scores,
	locate: async () => (await import("./locate.ts")).locate,
	compare: async () => (await import("./compare.ts")).compare,
	since: async () => (await import("./since.ts")).since,
	profiles: async () => (await import("./profiles.ts")).profiles,
	fixtures: async () => (await import("./fixtures.ts")).fixtures,
	eval: async () => (await import("./eval.ts")).evaluateLayers,
	drift: async () => (await import("./drift.ts")).drift,
	replay: async () => (await import("./replay.ts")).replay,
	bisect: async () => (await import("./bisect.ts")).bisect,
	gate: async () => (await import("./gate.ts")).gate,
	rate: async () => (await import("./rate.ts")).rate,
	judge: async () => (await import("./judge.ts")).judge,
	estimate: async () => (await import("./estimate.ts")).estimate,
	dashboards: async () => (await import("./dashboards.ts")).dashboards,
	doctor: async () => (await import("./doctor.ts")).doctor,
	mcp: async () => (await import("./mcp.ts")).mcp,
	page: async () => (await import("./page.ts")).page,
};

/**
 * Runs one command line.
 *
 * @param args what follows `faultline`.
 * @returns the exit code; never throws.
 */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
	const [name, ...rest] = args;
	try {
		if (name === undefined || name === "help" || name === "--help" || name === "-h") {
			io.out(await renderOverview());
			return name === undefined ? EXIT.usage : EXIT.done;
		}
		const load = COMMANDS[name];
		if (load === undefined) throw new UsageError(`"${name}" is no command; \`faultline help\` lists them`);
		const command = await load();
		if (rest.includes("--help") || rest.includes("-h")) {
			io.out(renderHelp(command));
			return EXIT.done;
		}
		return await command.run(rest, io);
	} catch (error) {
		return reportError(error, io);
	}
}

function reportError(error: unknown, io: Io): ExitCode {
	if (error instanceof UsageError) {
		io.err(`faultline: ${error.message}`);
		return EXIT.usage;
	}
	io.err(`faultline: ${error instanceof Error ? error.message : String(error)}`);
	if (error instanceof Error && io.env["FAULTLINE_DEBUG"] !== undefined) io.err(error.stack ?? "");
	return EXIT.fault;
}

async function renderOverview(): Promise<string> {
	const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
	return [
		"Usage: faultline COMMAND [options]",
		"",
		"Says which component of an LLM pipeline broke.",
		"",
		...commands.map((command) => `  ${command.name.padEnd(12)}${command.summary}`),
		"",
		"`faultline COMMAND --help` lists a command's options.",
		"Exit codes: 0 done, 1 the answer is bad, 2 could not tell, 64 wrong use, 70 a fault of Faultline's own.",
		"",
	].join("\n");
}
