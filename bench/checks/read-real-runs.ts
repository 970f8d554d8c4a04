import { existsSync } from "node:fs";
import { join } from "node:path";
import { insertTraces, readOtlpFile } from "@faultline/collector";
import { openTemporaryStore } from "../../collector/src/testing/open-temporary-store.ts";
import type { Run } from "../../evaluator/src/core/trace.ts";
import { readRuns } from "../../evaluator/src/store/read-runs.ts";

/** Runs of a real system from a file of OTLP/JSON lines; null where the folder or the file is not there. */
export async function readRealRuns(
	directory: string | undefined,
	name: string,
): Promise<readonly Run[] | null> {
	const file = directory === undefined ? null : join(directory, `${name}.otlp.jsonl.gz`);
	if (file === null || !existsSync(file)) return null;
	const { store, discard } = await openTemporaryStore();
	try {
		for await (const { spans } of readOtlpFile(file)) await insertTraces(store, spans);
		return await readRuns(store, {});
	} finally {
		await discard();
	}
}
