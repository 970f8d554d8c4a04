import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { exportOtlp } from "@faultline/collector";
import { timeRange } from "../store/read-runs.ts";
import { type Command, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { EXIT, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";

const options = {
	output: {
		type: "string",
		help: "file to write; .gz and .zst are compressed (default: standard output)",
		value: "FILE",
	},
	...selectOptions,
	...storeOptions,
} as const;

export const exportSpans: Command = {
	name: "export",
	summary: "write stored spans as OTLP/JSON lines",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0)
			throw new UsageError(`export takes no arguments, got "${positionals[0]}"; give --output FILE`);
		await using store = await openDatabase(values, io);
		const selector = selectorOf(values, io);
		const range = await timeRange(store, selector);
		if (range === null) throw new UsageError("no runs are stored in this range; there is nothing to export");
		const lines = exportOtlp(store, {
			since: new Date(range.sinceMs),
			until: new Date(range.untilMs),
			...(selector.pipeline === undefined ? {} : { pipeline: selector.pipeline }),
		});
		if (values.output === undefined) {
			for await (const line of lines) io.out(line);
			return EXIT.done;
		}
		const file = createWriteStream(resolve(io.cwd, values.output));
		const text = Readable.from(withNewlines(lines));
		if (values.output.endsWith(".gz")) await pipeline(text, createGzip(), file);
		else if (values.output.endsWith(".zst")) await pipeline(text, createZstdCompress(), file);
		else await pipeline(text, file);
		io.err(`wrote ${values.output}`);
		return EXIT.done;
	},
};

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
	for await (const line of lines) yield line.endsWith("\n") ? line : `${line}\n`;
}
