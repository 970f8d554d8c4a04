/** The pass rate of whole runs may fall by less than `margin` (a share of runs). */
export interface OutcomeRow {
	readonly kind: "outcome";
	readonly margin: number;
}

/** The share of runs in which a step broke its contracts may rise by less than `margin`; one row for every step. */
export interface StepsRow {
	readonly kind: "steps";
	readonly margin: number;
	/** Only these steps; every step of either evaluation where left out. */
	readonly only?: readonly string[];
	/** Not these: steps that were removed or added on purpose. */
	readonly except?: readonly string[];
}

/** A number per run may get worse by less than `margin`. */
export interface MetricRow {
	readonly kind: "metric";
	readonly metric: string;
	readonly better: "higher" | "lower";
	/** On a `bounded` scale in the metric's own unit; on a `ratio` scale a share: 0.1 is a tenth of the baseline's. */
	readonly margin: number;
	/** Default: bounded, 0 to 1. Latency and cost have no upper end and are compared by their ratio. */
	readonly scale?:
		| { readonly kind: "bounded"; readonly min: number; readonly max: number }
		| { readonly kind: "ratio" };
}

/** The share of fixtures in which a metric exceeds `above` (default 0) is at most `atMost`, whatever the baseline does. */
export interface SafetyRow {
	readonly kind: "safety";
	readonly metric: string;
	readonly above?: number;
	readonly atMost: number;
}

/** The pass rate of whole runs is at least this, whatever the baseline does: deploys must not lose a margin each for ever. */
export interface FloorRow {
	readonly kind: "floor";
	readonly atLeast: number;
}

export type PolicyRow = OutcomeRow | StepsRow | MetricRow | SafetyRow | FloorRow;

/** When the gate lets a deploy pass. A policy is data: it is reviewed and versioned like code. */
export interface GatePolicy {
	/** Chance that a candidate that is worse by the margin passes. */
	readonly falsePass: number;
	/** Chance that an unchanged candidate is called worse, over all rows together. */
	readonly falseBlock: number;
	readonly effective: {
		/** Least share of the planned cases that must have been completed. */
		readonly minCompleted: number;
		/** Largest share of the completed cases of which nobody knows how they ended. */
		readonly maxUnknown: number;
		/** What the gate says where these do not hold and nothing else failed. */
		readonly otherwise: "inconclusive" | "fail";
	};
	readonly baseline: {
		/** An older baseline is refused. */
		readonly maxAgeDays: number;
	};
	/** Stop the evaluation as soon as it is plain that the candidate is worse. */
	readonly earlyStop: boolean;
	readonly rows: readonly PolicyRow[];
}

/** A policy as it is written: what is left out has a default. */
export type WrittenPolicy = {
	readonly $schema?: string;
} & {
	readonly [Field in keyof GatePolicy]?: GatePolicy[Field] extends readonly PolicyRow[] | number | boolean
		? GatePolicy[Field]
		: Partial<GatePolicy[Field]>;
};

const DEFAULT_POLICY: GatePolicy = {
	falsePass: 0.05,
	falseBlock: 0.05,
	effective: { minCompleted: 0.95, maxUnknown: 0.05, otherwise: "inconclusive" },
	baseline: { maxAgeDays: 30 },
	earlyStop: true,
	rows: [
		{ kind: "outcome", margin: 0.05 },
		{ kind: "steps", margin: 0.08 },
	],
};

/**
 * A policy with its defaults filled in.
 *
 * @example
 * completePolicy({ rows: [{ kind: "outcome", margin: 0.03 }] }).falsePass; // 0.05
 */
export function completePolicy(written: WrittenPolicy = {}): GatePolicy {
	return {
		falsePass: written.falsePass ?? DEFAULT_POLICY.falsePass,
		falseBlock: written.falseBlock ?? DEFAULT_POLICY.falseBlock,
		effective: { ...DEFAULT_POLICY.effective, ...written.effective },
		baseline: { ...DEFAULT_POLICY.baseline, ...written.baseline },
		earlyStop: written.earlyStop ?? DEFAULT_POLICY.earlyStop,
		rows: written.rows ?? DEFAULT_POLICY.rows,
	};
}

const share = { type: "number", minimum: 0, maximum: 1 } as const;
const chance = { type: "number", exclusiveMinimum: 0, maximum: 0.5 } as const;
const margin = { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 } as const;
const name = { type: "string", minLength: 1 } as const;

const rowSchema = (kind: PolicyRow["kind"], required: readonly string[], properties: object): object => ({
	type: "object",
	additionalProperties: false,
	required: ["kind", ...required],
	properties: { kind: { const: kind }, ...properties },
});

/** JSON Schema (draft 7) of a policy file; docs/gate-policy.schema.json is this, for editors. */
export const GATE_POLICY_SCHEMA: object = {
	$schema: "http://json-schema.org/draft-07/schema#",
	title: "Faultline gate policy",
	type: "object",
	additionalProperties: false,
	properties: {
		$schema: { type: "string" },
		falsePass: { ...chance, description: "chance that a candidate that is worse by the margin passes" },
		falseBlock: {
			...chance,
			description: "chance that an unchanged candidate is called worse, over all rows",
		},
		effective: {
			type: "object",
			additionalProperties: false,
			properties: {
				minCompleted: { ...share, description: "least share of the planned cases that must be completed" },
				maxUnknown: { ...share, description: "largest share of the completed cases without an outcome" },
				otherwise: { enum: ["inconclusive", "fail"] },
			},
		},
		baseline: {
			type: "object",
			additionalProperties: false,
			properties: { maxAgeDays: { type: "number", exclusiveMinimum: 0 } },
		},
		earlyStop: { type: "boolean", description: "stop as soon as it is plain that the candidate is worse" },
		rows: {
			type: "array",
			minItems: 1,
			items: {
				type: "object",
				required: ["kind"],
				discriminator: { propertyName: "kind" },
				oneOf: [
					rowSchema("outcome", ["margin"], { margin }),
					rowSchema("steps", ["margin"], {
						margin,
						only: { type: "array", items: name, minItems: 1 },
						except: { type: "array", items: name },
					}),
					rowSchema("metric", ["metric", "better", "margin"], {
						metric: name,
						better: { enum: ["higher", "lower"] },
						margin: { type: "number", exclusiveMinimum: 0 },
						scale: {
							type: "object",
							required: ["kind"],
							discriminator: { propertyName: "kind" },
							oneOf: [
								{
									type: "object",
									additionalProperties: false,
									required: ["kind", "min", "max"],
									properties: {
										kind: { const: "bounded" },
										min: { type: "number" },
										max: { type: "number" },
									},
								},
								{
									type: "object",
									additionalProperties: false,
									required: ["kind"],
									properties: { kind: { const: "ratio" } },
								},
							],
						},
					}),
					rowSchema("safety", ["metric", "atMost"], {
						metric: name,
						above: { type: "number" },
						atMost: margin,
					}),
					rowSchema("floor", ["atLeast"], { atLeast: margin }),
				],
			},
		},
	},
};

/**
 * What a schema cannot say: rows that contradict each other or themselves. One sentence each; empty where the policy is sound.
 *
 * @example
 * contradictionsOf(completePolicy({ rows: [outcome, outcome] })); // ["rows 1 and 2 are both of kind outcome; keep one"]
 */
export function contradictionsOf(policy: GatePolicy): string[] {
	const found: string[] = [];
	const seen = new Map<string, number>();
	for (const [at, row] of policy.rows.entries()) {
		const subject = "metric" in row ? `${row.kind} of ${row.metric}` : row.kind;
		const earlier = seen.get(subject);
		if (earlier !== undefined)
			found.push(`rows ${earlier} and ${at + 1} are both of kind ${subject}; keep one`);
		seen.set(subject, at + 1);
		if (row.kind !== "metric") continue;
		const scale = row.scale ?? BOUNDED;
		if (scale.kind === "bounded" && !(scale.max > scale.min && row.margin < scale.max - scale.min)) {
			found.push(
				`row ${at + 1} (${row.metric}): the margin of ${row.margin} must be less than the scale from ${scale.min} to ${scale.max} is wide`,
			);
		}
		if (scale.kind === "ratio" && row.better === "higher" && !(row.margin < 1)) {
			found.push(
				`row ${at + 1} (${row.metric}): a loss by a share of ${row.margin} is everything; give less than 1`,
			);
		}
	}
	return found;
}

/** The scale of a metric that says nothing of it. */
export const BOUNDED = { kind: "bounded", min: 0, max: 1 } as const;
