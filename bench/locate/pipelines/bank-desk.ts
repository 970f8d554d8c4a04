/**
 * Router, dev half: a bank's chat desk. What is asked decides the branch: accounts, cards or products. Six to eight steps.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { shuffle } from "../../../evaluator/src/core/random.ts";
import { between, pick, type Random } from "../kit/chance.ts";
import { answerFrom, callModel, type Message } from "../kit/model.ts";
import { unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import { countTokens, type Passed, type Play } from "../kit/play.ts";
import { Reader, sentence } from "../kit/reading.ts";
import { type FoundDocument, type SearchDocument, SearchIndex } from "../kit/search.ts";

interface Transaction {
	readonly date: string;
	readonly merchant: string;
	readonly cents: number;
}

interface Account {
	readonly name: string;
	readonly cents: number;
}

interface Card {
	readonly last4: string;
	readonly limit: number;
	readonly formerLimit: number;
	readonly expires: string;
}

interface Client {
	readonly id: string;
	readonly accounts: readonly Account[];
	readonly cards: readonly Card[];
	readonly transactions: readonly Transaction[];
}

const MERCHANTS =
	"Bakery Lund,Corner Books,Metro Transit,Green Grocer,Studio Nine,Harbour Cafe,Quick Fuel,Cinema Roxy,Pharmacy Sol,Toolbox".split(
		",",
	);
const MONTHS = ["January", "February", "March"] as const;
const BANK_TOPICS = [
	{
		key: "interest",
		ask: ["what interest does the {e} pay", "how high is the interest on the {e}"],
		tell: ["the {e} pays {v} a year.", "savers earn {v} with the {e}.", "interest is fixed at {v}."],
		draw: (random: Random) => `${(between(40, 590, random) / 100).toFixed(2)} %`,
	},
	{
		key: "minimum",
		ask: ["what is the minimum deposit for the {e}", "how much do I need at least to open the {e}"],
		tell: ["the {e} starts at {v}.", "opening the {e} takes at least {v}.", "the smallest deposit is {v}."],
		draw: (random: Random) => `${between(2, 99, random) * 50} EUR`,
	},
	{
		key: "exit",
		ask: ["what does leaving the {e} early cost", "what is the early exit fee of the {e}"],
		tell: [
			"leaving the {e} early costs {v}.",
			"for an early exit from the {e} we charge {v}.",
			"an early exit costs {v}.",
		],
		draw: (random: Random) => `${between(11, 140, random)} EUR`,
	},
	{
		key: "term",
		ask: ["how long does the {e} run", "what is the term of the {e}"],
		tell: ["the {e} runs for {v}.", "money stays in the {e} for {v}.", "the term is {v}."],
		draw: (random: Random) => `${between(6, 95, random)} months`,
	},
];
const READER = new Reader({ attributes: BANK_TOPICS, pronouns: ["it"] });
const FILLER = [
	"Deposits are protected by law.",
	"Open it online or at a branch.",
	"Statements are sent every quarter.",
	"Only residents can apply.",
	"Taxes are withheld where the law says so.",
];

interface World {
	readonly clients: readonly Client[];
	readonly products: ReadonlyMap<string, ReadonlyMap<string, string>>;
	readonly index: SearchIndex;
	readonly former: ReadonlyMap<string, string>;
}

const asText = (cents: number): string => (cents / 100).toFixed(2);
/** 1234.5 as the desk writes it: 1,234.50. */
const asWritten = (cents: number): string => asText(cents).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function drawClient(at: number, random: Random): Client {
	const merchants = shuffle(MERCHANTS, random).slice(0, 6);
	const transactions = Array.from(
		{ length: between(22, 40, random) },
		(): Transaction => ({
			date: `2026-0${between(1, 3, random)}-${String(between(1, 28, random)).padStart(2, "0")}`,
			merchant: pick(merchants, random),
			cents: -between(120, 24_999, random),
		}),
	).toSorted((a, b) => (a.date < b.date ? 1 : -1));
	const cards = new Set<string>();
	return {
		id: `${7000 + at}`,
		accounts: shuffle(["Everyday", "Holiday", "Household", "Rainy Day"], random)
			.slice(0, 3)
			.map((name) => ({ name, cents: between(1_000, 2_499_999, random) })),
		cards: Array.from({ length: 2 }, () => ({
			last4: unused(cards, () =>
				String(random() < 0.55 ? between(1, 999, random) : between(1000, 9999, random)).padStart(4, "0"),
			),
			limit: between(5, 120, random) * 100,
			formerLimit: between(5, 120, random) * 100 + 50,
			expires: `${String(between(1, 12, random)).padStart(2, "0")}/${between(2027, 2031, random)}`,
		})),
		transactions,
	};
}

function makeWorld(random: Random): World {
	const products = new Map<string, ReadonlyMap<string, string>>();
	const documents: SearchDocument[] = [];
	const former = new Map<string, string>();
	const taken = new Set<string>();
	for (let at = 0; at < 44; at++) {
		const name = unused(
			taken,
			() =>
				`${pick(["Harvest", "Anchor", "Summit", "Orchard", "Lantern", "Compass", "Willow", "Granite"], random)} ${pick(["Saver", "Bond", "Deposit", "Plan", "Builder", "Reserve"], random)}`,
		);
		const values = BANK_TOPICS.map((topic) => [topic, topic.draw(random), topic.draw(random)] as const);
		products.set(name, new Map(values.map(([topic, value]) => [topic.key, value])));
		const lines = values.map(([topic, now, before]) => {
			const template = pick(topic.tell, random);
			return [sentence(template, name, now), sentence(template, name, before)] as const;
		});
		const rest = shuffle(FILLER, random)
			.slice(0, 3)
			.map((line) => [line, line] as const);
		const order = shuffle([...lines, ...rest], random);
		documents.push({ id: `prod-${at}`, title: name, content: order.map(([now]) => now).join(" ") });
		former.set(`prod-${at}`, order.map(([, before]) => before).join(" "));
	}
	return {
		clients: Array.from({ length: 60 }, (_, at) => drawClient(at, random)),
		products,
		index: new SearchIndex(documents),
		former,
	};
}

interface BankTask extends Task {
	readonly question: { readonly client: string; readonly message: string };
	readonly named: string;
}

const OPENINGS = ["", "", "Hello, ", "Good evening, ", "Hi, "];

function accountTask(client: Client, random: Random): BankTask {
	if (random() < 0.4) {
		const account = pick(client.accounts, random);
		const message = pick(
			["what is the balance of my {n} account?", "how much money is in my {n} account?"],
			random,
		);
		return {
			question: { client: client.id, message: message.replace("{n}", account.name) },
			named: account.name,
			grade: (output) => output.includes(`${asWritten(account.cents)} EUR`),
		};
	}
	const { merchant, date } = pick(client.transactions, random);
	const month = Number(date.slice(5, 7));
	const mine = client.transactions.filter(
		(row) => row.merchant === merchant && row.date.startsWith(`2026-0${month}`),
	);
	const sum = mine.reduce((total, { cents }) => total - cents, 0);
	const message = pick(["how much did I spend at {n} in {m}?", "what did I pay to {n} during {m}?"], random);
	return {
		question: {
			client: client.id,
			message: message.replace("{n}", merchant).replace("{m}", MONTHS[month - 1] ?? ""),
		},
		named: merchant,
		grade: (output) => output.includes(`${asWritten(sum)} EUR`),
	};
}

function cardTask(client: Client, random: Random): BankTask {
	const card = pick(client.cards, random);
	const limit = random() < 0.6;
	const message = limit
		? pick(["what is the limit of my card ending in {n}?", "how much can I spend with the card {n}?"], random)
		: pick(["when does my card ending in {n} expire?", "until when is the card {n} valid?"], random);
	return {
		question: { client: client.id, message: message.replace("{n}", card.last4) },
		named: card.last4,
		grade: (output) => output.includes(limit ? `${asWritten(card.limit * 100)} EUR` : card.expires),
	};
}

function productTask({ products }: World, client: Client, random: Random): BankTask {
	const [name, values] = pick([...products], random);
	const topic = pick(BANK_TOPICS, random);
	const value = (values.get(topic.key) ?? "").replace(
		/^(\d+) EUR$/,
		(_, euros: string) => `${asWritten(Number(euros) * 100)} EUR`,
	);
	return {
		question: { client: client.id, message: `${pick(topic.ask, random).replace("{e}", name)}?` },
		named: name,
		grade: (output) => output.includes(value),
	};
}

function drawTask(world: World, random: Random): BankTask {
	const client = pick(world.clients, random);
	const sort = random();
	const task =
		sort < 0.35
			? accountTask(client, random)
			: sort < 0.6
				? cardTask(client, random)
				: productTask(world, client, random);
	return {
		...task,
		question: { ...task.question, message: `${pick(OPENINGS, random)}${task.question.message}` },
	};
}

function typed({ question, named }: BankTask, play: Play): BankTask["question"] {
	const random = play.inputRoll("typing");
	if (play.inputHappens("name-mistyped", 0.014)) {
		const at = between(1, named.length - 2, random);
		const wrong = `${named.slice(0, at)}${named.charAt(at + 1)}${named.charAt(at)}x${named.slice(at + 2)}`;
		return { ...question, message: question.message.replace(named, wrong) };
	}
	if (play.inputHappens("name-forgotten", 0.008)) {
		return { ...question, message: question.message.replace(named, "new one") };
	}
	return question;
}

const BRANCHES = ["accounts", "cards", "products"] as const;
type Branch = (typeof BRANCHES)[number];

/** What the router hands to a branch. */
interface Routed {
	readonly branch: Branch;
	readonly client: string;
	readonly message: string;
	readonly slots: Readonly<Record<string, string>>;
}

function chooseBranch(message: string): Branch {
	if (/\bcard\b/.test(message)) return "cards";
	if (/\b(balance|spend|pay to|money is in)\b/.test(message)) return "accounts";
	return "products";
}

function route(question: BankTask["question"], play: Play): Passed<Routed> {
	return play.step(
		{
			name: "route_request",
			kind: "agent",
			version: "router@14",
			input: question,
			ms: [60, 300],
			attributes: { [ATTR.agentName]: "route_request" },
		},
		(): Routed => {
			let branch = chooseBranch(question.message);
			if (play.happens("misrouted", 0.008)) branch = pick(BRANCHES, play.roll("misrouted to"));
			const astray = play.fault("misrouting");
			if (astray !== null) {
				const wrong = amount(astray, /./, /interest|spend|limit/, /early|valid/, /\bterm of\b/);
				if (wrong.test(question.message)) branch = branch === "accounts" ? "products" : "accounts";
			}
			const last4 = /\b\d{4}\b/.exec(question.message)?.[0];
			const month = MONTHS.findIndex((name) => question.message.includes(name));
			return {
				branch,
				client: question.client,
				message: question.message,
				slots: {
					...(last4 === undefined ? {} : { card: last4 }),
					...(month < 0 ? {} : { month: `2026-0${month + 1}` }),
				},
			};
		},
	);
}

interface ToolUse {
	readonly name: string;
	readonly input: unknown;
	readonly from: readonly Passed<unknown>[];
}

function tool<T>(play: Play, { name, input, from }: ToolUse, body: () => T): Passed<T> {
	return play.step(
		{
			name,
			kind: "tool_call",
			version: `${name}@2026-02`,
			input,
			from,
			ms: [25, 180],
			attributes: { [ATTR.toolName]: name, [ATTR.operationName]: "execute_tool" },
		},
		body,
	);
}

const LINES_MOST = 60;

function prompt(
	play: Play,
	step: string,
	from: readonly Passed<unknown>[],
	lines: readonly string[],
	message: string,
): Passed<Message[]> {
	return play.step(
		{
			name: step,
			kind: "prompt_build",
			version: `${step}@8`,
			input: { message, lines },
			from,
			ms: [1, 3],
			attributes: {
				[ATTR.promptTemplate]: "{{rules}}\n\n{{lines}}\n\nCustomer: {{message}}",
				[ATTR.promptTemplateVersion]: "8",
			},
		},
		(span) => {
			const polite = play.decoy(`reworded:${step}`) ? " Always stay friendly and calm." : "";
			const cut = step === "build_account_prompt" ? play.fault("rows-cut") : null;
			const kept = lines.slice(0, cut === null ? LINES_MOST : amount(cut, 2, 12, 22, 30));
			const content = `${kept.join("\n")}\n\nCustomer: ${message}`;
			span.attributes[ATTR.promptTokens] = String(countTokens(content));
			return [
				{
					role: "system" as const,
					content: `You are the chat desk of Nordbank.${polite} Use the data below. Say so if it does not answer.`,
				},
				{ role: "user" as const, content },
			];
		},
	);
}

const customerMessage = (messages: readonly Message[]): string =>
	messages.at(-1)?.content.split("Customer: ").at(-1) ?? "";
const dataLines = (messages: readonly Message[]): string[] =>
	(messages.at(-1)?.content.split("\n\nCustomer:")[0] ?? "").split("\n");
const UNKNOWN = "I am afraid that I cannot see that from here.";

/** Reads amounts as people do: 1.234,56 and 1,234.56 alike, and whole numbers as they stand. */
const readAmount = (text: string): number => Number(text.replace(/,(?=\d{3}\b)/g, ""));

function accountReply(messages: readonly Message[], play: Play): string {
	const message = customerMessage(messages);
	const rows = dataLines(messages).map((line) => line.split(" | "));
	const weak = play.fault("weaker-account-model");
	const careless = weak === null ? 0 : amount(weak, 0.8, 0.5, 0.14, 0.05);
	const slip = play.happens("sum-slip", 0.02);
	if (/balance|money is in/.test(message)) {
		const row = rows.find(
			([kind, name]) => kind === "account" && name !== undefined && message.includes(name),
		);
		const other = rows.find(([kind, name]) => kind === "account" && name !== row?.[1]);
		const chosen = slip || play.roll("account misread")() < careless ? other : row;
		return chosen === undefined
			? UNKNOWN
			: `The balance of your ${chosen[1]} account is ${readAmount(chosen[2] ?? "").toFixed(2)} EUR.`;
	}
	const month = MONTHS.findIndex((name) => message.includes(name)) + 1;
	const mine = rows.filter(
		([date = "", merchant = "?"]) => date.startsWith(`2026-0${month}`) && message.includes(merchant),
	);
	const summed = mine.filter((_, at) => !(slip && at === 0) && play.roll(`row ${at}`)() >= careless);
	const sum = summed.reduce((total, [, , value = "0"]) => total - readAmount(value), 0);
	return mine.length === 0 && !/spend|pay to/.test(message)
		? UNKNOWN
		: `In ${MONTHS[month - 1] ?? "that month"} you spent ${sum.toFixed(2)} EUR there.`;
}

function accountsBranch(world: World, routed: Passed<Routed>, play: Play): Passed<string> {
	const { client, message, slots } = routed.value;
	const own = world.clients.find(({ id }) => id === client);
	const accounts = tool(play, { name: "get_accounts", input: { client }, from: [routed] }, () => {
		const comma = play.fault("decimal-comma");
		return (own?.accounts ?? []).map(({ name, cents }) => {
			const changed = comma !== null && play.roll(`comma ${name}`)() < amount(comma, 1, 1, 0.4, 0.1);
			const balance = changed ? asText(cents).replace(".", ",") : asText(cents);
			return {
				account: name,
				balance,
				...(play.decoy("extra-field:get_accounts") ? { iban_masked: "DE** **** 12" } : {}),
			};
		});
	});
	const transactions = tool(
		play,
		{ name: "get_transactions", input: { client, from: "2026-01-01", ...slots }, from: [routed] },
		() => {
			const doubled = play.fault("rows-doubled");
			const rows = (own?.transactions ?? []).map(({ date, merchant, cents }) => ({
				date,
				merchant,
				amount: asText(cents),
			}));
			if (doubled === null) return rows;
			const share = amount(doubled, 1, 0.5, 0.15, 0.04);
			return rows.flatMap((row, at) => (play.roll(`doubled ${at}`)() < share ? [row, row] : [row]));
		},
	);
	const lines = [
		...accounts.value.map(({ account, balance }) => `account | ${account} | ${balance}`),
		...transactions.value.map(({ date, merchant, amount: value }) => `${date} | ${merchant} | ${value}`),
	];
	const built = prompt(play, "build_account_prompt", [accounts, transactions], lines, message);
	return callModel(
		play,
		{ step: "account_model", model: "gpt-5-mini", messages: built.value, from: [built], ms: [400, 1900] },
		(messages) => accountReply(messages, play),
	);
}

function cardsBranch(world: World, routed: Passed<Routed>, play: Play): Passed<string> {
	const { client, message, slots } = routed.value;
	// Between the router's slots and the tool's parameters, which are typed as numbers here and there.
	const retyped = play.fault("slot-retyped");
	let card = slots["card"] ?? "";
	if (retyped !== null)
		card = amount(
			retyped,
			card.slice(0, -1),
			String(Number(card)),
			card.replace(/^0/, ""),
			card.replace(/^00/, "0"),
		);
	const found = tool(play, { name: "get_card", input: { client, card }, from: [routed] }, () => {
		const own = world.clients.find(({ id }) => id === client)?.cards.find(({ last4 }) => last4 === card);
		if (own === undefined) return { error: "no such card" };
		const stale = play.fault("stale-card");
		const limit =
			stale !== null && play.roll("stale")() < amount(stale, 1, 0.7, 0.25, 0.08)
				? own.formerLimit
				: own.limit;
		return { card: own.last4, limit_eur: limit, expires: own.expires };
	});
	const lines = Object.entries(found.value).map(([key, value]) => `${key}: ${value}`);
	const built = prompt(play, "build_card_prompt", [found], lines, message);
	return callModel(
		play,
		{ step: "card_model", model: "gpt-5-mini", messages: built.value, from: [built], ms: [300, 1400] },
		(messages) => {
			const known = new Map(dataLines(messages).map((line) => line.split(": ") as [string, string]));
			const about = customerMessage(messages);
			const wrong = play.happens("card-slip", 0.015);
			const asksLimit = /limit|spend/.test(about) !== wrong;
			const value = known.get(asksLimit ? "limit_eur" : "expires");
			if (value === undefined) return UNKNOWN;
			return asksLimit
				? `You can spend up to ${Number(value).toFixed(2)} EUR with this card.`
				: `The card is valid until ${value}.`;
		},
	);
}

function productsBranch(world: World, routed: Passed<Routed>, play: Play): Passed<string> {
	const { message } = routed.value;
	const found = play.step(
		{
			name: "search_products",
			kind: "retrieval",
			version: "products-q1",
			input: { query: message },
			from: [routed],
			ms: [20, 120],
			attributes: {
				[ATTR.retrievalQuery]: message,
				[ATTR.indexName]: "products",
				[ATTR.indexVersion]: "2026-Q1",
			},
		},
		(): FoundDocument[] => {
			const missed = play.happens("search-miss", 0.02);
			const hits = world.index.search(message, {
				limit: 4,
				random: play.roll("search"),
				strangeWords: (word) => missed && play.roll(`word ${word}`)() < 0.8,
			});
			const stale = play.fault("former-terms");
			if (stale === null) return hits;
			const share = amount(stale, 1, 0.6, 0.2, 0.06);
			return hits.map((hit) =>
				play.roll(`old ${hit.id}`)() < share ? { ...hit, content: world.former.get(hit.id) ?? "" } : hit,
			);
		},
	);
	const lines = found.value.map(({ title, content }) => `# ${title} # ${content}`);
	const built = prompt(play, "build_product_prompt", [found], lines, message);
	return callModel(
		play,
		{ step: "product_model", model: "gpt-5", messages: built.value, from: [built], ms: [600, 2600] },
		(messages) => {
			const slip = play.happens("product-slip", 0.02);
			const weak = play.fault("weaker-product-model");
			const misreads = weak === null ? 0 : amount(weak, 0.8, 0.4, 0.15, 0.05);
			const passages = dataLines(messages).map((line, at) => {
				const [, title = "", text = ""] = line.split("# ");
				return { marker: String(at), title: title.trim(), text };
			});
			const [said] = answerFrom(READER, customerMessage(messages), passages, {
				guesses: false,
				slips: () => slip || play.roll("misreading")() < misreads,
				random: play.roll("answering"),
			});
			if (said === undefined || said.value === null) return UNKNOWN;
			const topic = BANK_TOPICS.find(({ key }) => key === said.key);
			return sentence(pick(topic?.tell.slice(0, 2) ?? [], play.roll("phrasing")), said.subject, said.value);
		},
	);
}

function finish(answer: Passed<string>, play: Play): string {
	const checked = play.step(
		{
			name: "check_compliance",
			kind: "post_process",
			version: "rules@33",
			input: answer.value,
			from: [answer],
			ms: [2, 9],
		},
		() => {
			const strict = play.fault("rules-too-strict");
			const banned =
				strict === null
					? /guaranteed profit/i
					: amount(strict, /EUR/, /earn|spend|pays|costs/, /early|valid until/, /savers earn/i);
			return banned.test(answer.value)
				? "I may not advise on this in the chat. Please call us."
				: answer.value;
		},
	);
	const localised = play.step(
		{
			name: "localise_numbers",
			kind: "custom",
			version: "locale@3",
			input: { text: checked.value, locale: "en-IE" },
			from: [checked],
			ms: [1, 3],
		},
		() => {
			const locale = play.fault("wrong-locale");
			return checked.value.replace(/(\d+)(\.\d\d)? EUR/g, (whole, euros: string, cents = ".00") => {
				const least = locale === null ? Number.POSITIVE_INFINITY : amount(locale, 0, 100, 1000, 9000);
				const written = asWritten(Math.round(Number(`${euros}${cents}`) * 100));
				if (Number(euros) < least) return `${written} EUR`;
				return `${written.replace(/[.,]/g, (mark) => (mark === "." ? "," : "."))} ${whole.slice(-3)}`;
			});
		},
	);
	return play.step(
		{
			name: "render_message",
			kind: "render",
			version: "chat@9",
			input: localised.value,
			from: [localised],
			ms: [1, 4],
		},
		() => {
			const short = play.fault("bubble-too-short");
			const text = short === null ? localised.value : localised.value.slice(0, amount(short, 12, 40, 52, 60));
			return play.decoy("markup:render_message") ? `<p class="bubble">${text}</p>` : `<p>${text}</p>`;
		},
	).value;
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "misrouting",
		step: "route_request",
		kind: "agent",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The router cannot tell two classes of request apart and sends one down the other's branch. https://github.com/OpenCSGs/csglite/issues/171",
	},
	{
		name: "slot-retyped",
		step: "route_request",
		receiver: "get_card",
		kind: "agent",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: false,
		story:
			"What one agent knows is gone when the next takes over: a handoff carries fields by a schema that does not fit them. https://github.com/microsoft/vscode/issues/288719",
	},
	{
		name: "rows-doubled",
		step: "get_transactions",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story: "A join or a retried write returns rows twice. No report was found; a classic of data pipelines.",
	},
	{
		name: "decimal-comma",
		step: "get_accounts",
		kind: "tool_call",
		variants: [["visible", 1]],
		versionChanges: true,
		story:
			"An API changes how it writes numbers, 1234.56 to 1234,56, under the same name. Compare https://github.com/kensnyder/any-date-parser/issues/8 for dates.",
	},
	{
		name: "stale-card",
		step: "get_card",
		kind: "tool_call",
		variants: [
			["blatant", 1],
			["visible", 0.3],
		],
		versionChanges: false,
		story:
			"A cached answer is served after the record changed; nothing in it says so. https://github.com/adcontextprotocol/adcp/issues/4775",
	},
	{
		name: "rows-cut",
		step: "build_account_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The prompt keeps its head and loses its tail when it is over budget, without an error. https://github.com/NVIDIA-NeMo/Gym/pull/1557",
	},
	{
		name: "weaker-account-model",
		step: "account_model",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The route to the model changed and a smaller one adds up the rows. https://airouter.kz/en/blog/llm-postmortem-after-an-outage-which-fields-to-capture",
	},
	{
		name: "weaker-product-model",
		step: "product_model",
		kind: "model",
		variants: [
			["blatant", 0.3],
			["visible", 1],
		],
		versionChanges: false,
		story:
			"Behaviour of the same model drifts between updates of the provider. https://tianpan.co/blog/2026-04-16-debugging-ai-at-3am-incident-response-llm-systems",
	},
	{
		name: "former-terms",
		step: "search_products",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: false,
		story:
			"A forced re-index skips unchanged files and the former content goes on being served. https://github.com/lyonzin/knowledge-rag/issues/163",
	},
	{
		name: "rules-too-strict",
		step: "check_compliance",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"An output guardrail matches ordinary words and replaces the answer. https://github.com/theopenco/llmgateway/pull/3641",
	},
	{
		name: "wrong-locale",
		step: "localise_numbers",
		kind: "custom",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Formatting follows another locale than the reader's. https://github.com/joBr99/nspanel-lovelace-ui/pull/1429",
	},
	{
		name: "bubble-too-short",
		step: "render_message",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The reply is cut mid-sentence where it is shown. https://github.com/xability/maidr-legacy/issues/322",
	},
];

export const bankDesk: Pipeline = pipeline<World, BankTask>({
	name: "bank-desk",
	half: "dev",
	shape: "router",
	service: "bank-chat",
	linked: true,
	plainText: false,
	faults: FAULTS,
	decoys: [
		"version:check_compliance",
		"version:product_model",
		"version:route_request",
		"slow:get_transactions",
		"slow:card_model",
		"reworded:build_card_prompt",
		"reworded:build_product_prompt",
		"extra-field:get_accounts",
		"markup:render_message",
		"side:score_sentiment",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, play);
		const routed = route(question, play);
		play.sideStep(
			"score_sentiment",
			{ kind: "model", version: "sentiment-1", input: question.message, ms: [30, 200] },
			"HTTP 429: too many requests",
		);
		const branches = { accounts: accountsBranch, cards: cardsBranch, products: productsBranch };
		const answer = branches[routed.value.branch](world, routed, play);
		return { input: question, output: finish(answer, play) };
	},
});
