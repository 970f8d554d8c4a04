import { Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { buildServer } from "../mcp/build-server.ts";
import { type Command, parseOptions, storeOptions } from "./command.ts";
import { EXIT, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { findPageUrl, pageOption } from "./page-url.ts";

const options = { ...pageOption, ...storeOptions } as const;

export const mcp: Command = {
	name: "mcp",
	summary: "tools for agents over the Model Context Protocol on standard input and output",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`mcp takes no arguments, got "${positionals[0]}"`);
		const { input } = io;
		if (input === undefined) throw new UsageError("mcp reads standard input, and there is none");
		const pageUrl = await findPageUrl(values, io);
		await using store = await openDatabase(values, io);
		const server = buildServer({ store, now: io.now, pageUrl });
		const ended = new Promise<void>((resolve) => {
			input.once("end", resolve).once("close", resolve);
			io.signal.addEventListener("abort", () => resolve(), { once: true });
		});
		await server.connect(new StdioServerTransport(input, outputOf(io)));
		io.err("faultline mcp: waiting for requests on standard input");
		await ended;
		await server.close();
		return EXIT.done;
	},
};

/** The protocol's messages are lines, and the answer is the only thing on standard output. */
const outputOf = (io: Io): Writable =>
	new Writable({
		decodeStrings: false,
		write(chunk: string | Buffer, _encoding, done) {
			io.out(chunk.toString());
			done();
		},
	});
