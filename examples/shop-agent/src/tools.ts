/**
 * What the agent can do: plain functions that know nothing of telemetry, and what they promise.
 *
 * @module
 */
import type { Order, Parcel, Product, Shop } from "./shop.ts";

export interface ToolError {
	readonly error: string;
}

export interface Tools {
	find_order(call: { readonly order_id: string }): Order | ToolError;
	track_parcel(call: { readonly parcel_id: string }): Parcel | ToolError;
	search_products(call: {
		readonly query: string;
		readonly max_price?: number;
	}): { readonly products: readonly Product[] } | ToolError;
	calculate(call: { readonly expression: string }): { readonly result: number } | ToolError;
	refund_order(call: {
		readonly order_id: string;
		readonly amount: number;
		readonly reason: string;
	}): { readonly refund_id: string; readonly amount: number; readonly pays_back_on: string } | ToolError;
}

export type ToolName = keyof Tools;

const object = (
	properties: Readonly<Record<string, object>>,
	required: readonly string[] = Object.keys(properties),
): object => ({ type: "object", properties, required, additionalProperties: false });
const text: object = { type: "string" };
const number: object = { type: "number" };

/** Names, descriptions and JSON Schemas of the arguments, as the model is told. Only `refund_order` changes anything. */
export const TOOLS: Readonly<Record<ToolName, { description: string; parameters: object; safe: boolean }>> = {
	find_order: {
		description: "Looks up an order by its id, such as SO-000123",
		parameters: object({ order_id: { type: "string", pattern: "^SO-[0-9]{6}$" } }),
		safe: true,
	},
	track_parcel: {
		description: "Says where a parcel is and when it arrives",
		parameters: object({ parcel_id: text }),
		safe: true,
	},
	search_products: {
		description: "Finds products by words of their names, cheapest first",
		parameters: object({ query: text, max_price: number }, ["query"]),
		safe: true,
	},
	calculate: {
		description: "Works out sums of numbers with + - *",
		parameters: object({ expression: text }),
		safe: true,
	},
	refund_order: {
		description: "Pays money back for an order. Cannot be undone",
		parameters: object({ order_id: text, amount: number, reason: text }),
		safe: false,
	},
};

/** What the order service promises in its own documentation. */
export const PARCEL_RESULT: object = object({
	parcel_id: text,
	carrier: text,
	place: text,
	arrives_on: text,
	events: { type: "array" },
});

/** The tools over a shop. */
export function createTools(shop: Shop): Tools {
	return {
		find_order: ({ order_id }) => shop.orders.get(order_id) ?? { error: `there is no order ${order_id}` },
		track_parcel: ({ parcel_id }) =>
			shop.parcels.get(parcel_id) ?? { error: `there is no parcel ${parcel_id}` },
		search_products: ({ query, max_price = Number.POSITIVE_INFINITY }) => {
			const words = query.toLowerCase().split(/\s+/);
			const products = shop.products
				.filter(({ name, price }) => price <= max_price && words.every((w) => name.toLowerCase().includes(w)))
				.toSorted((a, b) => a.price - b.price);
			return { products: products.slice(0, 4) };
		},
		calculate: ({ expression }) => {
			const result = sumOf(expression);
			return result === null ? { error: `cannot read the expression ${expression}` } : { result };
		},
		refund_order: ({ order_id, amount }) =>
			shop.orders.has(order_id)
				? {
						refund_id: `RF-${order_id.slice(3)}-${Math.round(amount * 100)}`,
						amount,
						pays_back_on: "2026-09-28",
					}
				: { error: `there is no order ${order_id}` },
	};
}

/** Sums of products, such as `2 * 9.5 + 3.95 - 4.5`; null where it is none. Rounded to cents. */
export function sumOf(expression: string): number | null {
	if (expression.trim() === "") return null;
	let total = 0;
	for (const [, sign, product] of expression.matchAll(/(^|[+-])([^+-]+)/g)) {
		const value = (product ?? "").split("*").reduce((all, factor) => all * numberOf(factor), 1);
		total += sign === "-" ? -value : value;
	}
	return Number.isFinite(total) ? Math.round(total * 100) / 100 : null;
}

const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
