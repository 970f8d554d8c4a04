import {
	type handleUnaryCall,
	Metadata,
	Server,
	ServerCredentials,
	type ServerUnaryCall,
	type ServiceDefinition,
	type sendUnaryData,
	status,
} from "@grpc/grpc-js";
import protobuf from "protobufjs/minimal.js";
import { portError } from "../listen.ts";
import { OtlpDecodeError } from "../otlp/rows.ts";
import { encodeSuccess } from "./responses.ts";
import { mayWrite } from "./serve-http.ts";
import { BusyError, type Intake, type Signal } from "./signals.ts";
import type { TlsOptions } from "./tls.ts";

export interface GrpcOptions {
	readonly intake: Intake;
	readonly token: string | undefined;
	readonly tls: TlsOptions | undefined;
	readonly maxBodyBytes: number;
	readonly host: string;
	readonly port: number;
}

const SERVICES: Readonly<Record<Signal, string>> = {
	traces: "opentelemetry.proto.collector.trace.v1.TraceService",
	logs: "opentelemetry.proto.collector.logs.v1.LogsService",
	metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
};

/** OTLP over gRPC. Requests stay bytes until they are turned into rows. Throws where the port cannot be had. */
export async function startGrpc(options: GrpcOptions): Promise<{ port: number; close(): Promise<void> }> {
	const server = new Server({
		"grpc.max_receive_message_length": options.maxBodyBytes,
		// Two servers on one port would take turns, silently.
		"grpc.so_reuseport": 0,
	});
	for (const signal of ["traces", "logs", "metrics"] as const) {
		server.addService(defineExport(signal), { Export: makeHandler(signal, options) });
	}
	const address = `${options.host.includes(":") ? `[${options.host}]` : options.host}:${options.port}`;
	const port = await new Promise<number>((resolve, reject) => {
		server.bindAsync(address, credentialsOf(options.tls), (error, bound) => {
			if (error === null) resolve(bound);
			else
				reject(
					portError(
						options.host,
						options.port,
						{ purpose: "OTLP over gRPC", option: "--otlp-grpc-port (grpcPort)" },
						error,
					),
				);
		});
	});
	return {
		port,
		close: () =>
			new Promise((resolve) => {
				const force = setTimeout(() => server.forceShutdown(), 2_000);
				server.tryShutdown(() => {
					clearTimeout(force);
					resolve();
				});
			}),
	};
}

/**
 * Everything but an undecodable request may be sent again, and senders do so on UNAVAILABLE, after the time that a
 * google.rpc.RetryInfo in the status says.
 */
function retryAfter(error: unknown): Metadata {
	const seconds = error instanceof BusyError ? 1 : 3;
	const info = protobuf.Writer.create().uint32(10).fork().uint32(8).int64(seconds).ldelim().finish();
	const detail = protobuf.Writer.create()
		.uint32(10)
		.string("type.googleapis.com/google.rpc.RetryInfo")
		.uint32(18)
		.bytes(info)
		.finish();
	const rpcStatus = protobuf.Writer.create()
		.uint32(8)
		.int32(status.UNAVAILABLE)
		.uint32(26)
		.bytes(detail)
		.finish();
	const metadata = new Metadata();
	metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus));
	return metadata;
}

function credentialsOf(tls: TlsOptions | undefined): ServerCredentials {
	if (tls === undefined) return ServerCredentials.createInsecure();
	const ca = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
	const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
	return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

function defineExport(signal: Signal): ServiceDefinition {
	const asIs = (bytes: Buffer): Buffer => bytes;
	return {
		Export: {
			path: `/${SERVICES[signal]}/Export`,
			requestStream: false,
			responseStream: false,
			requestSerialize: asIs,
			requestDeserialize: asIs,
			responseSerialize: asIs,
			responseDeserialize: asIs,
		},
	};
}

function makeHandler(signal: Signal, { intake, token }: GrpcOptions): handleUnaryCall<Buffer, Buffer> {
	return (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
		const authorization = call.metadata.get("authorization")[0];
		if (!mayWrite(authorization?.toString(), token)) {
			reply({
				code: status.UNAUTHENTICATED,
				details: "a bearer token is needed in the metadata: authorization: Bearer …",
			});
			return;
		}
		intake
			.take(signal, "protobuf", call.request)
			.then(({ rejected, message }) => reply(null, encodeSuccess("protobuf", signal, rejected, message)))
			.catch((error: unknown) => {
				const details = error instanceof Error ? error.message : String(error);
				if (error instanceof OtlpDecodeError) reply({ code: status.INVALID_ARGUMENT, details });
				else reply({ code: status.UNAVAILABLE, details, metadata: retryAfter(error) });
			});
	};
}
