import type { Finding } from "../doctor/finding.ts";

const MARKS = { ok: "✓", warn: "!", bad: "✗", unknown: "?" } as const;
const COLOURS = { ok: 32, warn: 33, bad: 31, unknown: 90 } as const;

/** Findings as lines: a mark, what was looked at, what was found, and below what to do. */
export function renderFindings(findings: readonly Finding[], colours = false): string {
	const width = Math.max(...findings.map(({ name }) => name.length));
	const lines = findings.flatMap(({ name, level, text, mend }) => {
		const mark = colours ? `\u001b[${COLOURS[level]}m${MARKS[level]}\u001b[0m` : MARKS[level];
		return [
			`${mark} ${name.padEnd(width)}  ${text}`,
			...(mend === null ? [] : [`  ${"".padEnd(width)}  → ${mend}`]),
		];
	});
	const count = (level: Finding["level"]): number => findings.filter((one) => one.level === level).length;
	const [wrong, worse] = [count("bad"), count("warn")];
	const verdict =
		wrong > 0
			? `${wrong} to mend${worse > 0 ? `, ${worse} to better` : ""}`
			: worse > 0
				? `works; ${worse} to better`
				: "all well";
	return [...lines, "", verdict].join("\n");
}
