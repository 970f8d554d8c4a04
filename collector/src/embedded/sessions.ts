import type { EmbeddedEngine, EngineSession } from "../store/store.ts";
import { ClickHouseHttpError, type SessionRequest } from "./read-request.ts";

/** Every session keeps a connection of the engine. */
const MAX_SESSIONS = 32;

interface Entry {
	readonly session: EngineSession;
	busy: boolean;
	timer: NodeJS.Timeout | undefined;
}

export interface Sessions {
	/**
	 * Runs `work` in the session of that user and id, made where it is not there yet. Temporary tables, SET and USE stay in it until it
	 * has been idle for its timeout. Throws ClickHouseHttpError as a server does: not found, locked by another request, too many.
	 */
	use<Result>(
		user: string,
		request: SessionRequest,
		work: (session: EngineSession) => Promise<Result>,
	): Promise<Result>;
	close(): Promise<void>;
}

export function makeSessions(engine: EmbeddedEngine): Sessions {
	const entries = new Map<string, Entry>();

	const open = async (key: string, request: SessionRequest): Promise<Entry> => {
		const known = entries.get(key);
		if (known?.busy === true)
			throw new ClickHouseHttpError(
				373,
				"SESSION_IS_LOCKED",
				`Session ${request.id} is locked by a concurrent client`,
			);
		if (known !== undefined) return known;
		if (request.mustExist)
			throw new ClickHouseHttpError(372, "SESSION_NOT_FOUND", `Session ${request.id} not found`);
		if (entries.size >= MAX_SESSIONS)
			throw new ClickHouseHttpError(
				202,
				"TOO_MANY_SIMULTANEOUS_QUERIES",
				`Too many sessions: the embedded ClickHouse keeps ${MAX_SESSIONS}; close one with close_session=1`,
			);
		const entry: Entry = { session: await engine.openSession(), busy: false, timer: undefined };
		entries.set(key, entry);
		return entry;
	};

	const drop = async (key: string): Promise<void> => {
		const entry = entries.get(key);
		entries.delete(key);
		clearTimeout(entry?.timer);
		await entry?.session.close();
	};

	return {
		use: async (user, request, work) => {
			const key = JSON.stringify([user, request.id]);
			const entry = await open(key, request);
			entry.busy = true;
			clearTimeout(entry.timer);
			try {
				return await work(entry.session);
			} finally {
				entry.busy = false;
				if (request.close) await drop(key);
				else {
					entry.timer = setTimeout(() => void drop(key), request.timeoutSeconds * 1000);
					entry.timer.unref();
				}
			}
		},
		close: async () => {
			await Promise.all([...entries.keys()].map(drop));
		},
	};
}
