import { closeServer, listen } from "../listen.ts";
import type { Store } from "../store/store.ts";
import { startGrpc } from "./serve-grpc.ts";
import { makeHttpServer } from "./serve-http.ts";
import { makeIntake } from "./signals.ts";
import { checkTls, type TlsOptions } from "./tls.ts";

export interface ReceiverOptions {
	readonly store: Store;
	/** Default 127.0.0.1: other machines cannot send. */
	readonly host?: string;
	/** OTLP/HTTP; default 4318, 0 for any free port. */
	readonly httpPort?: number;
	/** OTLP/gRPC; default 4317, 0 for any free port, null for none. */
	readonly grpcPort?: number | null;
	/** Senders must show it as `Authorization: Bearer …`. */
	readonly token?: string;
	/** Speaks TLS on both ports. */
	readonly tls?: TlsOptions;
	/** Of one request, on the wire and decompressed; default 64 MiB. */
	readonly maxBodyBytes?: number;
	/** Of all requests that wait for the database; default 256 MiB. Past it, senders are asked to come again. */
	readonly maxQueuedBytes?: number;
	/** Requests that arrive within this time are stored by one insert; default 100 ms. */
	readonly commitDelayMs?: number;
	/** An insert is not held back any longer when it has this many rows; default 5,000. */
	readonly commitRows?: number;
}

export interface Receiver {
	readonly httpPort: number;
	/** Null where gRPC is off. */
	readonly grpcPort: number | null;
	/** Spans and log records stored since the start. */
	accepted(): { spans: number; logs: number };
	/** Resolves when all that has arrived is stored. */
	flush(): Promise<void>;
	/** Stops taking requests, stores what has arrived. The store stays open. */
	close(): Promise<void>;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Takes OTLP traces and logs over HTTP (protobuf and JSON) and gRPC, and stores them. A request is acknowledged when it is stored.
 * Throws where a port cannot be had, and where the certificate cannot be used.
 * @example const receiver = await startReceiver({ store, httpPort: 0, grpcPort: null });
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
	const {
		store,
		host = "127.0.0.1",
		httpPort = 4318,
		grpcPort = 4317,
		token,
		tls,
		maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
	} = options;
	if (tls !== undefined) checkTls(tls);
	const maxQueuedBytes = options.maxQueuedBytes ?? 4 * DEFAULT_MAX_BODY_BYTES;
	const intake = makeIntake(store, {
		maxRows: options.commitRows ?? 5_000,
		maxDelayMs: options.commitDelayMs ?? 100,
		maxQueuedBytes,
	});
	const http = makeHttpServer({ intake, token, tls, maxBodyBytes, maxReadingBytes: maxQueuedBytes });
	const boundHttp = await listen(http, host, httpPort, {
		purpose: "OTLP over HTTP",
		option: "--otlp-http-port (httpPort)",
	});
	const grpc =
		grpcPort === null
			? null
			: await startGrpc({ intake, token, tls, maxBodyBytes, host, port: grpcPort }).catch(
					async (error: unknown) => {
						await closeServer(http);
						throw error;
					},
				);
	return {
		httpPort: boundHttp,
		grpcPort: grpc?.port ?? null,
		accepted: intake.accepted,
		flush: intake.flush,
		close: async () => {
			const closing = [closeServer(http), grpc?.close()];
			await intake.flush();
			await Promise.all(closing);
			await intake.flush();
			await intake.close();
		},
	};
}
