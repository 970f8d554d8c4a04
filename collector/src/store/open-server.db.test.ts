import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { startClickHouseHttp } from "../embedded/start-clickhouse-http.ts";
import { openTemporaryStore } from "../testing/open-temporary-store.ts";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";

let store: Store;
let discard: () => Promise<void>;
let http: Awaited<ReturnType<typeof startClickHouseHttp>>;
before(async () => {
	({ store, discard } = await openTemporaryStore());
	http = await startClickHouseHttp({ store, host: "127.0.0.1", port: 0 });
});
after(async () => {
	await http.close();
	await discard();
});

it("writes rows to a server over HTTP and reads them back, and says what the server refuses", async () => {
	const server = await openStore({ url: `http://127.0.0.1:${http.port}`, database: store.database });
	try {
		const comment = 'quotes "…", a line\nbreak and \\ a backslash';
		await server.insert("ratings", [
			{ trace_id: "t1", rater: "ann", rating: "good", comment },
			{ trace_id: "t2", rater: "ann", rating: "bad" },
		]);
		await server.insert("ratings", []);
		const rows = await store.query("SELECT trace_id, rating, comment FROM ratings ORDER BY trace_id");
		assert.deepEqual(rows, [
			{ trace_id: "t1", rating: "good", comment },
			{ trace_id: "t2", rating: "bad", comment: "" },
		]);
		await assert.rejects(server.insert("no_such_table", [{ a: 1 }]), /no_such_table/);
	} finally {
		await server.close();
	}
});
