/**
 * The shop that the agent works for: its products, orders and parcels, drawn from one seed, so that every process has the same.
 *
 * @module
 */
import { seededRandom } from "./random.ts";

export interface Product {
	readonly sku: string;
	readonly name: string;
	/** Euros. */
	readonly price: number;
	readonly in_stock: boolean;
}

export interface OrderItem {
	readonly sku: string;
	readonly name: string;
	readonly quantity: number;
	/** Euros, for one. */
	readonly price: number;
}

export interface Order {
	readonly order_id: string;
	readonly customer: string;
	readonly placed_on: string;
	readonly status: "shipped" | "delivered";
	readonly items: readonly OrderItem[];
	/** Euros. */
	readonly shipping: number;
	readonly parcel_id: string;
}

export interface Parcel {
	readonly parcel_id: string;
	readonly carrier: string;
	readonly place: string;
	readonly arrives_on: string;
	readonly events: readonly { readonly at: string; readonly what: string }[];
}

export interface Shop {
	readonly products: readonly Product[];
	readonly orders: ReadonlyMap<string, Order>;
	readonly parcels: ReadonlyMap<string, Parcel>;
}

const THINGS = [
	"Kettle",
	"Lamp",
	"Backpack",
	"Headphones",
	"Coffee grinder",
	"Desk chair",
	"Bike light",
	"Pan",
];
const BRANDS = ["Nordlys", "Arvo", "Petra", "Hällmark", "Señal", "Okto"];
const PEOPLE = [
	"Jürgen Weiß",
	"Ana Muñoz",
	"Priya Shah",
	"Chloé Durand",
	"Tom Becker",
	"Lucía Peña",
	"Mia Öztürk",
];
const PLACES = ["Köln", "Málaga", "Rotterdam", "Leipzig", "Zaragoza", "Graz", "Lyon", "Łódź"];
const CARRIERS = ["Postil", "Veloce", "Nordpak"];
const ORDERS = 60;

/** Draws the shop; the same seed gives the same one. */
export function openShop(seed = "shop"): Shop {
	const random = seededRandom(seed);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
	const products = BRANDS.flatMap((brand, at) =>
		THINGS.map((thing, place): Product => {
			const sku = `S${at}${place}${between(10, 99)}`;
			return { sku, name: `${brand} ${thing}`, price: between(900, 24_900) / 100, in_stock: random() < 0.8 };
		}),
	);
	const orders = new Map<string, Order>();
	const parcels = new Map<string, Parcel>();
	for (let at = 0; at < ORDERS; at++) {
		const parcel = drawParcel(at);
		const order_id = `SO-${String(between(0, 9_999)).padStart(5, "0")}${at % 10}`;
		const chosen = new Set(Array.from({ length: between(1, 3) }, () => pick(products)));
		parcels.set(parcel.parcel_id, parcel);
		orders.set(order_id, {
			order_id,
			customer: pick(PEOPLE),
			placed_on: dayText(between(1, 20)),
			status: random() < 0.5 ? "shipped" : "delivered",
			items: [...chosen].map(({ sku, name, price }) => ({ sku, name, quantity: between(1, 3), price })),
			shipping: pick([3.95, 5.95, 7.5]),
			parcel_id: parcel.parcel_id,
		});
	}
	return { products, orders, parcels };

	function drawParcel(at: number): Parcel {
		const [from, place] = [pick(PLACES), pick(PLACES)];
		return {
			parcel_id: `PX${between(100_000, 999_999)}${at % 10}`,
			carrier: pick(CARRIERS),
			place,
			arrives_on: dayText(between(22, 30)),
			events: [
				{ at: dayText(between(10, 20)), what: `handed over in ${from}` },
				{ at: dayText(21), what: `sorted in ${place}` },
			],
		};
	}
}

const dayText = (day: number): string => `2026-09-${String(day).padStart(2, "0")}`;
