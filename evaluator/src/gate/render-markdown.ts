import type { Blame, PresentedGate } from "../core/present-gate.ts";
import { describeSide } from "./render-terminal.ts";

const MARK = { pass: "✅", fail: "❌", inconclusive: "⚠️" } as const;

/** The gate's answer as a comment of a pull request (GitHub and GitLab Markdown). */
export function renderMarkdown(gate: PresentedGate): string {
	return [
		`## ${MARK[gate.verdict]} Faultline gate: ${escapeMarkdown(gate.pipeline)}`,
		"",
		`**${escapeMarkdown(gate.summary)}**`,
		...(gate.blame === null ? [] : ["", ...renderBlame(gate.blame)]),
		...(gate.obstacles.length === 0
			? []
			: ["", ...gate.obstacles.map(({ text }) => `- ⚠️ ${escapeMarkdown(text)}`)]),
		"",
		"| | row | baseline → candidate | why |",
		"|---|---|---|---|",
		...gate.rows.map(
			(row) =>
				`| ${MARK[row.verdict]} | ${escapeMarkdown(row.name)} | ${escapeMarkdown(row.levels)} | ${escapeMarkdown(row.text)} |`,
		),
		"",
		"<details><summary>What was compared</summary>",
		"",
		`- candidate: ${escapeMarkdown(describeSide(gate.candidate))}`,
		`- baseline: ${gate.baseline === null ? "none" : escapeMarkdown(describeSide(gate.baseline))}`,
		`- a candidate that is worse by a margin passes with probability ${gate.policy.falsePass} at most; an unchanged one is called worse with ${gate.policy.falseBlock} at most`,
		...(gate.flaky.length === 0
			? []
			: [
					`- ${gate.flaky.length} fixtures are flaky in the baseline: ${gate.flaky
						.slice(0, 10)
						.map(({ fixtureId }) => `\`${escapeMarkdown(fixtureId)}\``)
						.join(", ")}${gate.flaky.length > 10 ? ", …" : ""}`,
				]),
		"",
		"</details>",
		"",
	].join("\n");
}

function renderBlame({ steps, kind, evidence, bisect, traces }: Blame): string[] {
	const look =
		steps.length > 0
			? `Look at ${steps.map((step) => `**\`${escapeMarkdown(step)}\`**`).join(" and ")}:`
			: kind === "inputs"
				? "Look at the inputs: their mix changed, not the pipeline."
				: "Which component it is cannot be told.";
	return [
		look,
		"",
		...evidence.map((sentence) => `- ${escapeMarkdown(sentence)}`),
		...(bisect?.fixtures ?? []).map(
			({ fixture, result }) => `- replayed \`${escapeMarkdown(fixture)}\`: ${escapeMarkdown(result)}`,
		),
		...traces.map(({ fixture, trace_id: traceId, url }) =>
			url === null
				? `- fixture \`${escapeMarkdown(fixture)}\`: \`faultline locate --trace ${escapeMarkdown(traceId)}\``
				: `- [fixture ${escapeMarkdown(fixture)}](${encodeURI(url)})`,
		),
	];
}

/** Recorded text must not become markup, a mention or a new row of a table. */
const escapeMarkdown = (text: string): string =>
	text
		.replace(/[\\`*_[\]<>|#~]/g, "\\$&")
		.replaceAll("@", "@\u200b")
		.replace(/\s+/g, " ");
