import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { makeRandom } from "./testing/make-random.ts";
import { surviveKills } from "./testing/survive-kills.ts";

test("what was acknowledged is stored once, whenever the process is killed, and the views agree with it", async () => {
	const dataDir = await mkdtemp(path.join(tmpdir(), "faultline-kill-"));
	try {
		const result = await surviveKills({ dataDir, rounds: 4, random: makeRandom(1) });
		assert.ok(result.acknowledged >= 600, `only ${result.acknowledged} spans were acknowledged`);
		assert.deepEqual(
			{ ...result, acknowledged: 0, unanswered: 0 },
			{ acknowledged: 0, unanswered: 0, lost: 0, lostSteps: 0, lostLogs: 0, twice: 0, apart: 0 },
		);
	} finally {
		await rm(dataDir, { recursive: true, force: true });
	}
});
