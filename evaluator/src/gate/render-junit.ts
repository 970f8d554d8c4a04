import type { PresentedGate } from "../core/present-gate.ts";

/** The gate as JUnit XML, which CI systems show: one test case for every row and one for every obstacle. A row that is open is a failure, since it blocks. */
export function renderJUnit(gate: PresentedGate): string {
	const cases = [
		{
			name: "effective n and baseline",
			problem:
				gate.obstacles.length === 0
					? null
					: { type: "inconclusive", text: gate.obstacles.map(({ text }) => text).join("\n") },
			output: "",
		},
		...gate.rows.map((row) => ({
			name: row.name,
			problem: row.verdict === "pass" ? null : { type: row.verdict, text: `${row.levels}\n${row.text}` },
			output: row.verdict === "pass" ? `${row.levels}\n${row.text}` : "",
		})),
		...(gate.blame === null
			? []
			: [
					{
						name: "component to look at",
						problem: null,
						output: [gate.blame.steps.join(", ") || "cannot be told", ...gate.blame.evidence].join("\n"),
					},
				]),
	];
	const failures = cases.filter(({ problem }) => problem !== null).length;
	const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0"`;
	const suite = `faultline gate: ${gate.pipeline}`;
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuites name="faultline" ${counts}>`,
		`\t<testsuite name="${escapeXml(suite)}" timestamp="${escapeXml(gate.candidate.started_at)}" ${counts}>`,
		"\t\t<properties>",
		`\t\t\t<property name="verdict" value="${gate.verdict}"/>`,
		`\t\t\t<property name="candidate" value="${escapeXml(gate.candidate.eval_id)}"/>`,
		`\t\t\t<property name="baseline" value="${escapeXml(gate.baseline?.eval_id ?? "")}"/>`,
		"\t\t</properties>",
		...cases.flatMap(({ name, problem, output }) =>
			renderCase(escapeXml(`${gate.pipeline}`), escapeXml(name), problem, output),
		),
		`\t\t<system-out>${escapeXml(gate.summary)}</system-out>`,
		"\t</testsuite>",
		"</testsuites>",
		"",
	].join("\n");
}

function renderCase(
	className: string,
	name: string,
	problem: { readonly type: string; readonly text: string } | null,
	output: string,
): string[] {
	const open = `\t\t<testcase classname="${className}" name="${name}"`;
	const [first = ""] = problem?.text.split("\n") ?? [];
	const inside = [
		...(problem === null
			? []
			: [
					`\t\t\t<failure type="${problem.type}" message="${escapeXml(first)}">${escapeXml(problem.text)}</failure>`,
				]),
		...(output === "" ? [] : [`\t\t\t<system-out>${escapeXml(output)}</system-out>`]),
	];
	return inside.length === 0 ? [`${open}/>`] : [`${open}>`, ...inside, "\t\t</testcase>"];
}

const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"\n": "&#10;",
	"\t": "&#9;",
	"\r": "&#13;",
};

/** Text for an attribute or an element. Characters that XML 1.0 cannot hold at all become U+FFFD. */
const escapeXml = (text: string): string =>
	text
		.toWellFormed()
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
		.replace(/[&<>"\n\t\r]/g, (character) => ENTITIES[character] ?? character);
