/**
 * Broken releases of the tools, and of how their arguments and results are passed on.
 *
 * @module
 */
import type { Tools } from "../tools.ts";

/** The order service's second version writes prices for people. */
export const withPricesAsText = (tools: Tools): Tools => ({
	...tools,
	find_order: (call) => {
		const order = tools.find_order(call);
		if ("error" in order) return order;
		const items = order.items.map((item) => ({
			...item,
			price: `${item.price.toFixed(2).replace(".", ",")} €` as unknown as number,
		}));
		return { ...order, items };
	},
});

/** The carrier's gateway answers 200 whatever happens. */
export const withCarrierDown = (tools: Tools): Tools => ({
	...tools,
	track_parcel: () => ({ error: "upstream timed out", code: 504 }) as { error: string },
});

/** Ids are read as numbers on the way to the tool, so their leading zeros are lost. */
export const shortenIds = (args: object): object =>
	JSON.parse(JSON.stringify(args).replace(/SO-0*(\d+)/g, "SO-$1")) as object;
