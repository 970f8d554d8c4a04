import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { seededRandom } from "../core/random.ts";
import { drawAnswer, drawQuestion } from "../testing/draw-texts.ts";
import { insertChats } from "../testing/insert-chats.ts";
import { watchDriftDays } from "./watch-drift-days.ts";

const DAY_MS = 86_400_000;
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;

it("watches the days that are over by itself, goes on after a failure, and ends when told", {
	timeout: 60_000,
}, async () => {
	const { store, discard } = await openTemporaryStore();
	try {
		const random = seededRandom(1);
		const chats = (pipeline: string, letter: string) =>
			Array.from({ length: 3 * 20 }, (_, at) => ({
				traceId: `${letter}${at.toString(16)}`.padEnd(32, "0"),
				startMs: NOW - (1 + Math.floor(at / 20)) * DAY_MS,
				question: drawQuestion(random),
				answer: drawAnswer(random),
				pipeline,
			}));
		await insertChats(store, [...chats("one", "a"), ...chats("two", "b")]);
		await store.command("RENAME TABLE drift_days TO away");
		const abort = new AbortController();
		const said: string[] = [];
		const until = async (pattern: RegExp): Promise<void> => {
			while (!said.some((text) => pattern.test(text))) await sleep(20);
		};
		const ended = watchDriftDays({
			store,
			signal: abort.signal,
			now: () => NOW,
			err: (text) => said.push(text),
			firstMs: 1,
			everyMs: 50,
		});
		await until(/drift could not be watched and will be tried again: .*drift_days/);
		await store.command("RENAME TABLE away TO drift_days");
		await until(/watched 3 days of one for drift/);
		await until(/watched 3 days of two for drift/);
		abort.abort();
		await ended;
		const rows = await store.query<{ pipeline: string; days: string }>(
			"SELECT pipeline, uniqExact(bucket) AS days FROM drift_days FINAL GROUP BY pipeline ORDER BY pipeline",
		);
		assert.deepEqual(rows, [
			{ pipeline: "one", days: "3" },
			{ pipeline: "two", days: "3" },
		]);
	} finally {
		await discard();
	}
});
