// Two people rate in two browsers while the server is killed and started again: `npm run test:browser`.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { migrate, openStore } from "@faultline/collector";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { progressOfQueue } from "../../core/rating-queue.ts";
import { drawRatings } from "../../store/draw-ratings.ts";
import { readDesk } from "../../store/rating-desk.ts";
import { insertRuns } from "../../testing/insert-runs.ts";
import { type RunningCommand, startFaultline } from "../../testing/run-faultline.ts";
import { launchChromium, whyNoBrowser } from "./launch-chromium.ts";

const RUNS = 12;
const START_MS = Date.now() - 3_600_000;
const SCOPE = { sinceMs: START_MS - 1000, untilMs: Date.now() + 600_000 };
const skip = whyNoBrowser();

/** A port that is free now, and stays the page's over a restart: what a browser keeps belongs to it. */
const freePort = async (): Promise<number> => {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === "object" && address !== null ? address.port : 0;
};

describe("rating in a browser", { timeout: 300_000, skip }, () => {
	let folder: string;
	let dataDir: string;
	let port: number;
	let server: RunningCommand;
	let browser: Browser;
	const contexts: BrowserContext[] = [];
	const refused: string[] = [];
	/** What the first two saw at once; whether that run is for two is known when the page lets go of the database. */
	const shown = { ann: "", bob: "" };
	const url = (): string => `http://127.0.0.1:${port}`;
	const serve = async (): Promise<void> => {
		server = startFaultline(["page", "--data-dir", dataDir, "--page-port", String(port)], folder);
		await server.untilOut(/Faultline's page/);
	};
	const inStore = async <Result>(work: Parameters<typeof use<Result>>[1]): Promise<Result> =>
		use(dataDir, work);
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-rating-"));
		dataDir = join(folder, "data");
		port = await freePort();
		await inStore(async (store) => {
			await insertRuns(store, { prefix: "a", count: RUNS, startMs: START_MS, version: "7.3-secret" });
			await drawRatings(store, SCOPE, { target: 100, doubleShare: 0.4 });
		});
		await serve();
		browser = await launchChromium();
	});
	after(async () => {
		for (const context of contexts) await context.close();
		await browser?.close();
		await server?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const enter = async (rater: string): Promise<Page> => {
		const context = await browser.newContext();
		contexts.push(context);
		const page = await context.newPage();
		page.setDefaultTimeout(15_000);
		// What the policy of the page refuses is said in the console only.
		page.on("console", (message) => {
			if (/Content Security Policy|Trusted Type/i.test(message.text())) refused.push(message.text());
		});
		page.on("pageerror", (error) => refused.push(error.message));
		await page.goto(`${url()}/rate`);
		await page.keyboard.type(rater);
		await page.keyboard.press("Enter");
		await page.waitForSelector("form[data-rate]");
		return page;
	};
	const traceOf = (page: Page): Promise<string> => page.inputValue('input[name="trace_id"]');
	/** Another run is shown, or that nothing is left. */
	const untilAfter = (page: Page, traceId: string): Promise<void> =>
		page.locator(`input[name="trace_id"]:not([value="${traceId}"]), .empty`).waitFor({ state: "attached" });
	const untilKept = (page: Page): Promise<void> =>
		page.locator("[data-status]", { hasText: "Not saved yet" }).waitFor();
	/** Saves with the keyboard. */
	const save = async (page: Page): Promise<void> => {
		const before = await traceOf(page);
		await page.keyboard.press("Space");
		await untilAfter(page, before);
	};

	const violationsOf = async (page: Page): Promise<string[]> => {
		await page.evaluate(axe.source);
		return await page.evaluate(async () => {
			const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
			return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
		});
	};

	it("every page of it is accessible in both schemes, and on a narrow screen", async () => {
		for (const colorScheme of ["light", "dark"] as const) {
			const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 800 } });
			const page = await context.newPage();
			for (const path of ["/rate", "/rate/figures", "/rate?pipeline=nowhere"]) {
				await page.goto(`${url()}${path}`);
				if (path.includes("?")) {
					await page.fill('input[name="rater"]', "max");
					await page.keyboard.press("Enter");
					await page.locator(".empty").waitFor();
				}
				assert.deepEqual(await violationsOf(page), [], `${path}, ${colorScheme}`);
				assert.ok(
					await page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
					`${path} is too wide`,
				);
			}
			await context.close();
		}
	});

	it("two people never get the same run at once, unless it is for two", async () => {
		const [ann, bob] = await Promise.all([enter("ann"), enter("bob")]);
		[shown.ann, shown.bob] = await Promise.all([traceOf(ann), traceOf(bob)]);
		await ann.reload();
		assert.equal(await traceOf(ann), shown.ann, "loaded again, it is the same run");
		assert.ok(!(await ann.content()).includes("7.3-secret"), "the rater does not see the deploy");
		await ann.context().close();
		await bob.context().close();
		contexts.length = 0;
	});

	it("everything goes by keyboard, and a failure names its step", async () => {
		const page = await enter("ann");
		const traceId = await traceOf(page);
		await page.keyboard.press("j");
		await page.keyboard.press("Enter");
		assert.equal(await page.locator("details.step[open]").count(), 1);
		await page.keyboard.press("o");
		assert.equal(await page.locator("details.step[open]").count(), 3);
		await page.keyboard.press("2");
		assert.equal(await page.isChecked('input[name="rating"][value="fail"]'), true);
		assert.equal(await page.isChecked('input[name="blame"][value="build"]'), true);
		await page.keyboard.press("s");
		await page.keyboard.press("s");
		assert.equal(await page.isChecked('input[name="scale"][value="2"]'), true);
		await page.keyboard.press("c");
		await page.keyboard.type("pages from p. 5 are missing");
		await page.keyboard.press("Escape");
		assert.deepEqual(await violationsOf(page), []);
		await save(page);
		await page.keyboard.press("b");
		await page.waitForURL(new RegExp(`/rate/runs/${traceId}`));
		assert.equal(await page.inputValue("textarea"), "pages from p. 5 are missing");
		assert.equal(await page.isChecked('input[name="blame"][value="build"]'), true);
	});

	it("a half-written rating and one that was sent survive that the server is killed and started again", async () => {
		const ann = await enter("ann");
		const bob = await enter("bob");
		const written = await traceOf(ann);
		await ann.keyboard.press("3");
		await ann.keyboard.press("c");
		await ann.keyboard.type("half of a thought");
		const sent = await traceOf(bob);
		await bob.keyboard.press("p");
		server.kill("SIGKILL");
		await server.ended;
		await bob.keyboard.press("Space");
		await untilKept(bob);
		await serve();
		await untilAfter(bob, sent);
		await ann.reload();
		assert.equal(await traceOf(ann), written, "the lease outlives the server");
		assert.equal(await ann.inputValue("textarea"), "half of a thought");
		assert.equal(await ann.isChecked('input[name="blame"][value="answer"]'), true);
		await save(ann);
	});

	it("a rating whose page is closed before the server is back is saved by the next page", async () => {
		const page = await enter("kim");
		const sent = await traceOf(page);
		await page.keyboard.press("u");
		server.kill("SIGKILL");
		await server.ended;
		await page.keyboard.press("Space");
		await untilKept(page);
		await page.close();
		await serve();
		const next = await contexts.at(-1)?.newPage();
		await next?.goto(`${url()}/rate`);
		assert.ok(next !== undefined);
		await untilAfter(next, sent);
	});

	it("everybody rates at once until nothing is left, and nothing is lost or rated too often", async () => {
		const rateAll = async (rater: string): Promise<void> => {
			const page = await enter(rater);
			for (let saved = 0; saved < 2 * RUNS; saved++) {
				if ((await page.locator("form[data-rate]").count()) === 0) return;
				await page.keyboard.press(saved % 3 === 0 ? "1" : "p");
				await save(page);
			}
		};
		await Promise.all(["ann", "bob"].map(rateAll));
		// Whom the others still hold runs of: only they may rate those.
		await rateAll("kim");
		server.kill("SIGKILL");
		await server.ended;
		const { items, ratings } = await inStore((store) => readDesk(store, SCOPE));
		const progress = progressOfQueue(items);
		assert.equal(progress.chosen, RUNS);
		assert.equal(progress.rated, RUNS);
		assert.ok(progress.double > 0);
		for (const item of items) {
			assert.ok(item.raters.length <= (item.double ? 2 : 1), `${item.traceId} by ${item.raters}`);
			assert.equal(new Set(item.raters).size, item.raters.length);
		}
		const both = items.find(({ traceId }) => traceId === shown.ann);
		assert.ok(shown.ann !== shown.bob || both?.double === true);
		const comments = ratings.map(({ comment }) => comment).filter((comment) => comment !== "");
		assert.deepEqual(comments.sort(), ["half of a thought", "pages from p. 5 are missing"]);
		assert.ok(ratings.some(({ rater, rating }) => rater === "kim" && rating === "unsure"));
		assert.deepEqual(refused, []);
	});
});

/** The embedded database, while nobody else has it. */
async function use<Result>(
	dataDir: string,
	work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<Result>,
): Promise<Result> {
	await using store = await openStore({ dataDir });
	await migrate(store);
	return await work(store);
}
