import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { migrate } from "../migrate.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";

/** A migrated embedded database of its own; `discard` closes it and deletes its directory. */
export async function openTemporaryStore(): Promise<{
	store: Store;
	dataDir: string;
	discard(): Promise<void>;
}> {
	const dataDir = await mkdtemp(path.join(tmpdir(), "faultline-test-"));
	const store = await openStore({ dataDir });
	await migrate(store);
	return {
		store,
		dataDir,
		discard: async () => {
			await store.close();
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

type Attributes = Readonly<Record<string, string>>;

/** One span as an OTLP/JSON request; ids are padded to their length. */
export function makeRequest(
	attributes: Attributes,
	options: { readonly name?: string; readonly spanId?: string; readonly events?: readonly object[] } = {},
): object {
	const toList = (map: Attributes): object[] =>
		Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }));
	const { name = "span", spanId = "1", events = [] } = options;
	return {
		resourceSpans: [
			{
				resource: { attributes: toList({ "service.name": "shop", "service.version": "41" }) },
				scopeSpans: [
					{
						scope: { name: "test", version: "1" },
						spans: [
							{
								traceId: "ab".padStart(32, "0"),
								spanId: spanId.padStart(16, "0"),
								name,
								kind: 3,
								startTimeUnixNano: "1793500005123456789",
								endTimeUnixNano: "1793500006000000001",
								attributes: toList(attributes),
								events,
								status: { code: 2, message: "no" },
							},
						],
					},
				],
			},
		],
	};
}
