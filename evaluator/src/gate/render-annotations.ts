import type { PresentedGate } from "../core/present-gate.ts";

/** Workflow commands of GitHub Actions: an annotation for every row and obstacle that blocks, the component to look at first. Empty where nothing does. */
export function renderAnnotations(gate: PresentedGate): string {
	const blame =
		gate.blame === null || gate.blame.steps.length === 0
			? []
			: [
					annotation(
						"error",
						`Faultline: look at ${gate.blame.steps.join(" and ")}`,
						[gate.summary, ...gate.blame.evidence].join("\n"),
					),
				];
	return [
		...blame,
		...gate.obstacles.map(({ text }) => annotation("error", "Faultline: the gate cannot decide", text)),
		...gate.rows
			.filter((row) => row.verdict !== "pass")
			.map((row) =>
				annotation(
					row.verdict === "fail" ? "error" : "warning",
					`Faultline: ${row.name}`,
					`${row.levels}. ${row.text}`,
				),
			),
	].join("\n");
}

const annotation = (level: "error" | "warning", title: string, message: string): string =>
	`::${level} title=${escapeCommand(title).replaceAll(":", "%3A").replaceAll(",", "%2C")}::${escapeCommand(message)}`;

const escapeCommand = (text: string): string =>
	text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
