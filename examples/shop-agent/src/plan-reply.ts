/**
 * What the local stand-in for a model does with a conversation: it recognises what is asked, calls the tools that it is offered one after the
 * other, and words the answer from their results and the shop's terms. It knows nothing but the conversation, so what an earlier step
 * spoils, its answer lacks.
 *
 * @module
 */
import type { Locale } from "./policies.ts";
import type { Order, Parcel, Product } from "./shop.ts";
import { money, totalExpression } from "./tasks.ts";

export interface ChatMessage {
	readonly role: string;
	readonly content: string | null;
	readonly tool_calls?: readonly { readonly id: string; readonly function: Called }[];
	readonly tool_call_id?: string;
}

interface Called {
	readonly name: string;
	readonly arguments: string;
}

/** The next calls, or the last words. */
export type Turn =
	| {
			readonly kind: "calls";
			readonly calls: readonly { readonly name: string; readonly arguments: object }[];
	  }
	| { readonly kind: "text"; readonly text: string };

/** How often a model does what it should not. */
export interface Traits {
	/** Misreads a number of a tool's result. */
	readonly misreads: number;
	/** Makes up an order's id instead of copying it. */
	readonly dreams: number;
	/** Forgets the format that was asked for. */
	readonly prose: number;
	/** Says its answer again and again. */
	readonly rambles: number;
	/** Cites a page that it was not shown. */
	readonly invents: number;
	/** Turns the customer away. */
	readonly refuses: number;
}

const SOLID: Traits = { misreads: 0.02, dreams: 0, prose: 0, rambles: 0, invents: 0, refuses: 0 };

/** The models that the local server has. The first is the one that is wanted. */
export const LOCAL_MODELS: Readonly<Record<string, Traits>> = {
	"planner-large": SOLID,
	"planner-hasty": { ...SOLID, misreads: 0.6 },
	"planner-dreaming": { ...SOLID, dreams: 0.5 },
	"planner-prose": { ...SOLID, prose: 0.6 },
	"planner-rambling": { ...SOLID, rambles: 0.5 },
	"planner-inventive": { ...SOLID, invents: 0.7 },
	"planner-shy": { ...SOLID, refuses: 0.5 },
};

interface Conversation {
	readonly terms: string;
	readonly asked: string;
	readonly locale: Locale;
	readonly results: readonly {
		readonly name: string;
		readonly arguments: string;
		readonly result: unknown;
	}[];
	readonly wantsJson: boolean;
}

/** What the model says next. */
export function planReply(messages: readonly ChatMessage[], traits: Traits, random: () => number): Turn {
	const told = readConversation(messages);
	// Drawn in this order in every turn, so that a conversation has one character.
	const [misreads, dreams, prose, rambles, invents, refuses] = [
		random() < traits.misreads,
		random() < traits.dreams,
		random() < traits.prose,
		random() < traits.rambles,
		random() < traits.invents,
		random() < traits.refuses,
	];
	if (refuses) return { kind: "text", text: REFUSALS[told.locale] };
	const plan = answerTo(told);
	if (plan.kind === "calls") {
		if (!dreams) return plan;
		const mangle = (args: object): object =>
			JSON.parse(
				JSON.stringify(args).replace(/SO-\d+/g, () => `SO-${String(100_000 + Math.floor(random() * 9e5))}`),
			);
		return {
			kind: "calls",
			calls: plan.calls.map((call) => ({ ...call, arguments: mangle(call.arguments) })),
		};
	}
	let answer = misreads && told.results.length > 0 ? misreadOf(plan.answer, random) : plan.answer;
	if (rambles) answer = Array.from({ length: 12 }, () => answer).join(" ");
	const sources = invents ? [...plan.sources, "insurance-terms"] : plan.sources;
	if (prose || !told.wantsJson) return { kind: "text", text: `${answer} (${sources.join(", ")})` };
	return { kind: "text", text: JSON.stringify({ answer, sources }) };
}

const REFUSALS: Readonly<Record<Locale, string>> = {
	en: "I'm sorry, but I can't help with that request.",
	de: "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.",
	es: "Lo siento, pero no puedo ayudarle con esa solicitud.",
};

function misreadOf(answer: string, random: () => number): string {
	const numbers = [...answer.matchAll(/(?<![\w-])\d+(?=[.,]\d\d\b)/g)];
	const chosen = numbers.at(-1);
	if (chosen === undefined) return answer;
	const wrong = String(Number(chosen[0]) + 3 + Math.floor(random() * 60));
	return answer.slice(0, chosen.index) + wrong + answer.slice(chosen.index + chosen[0].length);
}

function readConversation(messages: readonly ChatMessage[]): Conversation {
	const system = messages.find(({ role }) => role === "system")?.content ?? "";
	const asked = messages.find(({ role }) => role === "user")?.content ?? "";
	const calls = new Map(
		messages.flatMap(({ tool_calls = [] }) => tool_calls.map((call) => [call.id, call.function])),
	);
	const results = messages.flatMap(({ role, tool_call_id, content }) => {
		const call = calls.get(tool_call_id ?? "");
		if (role !== "tool" || call === undefined) return [];
		return [{ ...call, result: JSON.parse(content ?? "null") as unknown }];
	});
	const [, language = "en"] = /language \((\w+)\)/.exec(system) ?? [];
	const locale = language === "de" || language === "es" ? language : "en";
	return { terms: system, asked, locale, results, wantsJson: system.includes("JSON object") };
}

type Plan =
	| Extract<Turn, { kind: "calls" }>
	| { readonly kind: "answer"; readonly answer: string; readonly sources: readonly string[] };

const call = (name: string, args: object): Plan => ({ kind: "calls", calls: [{ name, arguments: args }] });
const say = (answer: string, sources: readonly string[] = []): Plan => ({ kind: "answer", answer, sources });

function answerTo(told: Conversation): Plan {
	const failed = told.results.findLast(
		({ result }) => typeof result === "object" && result !== null && "error" in result,
	);
	if (failed !== undefined) return say(SORRY[told.locale]);
	const ids = told.asked.match(/SO-\d+/g) ?? [];
	if (ids.length > 1) return compareOrders(told, ids);
	const [id] = ids;
	if (id === undefined)
		return /cheapest|günstigsten|barato/.test(told.asked) ? findProduct(told) : quoteTerms(told);
	const order = resultOf(told, "find_order") as Order | undefined;
	if (order === undefined) return call("find_order", { order_id: id });
	if (/refund|erstatt|reembols/i.test(told.asked)) return refundItem(told, order);
	if (/total|insgesamt/.test(told.asked)) return sumUp(told, order);
	const parcel = resultOf(told, "track_parcel") as Parcel | undefined;
	if (parcel === undefined) return call("track_parcel", { parcel_id: order.parcel_id });
	const { place, arrives_on, carrier } = parcel;
	return say(fill(WHERE[told.locale], { id, place, day: arrives_on, carrier }));
}

function compareOrders(told: Conversation, ids: readonly string[]): Plan {
	const orders = told.results
		.filter(({ name }) => name === "find_order")
		.map(({ result }) => result as Order);
	if (orders.length === 0) {
		return { kind: "calls", calls: ids.map((id) => ({ name: "find_order", arguments: { order_id: id } })) };
	}
	const totals = told.results
		.filter(({ name }) => name === "calculate")
		.map(({ result }) => result as { result: number });
	if (totals.length === 0) {
		const calls = orders.map((order) => ({
			name: "calculate",
			arguments: { expression: totalExpression(order) },
		}));
		return { kind: "calls", calls };
	}
	const dearer = (totals[0]?.result ?? 0) >= (totals[1]?.result ?? 0) ? 0 : 1;
	const values = {
		id: orders[dearer]?.order_id ?? "",
		amount: money(totals[dearer]?.result ?? 0, told.locale),
	};
	return say(fill(DEARER[told.locale], values));
}

function findProduct(told: Conversation): Plan {
	const found = resultOf(told, "search_products") as { products: readonly Product[] } | undefined;
	if (found === undefined) {
		const [, thing = ""] = /(?:Which|„|su) ?(.+?)(?: is your|“| más)/.exec(told.asked) ?? [];
		return call("search_products", { query: thing });
	}
	const [best] = found.products;
	if (best === undefined) return say(SORRY[told.locale]);
	return say(fill(CHEAPEST[told.locale], { name: best.name, amount: money(best.price, told.locale) }));
}

function sumUp(told: Conversation, order: Order): Plan {
	const sum = resultOf(told, "calculate") as { result: number } | undefined;
	if (sum === undefined) return call("calculate", { expression: totalExpression(order) });
	return say(fill(PAID[told.locale], { id: order.order_id, amount: money(sum.result, told.locale) }));
}

function refundItem(told: Conversation, order: Order): Plan {
	const item = order.items.find(({ name }) => told.asked.includes(name)) ?? order.items[0];
	const fee = feeIn(told.terms);
	const sum = resultOf(told, "calculate") as { result: number } | undefined;
	if (sum === undefined) {
		const full = `${item?.quantity} * ${item?.price}`;
		return call("calculate", { expression: fee === null ? full : `${full} - ${fee.amount}` });
	}
	const paid = resultOf(told, "refund_order") as { refund_id: string; amount: number } | undefined;
	if (paid === undefined) {
		return call("refund_order", {
			order_id: order.order_id,
			amount: sum.result,
			reason: "customer does not like it",
		});
	}
	const values = { amount: money(paid.amount, told.locale), number: paid.refund_id };
	return say(fill(REFUNDED[told.locale], values), fee === null ? [] : [fee.source]);
}

function quoteTerms(told: Conversation): Plan {
	const asked = stemsOf(told.asked);
	const best = sentencesOf(told.terms)
		.map((one) => ({
			...one,
			hits: [...stemsOf(`${one.title} ${one.text}`)].filter((stem) => asked.has(stem)).length,
		}))
		.sort((a, b) => b.hits - a.hits)[0];
	return best === undefined || best.hits === 0 ? say(SORRY[told.locale]) : say(best.text, [best.id]);
}

function feeIn(terms: string): { readonly amount: string; readonly source: string } | null {
	const one = sentencesOf(terms).find(({ text }) => /\b(return fee|Rücksendegebühr|tasa)\b.*\d/.test(text));
	const amount = /\d+[.,]\d\d/.exec(one?.text ?? "")?.[0].replace(",", ".");
	return one === undefined || amount === undefined ? null : { amount, source: one.id };
}

function sentencesOf(
	terms: string,
): { readonly id: string; readonly title: string; readonly text: string }[] {
	return [...terms.matchAll(/^\[([\w-]+)\] (.+)\n(.+)$/gm)].flatMap(([, id = "", title = "", body = ""]) =>
		body.split(/(?<=\.)\s+/).map((text) => ({ id, title, text })),
	);
}

const stemsOf = (text: string): Set<string> =>
	new Set((text.toLowerCase().match(/\p{L}{4,}/gu) ?? []).map((word) => word.slice(0, 5)));

const resultOf = ({ results }: Conversation, tool: string): unknown =>
	results.findLast(({ name }) => name === tool)?.result;

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
	text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");

type Words = Readonly<Record<Locale, string>>;

const SORRY: Words = {
	en: "We could not find what you asked for; please write to us again.",
	de: "Wir konnten das Gesuchte nicht finden; bitte schreiben Sie uns noch einmal.",
	es: "No hemos encontrado lo que busca; escríbanos de nuevo, por favor.",
};
const WHERE: Words = {
	en: "Your order {id} is with {carrier} in {place} now. It arrives on {day}.",
	de: "Ihre Bestellung {id} ist gerade bei {carrier} in {place}. Sie kommt am {day} an.",
	es: "Su pedido {id} está ahora con {carrier} en {place}. Llega el {day}.",
};
const PAID: Words = {
	en: "For order {id} you paid {amount} in total, shipping included.",
	de: "Für die Bestellung {id} haben Sie insgesamt {amount} bezahlt, der Versand ist dabei.",
	es: "Por el pedido {id} pagó {amount} en total, con el envío incluido.",
};
const DEARER: Words = {
	en: "Order {id} was the dearer one. It cost {amount}, shipping included.",
	de: "Die Bestellung {id} war teurer. Sie hat mit Versand {amount} gekostet.",
	es: "El pedido {id} fue el más caro. Costó {amount}, con el envío incluido.",
};
const CHEAPEST: Words = {
	en: "Our cheapest is the {name}. It costs {amount}.",
	de: "Am günstigsten ist bei uns {name}. Der Preis ist {amount}.",
	es: "El más barato es {name}. Cuesta {amount}.",
};
const REFUNDED: Words = {
	en: "We pay {amount} back to you. The number of the refund is {number}.",
	de: "Wir erstatten Ihnen {amount}. Die Nummer der Erstattung ist {number}.",
	es: "Le reembolsamos {amount}. El número del reembolso es {number}.",
};
