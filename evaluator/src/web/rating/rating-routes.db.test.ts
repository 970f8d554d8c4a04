import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Store } from "@faultline/collector";
import type { Hono } from "hono";
import { openTemporaryStore } from "../../../../collector/src/testing/open-temporary-store.ts";
import { readRatings } from "../../store/ratings.ts";
import { readChosen } from "../../store/read-rating-frame.ts";
import { insertRuns } from "../../testing/insert-runs.ts";
import { pageApp } from "../page-app.ts";

const NOW = Date.now();
const SCOPE = { sinceMs: NOW - 7_200_000, untilMs: NOW };

describe("rating over HTTP", { timeout: 60_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	let app: Hono;
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		await insertRuns(store, { prefix: "a", count: 40, startMs: NOW - 3_600_000, version: "7.3-secret" });
		app = pageApp({ store, now: () => NOW });
	});
	after(() => discard());

	const get = (path: string, rater?: string): Promise<Response> =>
		Promise.resolve(
			app.request(path, { headers: rater === undefined ? {} : { cookie: `faultline-rater=${rater}` } }),
		);
	const post = (
		path: string,
		fields: Readonly<Record<string, string>>,
		headers: Readonly<Record<string, string>> = {},
	) =>
		Promise.resolve(
			app.request(path, {
				method: "POST",
				headers: { origin: "http://localhost", ...headers },
				body: new URLSearchParams(fields),
			}),
		);
	const traceOf = (page: string): string => /name="trace_id" value="([0-9a-f]+)"/.exec(page)?.[1] ?? "";

	it("asks for a name first, and keeps it in a cookie of its own", async () => {
		assert.match(
			await (await get("/rate?pipeline=shop-answer")).text(),
			/Who rates\?.*name="back" value="\/rate\?pipeline=shop-answer"/s,
		);
		const named = await post("/rate/name", { rater: "Ann Ångström", back: "/rate?pipeline=shop-answer" });
		assert.equal(named.status, 303);
		assert.equal(named.headers.get("location"), "/rate?pipeline=shop-answer");
		assert.match(named.headers.get("set-cookie") ?? "", /faultline-rater=.*HttpOnly.*SameSite=Strict/);
		const away = await post("/rate/name", { rater: "ann", back: "//evil.example/rate" });
		assert.equal(away.headers.get("location"), "/rate");
		assert.equal((await post("/rate/name", { rater: "<script>" })).status, 400);
	});

	it("shows a run blind: what was asked, done and answered, and nothing that says what others think", async () => {
		const page = await (await get("/rate", "ann")).text();
		const [chosen] = (await readChosen(store, SCOPE)).filter(({ traceId }) => traceId === traceOf(page));
		assert.ok(chosen !== undefined);
		assert.match(page, /which of \d+ is it/);
		for (const step of ["search", "build", "answer"]) assert.match(page, new RegExp(`value="${step}"`));
		for (const hidden of ["7.3-secret", "no-fault", "verdict", "hazard", chosen.reason])
			assert.ok(!page.includes(hidden), `the page says ${hidden}`);
	});

	it("gives two raters different runs, and the same one to the same rater", async () => {
		const double = new Map((await readChosen(store, SCOPE)).map((run) => [run.traceId, run.double]));
		const [ann, bob, again] = await Promise.all(
			["ann", "bob", "ann"].map(async (rater) => traceOf(await (await get("/rate", rater)).text())),
		);
		assert.equal(ann, again);
		assert.ok(ann !== bob || double.get(ann ?? "") === true);
	});

	it("stores a rating before it says so, also when it is sent twice, from a form or from the module", async () => {
		const traceId = traceOf(await (await get("/rate", "ann")).text());
		const fields = {
			trace_id: traceId,
			rater: "ann",
			rating: "fail",
			blame: "search",
			comment: " wrong page ",
		};
		const saved = await post("/rate/ratings", fields, { accept: "application/json" });
		assert.deepEqual(await saved.json(), { saved: true });
		const again = await post("/rate/ratings", { ...fields, back: "/rate?pipeline=shop-answer" });
		assert.equal(again.headers.get("location"), "/rate?pipeline=shop-answer");
		const ratings = (await readRatings(store, SCOPE.sinceMs)).filter((rating) => rating.traceId === traceId);
		assert.equal(ratings.length, 1);
		const [rating] = ratings;
		assert.deepEqual([rating?.rating, rating?.blameStep, rating?.comment], ["fail", "search", "wrong page"]);
		assert.ok((rating?.probability ?? 0) > 0);
		assert.notEqual(traceOf(await (await get("/rate", "ann")).text()), traceId, "the next run comes");
		const own = await (await get(`/rate/runs/${traceId}`, "ann")).text();
		assert.match(own, /value="search" checked/);
		const others = await (await get(`/rate/runs/${traceId}`, "bob")).text();
		assert.ok(!others.includes("checked") && !others.includes("wrong page"), "nobody sees another's rating");
	});

	it("takes a point of the scale instead of a word, and refuses what says nothing", async () => {
		const trace_id = traceOf(await (await get("/rate", "eve")).text());
		const rate = async (fields: Readonly<Record<string, string>>): Promise<number> =>
			(await post("/rate/ratings", { trace_id, rater: "eve", ...fields })).status;
		const cases: [Readonly<Record<string, string>>, number][] = [
			[{ scale: "2", blame: "answer" }, 303],
			[{ scale: "3" }, 400],
			[{ scale: "6", rating: "pass" }, 400],
			[{}, 400],
			[{ rating: "maybe" }, 400],
			[{ rating: "pass", trace_id: "../etc" }, 400],
			[{ rating: "pass", rater: "" }, 400],
			[{ rating: "pass", comment: "x".repeat(10_001) }, 400],
		];
		for (const [fields, status] of cases) assert.equal(await rate(fields), status, JSON.stringify(fields));
		const [rating] = (await readRatings(store, SCOPE.sinceMs)).filter(({ rater }) => rater === "eve");
		assert.deepEqual([rating?.rating, rating?.scale, rating?.blameStep], ["fail", 2, "answer"]);
	});

	it("passes over a run that is stored no more", async () => {
		const gone = "dead".padEnd(32, "0");
		const place = { trace_id: gone, run_start: ((NOW - 3_600_000) / 1000).toFixed(3), probability: 1 };
		await store.insert("rating_queue", [
			{ ...place, sample_probability: 1, position: -1, double_rated: false },
		]);
		const shown = traceOf(await (await get("/rate", "zoe")).text());
		assert.ok(shown !== "" && shown !== gone);
	});

	it("other sites can neither rate nor name a rater", async () => {
		for (const path of ["/rate/ratings", "/rate/name", "/rate/leases"])
			assert.equal((await post(path, { rater: "ann" }, { origin: "http://evil.example" })).status, 403);
		assert.equal((await post("/rate/leases", { rater: "ann", trace_id: "ffff" })).status, 400);
		assert.equal((await get("/rate/runs/ffff", "ann")).status, 404);
	});

	it("figures say how many labels are missing", async () => {
		const page = await (await get("/rate/figures")).text();
		assert.match(page, /\d+ labels are missing/);
		assert.match(page, /No judge scored a run/);
		assert.match(page, /shop-answer 7\.3-secret/);
	});
});
