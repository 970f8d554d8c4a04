import assert from "node:assert/strict";
import { test } from "node:test";
import { createAgent } from "./agent.ts";
import { chooseModel } from "./choose-model.ts";
import { composeDeploy, FAULTS, type Fault } from "./deploy.ts";
import { openShop } from "./shop.ts";
import { drawTasks, gradeEmail } from "./tasks.ts";
import { createTools, sumOf } from "./tools.ts";

/** Shares of the tasks that pass, with the seed that every deploy shares. */
async function passShares(faults: readonly Fault[]): Promise<ReadonlyMap<Fault, number>> {
	await using chosen = await chooseModel({});
	const shop = openShop();
	// Every third task: all three languages and all ways of asking are among them.
	const tasks = drawTasks(shop).filter((_, at) => at % 3 === 0);
	const shares = new Map<Fault, number>();
	for (const fault of faults) {
		const agent = createAgent(composeDeploy("B", fault, { shop, ...chosen }));
		const mails = await Promise.all(tasks.map((task) => agent(task, 1).catch(() => "")));
		const passed = mails.filter(
			(mail, at) => gradeEmail(mail, tasks[at] as (typeof tasks)[0]) === "pass",
		).length;
		shares.set(fault, passed / tasks.length);
	}
	return shares;
}

/** Faults that change what the customer reads without making it wrong: the grader looks at facts only. */
const HARMLESS: ReadonlySet<Fault> = new Set([
	"none",
	"doubled-terms",
	"model-writes-prose",
	"model-rambles",
	"model-invents-sources",
	"links-dead",
]);

test("a healthy agent passes nearly all of its tasks, and every other fault makes it fail many", async () => {
	const faults = Object.keys(FAULTS) as Fault[];
	for (const [fault, share] of await passShares(faults)) {
		if (HARMLESS.has(fault)) assert.ok(share > 0.9, `${fault}: ${share}`);
		else assert.ok(share < 0.85, `${fault}: ${share}`);
	}
});

test("the shop is the same in every process, and every tool answers an unknown id with an error", () => {
	const shop = openShop();
	assert.deepEqual([...openShop().orders], [...shop.orders]);
	const tools = createTools(shop);
	assert.ok("error" in tools.find_order({ order_id: "SO-999999" }));
	assert.ok("error" in tools.track_parcel({ parcel_id: "none" }));
	assert.ok("error" in tools.refund_order({ order_id: "SO-999999", amount: 1, reason: "" }));
});

for (const [expression, sum] of [
	["2 * 9.5 + 3.95 - 4.5", 18.45],
	["3.10", 3.1],
	["2 * 34,90 €", null],
	["", null],
] as const) {
	test(`the calculator reads “${expression}”`, () => assert.equal(sumOf(expression), sum));
}
