/** One thing that was looked at. */
export interface Finding {
	/** Such as `clock` or `versions of components`. */
	readonly name: string;
	/** `bad`: Faultline cannot do its work. `warn`: it does it worse than it could. `unknown`: could not be told. */
	readonly level: "ok" | "warn" | "bad" | "unknown";
	/** What was found, with its figures. */
	readonly text: string;
	/** What to do about it; null where nothing is to be done. */
	readonly mend: string | null;
}

export const ok = (name: string, text: string): Finding => ({ name, level: "ok", text, mend: null });
export const warn = (name: string, text: string, mend: string): Finding => ({
	name,
	level: "warn",
	text,
	mend,
});
export const bad = (name: string, text: string, mend: string): Finding => ({
	name,
	level: "bad",
	text,
	mend,
});
export const unknown = (name: string, text: string, mend: string | null = null): Finding => ({
	name,
	level: "unknown",
	text,
	mend,
});
