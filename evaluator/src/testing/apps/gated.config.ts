/** A pipeline of four steps for tests of the gate. `BROKEN` names the step that this deploy breaks. */
import { defineConfig, type FaultlineConfig } from "@faultline/evaluator";
import { pipeline, step } from "@faultline/instrumentation";

const broken = process.env["BROKEN"] ?? "";
const version = (name: string): string => (broken === name ? `${name}-2` : `${name}-1`);

interface Input {
	readonly city: string;
}

const find = step.retrieval(
	"find",
	({ city }: Input) => [
		{
			id: `page-${broken === "find" ? "other" : city}`,
			content: broken === "find" ? "Nothing is known." : `${city} lies by the river of ${city}.`,
		},
	],
	{ version: version("find") },
);
const build = step.promptBuild(
	"build",
	(input: Input, pages: readonly { readonly content: string }[]) =>
		`Where does ${input.city} lie? ${broken === "build" ? "" : pages.map(({ content }) => content).join(" ")}`,
	{ version: version("build") },
);
const shorten = step.postProcess(
	"shorten",
	(prompt: string) => {
		const said = prompt.split("? ")[1] ?? "";
		return { answer: broken === "shorten" ? said.slice(0, 6) : said };
	},
	{ version: version("shorten") },
);
const show = step.render(
	"show",
	({ answer }: { readonly answer: string }) => `<p>${broken === "show" ? "[object Object]" : answer}</p>`,
	{ version: version("show") },
);

const answer = pipeline("cities", (input: Input) => show(shorten(build(input, find(input)))));

export const config: FaultlineConfig = defineConfig({
	pipelines: {
		cities: {
			run: (input: Input) => answer(input),
			grade: ({ input, output }) =>
				String(output).includes(`by the river of ${(input as Input).city}`) ? "pass" : "fail",
			metrics: { chars: ({ output }) => String(output).length },
		},
	},
	gate: {
		rows: [
			{ kind: "outcome", margin: 0.05 },
			{ kind: "steps", margin: 0.05 },
			{ kind: "metric", metric: "chars", better: "higher", margin: 0.1, scale: { kind: "ratio" } },
		],
	},
});
