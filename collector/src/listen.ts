import type { Server } from "node:http";

/** What a port is for, and how to change it, for the message when it cannot be had. */
export interface PortPurpose {
	readonly purpose: string;
	readonly option: string;
}

/**
 * Binds a server and returns its port (0 asks for any free one).
 * Throws with the port, what it is for and the option that changes it.
 */
export async function listen(
	server: Server,
	host: string,
	port: number,
	about: PortPurpose,
): Promise<number> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", (cause: Error) => reject(portError(host, port, about, cause)));
		server.listen({ host, port }, resolve);
	});
	const address = server.address();
	return address !== null && typeof address === "object" ? address.port : port;
}

export function portError(host: string, port: number, { purpose, option }: PortPurpose, cause: Error): Error {
	const used = /EADDRINUSE|address already in use/.test(
		`${"code" in cause ? cause.code : ""} ${cause.message}`,
	);
	const reason = used ? "is in use by another program" : `cannot be bound (${cause.message})`;
	return new Error(
		`Port ${port} on ${host}, for ${purpose}, ${reason}. Stop what uses it, or choose another port with ${option}.`,
		{
			cause,
		},
	);
}

/** Stops taking connections and waits for the requests under way. */
export async function closeServer(server: Server): Promise<void> {
	await new Promise<void>((resolve) => {
		server.close(() => resolve());
		server.closeIdleConnections();
	});
}
