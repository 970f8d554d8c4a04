/**
 * Gives the agent its tasks, or one free message.
 *
 *     node --import @faultline/instrumentation/register src/main.ts --deploy B --fault price-as-text
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Agent, createAgent } from "./agent.ts";
import { chooseModel } from "./choose-model.ts";
import { composeDeploy, DEPLOYS, FAULTS, type Fault } from "./deploy.ts";
import { LOCALES } from "./policies.ts";
import { seededRandom, shuffle } from "./random.ts";
import { openShop } from "./shop.ts";
import { drawTasks, gradeEmail, type Task } from "./tasks.ts";

const FAULT_NAMES = Object.keys(FAULTS) as Fault[];
const USAGE = `usage: main.ts [--deploy ${DEPLOYS.join("|")}] [--fault NAME] [--seed N] [--repeats N] [--limit N] [--message TEXT [--locale ${LOCALES.join("|")}]]
faults: ${FAULT_NAMES.join(", ")}`;
const CONCURRENCY = 4;

process.exitCode = await main();

async function main(): Promise<number> {
	let settings: ReturnType<typeof readSettings>;
	try {
		settings = readSettings();
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
		return 64;
	}
	await using chosen = await chooseModel(process.env);
	const shop = openShop();
	const { client, model } = chosen;
	const agent = createAgent(composeDeploy(settings.deploy, settings.fault, { shop, client, model }));
	console.error(`${shop.orders.size} orders; answers come from ${chosen.description}`);
	if (settings.message !== undefined) {
		console.log(await agent({ message: settings.message, locale: settings.locale }, settings.seed));
		return 0;
	}
	const { passed, failed } = await answerAll(agent, drawTasks(shop).slice(0, settings.limit), settings);
	console.log(JSON.stringify({ runs: passed + failed, passed, failed, model: chosen.description }));
	return 0;
}

function readSettings() {
	const { values } = parseArgs({
		options: {
			deploy: { type: "string", default: "A" },
			fault: { type: "string", default: process.env["FAULT"] ?? "none" },
			seed: { type: "string", default: "1" },
			repeats: { type: "string", default: "1" },
			limit: { type: "string", default: "1000" },
			message: { type: "string" },
			locale: { type: "string", default: "en" },
		},
	});
	return {
		deploy: oneOf("deploy", values.deploy, DEPLOYS),
		fault: oneOf("fault", values.fault, FAULT_NAMES),
		seed: wholeNumber("seed", values.seed),
		repeats: wholeNumber("repeats", values.repeats),
		limit: wholeNumber("limit", values.limit),
		message: values.message,
		locale: oneOf("locale", values.locale, LOCALES),
	};
}

function oneOf<const T extends string>(name: string, value: string, known: readonly T[]): T {
	const found = known.find((one) => one === value);
	if (found === undefined) throw new Error(`--${name} is "${value}"; give one of ${known.join(", ")}`);
	return found;
}

function wholeNumber(name: string, text: string): number {
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 0)
		throw new Error(`--${name} is "${text}"; give a whole number`);
	return value;
}

async function answerAll(
	agent: Agent,
	tasks: readonly Task[],
	{ seed, repeats }: { readonly seed: number; readonly repeats: number },
): Promise<{ passed: number; failed: number }> {
	const trials = Array.from({ length: repeats }, (_, trial) => tasks.map((task) => ({ task, trial }))).flat();
	const waiting = shuffle(trials, seededRandom(`order ${seed}`));
	const counts = { passed: 0, failed: 0 };
	const work = async (): Promise<void> => {
		for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
			const { task, trial } = next;
			// A run that throws has failed; the next customer is answered all the same.
			const mail = await agent(task, 1000 * seed + trial).catch(() => "");
			if (gradeEmail(mail, task) === "pass") counts.passed++;
			else counts.failed++;
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, work));
	console.error(`${trials.length} messages answered`);
	return counts;
}
