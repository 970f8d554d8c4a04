import { openEmbedded } from "./open-embedded.ts";
import { openServer } from "./open-server.ts";
import { checkTableName, type Store } from "./store.ts";

export type StoreOptions =
	| { readonly url: string; readonly user?: string; readonly password?: string; readonly database?: string }
	| { readonly dataDir: string; readonly database?: string };

/** The database that holds Faultline's tables unless told otherwise. */
export const DEFAULT_DATABASE = "faultline";

/**
 * Opens ClickHouse: a server by URL, or the engine in this process on a directory of its own. Creates the database, no tables; see `migrate`.
 * Throws where the server cannot be reached, where the directory belongs to another process, and where `chdb` is not installed.
 * @example await using store = await openStore({ dataDir: ".faultline" });
 */
export async function openStore(options: StoreOptions): Promise<Store> {
	const database = checkDatabaseName(options.database ?? DEFAULT_DATABASE);
	if ("url" in options) return await openServer({ ...options, database });
	return await openEmbedded({ dataDir: options.dataDir, database });
}

function checkDatabaseName(database: string): string {
	if (database.includes(".")) throw new Error(`"${database}" is no database name; use letters, digits and _`);
	return checkTableName(database);
}
