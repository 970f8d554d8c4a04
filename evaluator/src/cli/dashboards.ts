import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { type AlertOptions, GrafanaError, provisioningFiles, pushToGrafana } from "@faultline/dashboards";
import { CONFIG_FILES, findConfig, loadConfig } from "../config.ts";
import { type Command, jsonOption, parseOptions } from "./command.ts";
import { EXIT, type ExitCode, type Io, UsageError } from "./io.ts";

const DEFAULT_OUT = "grafana";

const options = {
	out: { type: "string", help: `build: folder to write to (default ${DEFAULT_OUT})`, value: "DIR" },
	check: { type: "boolean", help: "build: write nothing; exit 1 where the folder's files differ" },
	grafana: { type: "string", help: "push: Grafana's address (or GRAFANA_URL)", value: "URL" },
	"data-source": {
		type: "string",
		help: "push: uid of the ClickHouse data source that alert rules ask (default faultline-clickhouse)",
		value: "UID",
	},
	"page-url": { type: "string", help: "address of Faultline's page, for links", value: "URL" },
	config: {
		type: "string",
		help: "configuration with the field `alerts` (default: faultline.config.ts, where there is one)",
		value: "FILE",
	},
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const dashboards: Command = {
	name: "dashboards",
	summary: "write Grafana's dashboards and alert rules as files, or push them to a Grafana",
	positionals: "build | push",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [verb, ...rest] = positionals;
		if (rest.length > 0)
			throw new UsageError(`dashboards ${verb} takes no further arguments, got "${rest[0]}"`);
		if (verb === "build") return await build(values, io);
		if (verb === "push") return await push(values, io);
		throw new UsageError(
			verb === undefined
				? "dashboards needs a verb: build or push"
				: `dashboards has no verb "${verb}"; give build or push`,
		);
	},
};

/** The configuration's alerts; without a configuration the defaults. */
async function alertOptions(values: Values, io: Io): Promise<AlertOptions> {
	const page = values["page-url"] === undefined ? {} : { pageUrl: values["page-url"] };
	const there =
		values.config !== undefined ||
		(await findConfig(undefined, io.cwd).then(
			() => true,
			() => false,
		));
	if (!there) {
		io.err(
			`no ${CONFIG_FILES[0]} here: every pipeline gets the default objective of 95 % of runs in 30 days`,
		);
		return page;
	}
	const { alerts = {} } = await loadConfig(values.config, io.cwd);
	return { ...alerts, ...page };
}

/** Out of range is wrong use of the configuration; the message names the field. */
function filesOf(alerts: AlertOptions): Map<string, string> {
	try {
		return provisioningFiles(alerts);
	} catch (cause) {
		if (cause instanceof RangeError) throw new UsageError(`alerts: ${cause.message}`, { cause });
		throw cause;
	}
}

async function build(values: Values, io: Io): Promise<ExitCode> {
	const folder = resolve(io.cwd, values.out ?? DEFAULT_OUT);
	const files = [...filesOf(await alertOptions(values, io))];
	const differing: string[] = [];
	for (const [path, text] of files) {
		const there = await readFile(join(folder, path), "utf8").catch(() => null);
		if (there !== text) differing.push(path);
	}
	if (values.check !== true) {
		for (const [path, text] of files) {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), text);
		}
	}
	if (values.json) {
		const written = values.check !== true;
		io.out(JSON.stringify({ folder, files: files.map(([path]) => path), changed: differing, written }));
	} else
		io.out(
			renderBuild(
				files.map(([path]) => path),
				differing,
				{ where: relative(io.cwd, folder) || ".", check: values.check === true },
			),
		);
	return values.check && differing.length > 0 ? EXIT.bad : EXIT.done;
}

function renderBuild(
	paths: readonly string[],
	differing: readonly string[],
	{ where, check }: { readonly where: string; readonly check: boolean },
): string {
	if (!check)
		return paths
			.map((path) => `${differing.includes(path) ? "wrote" : "same "} ${join(where, path)}`)
			.join("\n");
	if (differing.length === 0) return `${where} is up to date`;
	return [
		...differing.map((path) => `differs: ${join(where, path)}`),
		"run `faultline dashboards build` and commit the files",
	].join("\n");
}

async function push(values: Values, io: Io): Promise<ExitCode> {
	const url = values.grafana ?? io.env["GRAFANA_URL"];
	if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url))
		throw new UsageError(
			"dashboards push needs --grafana URL (or GRAFANA_URL), such as http://127.0.0.1:3000",
		);
	const token = io.env["GRAFANA_TOKEN"];
	if (token === undefined || token === "")
		throw new UsageError(
			"dashboards push needs GRAFANA_TOKEN, the token of a service account with the role Editor",
		);
	const alerts = await alertOptions(values, io);
	filesOf(alerts);
	const pushed: string[] = [];
	try {
		await pushToGrafana(
			{
				url,
				token,
				...(values["data-source"] === undefined ? {} : { sourceUid: values["data-source"] }),
				onDone: (what) => {
					pushed.push(what);
					if (!values.json) io.out(`pushed ${what}`);
				},
			},
			alerts,
		);
	} catch (cause) {
		if (cause instanceof GrafanaError) throw new UsageError(cause.message, { cause });
		throw cause;
	}
	if (values.json) io.out(JSON.stringify({ grafana: url, pushed }));
	return EXIT.done;
}
