import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeTraces, insertTraces, migrate, openStore } from "@faultline/collector";
import { pipeline, step, withReplay } from "@faultline/instrumentation";
import type { Fixture } from "../core/fixture.ts";
import { isReservedEmail } from "../fixtures/reserved.ts";
import { type CalledCommand, callCli } from "../testing/call-cli.ts";

const START_MS = Date.now() - 3_600_000;
const PEOPLE = ["Anna Petersen", "Omar Haddad", "Lucía Fernández", "Piotr Kowalski", "Mia Tanaka"] as const;

const mailOf = (name: string): string =>
	`${name
		.normalize("NFKD")
		.replace(/[^A-Za-z ]/g, "")
		.toLowerCase()
		.replace(" ", ".")}@acme.com`;

interface RunSketch {
	readonly question: number;
	readonly outcome: "pass" | "fail";
	/** Another pipeline, which is asked this. */
	readonly link?: string;
	readonly root?: Readonly<Record<string, string>>;
	readonly search?: Readonly<Record<string, string>>;
}

const attributes = (map: Readonly<Record<string, string>>): object[] =>
	Object.entries(map).map(([key, value]) => ({ key, value: { stringValue: value } }));

/** A run of two steps as the instrumentation records it: a look-up whose result names the customer, and an answer. */
function request(index: number, { question, outcome, link, root = {}, search = {} }: RunSketch): object {
	const name = PEOPLE[question % PEOPLE.length] ?? "";
	const asked = { text: link ?? `Where is order ${question}? I am ${name}.` };
	const found = [
		{ id: `order-${question}`, content: `Order of ${name}`, customer: { name, email: mailOf(name) } },
	];
	const said = `Dear ${name}, order ${question} is on its way; we wrote to ${mailOf(name)}.`;
	const traceId = (index + 1).toString(16).padStart(32, "0");
	const span = (id: number, spanName: string, map: Readonly<Record<string, string>>): object => ({
		traceId,
		spanId: id.toString(16).padStart(16, "0"),
		...(id === 1 ? {} : { parentSpanId: "1".padStart(16, "0") }),
		name: spanName,
		startTimeUnixNano: `${BigInt(START_MS + index * 1000 + id) * 1_000_000n}`,
		endTimeUnixNano: `${BigInt(START_MS + index * 1000 + 20) * 1_000_000n}`,
		attributes: attributes(map),
	});
	const recorded = (kind: string, step: string, input: unknown, output: unknown): Record<string, string> => ({
		"faultline.step.kind": kind,
		"faultline.step.name": step,
		"faultline.step.input": JSON.stringify(input),
		"faultline.step.output": JSON.stringify(output),
	});
	const rootContent = {
		"faultline.step.input": JSON.stringify(asked),
		"faultline.step.output": JSON.stringify(said),
	};
	return {
		resourceSpans: [
			{
				resource: { attributes: attributes({ "service.name": "shop", "service.version": "7" }) },
				scopeSpans: [
					{
						spans: [
							span(1, "orders", {
								"faultline.pipeline": link === undefined ? "orders" : "links",
								"faultline.outcome": outcome,
								...rootContent,
								...root,
							}),
							span(2, "retrieval find_order", {
								...recorded("retrieval", "find_order", asked.text, found),
								...search,
							}),
							span(3, "answer", recorded("post_process", "answer", found, said)),
						],
					},
				],
			},
		],
	};
}

describe("faultline fixtures", () => {
	let folder = "";
	const run = (...args: readonly string[]): Promise<CalledCommand> =>
		callCli(["fixtures", ...args], { cwd: folder });
	const capture = (...args: readonly string[]) =>
		run("capture", "--pipeline", "orders", "--data-dir", "db", ...args);
	const set = (): string => join(folder, "fixtures", "orders");
	const readSet = async (): Promise<Fixture[]> => {
		const names = (await readdir(set())).filter((name) => name.endsWith(".json"));
		return Promise.all(
			names.map(async (name) => JSON.parse(await readFile(join(set(), name), "utf8")) as Fixture),
		);
	};

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-capture-"));
		const store = await openStore({ dataDir: join(folder, "db") });
		await migrate(store);
		const runs: RunSketch[] = [
			// Every question twice: two trials of a task.
			...Array.from({ length: 60 }, (_, index) => ({
				question: index % 30,
				outcome: index % 6 === 0 ? ("fail" as const) : ("pass" as const),
			})),
			{ question: 70, outcome: "pass", root: { "faultline.eval.id": "e1", "faultline.fixture.id": "fx-1" } },
			{ question: 71, outcome: "pass", root: { "faultline.step.input.bytes": "999999" } },
			{ question: 72, outcome: "pass", search: { "faultline.step.output.bytes": "999999" } },
			{ question: 80, outcome: "pass", link: "What is on https://shop.test/a?" },
			{
				question: 81,
				outcome: "pass",
				link: "Open https://shop.test/?go=%252Fmail%253Fto%253Djane.roe%252540acme.com",
			},
			{ question: 73, outcome: "pass", root: { "faultline.step.input": "" } },
		];
		for (const [index, one] of runs.entries()) {
			await insertTraces(store, decodeTraces(request(index, one)).rows);
		}
		await store.close();
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("captures replayable production runs, each task once, and says what it left out and what the set can detect", async () => {
		const { code, out, err } = await capture("--json");
		assert.equal(code, 0, err);
		const answer = JSON.parse(out) as {
			fixtures: number;
			plan: { size: number; needed: number; detects: number };
			population: {
				runs: number;
				replayable: number;
				tasks: number;
				evaluation: number;
				unreplayable: Record<string, number>;
			};
		};
		assert.equal(answer.fixtures, 30);
		const { runs, replayable, tasks, evaluation, unreplayable } = answer.population;
		assert.deepEqual(
			{ runs, replayable, tasks, evaluation },
			{ runs: 63, replayable: 60, tasks: 30, evaluation: 1 },
		);
		assert.deepEqual(unreplayable, { "input cut": 1, "output of a step cut": 1, "input not captured": 1 });
		assert.ok(answer.plan.needed > 30 && answer.plan.detects > 0.05);
		assert.match(err, /made a new key of pseudonyms: \.faultline\/fixture\.key/);
		const weights = (await readSet()).reduce((sum, { weight }) => sum + weight, 0);
		assert.ok(Math.abs(weights - 60) < 0.1, `${weights}`);
	});

	it("keeps people apart and the same across steps and fixtures, and lets nobody through", async () => {
		const fixtures = await readSet();
		const text = JSON.stringify(fixtures);
		for (const name of PEOPLE) for (const part of name.split(" ")) assert.ok(!text.includes(part), part);
		assert.ok(!text.includes("acme.com"));
		const people = new Map<string, Set<string>>();
		for (const { steps, expected } of fixtures) {
			const [search] = steps;
			assert.ok(search !== undefined);
			const [found] = search.output as [{ id: string; customer: { name: string; email: string } }];
			assert.ok(isReservedEmail(found.customer.email));
			assert.equal(
				expected.output,
				`Dear ${found.customer.name}, order ${found.id.slice(6)} is on its way; we wrote to ${found.customer.email}.`,
			);
			const question = Number(found.id.slice(6)) % PEOPLE.length;
			people.set(String(question), (people.get(String(question)) ?? new Set()).add(found.customer.name));
		}
		assert.deepEqual(
			[...people.values()].map((names) => names.size),
			[1, 1, 1, 1, 1],
		);
		assert.equal(new Set([...people.values()].flatMap((names) => [...names])).size, 5);
	});

	it("gives the same files for the same key and seed", async () => {
		const before = await readSet();
		const { code, err } = await capture();
		assert.equal(code, 0, err);
		assert.match(err, /replaced the set of 30 fixtures; 0 of them are not in the new one/);
		const undated = (fixtures: readonly Fixture[]): object[] =>
			fixtures.map((fixture) => ({ ...fixture, provenance: { ...fixture.provenance, captured: "" } }));
		assert.deepEqual(undated(await readSet()), undated(before));
	});

	it("keeps what people wrote about right answers", async () => {
		const [fixture] = await readSet();
		const file = join(set(), `${fixture?.id}.json`);
		await writeFile(
			file,
			JSON.stringify({ ...fixture, expected: { ...fixture?.expected, contains: ["on its way"] } }),
		);
		await capture();
		const again = JSON.parse(await readFile(file, "utf8")) as Fixture;
		assert.deepEqual(again.expected.contains, ["on its way"]);
	});

	it("records what a pin can return: a replay with every step pinned gives the recorded answer", async () => {
		const [fixture] = await readSet();
		assert.ok(fixture !== undefined);
		const broken = (): never => {
			throw new Error("a pinned step must not run");
		};
		const find = step.retrieval("find_order", async (_: string): Promise<unknown> => broken());
		const answer = step.postProcess("answer", async (_: unknown): Promise<unknown> => broken());
		const orders = pipeline("orders", async ({ text }: { text: string }) => answer(await find(text)));
		const pins = Object.fromEntries(fixture.steps.map(({ step: name, output }) => [name, [output]]));
		const said = await withReplay({ pins }, () => orders(fixture.input as { text: string }));
		assert.equal(said, fixture.expected.output);
	});

	it("lists the set and finds it clean", async () => {
		const list = JSON.parse((await run("list", "--json")).out) as {
			fixtures: { id: string; outcome: string; steps: number }[];
		};
		assert.equal(list.fixtures.length, 30);
		assert.ok(list.fixtures.every(({ steps }) => steps === 2));
		assert.match((await run("list")).out, /find_order > answer/);
		const { code, out } = await run("verify", "fixtures");
		assert.equal(code, 0, out);
	});

	it("refuses a fixture with an e-mail address planted in a nested tool result", async () => {
		const [fixture] = await readSet();
		const planted = {
			...fixture,
			steps: fixture?.steps.map((one) => ({
				...one,
				output: { tool: JSON.stringify([{ note: "cc jane.roe@acme.com" }]) },
			})),
		};
		const file = join(folder, "planted.json");
		await writeFile(file, JSON.stringify(planted));
		const { code, out } = await run("verify", "planted.json");
		assert.equal(code, 1);
		assert.match(out, /planted\.json {2}\$\.steps\[0\]\.output\.tool.* email {2}ja… \(17 characters\)/);
		assert.doesNotMatch(out, /jane\.roe/);
		const json = JSON.parse((await run("verify", "planted.json", "--json")).out) as {
			clean: boolean;
			refused: { file: string }[];
		};
		assert.deepEqual([json.clean, json.refused.map(({ file: name }) => name)], [false, ["planted.json"]]);
	});

	it("replaces, and asks of every fixture, what the project's configuration declares", async () => {
		const before = await readSet();
		await writeFile(
			join(folder, "faultline.config.mjs"),
			"export default { pipelines: { orders: { run: () => null } }, redact: { patterns: { way: /(?<=order 2\\d is )on its way/u } } };",
		);
		try {
			const verified = await run("verify", "fixtures");
			assert.equal(verified.code, 1, "the committed set does not satisfy the project's new pattern");
			assert.match(verified.out, /pattern way/);
			const { code } = await capture();
			assert.equal(code, 0, "the anonymiser knows the pattern as well");
			assert.equal((await run("verify", "fixtures")).code, 0);
			assert.doesNotMatch(JSON.stringify(await readSet()), /order 2\d is on its way/);
		} finally {
			await rm(join(folder, "faultline.config.mjs"));
		}
		assert.equal((await readSet()).length, before.length);
	});

	it("writes nothing at all where the verifier still finds something, unless such runs are left out", async () => {
		// An address encoded twice over: deeper than the anonymiser writes back, not deeper than the verifier looks.
		const links = ["capture", "--pipeline", "links", "--data-dir", "db"];
		const refused = await run(...links);
		assert.equal(refused.code, 1);
		assert.match(refused.out, /No fixtures of links were written/);
		assert.match(refused.out, /\$\.input\.text {2}email {2}ja… \(17 characters\)/);
		await assert.rejects(readdir(join(folder, "fixtures", "links")), /ENOENT/);
		assert.deepEqual(
			(await readdir(join(folder, "fixtures"))).filter((name) => name.startsWith(".")),
			[],
		);
		const left = await run(...links, "--skip-refused");
		assert.equal(left.code, 0, left.err);
		const names = await readdir(join(folder, "fixtures", "links"));
		assert.equal(names.filter((name) => name.endsWith(".json")).length, 1);
	});

	const wrong: readonly (readonly [readonly string[], RegExp])[] = [
		[[], /one of capture, verify, list/],
		[["burn"], /"burn" is not one of/],
		[["capture"], /needs --pipeline/],
		[["capture", "--pipeline", "orders", "--size", "0"], /--size is "0"/],
		[["capture", "--pipeline", "orders", "--detect", "2"], /--detect is "2"/],
		[["capture", "--pipeline", "orders", "--size", "5", "--detect", "0.1"], /give one of them/],
		[["capture", "--pipeline", "orders", "--redact-pattern", "x=("], /no regular expression/],
		[["capture", "--pipeline", "nosuch", "--data-dir", "db"], /no production run of "nosuch"/],
		[["verify"], /needs files or folders/],
		[["verify", "nowhere"], /does not exist/],
		[["list", "nowhere"], /does not exist/],
	];
	for (const [args, message] of wrong) {
		it(`says what is wrong with: fixtures ${args.join(" ")}`, async () => {
			const { code, err } = await run(...args);
			assert.equal(code, 64, err);
			assert.match(err, message);
		});
	}
});
