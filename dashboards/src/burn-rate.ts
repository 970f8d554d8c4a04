/** A pair of windows. Both must exceed the alarm rate: the long one says that it matters, the short one that it still goes on. */
export interface BurnWindow {
	readonly name: "fast" | "slow" | "day" | "trend";
	readonly severity: "page" | "ticket";
	/** Share of the period's budget that the long window may use up. */
	readonly budgetShare: number;
	readonly longMinutes: number;
	readonly shortMinutes: number;
	/** Fewest runs in the long and in the short window; with fewer the rule says nothing. */
	readonly minimumLong: number;
	readonly minimumShort: number;
}

/**
 * Windows and budget shares: Google, "The Site Reliability Workbook" (2018), chapter 5, tables 5-6 and 5-8; the factors 14.4, 6, 3 and 1 follow
 * for 30 days. The minimum counts are Faultline's own: language model pipelines run rarely, and 1 failure in 2 runs says little.
 */
export const BURN_WINDOWS: readonly BurnWindow[] = [
	{
		name: "fast",
		severity: "page",
		budgetShare: 0.02,
		longMinutes: 60,
		shortMinutes: 5,
		minimumLong: 20,
		minimumShort: 3,
	},
	{
		name: "slow",
		severity: "page",
		budgetShare: 0.05,
		longMinutes: 360,
		shortMinutes: 30,
		minimumLong: 20,
		minimumShort: 3,
	},
	{
		name: "day",
		severity: "ticket",
		budgetShare: 0.1,
		longMinutes: 1440,
		shortMinutes: 120,
		minimumLong: 30,
		minimumShort: 5,
	},
	{
		name: "trend",
		severity: "ticket",
		budgetShare: 0.1,
		longMinutes: 4320,
		shortMinutes: 360,
		minimumLong: 50,
		minimumShort: 5,
	},
];

/**
 * Times the budget at which a window fires: budget share × period / long window, rounded to four digits.
 * @example burnFactor(BURN_WINDOWS[0], 30) // 14.4
 */
export const burnFactor = (window: BurnWindow, periodDays: number): number =>
	Number(((window.budgetShare * periodDays * 1440) / window.longMinutes).toPrecision(4));

/**
 * The failure rate at which a window fires: the factor times the budget, but at most halfway between the budget and every run failing.
 * Factors come from services that promise 99.9 %; 14.4 times a budget of 10 % would be more than all runs, and never fire.
 * @example alarmRate(BURN_WINDOWS[0], 0.1, 30) // 0.55, not 1.44
 */
export const alarmRate = (window: BurnWindow, budget: number, periodDays: number): number =>
	Math.min(burnFactor(window, periodDays) * budget, (1 + budget) / 2);

/** Runs that broke, of all that were there to break, in one window. */
export interface Counts {
	readonly broken: number;
	readonly total: number;
}

/** One-sided 95 % quantile of the normal distribution. */
export const ONE_SIDED_95 = 1.644854;

/** Lower end of Wilson's one-sided 95 % interval (Wilson 1927). */
export function lowerRate({ broken, total }: Counts): number {
	const z2 = ONE_SIDED_95 ** 2;
	const half = ONE_SIDED_95 * Math.sqrt(Math.max(0, (broken * (total - broken)) / total + z2 / 4));
	return Math.max(0, (broken + z2 / 2 - half) / (total + z2));
}

/**
 * What a rule decides; the rules' SQL decides the same, and a test says so. The long window counts the lower end of its rate's interval, so
 * that a few unlucky runs do not page; the short window counts its rate as it is.
 * @example fires(BURN_WINDOWS[0], { broken: 40, total: 50 }, { broken: 5, total: 6 }, 0.55) // true
 */
export const fires = (window: BurnWindow, long: Counts, short: Counts, alarm: number): boolean =>
	long.total >= window.minimumLong &&
	short.total >= window.minimumShort &&
	lowerRate(long) > alarm &&
	short.broken / short.total > alarm;
