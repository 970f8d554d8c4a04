import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { migrate, openStore, type Store } from "@faultline/collector";
import { asUsage, type Io } from "./io.ts";

/** Where a running `faultline up` says how it can be reached. */
export const RUNNING_FILE = "up.json";
export const DEFAULT_DATA_DIR = ".faultline";

export interface RunningStack {
	readonly pid: number;
	readonly clickhouseUrl: string;
	readonly pageUrl: string;
	readonly user?: string;
	readonly password?: string;
}

interface StoreValues {
	readonly url?: string | undefined;
	readonly "data-dir"?: string | undefined;
}

/** The folder of the embedded database, absolute. */
export const dataDirOf = (values: StoreValues, io: Io): string =>
	resolve(io.cwd, values["data-dir"] ?? io.env["FAULTLINE_DATA_DIR"] ?? DEFAULT_DATA_DIR);

/**
 * Opens the database that a command means: `--url` (with CLICKHOUSE_DATABASE, where it is not `faultline`), else a running `faultline up` on the same folder, else the embedded database itself.
 */
export async function openDatabase(values: StoreValues, io: Io): Promise<Store> {
	const url = values.url ?? io.env["CLICKHOUSE_URL"];
	const user = io.env["CLICKHOUSE_USER"];
	const password = io.env["CLICKHOUSE_PASSWORD"];
	const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
	const database = io.env["CLICKHOUSE_DATABASE"];
	const named = database === undefined || database === "" ? {} : { database };
	if (url !== undefined) return asUsage(openStore({ url, ...login, ...named }));
	const dataDir = dataDirOf(values, io);
	const running = await findRunning(dataDir);
	if (running !== null) {
		const { clickhouseUrl, user: name, password: secret } = running;
		return openStore({
			url: clickhouseUrl,
			...(name === undefined ? {} : { user: name }),
			...(secret === undefined ? {} : { password: secret }),
		});
	}
	const store = await asUsage(openStore({ dataDir }));
	await migrate(store);
	return store;
}

/** The stack that runs on a data folder, or null; a file left behind by a process that is gone counts as none. */
export async function findRunning(dataDir: string): Promise<RunningStack | null> {
	let running: RunningStack;
	try {
		running = JSON.parse(await readFile(join(dataDir, RUNNING_FILE), "utf8")) as RunningStack;
	} catch {
		return null;
	}
	try {
		const answer = await fetch(new URL("/ping", running.clickhouseUrl), {
			signal: AbortSignal.timeout(2000),
		});
		return answer.ok ? running : null;
	} catch {
		return null;
	}
}
