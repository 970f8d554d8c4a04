/** One recorded call of a step: what it was given, what it gave. Values are parsed JSON, or text where the recording was no JSON. */
export interface FixtureStep {
	readonly step: string;
	readonly kind: string;
	/** How many calls of this step came before it in the run. */
	readonly index: number;
	/** The component's version when it was recorded; empty where the application did not say. */
	readonly version: string;
	readonly input: unknown;
	/** null where the call failed or its output was not captured whole: it then cannot be pinned. */
	readonly output: unknown;
	readonly error: string | null;
}

/** What a fixture's run should come to. Whatever is null is not asked for. */
export interface FixtureExpectation {
	/** How the recorded run ended. */
	readonly outcome: "pass" | "fail" | "unknown";
	/** The recorded final output. */
	readonly output: unknown;
	/** Texts that a right answer contains, written by a person or taken from the application's own gold. */
	readonly contains: readonly string[] | null;
	/** Ids of the documents that a right retrieval finds. */
	readonly documents: readonly string[] | null;
}

/** An anonymised recorded run: its input, every step's recorded output, what is expected. One file each, so that it can be reviewed. */
export interface Fixture {
	readonly format: 1;
	/** Stable: the same anonymised input of the same pipeline has the same id. It is the task id of every run of it. */
	readonly id: string;
	readonly pipeline: string;
	readonly input: unknown;
	readonly steps: readonly FixtureStep[];
	readonly expected: FixtureExpectation;
	/** Which slice of production it was drawn from. */
	readonly stratum: { readonly cluster: string; readonly outcome: string; readonly route: string };
	/** How many production runs it stands for: weights rates back to production. */
	readonly weight: number;
	readonly provenance: {
		readonly serviceVersion: string;
		/** ISO date of the recorded run. */
		readonly recorded: string;
		/** ISO date of the capture. */
		readonly captured: string;
		/** Version of the anonymiser and fingerprint of the key (never the key), so that pseudonyms can be told apart. */
		readonly anonymiser: string;
		readonly key: string;
	};
}
