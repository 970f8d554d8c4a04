import { alarmRate, BURN_WINDOWS, type BurnWindow, fires } from "../burn-rate.ts";

/** Days of the objective's period, as the rules' default. */
const PERIOD_DAYS = 30;
const MONTH_MINUTES = 30 * 1440;
const LONGEST = Math.max(...BURN_WINDOWS.map(({ longMinutes }) => longMinutes));

export interface Detection {
	/** Minutes until the first firing in half and in nine tenths of the cases; null where it did not come to that. */
	readonly median: number | null;
	readonly p90: number | null;
	/** Share of the cases in which it fired within so many minutes. */
	within(minutes: number): number;
}

/** mulberry32. */
function randomOf(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** A Poisson number: Knuth's product for small means, the normal approximation from 30 on. */
function drawPoisson(mean: number, random: () => number): number {
	if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
	const limit = Math.exp(-mean);
	let product = random();
	let count = 0;
	while (product > limit) {
		product *= random();
		count++;
	}
	return count;
}

/** Box and Muller. */
const drawNormal = (random: () => number): number =>
	Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Runs per minute as a Poisson process of which a share breaks; broken and whole runs are then two independent ones. Cumulative, so that any window is a
 * difference of two entries.
 */
class Traffic {
	readonly #broken: number[] = [0];
	readonly #total: number[] = [0];
	readonly #perMinute: number;
	readonly #random: () => number;

	constructor(perHour: number, random: () => number) {
		this.#perMinute = perHour / 60;
		this.#random = random;
	}

	minute(rate: number): void {
		const broken = drawPoisson(this.#perMinute * rate, this.#random);
		const whole = drawPoisson(this.#perMinute * (1 - rate), this.#random);
		this.#broken.push((this.#broken.at(-1) ?? 0) + broken);
		this.#total.push((this.#total.at(-1) ?? 0) + broken + whole);
	}

	fires(window: BurnWindow, budget: number): boolean {
		return fires(
			window,
			this.#last(window.longMinutes),
			this.#last(window.shortMinutes),
			alarmRate(window, budget, PERIOD_DAYS),
		);
	}

	#last(minutes: number): { readonly broken: number; readonly total: number } {
		const end = this.#total.length - 1;
		const start = Math.max(0, end - minutes);
		return {
			broken: (this.#broken[end] ?? 0) - (this.#broken[start] ?? 0),
			total: (this.#total[end] ?? 0) - (this.#total[start] ?? 0),
		};
	}
}

/**
 * Three quiet days at the rate `before`, then the rate `rate`: how many minutes until a page, and until a page or a ticket. Rules are evaluated
 * every minute, as Grafana does.
 */
export function simulateDetection(options: {
	readonly budget: number;
	readonly before: number;
	readonly rate: number;
	readonly perHour: number;
	readonly runs: number;
	readonly seed: number;
}): { readonly page: Detection; readonly any: Detection } {
	const random = randomOf(options.seed);
	const cases = Array.from({ length: options.runs }, () => detect(options, random));
	return { page: summarise(cases.map(({ page }) => page)), any: summarise(cases.map(({ any }) => any)) };
}

interface FirstFirings {
	readonly page: number | null;
	readonly any: number | null;
}

function detect(
	{ budget, before, rate, perHour }: Parameters<typeof simulateDetection>[0],
	random: () => number,
): FirstFirings {
	const traffic = new Traffic(perHour, random);
	for (let minute = 0; minute < LONGEST; minute++) traffic.minute(before);
	let any: number | null = null;
	for (let minute = 1; minute <= LONGEST; minute++) {
		traffic.minute(rate);
		for (const window of BURN_WINDOWS) {
			if (window.severity === "ticket" && any !== null) continue;
			if (!traffic.fires(window, budget)) continue;
			any ??= minute;
			if (window.severity === "page") return { page: minute, any };
		}
	}
	return { page: null, any };
}

function summarise(minutes: readonly (number | null)[]): Detection {
	const sorted = minutes.map((one) => one ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
	const at = (share: number): number | null => {
		const value = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.POSITIVE_INFINITY;
		return Number.isFinite(value) ? value : null;
	};
	return {
		median: at(0.5),
		p90: at(0.9),
		within: (limit) => sorted.filter((one) => one <= limit).length / sorted.length,
	};
}

/** Months at a constant rate: how many pages and tickets a month. A rule that fires again within its short window's time is one alert. */
export function simulateQuiet(options: {
	readonly budget: number;
	readonly rate: number;
	readonly perHour: number;
	readonly months: number;
	readonly seed: number;
}): { readonly pages: number; readonly tickets: number } {
	const random = randomOf(options.seed);
	const counts = { page: 0, ticket: 0 };
	for (let month = 0; month < options.months; month++) {
		const traffic = new Traffic(options.perHour, random);
		for (let minute = 0; minute < LONGEST; minute++) traffic.minute(options.rate);
		const quietSince = new Map<BurnWindow, number>();
		for (let minute = 0; minute < MONTH_MINUTES; minute++) {
			traffic.minute(options.rate);
			for (const window of BURN_WINDOWS) {
				if (!traffic.fires(window, options.budget)) continue;
				const last = quietSince.get(window);
				if (last === undefined || minute - last > window.shortMinutes) counts[window.severity]++;
				quietSince.set(window, minute);
			}
		}
	}
	return { pages: counts.page / options.months, tickets: counts.ticket / options.months };
}
