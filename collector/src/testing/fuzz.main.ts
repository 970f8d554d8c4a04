/** The long version of the fuzz test: `npm run test:fuzz -- --count 100000 --seed 1`. Exits with 1 where anything was wrong. */
import { parseArgs } from "node:util";
import { fuzzReceiver } from "./fuzz-receiver.ts";
import { fuzzRequests } from "./fuzz-requests.ts";
import { makeRandom } from "./make-random.ts";
import { openTemporaryStore } from "./open-temporary-store.ts";

const { values } = parseArgs({
	options: {
		count: { type: "string", default: "100000" },
		seed: { type: "string", default: "1" },
		sent: { type: "string", default: "5000" },
	},
});
const count = Number(values.count);
const read = await fuzzRequests({
	count,
	random: makeRandom(Number(values.seed)),
	onProgress: (done) => {
		if (done % 10_000 === 0) console.error(`${done} of ${count} bodies`);
	},
});
const memoryMb = Math.round(process.memoryUsage.rss() / 1e6);
console.error(`sending ${values.sent} bodies to a receiver`);
const { store, discard } = await openTemporaryStore();
const sent = await fuzzReceiver(store, {
	count: Number(values.sent),
	random: makeRandom(Number(values.seed) + 1),
});
await discard();
const wrong = [...read.wrong, ...sent.wrong];
if (sent.storedRows !== sent.expectedRows)
	wrong.push(`${sent.expectedRows} rows expected, ${sent.storedRows} stored`);
console.log(JSON.stringify({ ...read, memoryMb, sent: { ...sent, wrong: undefined }, wrong: wrong.length }));
for (const each of wrong.slice(0, 20)) console.error(each);
process.exitCode = wrong.length === 0 ? 0 : 1;
