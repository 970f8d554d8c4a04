/**
 * Plants personal data in generated step outputs (eleven languages, ten ways of writing it down), anonymises them and counts what is left. One command:
 *
 *     npm run bench:anonymise -- --seeds 3 --documents 1100
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { wilson } from "../evaluator/src/core/interval.ts";
import { type KindMeasure, measureAnonymiser } from "../evaluator/src/fixtures/testing/measure-anonymiser.ts";
import { personalCorpus, SENTENCES } from "../evaluator/src/fixtures/testing/personal-corpus.ts";
import { verifyFixtureText } from "../evaluator/src/fixtures/verify-fixture.ts";

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "3" },
		documents: { type: "string", default: "1100" },
		misses: { type: "boolean", default: false },
		output: { type: "string", default: new URL("results/anonymise.md", import.meta.url).pathname },
	},
});

const INTRODUCTION = {
	everyday: "Sentences as customers and agents write them; the detectors were developed on these.",
	terse:
		"Sentences in which little stands around a name; written after the detectors, which were then mended with them.",
	"held-out": "Sentences written last and never used to mend anything: the figure to believe.",
} as const;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function row(kind: string, { planted, left }: { readonly planted: number; readonly left: number }): string {
	const interval = wilson(planted - left, planted);
	const range = interval === null ? "" : `${percent(interval.low)} – ${percent(interval.high)}`;
	return `| ${kind} | ${planted} | ${left} | ${percent(1 - left / planted)} | ${range} |`;
}

const report = [
	"# Anonymiser",
	"",
	`\`npm run bench:anonymise -- --seeds ${values.seeds} --documents ${values.documents}\`. Recall: the share of planted values of which nothing is left (of a name: no part of it); 95 % Wilson intervals.`,
	"Names come from other lists than the finder's dictionary. Precision: of the words that were changed, those that belong to something planted.",
];
for (const sentences of SENTENCES) {
	const documents = Array.from({ length: Number(values.seeds) }, (_, seed) => [
		...personalCorpus(seed + 1, Number(values.documents), { sentences }),
	]).flat();
	const { kinds, changed, changedWrongly, refusedDocuments } = measureAnonymiser(documents);
	const raw = documents.filter(({ value }) => verifyFixtureText(JSON.stringify(value)).length > 0).length;
	const structured: KindMeasure[] = [...kinds]
		.filter(([kind]) => kind !== "name")
		.map(([, measure]) => measure);
	const sum = (of: (measure: KindMeasure) => number): number =>
		structured.reduce((total, one) => total + of(one), 0);
	report.push(
		"",
		`## ${sentences}`,
		"",
		`${INTRODUCTION[sentences]} ${documents.length} documents.`,
		"",
		"| kind | planted | left | recall | interval |",
		"|---|---|---|---|---|",
		row("**all structured kinds**", { planted: sum((one) => one.planted), left: sum((one) => one.left) }),
		...[...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, measure]) => row(kind, measure)),
		"",
		`Precision: ${percent(1 - changedWrongly / changed)} of ${changed.toLocaleString("en")} changed words. The verifier refuses ${raw} of the ${documents.length} documents as they were, ${refusedDocuments} after the anonymiser.`,
	);
	if (values.misses) {
		for (const [kind, { misses }] of kinds) console.error(sentences, kind, [...new Set(misses)].slice(0, 40));
	}
	console.error(`${sentences}: done`);
}
await writeFile(values.output, `${report.join("\n")}\n`);
console.log(report.join("\n"));
