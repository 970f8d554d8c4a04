import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { findConfig, loadConfig } from "../config.ts";
import { type AnonymiseRules, createAnonymiser } from "../fixtures/anonymise.ts";
import { type Capture, captureFixtures } from "../fixtures/capture.ts";
import {
	type FixtureFile,
	fixtureFolder,
	listFixtureFiles,
	parseFixture,
	readFixtures,
	writeFixtureSet,
} from "../fixtures/fixture-file.ts";
import { keyOf, readKeyFile } from "../fixtures/key-file.ts";
import { type PersonalFinding, verifyFixtureText } from "../fixtures/verify-fixture.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { selectorOf } from "./evaluate.ts";
import { asUsage, EXIT, type ExitCode, type Io, progressOf, UsageError } from "./io.ts";
import { DEFAULT_DATA_DIR, openDatabase } from "./open-database.ts";
import { renderCapture, renderFixtureList, renderRefusals, renderSetReadme } from "./render-fixtures.ts";

const DEFAULT_DETECT = 0.05;
const DEFAULT_LIMIT = 20_000;
const DEFAULT_OUT = "fixtures";

const options = {
	...selectOptions,
	size: {
		type: "string",
		help: "how many fixtures to take (default: as many as --detect needs)",
		value: "N",
	},
	detect: {
		type: "string",
		help: `smallest drop of the success rate that the set shall detect (default ${DEFAULT_DETECT})`,
		value: "SHARE",
	},
	out: {
		type: "string",
		help: `folder of the sets (default ${DEFAULT_OUT}); a pipeline's set is replaced as a whole`,
		value: "DIR",
	},
	"key-file": {
		type: "string",
		help: "key of the pseudonyms, made at first use (default .faultline/fixture.key, or FAULTLINE_FIXTURE_KEY)",
		value: "FILE",
	},
	config: {
		type: "string",
		help: "configuration with the project's own fields and patterns (default: faultline.config.ts, where there is one)",
		value: "FILE",
	},
	"redact-field": {
		type: "string",
		multiple: true,
		help: "a field whose values are personal",
		value: "NAME",
	},
	"redact-pattern": {
		type: "string",
		multiple: true,
		help: "a pattern of personal text",
		value: "NAME=REGEX",
	},
	"skip-refused": {
		type: "boolean",
		help: "leave out the fixtures that the verifier refuses, instead of writing nothing",
	},
	limit: { type: "string", help: `look at the newest N runs (default ${DEFAULT_LIMIT})`, value: "N" },
	seed: { type: "string", help: "seed of clustering and drawing (default 1)", value: "N" },
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const fixtures: Command = {
	name: "fixtures",
	summary: "capture production runs as anonymised fixtures, verify them, list them",
	positionals: "capture --pipeline NAME | verify FILE|DIR… | list [FILE|DIR…]",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		const [action, ...paths] = positionals;
		switch (action) {
			case "capture":
				if (paths.length > 0)
					throw new UsageError(`fixtures capture takes no arguments, got "${paths[0]}"; give --out DIR`);
				return capture(values, io);
			case "verify":
				return verify(paths, values, io);
			case "list":
				return list(paths, values, io);
			default:
				throw new UsageError(
					`${action === undefined ? "fixtures needs" : `"${action}" is not`} one of capture, verify, list, e.g. fixtures capture --pipeline docs-answer --since 7d`,
				);
		}
	},
};

async function capture(values: Values, io: Io): Promise<ExitCode> {
	const { pipeline } = values;
	if (pipeline === undefined)
		throw new UsageError("fixtures capture needs --pipeline NAME: a set is of one pipeline");
	const wanted = wantedOf(values);
	const { rules, out } = await readProject(values, io);
	const limit = positive("limit", values.limit ?? String(DEFAULT_LIMIT));
	const seed = integer("seed", values.seed ?? "1");
	const key = await fixtureKey(values, io);
	await using store = await openDatabase(values, io);
	const progress = new Map<string, ReturnType<typeof progressOf>>();
	const captured = await captureFixtures(store, {
		selector: { ...selectorOf(values, io), pipeline },
		wanted,
		anonymiser: createAnonymiser(key, rules),
		patterns: rules.patterns ?? {},
		limit,
		seed,
		now: io.now(),
		onProgress: (label, done, total) => {
			const show = progress.get(label) ?? progressOf(io, label);
			progress.set(label, show);
			show(done, total);
		},
	});
	if (captured.population.runs === 0) {
		throw new UsageError(
			`no production run of "${pipeline}" is stored in this range; there is nothing to capture`,
		);
	}
	const folder = fixtureFolder(out, pipeline);
	const shown = relative(io.cwd, folder) || ".";
	const kept = captured.fixtures.filter(
		({ fixture }) => !captured.refused.some(({ id }) => id === fixture.id),
	);
	const isRefused = captured.refused.length > 0 && values["skip-refused"] !== true;
	const written = !isRefused && kept.length > 0;
	if (written) await writeSet(folder, captured, kept, io);
	if (values.json)
		io.out(JSON.stringify(presentCapture(captured, { folder: shown, written, kept: kept.length })));
	else io.out(renderCapture(captured, { pipeline, folder: shown, written, kept: kept.length }));
	if (written) return EXIT.done;
	if (isRefused && !values.json)
		io.err(
			"nothing was written; mend it with --redact-field or --redact-pattern, or leave those runs out with --skip-refused",
		);
	return EXIT.bad;
}

async function writeSet(folder: string, captured: Capture, kept: Capture["fixtures"], io: Io): Promise<void> {
	const before = await readFixtures([folder]).catch(() => []);
	// What people wrote about right answers is not in the recording: it stays with the fixture of the same id.
	const written = kept.map(({ fixture, text }) => keepExpectation(fixture.id, text, before));
	await asUsage(
		writeFixtureSet(folder, {
			...Object.fromEntries(written.map(({ id, text }) => [`${id}.json`, text])),
			"README.md": renderSetReadme(captured, kept),
		}),
	);
	const gone = before.filter(({ fixture: { id } }) => !kept.some(({ fixture }) => fixture.id === id));
	if (before.length > 0)
		io.err(`replaced the set of ${before.length} fixtures; ${gone.length} of them are not in the new one`);
}

function keepExpectation(
	id: string,
	text: string,
	before: readonly FixtureFile[],
): { id: string; text: string } {
	const old = before.find(({ fixture }) => fixture.id === id)?.fixture.expected;
	if (old === undefined || (old.contains === null && old.documents === null)) return { id, text };
	const fixture = parseFixture(text, id);
	const expected = { ...fixture.expected, contains: old.contains, documents: old.documents };
	return { id, text: `${JSON.stringify({ ...fixture, expected }, null, "\t")}\n` };
}

async function verify(paths: readonly string[], values: Values, io: Io): Promise<ExitCode> {
	if (paths.length === 0)
		throw new UsageError("fixtures verify needs files or folders, e.g. fixtures verify fixtures/");
	const { patterns = {} } = (await readProject(values, io)).rules;
	const files = (
		await asUsage(Promise.all(paths.map((path) => listFixtureFiles(resolve(io.cwd, path)))))
	).flat();
	if (files.length === 0)
		throw new UsageError(`no .json file is in ${paths.join(", ")}; there is nothing to verify`);
	const show = progressOf(io, "verified fixtures");
	const refused: { file: string; findings: readonly PersonalFinding[] }[] = [];
	for (const [index, file] of files.entries()) {
		const text = await readFile(file, "utf8");
		await asUsage(Promise.resolve().then(() => parseFixture(text, relative(io.cwd, file))));
		const findings = verifyFixtureText(text, { patterns });
		if (findings.length > 0) refused.push({ file: relative(io.cwd, file), findings });
		show(index + 1, files.length);
	}
	if (values.json) io.out(JSON.stringify({ files: files.length, clean: refused.length === 0, refused }));
	else io.out(renderRefusals(files.length, refused));
	return refused.length === 0 ? EXIT.done : EXIT.bad;
}

async function list(paths: readonly string[], values: Values, io: Io): Promise<ExitCode> {
	const wanted =
		paths.length > 0 ? paths.map((path) => resolve(io.cwd, path)) : [(await readProject(values, io)).out];
	const found = await asUsage(readFixtures(wanted));
	const rows = found
		.filter(({ fixture }) => values.pipeline === undefined || fixture.pipeline === values.pipeline)
		.map(({ file, text, fixture: { id, pipeline, stratum, weight, steps, provenance } }) => ({
			file: relative(io.cwd, file),
			id,
			pipeline,
			cluster: stratum.cluster,
			outcome: stratum.outcome,
			route: stratum.route,
			weight,
			steps: steps.length,
			recorded: provenance.recorded,
			captured: provenance.captured,
			key: provenance.key,
			bytes: Buffer.byteLength(text),
		}));
	if (values.json) io.out(JSON.stringify({ fixtures: rows }));
	else io.out(renderFixtureList(rows));
	return EXIT.done;
}

function wantedOf(values: Values): { detect: number } | { size: number } {
	if (values.size !== undefined && values.detect !== undefined)
		throw new UsageError("--size and --detect both fix how many fixtures to take; give one of them");
	if (values.size !== undefined) return { size: positive("size", values.size) };
	const detect = Number(values.detect ?? DEFAULT_DETECT);
	if (!(detect > 0 && detect < 1))
		throw new UsageError(`--detect is "${values.detect}"; give a share between 0 and 1, e.g. 0.05`);
	return { detect };
}

function integer(name: string, text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && Number.isSafeInteger(value)) return value;
	throw new UsageError(`--${name} is "${text}"; give an integer`);
}

function positive(name: string, text: string): number {
	const value = integer(name, text);
	if (value > 0) return value;
	throw new UsageError(`--${name} is "${text}"; give a positive integer`);
}

/** What the command line and the project's configuration say together. A project without a configuration is fine. */
async function readProject(values: Values, io: Io): Promise<{ rules: AnonymiseRules; out: string }> {
	const given = rulesOf(values);
	const path = values.config ?? (await findConfig(undefined, io.cwd).catch(() => undefined));
	const out = (folder: string): string => resolve(io.cwd, values.out ?? folder);
	if (path === undefined) return { rules: given, out: out(DEFAULT_OUT) };
	const config = await loadConfig(path, io.cwd);
	return {
		rules: {
			fields: [...(config.redact?.fields ?? []), ...(given.fields ?? [])],
			patterns: { ...config.redact?.patterns, ...given.patterns },
		},
		out: out(resolve(dirname(config.path), config.fixtures ?? DEFAULT_OUT)),
	};
}

function rulesOf(values: Values): AnonymiseRules {
	const patterns: Record<string, RegExp> = {};
	for (const text of values["redact-pattern"] ?? []) {
		const at = text.indexOf("=");
		if (at < 1 || at === text.length - 1)
			throw new UsageError(`--redact-pattern is "${text}"; give NAME=REGEX, e.g. contract=CT-\\d{6}`);
		try {
			patterns[text.slice(0, at)] = new RegExp(text.slice(at + 1), "u");
		} catch (cause) {
			throw new UsageError(
				`--redact-pattern ${text.slice(0, at)} is no regular expression: ${cause instanceof Error ? cause.message : cause}`,
				{ cause },
			);
		}
	}
	return { fields: values["redact-field"] ?? [], patterns };
}

async function fixtureKey(values: Values, io: Io): Promise<Uint8Array> {
	const fromEnv = io.env["FAULTLINE_FIXTURE_KEY"];
	if (values["key-file"] === undefined && fromEnv !== undefined)
		return asUsage(Promise.resolve().then(() => keyOf(fromEnv, "FAULTLINE_FIXTURE_KEY")));
	const file = resolve(io.cwd, values["key-file"] ?? join(DEFAULT_DATA_DIR, "fixture.key"));
	const { key, created } = await asUsage(readKeyFile(file));
	if (created) {
		const shown = relative(io.cwd, file);
		io.err(
			`made a new key of pseudonyms: ${shown}. Keep it out of version control (echo '${shown}' >> .gitignore) and in your secret store: only with it do new fixtures keep the same pseudonyms.`,
		);
	}
	return key;
}

function presentCapture(
	{ plan, population, replaced, refused }: Capture,
	{ folder, written, kept }: { readonly folder: string; readonly written: boolean; readonly kept: number },
): object {
	return { folder, written, fixtures: kept, plan, population, replaced, refused };
}
