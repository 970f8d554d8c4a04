import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import { openTemporaryStore } from "../../../../collector/src/testing/open-temporary-store.ts";
import { seededRandom } from "../../core/random.ts";
import { compareDrift, type DriftSide } from "../../drift/compare-drift.ts";
import { watchStored } from "../../drift/watch-stored.ts";
import { writeDriftComparison } from "../../store/drift-results.ts";
import { readRuns } from "../../store/read-runs.ts";
import { drawAnswer, drawQuestion } from "../../testing/draw-texts.ts";
import { insertChats } from "../../testing/insert-chats.ts";
import { pageApp } from "../page-app.ts";

const HOUR_MS = 3_600_000;
const HOURS = 9;
const PER_HOUR = 30;
const CHANGED_IN = 6;
const NOW = Date.UTC(2026, 4, 1, 12);
const START = NOW - (HOURS + 1) * HOUR_MS;
const HOSTILE = `<img src=x onerror="alert(1)">`;

describe("the page about drift", { timeout: 60_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	const get = async (path: string): Promise<{ status: number; body: string }> => {
		const response = await pageApp({ store, now: () => NOW }).request(path);
		return { status: response.status, body: await response.text() };
	};
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		const random = seededRandom(3);
		await insertChats(
			store,
			Array.from({ length: HOURS * PER_HOUR }, (_, at) => {
				const hour = Math.floor(at / PER_HOUR);
				const drifted = hour >= CHANGED_IN && random() < 0.5;
				return {
					traceId: `d${at.toString(16)}`.padEnd(32, "0"),
					startMs: START + hour * HOUR_MS + (at % PER_HOUR) * 60_000,
					question: `${drawQuestion(random, drifted ? "new-topic" : null)}${drifted ? ` ${HOSTILE}` : ""}`,
					answer: drawAnswer(random),
					failed: drifted || random() < 0.1,
					version: hour >= CHANGED_IN ? "2" : "1",
				};
			}),
		);
	});
	after(() => discard());

	it("says what to do where nobody looked", async () => {
		const { status, body } = await get("/drift");
		assert.equal(status, 200);
		assert.match(body, /Nobody looked for drift in this time/);
		assert.match(body, /aria-current="page">Drift</);
	});

	it("shows the evidence over time, alarms with words and runs, and comparisons with the split of the rate", async () => {
		const watched = { pipeline: "help-desk", sinceMs: START, nowMs: NOW, bucketMs: HOUR_MS };
		assert.equal(await watchStored(store, watched), HOURS);
		const side = async (version: string): Promise<DriftSide> => ({
			name: `service.version=${version}`,
			runs: await readRuns(store, { serviceVersion: version }),
		});
		const compared = await compareDrift(await side("1"), await side("2"), { pipeline: "help-desk", seed: 1 });
		await writeDriftComparison(store, compared, NOW - 1000);
		const { status, body } = await get("/drift");
		assert.equal(status, 200, body.slice(0, 500));
		assert.match(body, /<h1>Drift of help-desk<\/h1>/);
		assert.match(body, /class="threshold"/);
		assert.match(body, /class="evidence dot alarm"/);
		assert.match(body, /inputs of the pipeline changed<\/h2>/);
		assert.match(
			body,
			/<th scope="row">(voucher|gift|coupon|redeem|birthday|balance|shop|friend|present|expired)<\/th>/,
		);
		assert.match(body, /href="\/runs\/d[0-9a-f]+"/);
		assert.match(body, /service\.version=1 against service\.version=2/);
		assert.match(body, /responses of the pipeline<\/th>.*no change seen/s);
		if (compared.mix !== null) assert.match(body, /from another mix of inputs/);
		assert.ok(body.includes("&lt;img src=x"), "what users wrote is shown");
		assert.ok(!body.includes(HOSTILE), "and stays text");
	});

	it("keeps to the pipeline and the time that are asked for", async () => {
		assert.equal((await get("/drift?pipeline=other")).status, 404);
		assert.match((await get("/drift?since=90m&until=80m")).body, /Nobody looked for drift/);
		assert.equal((await get("/drift?since=soon")).status, 400);
		assert.match((await get("/drift?pipeline=help-desk")).body, /Drift of help-desk/);
	});
});
