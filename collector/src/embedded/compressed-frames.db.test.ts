import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { openTemporaryStore } from "../testing/open-temporary-store.ts";
import { decodeFrames } from "./compressed-frames.ts";

test("what ClickHouse itself has compressed, with its checksums, is read back", async () => {
	const { store, dataDir, discard } = await openTemporaryStore();
	try {
		for (const codec of ["LZ4", "ZSTD", "NONE"]) {
			await store.command(`CREATE TABLE log_${codec} (text String CODEC(${codec})) ENGINE = TinyLog`);
			await store.command(
				`INSERT INTO log_${codec} SELECT concat('row ', toString(number), ' ', repeat('é', number % 40)) FROM numbers(70000)`,
			);
			const [file = ""] = globSync(`${dataDir}/store/*/*/text.bin`);
			const rows = Array.from({ length: 70_000 }, (_, row) => `row ${row} ${"é".repeat(row % 40)}`);
			const stored = decodeFrames(await readFile(file), { maxBytes: 1e8 });
			assert.ok(stored.equals(withLengths(rows)), path.basename(file));
			await store.command(`DROP TABLE log_${codec} SYNC`);
		}
	} finally {
		await discard();
	}
});

/** Strings as ClickHouse stores them: each after its length, 7 bits a byte. */
function withLengths(texts: readonly string[]): Buffer {
	return Buffer.concat(
		texts.flatMap((text) => {
			const bytes = Buffer.from(text);
			const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
			return [Buffer.from(length), bytes];
		}),
	);
}
