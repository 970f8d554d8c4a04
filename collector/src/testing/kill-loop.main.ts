/** The long version of the test of durability: `npm run test:kill -- --rounds 100 --seed 7`. Exits with 1 where anything was lost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeRandom } from "./make-random.ts";
import { surviveKills } from "./survive-kills.ts";

const { values } = parseArgs({
	options: { rounds: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
});
const dataDir = await mkdtemp(path.join(tmpdir(), "faultline-kill-"));
const result = await surviveKills({
	dataDir,
	rounds: Number(values.rounds),
	random: makeRandom(Number(values.seed)),
	onRound: (round, acknowledged) =>
		console.error(`killed ${round} of ${values.rounds} times, ${acknowledged} spans acknowledged`),
});
console.log(JSON.stringify(result));
const wrong = result.lost + result.lostSteps + result.lostLogs + result.twice + result.apart;
if (wrong === 0) await rm(dataDir, { recursive: true, force: true });
else console.error(`${wrong} wrong; the database is kept in ${dataDir}`);
process.exitCode = wrong === 0 ? 0 : 1;
