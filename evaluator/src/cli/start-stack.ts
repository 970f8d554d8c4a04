import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
	migrate,
	openStore,
	type Receiver,
	type Store,
	startClickHouseHttp,
	startReceiver,
	type TlsOptions,
} from "@faultline/collector";
import { startPage } from "../web/start-page.ts";
import { RUNNING_FILE, type RunningStack } from "./open-database.ts";

export interface StackOptions {
	readonly dataDir: string;
	readonly host?: string;
	/** 0 takes any free port; null leaves that part out. */
	readonly otlpHttpPort?: number;
	readonly otlpGrpcPort?: number | null;
	readonly clickhousePort?: number;
	readonly pagePort?: number;
	/** Required of everybody who sends, reads or looks, when given. */
	readonly token?: string;
	/** OTLP over HTTP and gRPC speak TLS. */
	readonly tls?: TlsOptions;
}

/** The embedded stack: receiver, ClickHouse and page in one process. */
export interface Stack extends AsyncDisposable {
	readonly store: Store;
	readonly receiver: Receiver;
	readonly clickhouseUrl: string;
	readonly pageUrl: string;
}

/**
 * Starts the embedded stack on a data folder, and says in that folder how it can be reached. What was started is stopped again when a
 * later part cannot start, so that a port in use leaves nothing behind.
 */
export async function startStack({
	dataDir,
	host = "127.0.0.1",
	otlpHttpPort = 4318,
	otlpGrpcPort = 4317,
	clickhousePort = 8123,
	pagePort = 4319,
	token,
	tls,
}: StackOptions): Promise<Stack> {
	await using parts = new AsyncDisposableStack();
	await mkdir(dataDir, { recursive: true });
	const store = parts.use(await openStore({ dataDir }));
	await migrate(store);
	const login = token === undefined ? {} : { token };
	const receiver = await startReceiver({
		store,
		host,
		httpPort: otlpHttpPort,
		grpcPort: otlpGrpcPort,
		...login,
		...(tls === undefined ? {} : { tls }),
	});
	parts.defer(() => receiver.close());
	const access = token === undefined ? {} : { user: "faultline", password: token };
	const clickhouse = await startClickHouseHttp({ store, host, port: clickhousePort, ...access });
	parts.defer(() => clickhouse.close());
	const page = await startPage({ store, host, port: pagePort, ...login });
	parts.defer(() => page.close());
	const clickhouseUrl = `http://${host}:${clickhouse.port}`;
	const pageUrl = `http://${host}:${page.port}`;
	const running: RunningStack = { pid: process.pid, clickhouseUrl, pageUrl, ...access };
	await writeFile(join(dataDir, RUNNING_FILE), JSON.stringify(running), { mode: 0o600 });
	parts.defer(() => rm(join(dataDir, RUNNING_FILE), { force: true }));
	const started = parts.move();
	return {
		store,
		receiver,
		clickhouseUrl,
		pageUrl,
		[Symbol.asyncDispose]: () => started.disposeAsync(),
	};
}
