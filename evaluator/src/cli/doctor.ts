import { diagnose } from "../doctor/diagnose.ts";
import type { Finding } from "../doctor/finding.ts";
import { readFacts } from "../doctor/read-facts.ts";
import { type Command, jsonOption, parseOptions, storeOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { parseTime } from "./parse-selector.ts";
import { renderFindings } from "./render-doctor.ts";

const DEFAULT_SINCE = "24h";
const DEFAULT_PRICE = 0.1;

const options = {
	since: { type: "string", help: `how far back to look (default ${DEFAULT_SINCE})`, value: "TIME" },
	otlp: {
		type: "string",
		help: "OTLP/HTTP receiver to try (default OTEL_EXPORTER_OTLP_ENDPOINT)",
		value: "URL",
	},
	"disk-price": {
		type: "string",
		help: `price of a gigabyte of disk in a month (default ${DEFAULT_PRICE})`,
		value: "PRICE",
	},
	...storeOptions,
	...jsonOption,
} as const;

export const doctor: Command = {
	name: "doctor",
	summary: "say what is wrong with the set-up and how to mend it, and what the storage will cost",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`doctor takes no arguments, got "${positionals[0]}"`);
		const nowMs = io.now();
		const sinceMs = parseTime(values.since ?? DEFAULT_SINCE, nowMs);
		const pricePerGbMonth = Number(values["disk-price"] ?? DEFAULT_PRICE);
		if (!(pricePerGbMonth >= 0))
			throw new UsageError(`--disk-price is "${values["disk-price"]}"; give a price such as 0.1`);
		await using store = await openDatabase(values, io);
		const facts = await readFacts(store, {
			sinceMs,
			untilMs: nowMs,
			otlpUrl: otlpUrlOf(values.otlp, io),
			env: io.env,
			now: io.now,
		});
		const findings = diagnose(facts, { nowMs, pricePerGbMonth });
		if (values.json) io.out(JSON.stringify({ since: new Date(sinceMs).toISOString(), findings }));
		else io.out(renderFindings(findings, io.colours));
		return exitOf(findings);
	},
};

function otlpUrlOf(option: string | undefined, io: Io): string | null {
	const url = option ?? io.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
	if (url === undefined || url === "") return null;
	if (!/^https?:\/\//.test(url) || !URL.canParse(url))
		throw new UsageError(
			`--otlp is "${url}"; give the address of an OTLP/HTTP receiver, such as http://127.0.0.1:4318`,
		);
	return url;
}

const exitOf = (findings: readonly Finding[]): ExitCode =>
	findings.some(({ level }) => level === "bad") ? EXIT.bad : EXIT.done;
