import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Store } from "@faultline/collector";
import { progressOfQueue } from "../core/rating-queue.ts";
import { DEFAULT_DOUBLE_SHARE, DEFAULT_TARGET, drawRatings } from "../store/draw-ratings.ts";
import { importRatings } from "../store/import-ratings.ts";
import { readDesk } from "../store/rating-desk.ts";
import { readRatings } from "../store/ratings.ts";
import { readAgreement } from "../store/read-people.ts";
import type { RatingScope } from "../store/read-rating-frame.ts";
import { type Command, jsonOption, parseOptions, selectOptions, storeOptions } from "./command.ts";
import { asUsage, EXIT, type ExitCode, type Io, UsageError } from "./io.ts";
import { openDatabase } from "./open-database.ts";
import { wholeNumber } from "./open-workbench.ts";
import { findPageUrl, pageOption } from "./page-url.ts";
import { ratingScopeOf, versionOption } from "./rating-scope.ts";
import { parseRatings, renderRatings } from "./ratings-file.ts";
import { renderAgreement, renderQueue } from "./render-people.ts";

const DAYS = 30;

const options = {
	target: {
		type: "string",
		help: `runs to rate of every deploy and week, on average (default ${DEFAULT_TARGET})`,
		value: "N",
	},
	double: {
		type: "string",
		help: `share of them that two people rate (default ${DEFAULT_DOUBLE_SHARE})`,
		value: "SHARE",
	},
	agreement: { type: "boolean", help: "say how far raters agree" },
	export: {
		type: "string",
		help: "write the ratings: .csv, else JSON lines; - is standard output",
		value: "FILE",
	},
	import: { type: "string", help: "read ratings from elsewhere, in the same form", value: "FILE" },
	...selectOptions,
	...versionOption,
	...pageOption,
	...storeOptions,
	...jsonOption,
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

export const rate: Command = {
	name: "rate",
	summary: "choose runs for people to rate, and say where; agreement, export and import of ratings",
	positionals: "",
	options,
	async run(args, io) {
		const { values, positionals } = parseOptions(args, options);
		if (positionals.length > 0) throw new UsageError(`rate takes no arguments, got "${positionals[0]}"`);
		const wanted = [values.agreement, values.export, values.import].filter((one) => one !== undefined);
		if (wanted.length > 1) throw new UsageError("give one of --agreement, --export and --import");
		const draw = {
			target: wholeNumber("target", values.target, DEFAULT_TARGET),
			doubleShare: shareOf(values.double),
		};
		const ratings =
			values.import === undefined
				? []
				: parseRatings(await asUsage(readFile(resolve(io.cwd, values.import), "utf8")), values.import);
		const pageUrl = await findPageUrl(values, io);
		const scope = ratingScopeOf(values, io, DAYS);
		await using store = await openDatabase(values, io);
		if (values.agreement) return await sayAgreement(store, scope, values, io);
		if (values.export !== undefined) return await writeOut(store, scope, values.export, io);
		if (values.import !== undefined) {
			const done = await importRatings(store, ratings, io.now());
			const json = {
				ratings: done.ratings,
				unknown_runs: done.unknownRuns,
				without_chance: done.withoutChance,
			};
			if (values.json) io.out(JSON.stringify(json));
			else
				io.out(
					`stored ${done.ratings} ratings; ${done.unknownRuns} of runs that are not stored, ${done.withoutChance} without a known chance, which rates leave out`,
				);
			return EXIT.done;
		}
		return await chooseRuns(store, { scope, draw, pageUrl }, values, io);
	},
};

async function chooseRuns(
	store: Store,
	{
		scope,
		draw,
		pageUrl,
	}: {
		readonly scope: RatingScope;
		readonly draw: { readonly target: number; readonly doubleShare: number };
		readonly pageUrl: string | null;
	},
	values: Values,
	io: Io,
): Promise<ExitCode> {
	const drawn = await drawRatings(store, scope, draw);
	const { items, chosen } = await readDesk(store, scope);
	const progress = progressOfQueue(items);
	const query = new URLSearchParams({
		...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
		...(values.version === undefined ? {} : { version: values.version }),
		...(values.since === undefined ? {} : { since: values.since }),
	});
	const report = {
		page: pageUrl === null ? null : `${pageUrl}/rate${query.size === 0 ? "" : `?${query}`}`,
		runs: drawn.runs,
		chosen: progress.chosen,
		added: drawn.added,
		rated: progress.rated,
		open: progress.open,
		double: progress.double,
		double_done: progress.doubleDone,
		strata: [...Map.groupBy(items, ({ traceId }) => chosen.get(traceId)?.stratum ?? "")].map(
			([stratum, members]) => ({
				stratum,
				chosen: members.length,
				rated: members.filter(({ raters }) => raters.length > 0).length,
			}),
		),
	};
	if (values.json) io.out(JSON.stringify(report));
	else io.out(renderQueue(report));
	return drawn.runs === 0 ? EXIT.couldNotTell : EXIT.done;
}

async function sayAgreement(store: Store, scope: RatingScope, values: Values, io: Io): Promise<ExitCode> {
	const found = await readAgreement(store, scope);
	if (values.json) io.out(JSON.stringify(found));
	else io.out(renderAgreement(found));
	return found.double === 0 ? EXIT.couldNotTell : EXIT.done;
}

async function writeOut(store: Store, scope: RatingScope, file: string, io: Io): Promise<ExitCode> {
	const ratings = (await readRatings(store, scope.sinceMs)).filter(
		(rating) =>
			(scope.pipeline === undefined || rating.pipeline === scope.pipeline) &&
			(scope.serviceVersion === undefined || rating.serviceVersion === scope.serviceVersion),
	);
	const text = renderRatings(ratings, /\.csv$/i.test(file) ? "csv" : "jsonl");
	if (file === "-") io.out(text.trimEnd());
	else await asUsage(writeFile(resolve(io.cwd, file), text));
	io.err(`wrote ${ratings.length} ratings`);
	return EXIT.done;
}

function shareOf(text: string | undefined): number {
	if (text === undefined) return DEFAULT_DOUBLE_SHARE;
	const share = Number(text);
	if (text.trim() !== "" && share >= 0 && share <= 1) return share;
	throw new UsageError(`--double is "${text}"; give a share between 0 and 1, such as 0.2`);
}
