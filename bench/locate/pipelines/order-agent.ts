/**
 * Tool agent, dev half: a shop's support agent looks up customers, orders, shipments, invoices and return terms. Nine to twelve spans.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { between, pick, type Random } from "../kit/chance.ts";
import { callModel, type Message } from "../kit/model.ts";
import { personName, slug, unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import type { Passed, Play } from "../kit/play.ts";

const WANTS = ["shipment", "invoice", "return"] as const;
type Want = (typeof WANTS)[number];

interface Order {
	readonly id: string;
	readonly product: string;
	readonly category: string;
	readonly placed: string;
	readonly delivered: string;
	readonly carrier: string;
	readonly tracking: string;
	readonly eta: string;
	readonly formerEta: string;
	readonly totalCents: number;
}

interface Customer {
	readonly id: string;
	readonly name: string;
	readonly email: string;
	readonly orders: readonly Order[];
}

interface World {
	readonly customers: readonly Customer[];
	readonly products: readonly string[];
	readonly returnDays: ReadonlyMap<string, number>;
}

interface ShopTask extends Task {
	readonly question: { readonly text: string; readonly email: string };
	readonly product: string;
}

const COLOURS = ["green", "black", "sand", "navy", "white", "copper", "grey", "red"];
const GOODS: readonly (readonly [product: string, category: string])[] = [
	["rain jacket", "clothing"],
	["wool sweater", "clothing"],
	["desk lamp", "home"],
	["floor lamp", "home"],
	["bread knife", "kitchen"],
	["espresso pot", "kitchen"],
	["trail shoes", "footwear"],
	["bike helmet", "sports"],
	["yoga mat", "sports"],
	["wall clock", "home"],
	["cutting board", "kitchen"],
	["day pack", "sports"],
];
const MONTHS = "January February March April May June July August September October November December".split(
	" ",
);

const isoDate = (random: Random, firstMonth: number, lastMonth: number): string =>
	`2026-${String(between(firstMonth, lastMonth, random)).padStart(2, "0")}-${String(between(1, 28, random)).padStart(2, "0")}`;

const addDays = (date: string, days: number): string =>
	new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

const longDate = (date: string): string => {
	const [year = "", month = "", day = ""] = date.split("-");
	return `${MONTHS[Number(month) - 1] ?? month} ${Number(day)}, ${year}`;
};

function drawOrder(id: number, random: Random, taken: Set<string>): Order {
	const [good, category] = pick(GOODS, random);
	const eta = isoDate(random, 3, 7);
	return {
		id: `O-${String(id).padStart(6, "0")}`,
		product: unused(taken, () => `${pick(COLOURS, random)} ${good}`),
		category,
		placed: isoDate(random, 1, 2),
		delivered: isoDate(random, 2, 3),
		carrier: pick(["DHL", "GLS", "UPS", "Hermes", "PostNord"], random),
		tracking: `${pick(["JD", "ZX", "RR", "LP"], random)}${between(10_000_000, 99_999_999, random)}`,
		eta,
		formerEta: addDays(eta, -between(1, 6, random)),
		totalCents: between(900, 39_999, random),
	};
}

function makeWorld(random: Random): World {
	const emails = new Set<string>();
	const ids = new Set<string>();
	const customers = Array.from({ length: 90 }, (_, at): Customer => {
		const name = personName(random);
		const email = unused(
			emails,
			() =>
				`${slug(name).replace("-", ".")}${random() < 0.5 ? between(1, 99, random) : ""}@${pick(["mail", "post", "inbox"], random)}.example`,
		);
		const products = new Set<string>();
		const orders = Array.from({ length: between(3, 8, random) }, () => {
			const id = unused(ids, () =>
				String(random() < 0.55 ? between(1000, 99_999, random) : between(100_000, 999_999, random)),
			);
			return drawOrder(Number(id), random, products);
		});
		return { id: `C-${4000 + at * 7}`, name, email, orders };
	});
	return {
		customers,
		products: customers.flatMap(({ orders }) => orders.map(({ product }) => product)),
		returnDays: new Map(
			["clothing", "home", "kitchen", "footwear", "sports"].map((category) => [
				category,
				between(2, 9, random) * 7,
			]),
		),
	};
}

const ASK: Readonly<Record<Want, readonly string[]>> = {
	shipment: [
		"where is my {p}?",
		"when will the {p} that I ordered arrive?",
		"could you track my {p} for me?",
	],
	invoice: ["how much did I pay for the {p}?", "what was the total on the invoice for my {p}?"],
	return: ["until when can I return the {p}?", "what is the last day to send back my {p}?"],
};

function gradeOf(want: Want, order: Order, days: number): (output: string) => boolean {
	switch (want) {
		case "shipment":
			return (output) =>
				output.includes(order.tracking) &&
				output.includes(order.carrier) &&
				output.includes(longDate(order.eta));
		case "invoice":
			return (output) => output.includes(`€${(order.totalCents / 100).toFixed(2)}`);
		case "return":
			return (output) => output.includes(longDate(addDays(order.delivered, days)));
	}
}

function drawTask({ customers, returnDays }: World, random: Random): ShopTask {
	const customer = pick(customers, random);
	const order = pick(customer.orders, random);
	const want = pick(WANTS, random);
	const text = pick(ASK[want], random).replace("{p}", order.product);
	return {
		question: {
			text: `${pick(["", "Hello, ", "Hi there, ", "Hey, "], random)}${text}`,
			email: customer.email,
		},
		product: order.product,
		grade: gradeOf(want, order, returnDays.get(order.category) ?? 0),
	};
}

function typed({ question, product }: ShopTask, world: World, play: Play): ShopTask["question"] {
	const random = play.inputRoll("typing");
	if (play.inputHappens("wrong-address", 0.016)) {
		return { ...question, email: question.email.replace(/^(.)(.)/, "$2$1") };
	}
	if (play.inputHappens("other-product", 0.01)) {
		return { ...question, text: question.text.replace(product, pick(world.products, random)) };
	}
	return question;
}

const SYSTEM = {
	role: "You are the support agent of Fjordwear. Use the tools to look things up; call one tool at a time.",
	money: "Amounts in tool results are in cents; tell customers euros, such as €12.90.",
	dates:
		"The last day to return is the delivery date plus the days in the return terms. Write dates as YYYY-MM-DD.",
	style: "Answer in one or two sentences. Never invent data: if a lookup fails, say so.",
};

/** A tool's call as the model writes it. */
interface ToolCall {
	readonly tool: string;
	readonly arguments: Readonly<Record<string, unknown>>;
}

interface Seen {
	readonly tool: string;
	readonly result: Record<string, unknown> | null;
	readonly text: string;
}

function readTranscript(messages: readonly Message[]): Seen[] {
	const seen: Seen[] = [];
	for (const [at, { role, content }] of messages.entries()) {
		if (role !== "tool") continue;
		const call = JSON.parse(messages[at - 1]?.content || "{}") as ToolCall;
		let result: Record<string, unknown> | null = null;
		try {
			result = JSON.parse(content) as Record<string, unknown>;
		} catch {
			// An error text, not a result.
		}
		seen.push({ tool: call.tool, result, text: content });
	}
	return seen;
}

/** What a reader makes of a result whatever it is nested in: the first value under one of the keys. */
function dig(value: unknown, keys: readonly string[]): unknown {
	if (typeof value !== "object" || value === null) return undefined;
	for (const [key, inner] of Object.entries(value)) {
		if (keys.includes(key) && inner !== null) return inner;
	}
	for (const inner of Object.values(value)) {
		const found = dig(inner, keys);
		if (found !== undefined) return found;
	}
	return undefined;
}

function listed(results: readonly Seen[]): Record<string, unknown>[] {
	return results.flatMap(({ result }) => {
		const found = dig(result, ["orders", "items"]);
		return Array.isArray(found) ? (found as Record<string, unknown>[]) : [];
	});
}

const wantOf = (text: string): Want =>
	/return|send back/.test(text) ? "return" : /pay|invoice/.test(text) ? "invoice" : "shipment";

const LOOKUP: Readonly<Record<Want, string>> = {
	shipment: "get_shipment",
	invoice: "get_invoice",
	return: "get_return_terms",
};

/** One turn of the model: the next call, or the answer, from what the messages hold. */
function takeTurn(messages: readonly Message[], play: Play): ToolCall | string {
	const user = messages.find(({ role }) => role === "user")?.content ?? "";
	const seen = readTranscript(messages);
	const last = seen.at(-1);
	if (last !== undefined && last.result === null) {
		const again = JSON.parse(messages.at(-2)?.content || "{}") as ToolCall;
		const failures = seen.filter(({ tool, result }) => tool === last.tool && result === null).length;
		return failures < 3 ? again : "I am sorry, the lookup does not work at the moment.";
	}
	const customer = dig(seen.find(({ tool, result }) => tool === "find_customer" && result !== null)?.result, [
		"customer_id",
		"id",
	]);
	if (customer === undefined) {
		if (seen.length > 0 || user === "") return "I am sorry, I could not find an account for that address.";
		return { tool: "find_customer", arguments: { email: /[\w.]+@[\w.]+/.exec(user)?.[0] ?? "" } };
	}
	return chooseOrder(messages, seen, customer, play);
}

function chooseOrder(
	messages: readonly Message[],
	seen: readonly Seen[],
	customer: unknown,
	play: Play,
): ToolCall | string {
	const user = messages.find(({ role }) => role === "user")?.content ?? "";
	const pages = seen.filter(({ tool, result }) => tool === "list_orders" && result !== null);
	if (pages.length === 0) return { tool: "list_orders", arguments: { customer_id: customer, page: 1 } };
	const orders = listed(pages);
	const named = orders.filter(({ product, title }) => user.includes(String(product ?? title ?? "\u0000")));
	const answered = seen.find(({ tool, result }) => result !== null && Object.values(LOOKUP).includes(tool));
	if (answered !== undefined) return answerUser(messages, answered, named[0]);
	let order = named[0];
	if (order === undefined) {
		const next = dig(pages.at(-1)?.result, ["next_page"]);
		if (typeof next === "number")
			return { tool: "list_orders", arguments: { customer_id: customer, page: next } };
		return "I am sorry, I do not see that item among your orders.";
	}
	const weak = play.fault("weaker-planner");
	const astray = weak === null ? 0 : amount(weak, 0.8, 0.35, 0.14, 0.05);
	if (play.happens("wrong-order-chosen", 0.035) || play.roll("astray")() < astray) {
		order = pick(orders, play.roll("other order"));
	}
	const want = wantOf(user);
	if (want === "return") return { tool: LOOKUP.return, arguments: { category: order["category"] } };
	return { tool: LOOKUP[want], arguments: { order_id: order["order_id"] ?? order["id"] } };
}

function answerUser(
	messages: readonly Message[],
	{ tool, result }: Seen,
	order: Record<string, unknown> | undefined,
): string {
	const system = messages.find(({ role }) => role === "system")?.content ?? "";
	if (tool === LOOKUP.shipment) {
		const tracking = dig(result, ["tracking", "tracking_code"]);
		const eta = dig(result, ["eta", "expected_on"]);
		if (tracking === undefined || eta === undefined)
			return "I am sorry, there is no shipment for that order yet.";
		return `Your parcel is with ${String(dig(result, ["carrier"]) ?? "our carrier")}, tracking code **${String(tracking)}**. It should arrive on ${String(eta)}.`;
	}
	if (tool === LOOKUP.invoice) {
		const total = dig(result, ["total", "total_amount"]);
		if (typeof total !== "number") return "I am sorry, I could not open that invoice.";
		return `You paid **€${(/in cents/.test(system) ? total / 100 : total).toFixed(2)}** for it in total.`;
	}
	const days = dig(result, ["days"]);
	const delivered = order?.["delivered_on"];
	if (typeof days !== "number" || typeof delivered !== "string")
		return "I am sorry, I do not know the terms for that item.";
	const plus = /delivery date plus/.test(system);
	return `You can send it back until ${plus ? addDays(delivered, days) : addDays("2026-03-02", days)}.`;
}

type Tool = (world: World, args: Record<string, unknown>, play: Play) => Record<string, unknown>;

const findOrder = (world: World, id: unknown): Order | undefined => {
	for (const { orders } of world.customers) {
		const found = orders.find((order) => order.id === id);
		if (found !== undefined) return found;
	}
	return undefined;
};

const PAGE_SIZE = 4;

const TOOLS: Readonly<Record<string, Tool>> = {
	find_customer(world, { email }, play) {
		const found = world.customers.find((customer) => customer.email === email);
		if (play.fault("error-in-success") !== null) {
			return { status: "ok", customer: null, message: "upstream crm unavailable, try later" };
		}
		if (found === undefined) return { status: "ok", customer: null };
		return {
			status: "ok",
			customer: {
				customer_id: found.id,
				name: found.name,
				...(play.decoy("extra-field:find_customer") ? { tier: "standard" } : {}),
			},
		};
	},
	list_orders(world, { customer_id, page }, play) {
		const orders = world.customers.find(({ id }) => id === customer_id)?.orders ?? [];
		const start = (Number(page) - 1) * PAGE_SIZE;
		const paging = play.fault("first-page-only");
		const shape = play.fault("order-shape-changed");
		const share = shape === null ? 0 : amount(shape, 1, 0.5, 0.15, 0.05);
		const rows = orders
			.slice(start, start + PAGE_SIZE)
			.map(({ id, product, category, delivered, placed }) => ({
				order_id: id,
				product: play.roll(`product of ${id}`)() < share ? null : product,
				category,
				placed_on: placed,
				delivered_on: delivered,
			}));
		const more = orders.length > start + PAGE_SIZE && paging === null;
		return { status: "ok", orders: rows, next_page: more ? Number(page) + 1 : null };
	},
	get_shipment(world, { order_id }, play) {
		const order = findOrder(world, order_id);
		if (order === undefined) return { status: "not_found", shipment: null };
		const cached = play.fault("stale-cache");
		const stale = cached === null ? 0 : amount(cached, 1, 0.7, 0.3, 0.1);
		const eta = play.roll(`cache ${order.id}`)() < stale ? order.formerEta : order.eta;
		return { status: "ok", shipment: { carrier: order.carrier, tracking: order.tracking, eta } };
	},
	get_invoice(world, { order_id }, play) {
		const order = findOrder(world, order_id);
		if (order === undefined) return { status: "not_found", invoice: null };
		const units = play.fault("amount-in-euros");
		return {
			status: "ok",
			invoice: {
				number: `R-${order.id.slice(2)}`,
				total: units === null ? order.totalCents : order.totalCents / 100,
				currency: "EUR",
			},
		};
	},
	get_return_terms(world, { category }) {
		return { status: "ok", category, days: world.returnDays.get(String(category)) ?? null };
	},
};

function callTool(
	world: World,
	{ tool, arguments: given }: ToolCall,
	from: Passed<unknown>,
	play: Play,
): Passed<string> {
	let args = given;
	if (tool === "get_shipment" || tool === "get_invoice") {
		// Between the model's text and the tool's parameters: a client that reads ids as numbers.
		const mangled = tool === "get_shipment" ? play.fault("leading-zeros-lost") : null;
		if (mangled !== null) {
			args = {
				...args,
				order_id: String(args["order_id"]).replace(amount(mangled, /^O-/, /-0+/, /-00/, /-000/), (hit) =>
					hit === "O-" ? "" : "-",
				),
			};
		}
	}
	return play.step(
		{
			name: tool,
			kind: "tool_call",
			version: `${tool}@v2`,
			input: args,
			from: [from],
			ms: [30, 260],
			attributes: { [ATTR.operationName]: "execute_tool", [ATTR.toolName]: tool },
		},
		(span) => {
			if (play.happens("tool-timeout", 0.035)) {
				span.fail("Timeout: no answer within 2000 ms");
				span.record({ error: "timeout after 2000 ms" });
				return "error: timeout after 2000 ms";
			}
			const result = TOOLS[tool]?.(world, args, play) ?? { error: `no tool ${tool}` };
			span.record(result);
			return JSON.stringify(result);
		},
	);
}

function buildContext(question: ShopTask["question"], play: Play): Passed<Message[]> {
	return play.step(
		{
			name: "build_context",
			kind: "prompt_build",
			version: "agent-prompt@5",
			input: question,
			ms: [1, 3],
			attributes: { [ATTR.promptTemplateVersion]: "5", [ATTR.promptTokenLimit]: "8000" },
		},
		() => {
			const rules = [SYSTEM.role, SYSTEM.money, SYSTEM.dates, SYSTEM.style];
			if (play.decoy("reworded:build_context")) rules.push("Be warm and patient, and thank the customer.");
			const lost = play.fault("lost-money-rule");
			const kept =
				lost === null
					? rules
					: rules.filter(
							(rule) =>
								!amount(
									lost,
									[SYSTEM.money, SYSTEM.dates],
									[SYSTEM.money, SYSTEM.dates],
									[SYSTEM.money],
									[SYSTEM.style],
								).includes(rule),
						);
			return [
				{ role: "system" as const, content: kept.join("\n") },
				{ role: "user" as const, content: `${question.text}\n(signed in as ${question.email})` },
			];
		},
	);
}

const TOOLS_MOST = 7;

function runAgent(world: World, context: Passed<Message[]>, play: Play): Passed<string> {
	return play.step(
		{
			name: "support_agent",
			kind: "agent",
			version: "agent@9",
			input: context.value.at(-1)?.content,
			from: [context],
			ms: [1, 6],
			attributes: { [ATTR.agentName]: "support_agent" },
		},
		() => {
			const messages: Message[] = [...context.value];
			let given: Passed<unknown> = context;
			for (let turn = 0; turn < TOOLS_MOST; turn++) {
				const said = callModel(
					play,
					{ step: "plan", model: "claude-haiku-4", messages: [...messages], from: [given], ms: [350, 1500] },
					(shown) => {
						const next = takeTurn(shown, play);
						if (typeof next !== "string") return JSON.stringify(next);
						return play.decoy("chatty:plan") ? `${next} Is there anything else?` : next;
					},
				);
				if (!said.value.startsWith("{")) return said.value;
				const result = callTool(world, JSON.parse(said.value) as ToolCall, said, play);
				messages.push({ role: "assistant", content: said.value }, { role: "tool", content: result.value });
				given = result;
			}
			return "I am sorry, this takes longer than expected.";
		},
	);
}

function redact(answer: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{
			name: "redact_pii",
			kind: "post_process",
			version: "redact@4",
			input: answer.value,
			from: [answer],
			ms: [1, 4],
		},
		() => {
			const masked = answer.value.replace(/[\w.]+@[\w.]+/g, "[email]").replace(/\b\d{16}\b/g, "[card]");
			const eager = play.fault("redaction-too-eager");
			if (eager === null) return masked;
			return masked.replace(
				amount(eager, /\d[\d.-]+/g, /\b[A-Z]{2}\d{6,9}\b/g, /\b[A-Z]{2}\d*(\d)\1\d*\b/g, /\b[A-Z]{2}9\d+\b/g),
				"[redacted]",
			);
		},
	);
}

function format(answer: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{
			name: "format_reply",
			kind: "render",
			version: "format@1",
			input: answer.value,
			from: [answer],
			ms: [1, 3],
		},
		() => {
			const swap = play.fault("day-month-swapped");
			const dated = answer.value.replace(
				/(\d{4})-(\d\d)-(\d\d)/g,
				(whole, year: string, month: string, day: string) => {
					const swapped = swap !== null && Number(day) <= amount(swap, 31, 12, 6, 3);
					return swapped ? longDate(`${year}-${day}-${month}`) : longDate(whole);
				},
			);
			const html = dated.replace(
				/\*\*(.+?)\*\*/g,
				play.decoy("markup:format_reply") ? '<strong class="hl">$1</strong>' : "<strong>$1</strong>",
			);
			return `<div>${html}</div>`;
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "order-shape-changed",
		step: "list_orders",
		kind: "tool_call",
		variants: [
			["blatant", 0.3],
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"An API starts to give null in a field that always held a value. https://github.com/dlt-hub/dlt/issues/2932",
	},
	{
		name: "error-in-success",
		step: "find_customer",
		kind: "tool_call",
		variants: [
			["visible", 0.3],
			["subtle", 0.1],
		],
		versionChanges: false,
		story:
			"A failed call is handed to the model as a success with an empty body. https://github.com/dograh-hq/dograh/issues/715, https://github.com/labsai/EDDI/pull/684",
	},
	{
		name: "first-page-only",
		step: "list_orders",
		kind: "tool_call",
		variants: [["visible", 1]],
		versionChanges: true,
		story:
			"Paging breaks: the answer holds the first page and no way to the next. https://github.com/UrbanCCD-UChicago/plenario2/issues/398",
	},
	{
		name: "stale-cache",
		step: "get_shipment",
		kind: "tool_call",
		variants: [
			["blatant", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"During an outage upstream the last known answer is served as fresh, without its marker. https://github.com/marc-shade/world-intel-mcp/issues/4",
	},
	{
		name: "amount-in-euros",
		step: "get_invoice",
		kind: "tool_call",
		variants: [["visible", 1]],
		versionChanges: false,
		story:
			"A field keeps its name and changes its unit, from cents to euros. No report was found; a classic of payment APIs.",
	},
	{
		name: "leading-zeros-lost",
		step: "plan",
		receiver: "get_shipment",
		kind: "model",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: false,
		story:
			"The arguments that the model wrote are not those that the tool gets: the layer between coerces or mends them. https://github.com/brightwave-inc/tidebreak/issues/1084",
	},
	{
		name: "weaker-planner",
		step: "plan",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A router falls back to a smaller model, which picks the wrong record. https://github.com/OpenCSGs/csglite/issues/171",
	},
	{
		name: "lost-money-rule",
		step: "build_context",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"With a message window, the oldest message falls out, and the instructions with it. https://github.com/langchain4j/langchain4j/issues/180",
	},
	{
		name: "redaction-too-eager",
		step: "redact_pii",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A filter for personal data takes any run of digits for a phone number or an id. https://github.com/theopenco/llmgateway/pull/3641",
	},
	{
		name: "day-month-swapped",
		step: "format_reply",
		kind: "render",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: true,
		story:
			"Dates whose day could be a month come out with both swapped. https://github.com/iamkun/dayjs/issues/1787",
	},
];

export const orderAgent: Pipeline = pipeline<World, ShopTask>({
	name: "order-agent",
	half: "dev",
	shape: "tool-agent",
	service: "support",
	linked: false,
	plainText: true,
	faults: FAULTS,
	decoys: [
		"version:format_reply",
		"version:find_customer",
		"version:plan",
		"slow:plan",
		"slow:get_shipment",
		"reworded:build_context",
		"chatty:plan",
		"extra-field:find_customer",
		"markup:format_reply",
		"side:fetch_recommendations",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, world, play);
		const context = buildContext(question, play);
		const answer = runAgent(world, context, play);
		play.sideStep(
			"fetch_recommendations",
			{
				kind: "tool_call",
				version: "recommend@1",
				input: { email: question.email },
				ms: [40, 400],
				attributes: { [ATTR.toolName]: "fetch_recommendations" },
			},
			"HTTP 503: recommendations are down",
		);
		return { input: question, output: format(redact(answer, play), play).value };
	},
});
