import { readFileSync } from "node:fs";
import { STEP_KINDS } from "@faultline/instrumentation/attributes";
import { END_TO_END, type Rubric } from "../core/rubric.ts";
import { INPUT } from "../core/trace.ts";
import type { JudgeConfig, RubricConfig } from "../scoring-config.ts";

/** Kinds of node that have a default rubric, each in a file of its own in `texts/`. */
const KINDS = [...STEP_KINDS, "edge", INPUT] as const;

const textOf = (name: string): string => readFileSync(new URL(`texts/${name}.md`, import.meta.url), "utf8");

/**
 * The rubrics that the judge is asked with: one for whole runs, one for each kind of step, for hand-offs and for the user's input, their texts
 * replaced where the configuration gives others, and those that it adds.
 *
 * @example
 * rubricsOf({ model: ["Judge one model call: …"] }).find(({ name }) => name === "model")?.text;
 */
export function rubricsOf(own: JudgeConfig["rubrics"] = {}): Rubric[] {
	const replaced = (name: string): RubricConfig | null => {
		const given = own[name];
		return given === undefined ? null : typeof given === "string" ? { text: given } : given;
	};
	const defaults: Rubric[] = [
		{
			name: END_TO_END,
			text: replaced(END_TO_END)?.text ?? textOf(END_TO_END),
			steps: null,
			pipelines: replaced(END_TO_END)?.pipelines ?? [],
		},
		...KINDS.map((kind): Rubric => {
			const mine = replaced(kind);
			return {
				name: kind,
				text: mine?.text ?? textOf(kind),
				steps: (step) => step.kind === kind && (mine?.steps?.includes(step.name) ?? true),
				pipelines: mine?.pipelines ?? [],
			};
		}),
	];
	const names = new Set(defaults.map(({ name }) => name));
	const added = Object.keys(own)
		.filter((name) => !names.has(name))
		.flatMap((name): Rubric[] => {
			const mine = replaced(name);
			if (mine === null) return [];
			const { text, steps, kinds, pipelines = [] } = mine;
			const some = steps !== undefined || kinds !== undefined;
			return [
				{
					name,
					text,
					pipelines,
					steps: some
						? (step) => (steps?.includes(step.name) ?? true) && (kinds?.includes(step.kind) ?? true)
						: null,
				},
			];
		});
	return [...defaults, ...added];
}
