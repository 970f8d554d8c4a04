export { type ClickHouseHttpOptions, startClickHouseHttp } from "./embedded/start-clickhouse-http.ts";
export { insertLogs, insertTraces } from "./insert-rows.ts";
export { listStatements, migrate } from "./migrate.ts";
export { decodeLogs, decodeTraces } from "./otlp/decode.ts";
export {
	countExport,
	type ExportOptions,
	type ExportPage,
	type ExportPlace,
	exportOtlp,
	exportPages,
} from "./otlp/export-otlp.ts";
export {
	type ImportOptions,
	type ImportProgress,
	type ImportState,
	importOtlpFile,
} from "./otlp/import-otlp-file.ts";
export { type OtlpLine, readOtlpFile } from "./otlp/read-otlp-file.ts";
export { type AttributeMap, type Decoded, type LogRow, OtlpDecodeError, type TraceRow } from "./otlp/rows.ts";
export { type Receiver, type ReceiverOptions, startReceiver } from "./receiver/start-receiver.ts";
export type { TlsOptions } from "./receiver/tls.ts";
export { DEFAULT_DATABASE, openStore, type StoreOptions } from "./store/open-store.ts";
export type { Parameter, Parameters, Store } from "./store/store.ts";
