import { createSecureContext } from "node:tls";

/** What a server needs to speak TLS, in PEM. */
export interface TlsOptions {
	/** The server's certificate, and those between it and the authority. */
	readonly cert: string | Buffer;
	readonly key: string | Buffer;
	/** Only senders whose certificate is signed by this authority may connect. */
	readonly clientCa?: string | Buffer;
}

/** Throws where certificate and key are no PEM or do not belong together. */
export function checkTls({ cert, key, clientCa }: TlsOptions): void {
	try {
		createSecureContext({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
	} catch (cause) {
		throw new Error(
			`The TLS certificate and key cannot be used (${cause instanceof Error ? cause.message : String(cause)}); both must be PEM, and belong together.`,
			{ cause },
		);
	}
}
