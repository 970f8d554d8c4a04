import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@faultline/collector";
import { runFaultline } from "../../testing/run-faultline.ts";
import { startPage } from "../start-page.ts";

/** The page on the demonstration's data. */
export interface DemoPage {
	readonly url: string;
	readonly store: Store;
	close(): Promise<void>;
}

/**
 * Runs `faultline demo` and serves the page on what it leaves.
 *
 * @param repeats how often every question is asked
 * @param prepare is given the demonstration's folder before the page is opened on it, for further commands
 */
export async function openDemoPage(
	repeats: number,
	prepare: (dataDir: string, folder: string) => Promise<void> = async () => {},
): Promise<DemoPage> {
	const folder = await mkdtemp(join(tmpdir(), "faultline-page-"));
	const dataDir = join(folder, "demo");
	const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
	try {
		const { code, err } = await runFaultline(
			["demo", "--repeats", String(repeats), "--data-dir", dataDir],
			folder,
		);
		// 1: too few runs to name the fault, which is no matter here.
		if (code !== 0 && code !== 1) throw new Error(`faultline demo ended with ${code}: ${err}`);
		await prepare(dataDir, folder);
		const store = await openStore({ dataDir });
		const server = await startPage({ store, port: 0 });
		return {
			url: `http://127.0.0.1:${server.port}`,
			store,
			async close() {
				await server.close();
				await store.close();
				await remove();
			},
		};
	} catch (error) {
		await remove();
		throw error;
	}
}
