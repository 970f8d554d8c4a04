import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { insertTraces, type Store } from "@faultline/collector";
import type { Hono } from "hono";
import { parse } from "parse5";
import { openTemporaryStore } from "../../../collector/src/testing/open-temporary-store.ts";
import { evaluateStored } from "../store/evaluate-stored.ts";
import { listRuns, type RunCursor } from "../store/read-run-heads.ts";
import { HOSTILE, hostileRun } from "../testing/hostile-run.ts";
import { insertRuns } from "../testing/insert-runs.ts";
import { pageApp } from "./page-app.ts";
import { fillEvaluations } from "./testing/fill-evaluations.ts";

const NOW = Date.UTC(2026, 4, 1, 12);
const HOUR = 3_600_000;
const HOSTILE_ID = "f".repeat(32);
const RUNS = 60;

describe("the page", { timeout: 120_000 }, () => {
	let store: Store;
	let discard: () => Promise<void>;
	let app: Hono;
	let ids: string[] = [];
	before(async () => {
		({ store, discard } = await openTemporaryStore());
		const older = await insertRuns(store, {
			prefix: "a",
			count: RUNS,
			startMs: NOW - 3 * HOUR,
			version: "1",
			failEvery: 0,
		});
		const newer = await insertRuns(store, { prefix: "b", count: RUNS, startMs: NOW - HOUR, version: "2" });
		ids = [...older, ...newer];
		await insertTraces(
			store,
			hostileRun({ traceId: HOSTILE_ID, pipeline: `hostile ${HOSTILE}`, startMs: NOW - HOUR }),
		);
		await evaluateStored(store, { sinceMs: NOW - 4 * HOUR, untilMs: NOW });
		await fillEvaluations(store, NOW);
		app = pageApp({ store, now: () => NOW });
	});
	after(() => discard());

	const get = async (path: string): Promise<string> => {
		const response = await app.request(path);
		assert.equal(response.status, 200, `${path}: ${(await response.clone().text()).slice(0, 2000)}`);
		return await response.text();
	};
	const refused = async (path: string): Promise<{ status: number; text: string }> => {
		const response = await app.request(path);
		return { status: response.status, text: textOf(await response.text()) };
	};

	it("lists pipelines, and shows one with its deploys beside each other", async () => {
		assert.match(textOf(await get("/")), /shop-answer/);
		const text = textOf(await get("/?pipeline=shop-answer"));
		assert.match(text, /Failed runs, 2 20\.0 % .*12 of 60 runs/);
		assert.match(text, /Against 1 \+20\.0 pt/);
		assert.match(text, /1 − Π\(1 − hazard\) = (19|20)\.\d % ?, end to end 20\.0 %/);
		for (const step of ["search", "build", "answer"]) assert.match(text, new RegExp(step));
		// The picture and the time line hold the last run too.
		const hostile = textOf(await get(`/?pipeline=${encodeURIComponent(`hostile ${HOSTILE}`)}`));
		assert.match(hostile, /Drawn from its newest 1 runs/);
		assert.match(hostile, /1 of 1 failed/);
		const older = textOf(await get("/?pipeline=shop-answer&version=1"));
		assert.match(older, /Failed runs, 1 0\.0 %/);
		assert.match(older, /No other deploy in this time/);
	});

	it("pages through the runs, each once, newest first", async () => {
		const seen: string[] = [];
		let next: string | undefined = "/runs?pipeline=shop-answer";
		while (next !== undefined) {
			const text: string = await get(next);
			seen.push(...[...text.matchAll(/href="\/runs\/([0-9a-f]{32})"/g)].map(([, id]) => id ?? ""));
			next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
		}
		assert.deepEqual(seen, ids.toReversed());
	});

	it("finds runs by words, by the beginning of a trace id, by version, by where the fault began", async () => {
		const count = async (query: string): Promise<number> =>
			[...(await get(`/runs?${query}`)).matchAll(/<tr data-row/g)].length;
		assert.equal(await count("q=WHICH+of+3+is"), 6);
		assert.equal(await count(`q=${(ids[7] ?? "").slice(0, 32)}`), 1);
		assert.equal(await count("pipeline=shop-answer&version=2&outcome=fail"), 12);
		assert.equal(await count("step=answer&version=2&outcome=fail"), 12);
		assert.equal(await count("step=search&outcome=fail"), 0);
		assert.equal(await count(`since=${NOW - 2 * HOUR}&pipeline=shop-answer&outcome=fail`), 12);
		assert.match(textOf(await get("/runs?q=nobody+asked+this")), /No run fits/);
	});

	it("searches so many runs at a time, and goes on from there", async () => {
		const filter = {
			sinceMs: NOW - 4 * HOUR,
			untilMs: NOW,
			pipeline: "shop-answer",
			serviceVersion: "",
			outcome: "",
			step: "",
			verdict: "",
			text: "which of 3 is",
		};
		const found: string[] = [];
		let after: RunCursor | undefined;
		for (let pages = 1; ; pages++) {
			const page = await listRuns(store, filter, {
				limit: 50,
				searched: 25,
				...(after === undefined ? {} : { after }),
			});
			found.push(...page.runs.map(({ traceId }) => traceId));
			if (page.next === null) {
				assert.equal(pages, 5);
				break;
			}
			after = page.next;
		}
		assert.deepEqual(
			found,
			[43, 23, 3].flatMap((at) => [ids[RUNS + at]]).concat([43, 23, 3].map((at) => ids[at])),
		);
	});

	it("shows a run: where the fault began, what speaks for it, and a passing run beside it", async () => {
		const text = await get(`/runs/${ids[RUNS + 4]}`);
		const shown = textOf(text);
		assert.match(shown, /The fault began in answer \(model\)/);
		assert.match(text, /<details class="step" id="0000000000000004" open>/);
		assert.match(shown, /What is strange here/);
		assert.match(shown, /Asked nearly the same/);
		assert.match(shown, /Also began in answer/);
		assert.match(shown, /Beside a passing run of the same task/);
		assert.match(text, /<pre tabindex="0"><del>answer of which of 4 is it<\/del><\/pre>/);
	});

	it("says what is wrong with what was asked, and what is not there", async () => {
		for (const [path, status, says] of [
			["/runs?outcome=broken", 400, /outcome is "broken"; give pass, fail, unknown/],
			["/runs?since=yesterday", 400, /"yesterday" is no time/],
			["/?since=1h&until=2h", 400, /is later than/],
			["/runs?after=7", 400, /after is "7"/],
			["/runs/xyz", 400, /is no trace id/],
			["/runs/abc", 404, /No run abc is stored/],
			["/?pipeline=nobody", 404, /“nobody”.*There are: .*shop-answer/],
			["/?pipeline=shop-answer&version=9", 404, /shop-answer 9/],
			["/compare?baseline=41&candidate=42", 400, /selects no runs/],
			["/compare?baseline=service.version=1", 400, /The candidate is missing/],
			["/evals/nothing", 404, /No evaluation nothing/],
			["/evals?layer=all", 400, /layer is "all"/],
			["/gates/candidate/7", 404, /No decision/],
			["/nowhere", 404, /nothing here/],
		] as const) {
			const answer = await refused(path);
			assert.equal(answer.status, status, path);
			assert.match(answer.text, says, path);
		}
	});

	it("compares two deploys in the background, and says how far it is meanwhile", async () => {
		const path = "/compare?pipeline=shop-answer&baseline=service.version=1&candidate=service.version=2";
		let text = "";
		for (let tries = 0; tries < 60; tries++) {
			const response = await app.request(path);
			assert.equal(response.status, 200);
			text = textOf(await response.text());
			if (response.headers.get("refresh") === null) break;
			assert.match(text, /Comparing: /);
		}
		assert.match(text, /Failed in 1 0\.0 %/);
		assert.match(text, /Failed in 2 20\.0 %/);
		// Four of twenty tasks changed: too few to name anybody, and the page says so.
		assert.match(text, /It cannot be told which component changed\. About \d+ runs on each side/);
		assert.match(text, /answer: its output is empty .* strange in 12 of 12 failing runs of the candidate/);
		assert.match(text, /answer model \+20\.0 pt 0\.0 % → 20\.0 %/);
	});

	it("refuses more comparisons at a time than it can queue", async () => {
		const ask = async (version: string): Promise<number> =>
			(
				await app.request(
					`/compare?pipeline=shop-answer&baseline=service.version=1&candidate=service.version=${version}`,
				)
			).status;
		const answers = await Promise.all(["a", "b", "c", "d", "e", "f"].map(ask));
		// None of these versions is stored, which is found out for those that are looked at.
		assert.deepEqual(answers.toSorted(), [404, 404, 404, 404, 503, 503]);
	});

	it("shows evaluations with the cases that changed, and gate decisions with their rows", async () => {
		assert.match(textOf(await get("/evals")), /candidate docs-answer system .* 80\.0 % .* fail/);
		const evaluation = textOf(await get("/evals/candidate"));
		assert.match(evaluation, /Against baseline −20\.0 pt/);
		assert.match(evaluation, /f0000 worse/);
		const better = await get("/evals/candidate?change=better");
		assert.match(textOf(better), /No case fits/);
		assert.match(textOf(await get("/gates")), /Blocked: worse in end to end/);
		const gate = textOf(await get(`/gates/candidate/${NOW}`));
		assert.match(gate, /end to end fail 100\.0 % -> 80\.0 %/);
	});

	it("shows everything that an application chose as text, on every page", async () => {
		const hostile = encodeURIComponent(`hostile ${HOSTILE}`);
		for (const path of [
			"/",
			`/?pipeline=${hostile}`,
			"/runs",
			`/runs?q=${encodeURIComponent(HOSTILE)}`,
			`/runs?pipeline=${hostile}&step=${encodeURIComponent(HOSTILE)}`,
			`/runs/${HOSTILE_ID}`,
			"/compare",
			`/compare?pipeline=${hostile}`,
		]) {
			const text = await get(path);
			assert.ok(text.includes("&lt;script&gt;"), `${path} does not show what is hostile`);
			assertHarmless(text, path);
		}
		const failure = await app.request(`/?pipeline=${encodeURIComponent(HOSTILE)}`);
		assertHarmless(await failure.text(), "an error page");
	});

	it("links only to what is there", async () => {
		const open = [
			"/",
			"/?pipeline=shop-answer",
			`/runs/${ids[RUNS + 4]}`,
			"/evals/candidate",
			`/gates/candidate/${NOW}`,
		];
		const seen = new Set(open);
		// Of links that differ only in the run or the parameters, a few tell as much as all.
		const kinds = new Map<string, number>();
		const ENOUGH = 6;
		for (const path of open) {
			for (const [, link = ""] of (await get(path)).matchAll(/(?:href|src)="(\/[^"#]*)/g)) {
				const target = link.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');
				if (seen.has(target) || target.startsWith("/compare?")) continue;
				seen.add(target);
				const kind = target.replaceAll(/[0-9a-f]{32}|=[^&]*/g, "");
				kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
				if ((kinds.get(kind) ?? 0) > ENOUGH) continue;
				const { status } = await app.request(target);
				assert.equal(status, 200, `${path} links to ${target}`);
			}
		}
		assert.ok(seen.size > 30);
	});

	it("allows nothing but its own files, and is kept by nobody", async () => {
		const response = await app.request("/");
		const policy = response.headers.get("content-security-policy") ?? "";
		for (const part of [
			"default-src 'none'",
			"script-src 'self'",
			"style-src 'self'",
			"frame-ancestors 'none'",
		])
			assert.ok(policy.includes(part), policy);
		assert.ok(!policy.includes("unsafe"));
		assert.equal(response.headers.get("cache-control"), "no-store");
		assert.equal(response.headers.get("x-content-type-options"), "nosniff");
	});

	it("says how many runs have arrived since", async () => {
		const arrived = async (after: number): Promise<unknown> =>
			await (await app.request(`/runs/arrived?pipeline=shop-answer&after=${after}`)).json();
		assert.deepEqual(await arrived(NOW - 2 * HOUR), { runs: RUNS });
		assert.deepEqual(await arrived(NOW), { runs: 0 });
	});

	it("takes nothing from other sites, and lets a page of its own write only where it says so", async () => {
		const post = (origin: string): Response | Promise<Response> =>
			app.request("http://localhost/runs", {
				method: "POST",
				headers: { origin, "content-type": "application/x-www-form-urlencoded" },
				body: "a=b",
			});
		assert.equal((await post("https://elsewhere.example")).status, 403);
		assert.equal((await post("null")).status, 403);
		// A stricter policy would make browsers send the origin "null" with the page's own forms.
		assert.equal((await app.request("/")).headers.get("referrer-policy"), "same-origin");
		const own = await post("http://localhost");
		assert.equal(own.status, 405);
		assert.match(own.headers.get("allow") ?? "", /GET/);
	});

	it("answers without a token only under this machine's names, with one only to who shows it", async () => {
		const ask = async (page: Hono, headers: Record<string, string>): Promise<number> =>
			(await page.request("/evals", { headers })).status;
		assert.equal(await ask(app, { host: "127.0.0.1:4319" }), 200);
		assert.equal(await ask(app, { host: "[::1]:4319" }), 200);
		assert.equal(await ask(app, { host: "rebound.example" }), 421);
		const guarded = pageApp({ store, now: () => NOW, token: "a secret" });
		const basic = (text: string): Record<string, string> => ({ authorization: `Basic ${btoa(text)}` });
		assert.equal(await ask(guarded, {}), 401);
		assert.equal(await ask(guarded, basic("me:another")), 401);
		assert.equal(await ask(guarded, basic("a secret")), 200);
		assert.equal(await ask(guarded, { ...basic("me:a secret"), host: "faultline.example" }), 200);
		assert.equal(await ask(guarded, { authorization: "Bearer a secret" }), 200);
		assert.equal((await guarded.request("/assets/page.js")).status, 401);
	});
});

describe("the page of an empty database", () => {
	it("says on every part of it what to do", async () => {
		const { store, discard } = await openTemporaryStore();
		try {
			const app = pageApp({ store, now: () => NOW });
			for (const [path, says] of [
				["/", /OTEL_EXPORTER_OTLP_ENDPOINT/],
				["/runs", /faultline import/],
				["/compare", /service\.version/],
				["/evals", /faultline eval system/],
				["/gates", /faultline gate/],
			] as const) {
				const response = await app.request(path);
				assert.equal(response.status, 200);
				assert.match(textOf(await response.text()), says, path);
			}
		} finally {
			await discard();
		}
	});
});

/** What a reader sees: the text without its tags, spaces folded. */
function textOf(markup: string): string {
	return walk(parse(markup))
		.flatMap((node) => (node.nodeName === "#text" && node.parent !== "script" ? [node.value] : []))
		.join(" ")
		.replaceAll(/\s+/g, " ");
}

interface Seen {
	readonly nodeName: string;
	readonly parent: string;
	readonly value: string;
	readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

function walk(root: unknown): Seen[] {
	const seen: Seen[] = [];
	const visit = (node: unknown, parent: string): void => {
		const {
			nodeName,
			value = "",
			attrs = [],
			childNodes = [],
		} = node as {
			nodeName: string;
			value?: string;
			attrs?: { name: string; value: string }[];
			childNodes?: unknown[];
		};
		seen.push({ nodeName, parent, value, attributes: attrs });
		for (const child of childNodes) visit(child, nodeName);
	};
	visit(root, "");
	return seen;
}

/** No element, handler, style or address that is not ours. */
function assertHarmless(markup: string, path: string): void {
	for (const { nodeName, attributes } of walk(parse(markup))) {
		assert.notEqual(nodeName, "img", path);
		for (const { name, value } of attributes) {
			assert.ok(!name.startsWith("on") && name !== "style", `${path}: ${nodeName} has ${name}`);
			if (name === "src" || name === "href") assert.match(value, /^[/#]/, path);
		}
		if (nodeName === "script")
			assert.deepEqual(
				attributes.map(({ name, value }) => (name === "src" ? value.replace(/\?.*/, "") : value)),
				["module", "/assets/page.js"],
				path,
			);
	}
}
