import { once } from "node:events";
import { startPage } from "../web/start-page.ts";
import { type Command, parseOptions, storeOptions } from "./command.ts";
import { asUsage, EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = {
	host: {
		type: "string",
		help: "address to listen on (default 127.0.0.1; others need --token)",
		value: "ADDRESS",
	},
	"page-port": { type: "string", help: "port (default 4319)", value: "PORT" },
	token: { type: "string", help: "token that visitors must show (or FAULTLINE_TOKEN)", value: "TOKEN" },
	...storeOptions,
} as const;

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export const page: Command = {
	name: "page",
	summary: "serve the page alone, beside a ClickHouse server",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`page takes no arguments, got "${positionals[0]}"`);
		const host = values.host ?? "127.0.0.1";
		const token = values.token ?? io.env["FAULTLINE_TOKEN"];
		if (!LOOPBACK.has(host) && (token === undefined || token === ""))
			throw new UsageError(`--host ${host} lets other machines in; give a --token (or FAULTLINE_TOKEN)`);
		const port = Number(values["page-port"] ?? 4319);
		if (!Number.isInteger(port) || port < 0 || port > 65_535)
			throw new UsageError(
				`--page-port is "${values["page-port"]}"; give a port from 0 (any free one) to 65535`,
			);
		await using store = await openDatabase(values, io);
		const server = await asUsage(startPage({ store, host, port, ...(token === undefined ? {} : { token }) }));
		io.out(`Faultline's page: http://${host}:${server.port}`);
		if (!io.signal.aborted) await once(io.signal, "abort");
		await server.close();
		return EXIT.done;
	},
};
