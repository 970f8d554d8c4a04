/** What a pipeline promises. */
export interface Objective {
	/** Share of runs that do not fail end to end, such as 0.95. */
	readonly success: number;
	/** By a step's name: share of the runs that arrive there intact and that it does not break. The other steps share what is left of the budget evenly. */
	readonly steps?: Readonly<Record<string, number>>;
}

/** What the alert rules are made from; the field `alerts` of `faultline.config.ts`. */
export interface AlertOptions {
	/** By the name of the pipeline; `*` stands for every other one. Default `{ "*": { success: 0.95 } }`. */
	readonly objectives?: Readonly<Record<string, Objective>>;
	/** Days that an objective is for; default 30. */
	readonly periodDays?: number;
	/** Address of Faultline's page, for links; default that of `faultline up`. */
	readonly pageUrl?: string;
	/** A pipeline that had runs in the last day is silent after this many minutes without one; default 60. */
	readonly silentMinutes?: number;
	/** Share of settled runs without a verdict at which the evaluator counts as behind; default 0.5. */
	readonly unjudgedShare?: number;
	/** Kolmogorov–Smirnov distance between the last day and the week before at which a pipeline's behaviour has drifted; default 0.2. */
	readonly driftDistance?: number;
	/** Days after which the gate of a pipeline that runs is overdue; default 30. */
	readonly gateDays?: number;
	/** Share of a judge's scores without an answer at which it is failing; default 0.2. */
	readonly judgeNullShare?: number;
}

/** Options with every default filled in. */
export type AlertSettings = Required<AlertOptions>;

/**
 * Fills in defaults and checks.
 *
 * @throws RangeError that names the field, what it is and what it must be.
 * @example
 * alertSettings({ objectives: { "docs-answer": { success: 0.98, steps: { search_docs: 0.995 } } } }).periodDays // 30
 */
export function alertSettings(options: AlertOptions = {}): AlertSettings {
	const settings: AlertSettings = {
		objectives: { "*": { success: 0.95 }, ...options.objectives },
		periodDays: options.periodDays ?? 30,
		pageUrl: options.pageUrl ?? "http://127.0.0.1:4319",
		silentMinutes: options.silentMinutes ?? 60,
		unjudgedShare: options.unjudgedShare ?? 0.5,
		driftDistance: options.driftDistance ?? 0.2,
		gateDays: options.gateDays ?? 30,
		judgeNullShare: options.judgeNullShare ?? 0.2,
	};
	for (const field of ["unjudgedShare", "driftDistance", "judgeNullShare"] as const)
		checkShare(field, settings[field]);
	for (const field of ["periodDays", "silentMinutes", "gateDays"] as const) {
		if (!(settings[field] > 0 && Number.isFinite(settings[field])))
			throw new RangeError(`${field} is ${settings[field]}; give a number above 0`);
	}
	if (settings.silentMinutes > 1380)
		throw new RangeError(
			`silentMinutes is ${settings.silentMinutes}; the rule looks a day back, so give at most 1380`,
		);
	for (const [pipeline, objective] of Object.entries(settings.objectives))
		checkObjective(pipeline, objective);
	return settings;
}

function checkShare(field: string, value: number): void {
	if (!(value > 0 && value < 1))
		throw new RangeError(`${field} is ${value}; give a share between 0 and 1, such as 0.95`);
}

function checkObjective(pipeline: string, { success, steps = {} }: Objective): void {
	const at = `objectives["${pipeline}"]`;
	checkShare(`${at}.success`, success);
	for (const [step, share] of Object.entries(steps)) checkShare(`${at}.steps["${step}"]`, share);
	const together = Object.values(steps).reduce((product, share) => product * share, 1);
	if (together < success) {
		throw new RangeError(
			`${at}.steps may together break ${percent(1 - together)} of the runs, more than the ${percent(1 - success)} that success leaves; raise them, or lower success`,
		);
	}
}

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
