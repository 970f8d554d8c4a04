/** What was found out about the set-up; null is "could not be told". Times are milliseconds since the epoch, shares 0..1. */
export interface Facts {
	readonly nodeVersion: string;
	readonly server: {
		readonly version: string;
		/** The server's clock less this machine's, the way there taken out. */
		readonly clockAheadMs: number;
		readonly roundTripMs: number;
		readonly freeBytes: number | null;
		readonly freeShare: number | null;
	};
	readonly schema: {
		readonly missing: readonly string[];
		readonly unknown: readonly string[];
		readonly noTables: boolean;
	};
	/** Null where no endpoint was given or found. */
	readonly otlp: { readonly url: string; readonly error: string | null } | null;
	readonly range: { readonly sinceMs: number; readonly untilMs: number };
	/** Null where the tables are not there. */
	readonly arrived: Arrived | null;
	/** How spans are sampled in this process's environment, where it says. */
	readonly samplerVariable: string | null;
}

export interface Arrived {
	readonly spans: number;
	readonly traces: number;
	readonly tracesWithRoot: number;
	readonly newestMs: number;
	readonly lagP95S: number;
	/** Spans that started more than a minute after they were stored. */
	readonly ahead: number;
	/** Spans that ended before they started. */
	readonly backwards: number;
	/** Spans whose trace state says that they were sampled. */
	readonly sampled: number;
	readonly services: readonly ServiceFacts[];
	readonly unmapped: readonly {
		readonly service: string;
		readonly span: string;
		readonly spans: number;
		readonly names: readonly string[];
	}[];
	readonly runs: {
		readonly runs: number;
		readonly stated: number;
		readonly settled: number;
		readonly waiting: number;
		readonly waitingSinceMs: number | null;
	};
	readonly storage: readonly TableFacts[];
}

export interface ServiceFacts {
	readonly service: string;
	readonly spans: number;
	readonly steps: number;
	readonly withoutVersion: number;
	readonly withoutContent: number;
	readonly cut: number;
	readonly withoutServiceVersion: number;
	readonly withoutEnvironment: number;
}

export interface TableFacts {
	readonly table: string;
	readonly rows: number;
	readonly bytes: number;
	readonly parts: number;
	/** Days until its rows go; null where it has no TTL. */
	readonly ttlDays: number | null;
}
