/**
 * What customers ask, in three languages, and what a right answer holds.
 *
 * @module
 */
import type { Locale } from "./policies.ts";
import { LOCALES } from "./policies.ts";
import type { Asked } from "./prompt.ts";
import type { Order, Shop } from "./shop.ts";
import { sumOf } from "./tools.ts";

export interface Task extends Asked {
	readonly id: string;
	/** All of these stand in a right mail; never recorded. */
	readonly expected: readonly string[];
}

/** An amount as the customer's language writes it. */
export const money = (amount: number, locale: Locale): string =>
	locale === "en" ? `€${amount.toFixed(2)}` : `${amount.toFixed(2).replace(".", ",")} €`;

/** What was paid for an order, as an expression. */
export const totalExpression = ({ items, shipping }: Order): string =>
	[...items.map(({ quantity, price }) => `${quantity} * ${price}`), String(shipping)].join(" + ");

type Words = Readonly<Record<Locale, string>>;

const ASK = {
	track: {
		en: "Where is my order {id} now, and when does it arrive?",
		de: "Wo ist meine Bestellung {id} gerade, und wann kommt sie an?",
		es: "¿Dónde está ahora mi pedido {id} y cuándo llega?",
	},
	total: {
		en: "How much did I pay in total for order {id}, shipping included?",
		de: "Wie viel habe ich insgesamt für die Bestellung {id} bezahlt, mit Versand?",
		es: "¿Cuánto pagué en total por el pedido {id}, con el envío?",
	},
	refund: {
		en: "Please refund the {item} from order {id}, I do not like it.",
		de: "Bitte erstatten Sie mir {item} aus der Bestellung {id}, es gefällt mir nicht.",
		es: "Por favor, reembolsen {item} del pedido {id}, no me gusta.",
	},
	compare: {
		en: "Which of my orders {id} and {other} was the dearer one, and what did it cost?",
		de: "Welche meiner Bestellungen {id} und {other} war teurer, und was hat sie gekostet?",
		es: "¿Cuál de mis pedidos {id} y {other} fue más caro y cuánto costó?",
	},
	product: {
		en: "Which {thing} is your cheapest, and what does it cost?",
		de: "Welcher Artikel „{thing}“ ist bei Ihnen am günstigsten, und was kostet er?",
		es: "¿Cuál es su {thing} más barato y cuánto cuesta?",
	},
} as const satisfies Record<string, Words>;

const TERMS: readonly (readonly [Words, Words])[] = [
	[
		{
			en: "How many days do I have to return goods?",
			de: "Wie viele Tage habe ich, um Ware zurückzugeben?",
			es: "¿Cuántos días tengo para devolver los artículos?",
		},
		{ en: "30", de: "30", es: "30" },
	],
	[
		{
			en: "How long is the warranty of your products?",
			de: "Wie lange gilt die Garantie auf Ihre Produkte?",
			es: "¿Cuánto dura la garantía de sus productos?",
		},
		{ en: "24 months", de: "24 Monat", es: "24 meses" },
	],
	[
		{
			en: "After how many days is an invoice due?",
			de: "Nach wie vielen Tagen ist eine Rechnung fällig?",
			es: "¿A los cuántos días vence una factura?",
		},
		{ en: "21", de: "21", es: "21" },
	],
	[
		{
			en: "How long is a voucher valid?",
			de: "Wie lange ist ein Gutschein gültig?",
			es: "¿Durante cuánto tiempo es válido un vale?",
		},
		{ en: "36", de: "36", es: "36" },
	],
	[
		{
			en: "What does a repair after the warranty cost?",
			de: "Was kostet eine Reparatur nach der Garantie?",
			es: "¿Cuánto cuesta una reparación después de la garantía?",
		},
		{ en: "35", de: "35", es: "35" },
	],
];

const PER_INTENT = 4;

/** The tasks over a shop: every way of asking, in every language, about other orders each time. */
export function drawTasks(shop: Shop): Task[] {
	const orders = [...shop.orders.values()];
	let next = 0;
	const order = (): Order => orders[next++ % orders.length] as Order;
	const tasks: Task[] = [];
	for (const locale of LOCALES) {
		const add = (kind: string, at: number, message: string, expected: readonly string[]): void => {
			tasks.push({ id: `${kind}-${locale}-${at}`, locale, message, expected });
		};
		for (let at = 0; at < PER_INTENT; at++) {
			const [first, second] = [order(), order()];
			const ask = (kind: keyof typeof ASK, values: Readonly<Record<string, string>>): string =>
				ASK[kind][locale].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
			const parcel = shop.parcels.get(first.parcel_id);
			add("track", at, ask("track", { id: first.order_id }), [parcel?.place ?? "", parcel?.arrives_on ?? ""]);
			const paid = totalOf(second);
			add("total", at, ask("total", { id: second.order_id }), [money(paid, locale)]);
			const item = first.items[0];
			if (item !== undefined) {
				const back = Math.round((item.price * item.quantity - 4.5) * 100) / 100;
				const values = { id: first.order_id, item: item.name };
				const number = `RF-${first.order_id.slice(3)}-${Math.round(back * 100)}`;
				add("refund", at, ask("refund", values), [money(back, locale), number]);
			}
			const dearer = totalOf(first) >= totalOf(second) ? first : second;
			const pair = { id: first.order_id, other: second.order_id };
			add("compare", at, ask("compare", pair), [dearer.order_id, money(totalOf(dearer), locale)]);
			const thing = shop.products[(3 * at) % 8]?.name.split(" ").slice(1).join(" ") ?? "";
			const cheapest = shop.products
				.filter(({ name }) => name.includes(thing))
				.sort((a, b) => a.price - b.price)[0];
			add("product", at, ask("product", { thing }), [
				cheapest?.name ?? "",
				money(cheapest?.price ?? 0, locale),
			]);
		}
		for (const [at, [question, answer]] of TERMS.entries())
			add("terms", at, question[locale], [answer[locale]]);
	}
	return tasks;
}

const totalOf = (order: Order): number => sumOf(totalExpression(order)) ?? Number.NaN;

/** `pass` where the mail holds all that is expected. */
export const gradeEmail = (mail: string, { expected }: Task): "pass" | "fail" =>
	expected.every((text) => mail.includes(text)) ? "pass" : "fail";
