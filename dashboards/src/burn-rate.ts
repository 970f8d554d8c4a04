/** How much failure is allowed, and over how long. */
export interface Objective {
	/** Share of runs that may fail end to end, as 1 − the objective: 0.05 allows one run in twenty. */
	readonly endToEndBudget: number;
	/** The period that the budget is for. */
	readonly periodDays: number;
}

export const DEFAULT_OBJECTIVE: Objective = { endToEndBudget: 0.05, periodDays: 30 };

/** A pair of windows. Both must exceed the factor: the long one says that it matters, the short one that it still goes on. */
export interface BurnWindow {
	readonly name: "fast" | "slow" | "ticket";
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
 * Windows and budget shares: Google, "The Site Reliability Workbook" (2018), chapter 5, table 5-8; the factors 14.4, 6 and 1 follow for 30 days.
 * The minimum counts are Faultline's own: language model pipelines run rarely, and 1 failure in 2 runs says little.
 */
export const BURN_WINDOWS: readonly BurnWindow[] = [
	{
		name: "fast",
		severity: "page",
		budgetShare: 0.02,
		longMinutes: 60,
		shortMinutes: 5,
		minimumLong: 30,
		minimumShort: 5,
	},
	{
		name: "slow",
		severity: "page",
		budgetShare: 0.05,
		longMinutes: 360,
		shortMinutes: 30,
		minimumLong: 50,
		minimumShort: 10,
	},
	{
		name: "ticket",
		severity: "ticket",
		budgetShare: 0.1,
		longMinutes: 4320,
		shortMinutes: 360,
		minimumLong: 100,
		minimumShort: 20,
	},
];

/**
 * Times the budget at which a window fires: budget share × period / long window, rounded to four digits.
 * Throws where the objective could never fire, as 14.4 × 10 % is more than every run failing.
 * @example burnFactor(BURN_WINDOWS[0], { endToEndBudget: 0.05, periodDays: 30 }) // 14.4
 */
export function burnFactor(window: BurnWindow, { endToEndBudget, periodDays }: Objective): number {
	const factor = Number(((window.budgetShare * periodDays * 1440) / window.longMinutes).toPrecision(4));
	if (!(endToEndBudget > 0)) {
		throw new RangeError(`endToEndBudget is ${endToEndBudget}; give a share above 0, such as 0.05`);
	}
	if (!(factor * endToEndBudget < 1)) {
		throw new RangeError(
			`the ${window.name} rule fires at ${factor} times the budget ${endToEndBudget}, which is more than every run failing; give an endToEndBudget below ${(1 / factor).toFixed(4)}`,
		);
	}
	return factor;
}
