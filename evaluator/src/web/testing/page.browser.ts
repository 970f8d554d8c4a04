// The page in a browser, on the demonstration's data: `npm run test:browser`.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { insertTraces } from "@faultline/collector";
import axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { evaluateStored } from "../../store/evaluate-stored.ts";
import { listRuns } from "../../store/read-run-heads.ts";
import { HOSTILE, hostileRun } from "../../testing/hostile-run.ts";
import { insertRuns } from "../../testing/insert-runs.ts";
import { fillDrift } from "./fill-drift.ts";
import { fillEvaluations } from "./fill-evaluations.ts";
import { launchChromium, whyNoBrowser } from "./launch-chromium.ts";
import { type DemoPage, openDemoPage } from "./open-demo-page.ts";

const HOSTILE_ID = "f".repeat(32);
const HOSTILE_PIPELINE = `hostile ${HOSTILE}`;
const COMPARED =
	"/compare?pipeline=docs-answer&baseline=service.version=1.4.0&candidate=service.version=1.5.0";
const skip = whyNoBrowser();

describe("the page in a browser", { timeout: 600_000, skip }, () => {
	let demo: DemoPage;
	let browser: Browser;
	/** Every page of the page, by what it is. */
	let pages: Record<string, string>;
	let failing = "";
	before(async () => {
		demo = await openDemoPage(2);
		const { store } = demo;
		const now = Date.now();
		await fillEvaluations(store, now);
		const startMs = now - 60_000;
		await insertTraces(store, hostileRun({ traceId: HOSTILE_ID, pipeline: HOSTILE_PIPELINE, startMs }));
		await evaluateStored(store, { pipeline: HOSTILE_PIPELINE });
		const { runs } = await listRuns(
			store,
			{
				sinceMs: now - 3_600_000,
				untilMs: now,
				pipeline: "docs-answer",
				serviceVersion: "1.5.0",
				outcome: "fail",
				step: "package_info",
				verdict: "",
				text: "",
			},
			{ limit: 1 },
		);
		failing = runs[0]?.traceId ?? "";
		await fillDrift(store, now);
		pages = {
			pipelines: "/",
			overview: "/?pipeline=docs-answer",
			runs: "/runs",
			run: `/runs/${failing}`,
			"compare, to begin with": "/compare",
			compare: COMPARED,
			evaluations: "/evals",
			evaluation: "/evals/candidate",
			drift: "/drift?pipeline=docs-answer",
			gates: "/gates",
			"gate decision": `/gates/candidate/${now}`,
			"hostile pipeline": `/?pipeline=${encodeURIComponent(HOSTILE_PIPELINE)}`,
			"hostile runs": `/runs?q=${encodeURIComponent(HOSTILE)}`,
			"hostile run": `/runs/${HOSTILE_ID}`,
			"not found": "/nowhere",
			"bad question": `/runs?outcome=${encodeURIComponent(HOSTILE)}`,
		};
		browser = await launchChromium();
	});
	after(async () => {
		await browser?.close();
		await demo?.close();
	});

	const inContext = async (
		options: BrowserContextOptions,
		work: (page: Page, context: BrowserContext) => Promise<void>,
	): Promise<void> => {
		const context = await browser.newContext({ baseURL: demo.url, ...options });
		try {
			await work(await context.newPage(), context);
		} finally {
			await context.close();
		}
	};

	/** Opens a page and waits until a comparison is done. */
	const open = async (page: Page, path: string): Promise<void> => {
		await page.goto(path);
		// While it is computed, the page asks again by itself.
		await page.locator(".notice[role=status]").waitFor({ state: "detached", timeout: 120_000 });
	};

	it("shows every page without a violation of its policy, an error or a foreign request", async () => {
		await inContext({}, async (page) => {
			const wrong: string[] = [];
			page.on("console", (message) => {
				// A page that answers 4xx is reported by the browser too.
				if (message.type() === "error" && !message.text().includes("status of 4")) wrong.push(message.text());
			});
			page.on("pageerror", (error) => wrong.push(error.message));
			page.on("request", (request) => {
				if (!request.url().startsWith(`${demo.url}/`)) wrong.push(`asked for ${request.url()}`);
			});
			for (const [name, path] of Object.entries(pages)) {
				await open(page, path);
				assert.notEqual(((await page.locator("h1").first().textContent()) ?? "").trim(), "", name);
			}
			assert.deepEqual(wrong, []);
		});
	});

	it("names the broken component on the overview, in the run and in the comparison", async () => {
		await inContext({}, async (page) => {
			await open(page, pages["overview"] ?? "");
			await page
				.locator(".card", { hasText: "Most faults began in" })
				.getByRole("link", { name: "package_info" })
				.click();
			assert.match(page.url(), /step=package_info/);
			await page.locator("tbody a").first().click();
			assert.match((await page.locator(".notice").first().textContent()) ?? "", /began in package_info/);
			await page.locator("figure.flow a.box.bad").click();
			assert.match(page.url(), /#[0-9a-f]{16}$/);
			assert.ok(await page.locator("details.step[open] > summary", { hasText: "package_info" }).isVisible());
			await open(page, COMPARED);
			assert.match(
				(await page.locator("tr", { hasText: "package_info" }).first().textContent()) ?? "",
				/\+\d+\.\d pt/,
			);
		});
	});

	it("leaves what is hostile as text: no element, no script, everywhere it is shown", async () => {
		await inContext({}, async (page) => {
			for (const name of ["pipelines", "hostile pipeline", "hostile runs", "hostile run", "bad question"]) {
				await open(page, pages[name] ?? "");
				await page.waitForLoadState("networkidle");
				for (const one of await page.locator("details").all())
					await one.evaluate((node) => node.setAttribute("open", ""));
				assert.notEqual(await page.title(), "taken over", name);
				assert.equal(await page.locator("img").count(), 0, name);
				assert.equal(await page.locator("[onerror], [onload], [style]").count(), 0, name);
				assert.deepEqual(
					await page
						.locator("script")
						.evaluateAll((all) => all.map((one) => one.getAttribute("src")?.split("?")[0])),
					["/assets/page.js"],
					name,
				);
				assert.ok(
					((await page.locator("main").textContent()) ?? "").includes("<script>document.title"),
					name,
				);
			}
		});
	});

	for (const colorScheme of ["light", "dark"] as const) {
		it(`is accessible in the ${colorScheme} scheme (axe, without serious findings)`, async () => {
			// axe is put into the page by the test, which the page's own policy does not allow.
			await inContext({ colorScheme, bypassCSP: true }, async (page) => {
				const found: string[] = [];
				for (const [name, path] of Object.entries(pages)) {
					await open(page, path);
					await page.locator("details").evaluateAll((all) => {
						for (const one of all) one.setAttribute("open", "");
					});
					await page.addScriptTag({ content: axe.source });
					const { violations } = await page.evaluate(
						async () => await (globalThis as unknown as { axe: typeof axe }).axe.run(),
					);
					for (const { id, impact, nodes } of violations)
						if (impact === "serious" || impact === "critical")
							found.push(`${name}: ${id}, ${nodes.length} times, such as ${nodes[0]?.html}`);
				}
				assert.deepEqual(found, []);
			});
		});
	}

	it("is used by keyboard alone", async () => {
		await inContext({}, async (page) => {
			await open(page, "/runs?pipeline=docs-answer");
			await page.keyboard.press("Tab");
			assert.equal(await page.evaluate("document.activeElement.textContent"), "To the content");
			await page.keyboard.press("?");
			assert.ok(await page.getByRole("dialog").isVisible());
			await page.keyboard.press("Escape");
			assert.ok(!(await page.getByRole("dialog").isVisible()));
			await page.keyboard.press("/");
			await page.keyboard.type("license");
			await page.keyboard.press("Enter");
			await page.waitForURL(/q=license/);
			await page.keyboard.press("j");
			await page.keyboard.press("j");
			await page.keyboard.press("k");
			const chosen = page.locator("tr.chosen");
			assert.equal(await chosen.count(), 1);
			const title = await chosen.locator("a").textContent();
			assert.match(title ?? "", /license/i);
			await page.keyboard.press("Enter");
			await page.waitForURL(/\/runs\/[0-9a-f]{32}/);
			assert.equal(await page.locator("h1").textContent(), title);
			await page.keyboard.press("g");
			await page.keyboard.press("c");
			await page.waitForURL(/\/compare$/);
		});
	});

	it("opens what a deep link leads into, also where it is folded", async () => {
		await inContext({}, async (page) => {
			await open(page, `/runs/${failing}`);
			const folded = page.locator("details.step:not([open])").last();
			const id = await folded.getAttribute("id");
			await open(page, "/runs");
			await open(page, `/runs/${failing}#${id}`);
			assert.ok((await page.locator(`details[id="${id}"]`).getAttribute("open")) !== null);
		});
	});

	it("narrows down cases as one types, and says that runs have arrived", async () => {
		await inContext({}, async (page) => {
			await open(page, "/evals/candidate");
			await page.locator("input[data-filters]").fill("f0007");
			assert.equal(await page.locator("#cases-table tbody tr:visible").count(), 1);
			await page.clock.install();
			await open(page, "/runs?pipeline=shop-answer");
			assert.match((await page.locator(".empty").textContent()) ?? "", /No run fits/);
			await insertRuns(demo.store, { prefix: "c", count: 1, startMs: Date.now() - 5000 });
			await open(page, "/runs?pipeline=shop-answer");
			assert.ok(!(await page.locator(".arrived").isVisible()));
			await insertRuns(demo.store, { prefix: "d", count: 3, startMs: Date.now() - 1000 });
			await page.clock.fastForward(11_000);
			await page.locator(".arrived").waitFor({ state: "visible" });
			assert.equal(await page.locator(".arrived").textContent(), "3 new runs");
			await page.locator(".arrived a").click();
			assert.equal(await page.locator("tbody tr").count(), 4);
		});
	});

	it("works without a script, and on a narrow screen", async () => {
		await inContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } }, async (page) => {
			await open(page, "/runs?pipeline=docs-answer");
			await page.locator("select[name=outcome]").selectOption("fail");
			await page.getByRole("button", { name: "Show" }).click();
			assert.match(page.url(), /outcome=fail/);
			assert.equal(await page.locator("tbody .tag.good").count(), 0);
		});
		await inContext({ viewport: { width: 390, height: 800 } }, async (page) => {
			for (const [name, path] of Object.entries(pages)) {
				await open(page, path);
				const width = await page.evaluate("document.documentElement.scrollWidth");
				assert.equal(width, 390, `${name} is wider than the screen`);
			}
		});
	});
});
