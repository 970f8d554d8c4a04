/**
 * Parallel retrieval, held-out half: a botanical garden's label cards, each from records of two or three catalogues. Eleven steps.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { shuffle } from "../../../evaluator/src/core/random.ts";
import { between, pick, type Random } from "../kit/chance.ts";
import { callModel, type Message } from "../kit/model.ts";
import { personName, unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import { countTokens, type Passed, type Play } from "../kit/play.ts";

const CATALOGUES = ["herbarium", "glasshouse_log", "seed_bank"] as const;
type Catalogue = (typeof CATALOGUES)[number];

const FIELDS: Readonly<Record<Catalogue, readonly string[]>> = {
	herbarium: ["accession", "origin", "collector"],
	glasshouse_log: ["bed", "flowering", "watered"],
	seed_bank: ["lot", "germination", "stored"],
};

const DRAW: Readonly<Record<string, (random: Random) => string>> = {
	accession: (random) =>
		`${between(1874, 2019, random)}-${String(between(1, 4999, random)).padStart(4, "0")}`,
	origin: (random) =>
		`${pick(["Sierra", "Côte", "Valle", "Monte", "Île", "Alto"], random)} ${pick(["de Oro", "Brévent", "Lágrimas", "Rosso", "d'Yeu", "Perdido", "Azul", "Nébuleux"], random)}`,
	collector: (random) => personName(random),
	bed: (random) =>
		`${pick(["A", "B", "C", "D", "E", "F"], random)}${between(1, 29, random)}/${between(1, 9, random)}`,
	flowering: (random) =>
		`${pick(["early", "mid", "late"], random)} ${pick(["March", "April", "May", "June", "July", "August", "September"], random)}`,
	watered: (random) => `${between(2, 28, random)} May, ${between(3, 39, random)} l`,
	lot: (random) => String(between(1, 99_999, random)).padStart(5, "0"),
	germination: (random) => `${between(11, 97, random)} %`,
	stored: (random) => `vault ${between(1, 9, random)}, shelf ${between(10, 99, random)}`,
};

const ASK: Readonly<Record<string, string>> = {
	accession: "accession number",
	origin: "place of origin",
	collector: "collector",
	bed: "bed",
	flowering: "flowering time",
	watered: "last watering",
	lot: "seed lot",
	germination: "germination rate",
	stored: "storage place",
};

interface CatalogueRecord {
	readonly no: number;
	readonly source: Catalogue;
	readonly taxon: string;
	readonly text: string;
	readonly score: number;
}

interface World {
	readonly taxa: readonly string[];
	/** The name that a taxon had before the revision. */
	readonly formerName: ReadonlyMap<string, string>;
	/** The pairs of letters of every name, now and before. */
	readonly pairs: ReadonlyMap<string, ReadonlySet<string>>;
	readonly values: ReadonlyMap<string, string>;
	readonly former: ReadonlyMap<string, string>;
	readonly records: Readonly<Record<Catalogue, readonly CatalogueRecord[]>>;
}

const textOf = (fields: readonly (readonly [string, string])[]): string =>
	fields.map(([field, value]) => `${field}: ${value}`).join("\n");

function makeWorld(random: Random): World {
	const taken = new Set<string>();
	const genera = [
		"Salvia",
		"Aloe",
		"Begonia",
		"Protea",
		"Quercus",
		"Iris",
		"Acer",
		"Drosera",
		"Cereus",
		"Viola",
	];
	const epithets =
		"veridiana,montis,rubella,nitens,australis,pilosa,gracilis,maritima,candida,ternata,obscura,lutea,vagans,tenuis".split(
			",",
		);
	const draw = (): string => unused(taken, () => `${pick(genera, random)} ${pick(epithets, random)}`);
	const taxa = Array.from({ length: 64 }, draw);
	const values = new Map<string, string>();
	const former = new Map<string, string>();
	const formerName = new Map(taxa.map((taxon) => [taxon, draw()]));
	const records: Record<Catalogue, CatalogueRecord[]> = { herbarium: [], glasshouse_log: [], seed_bank: [] };
	for (const source of CATALOGUES) {
		const numbers = shuffle(
			taxa.map((_, at) => at + 1),
			random,
		);
		for (const [at, taxon] of taxa.entries()) {
			const fields = FIELDS[source].map((field) => [field, DRAW[field]?.(random) ?? ""] as const);
			for (const [field, value] of fields) values.set(`${field}/${taxon}`, value);
			const old = FIELDS[source].map((field) => [field, DRAW[field]?.(random) ?? ""] as const);
			former.set(`${source}/${taxon}`, textOf(old));
			records[source].push({ no: numbers[at] ?? 0, source, taxon, text: textOf(fields), score: 0 });
		}
	}
	const pairs = new Map([...taxa, ...formerName.values()].map((name) => [name, bigrams(name)]));
	return { taxa, formerName, pairs, values, former, records };
}

interface CardTask extends Task {
	readonly question: { readonly request: string; readonly reader: string };
	readonly taxon: string;
}

/** How the card writes a field, which tells its label from its value. */
const cardLine = (field: string, value: string): string => `${field.toUpperCase()} ${value}`;

function drawTask({ taxa, values }: World, random: Random): CardTask {
	const taxon = pick(taxa, random);
	const sources = shuffle(CATALOGUES, random).slice(0, random() < 0.35 ? 3 : 2);
	const fields = sources.map((source) => pick(FIELDS[source], random));
	const list = fields.map((field) => ASK[field] ?? field).join(" / ");
	return {
		question: {
			request: `${pick(["card for", "label please:", "new label,", "reprint of"], random)} ${taxon} -- ${list}`,
			reader: pick(["gate", "shop", "archive"], random),
		},
		taxon,
		grade: (output) =>
			fields.every((field) => output.includes(cardLine(field, values.get(`${field}/${taxon}`) ?? "?"))),
	};
}

function typed({ question, taxon }: CardTask, { formerName }: World, play: Play): CardTask["question"] {
	const random = play.inputRoll("typing");
	if (play.inputHappens("outdated-name", 0.016)) {
		return { ...question, request: question.request.replace(taxon, formerName.get(taxon) ?? "") };
	}
	if (play.inputHappens("genus-only", 0.012)) {
		return { ...question, request: question.request.replace(taxon, taxon.split(" ")[0] ?? "") };
	}
	return random() < 0.1 ? { ...question, request: question.request.toLowerCase() } : question;
}

interface Wanted {
	readonly taxon: string;
	readonly fields: readonly string[];
}

const bigrams = (text: string): Set<string> => {
	const plain = text.toLowerCase().replace(/[^a-z]/g, "");
	return new Set(Array.from({ length: Math.max(plain.length - 1, 0) }, (_, at) => plain.slice(at, at + 2)));
};

/** Dice's coefficient over pairs of letters: how names are found that are nearly right. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
	let both = 0;
	for (const pair of a) if (b.has(pair)) both++;
	return (2 * both) / Math.max(a.size + b.size, 1);
}

const rows = (records: readonly CatalogueRecord[]): unknown =>
	records.map(({ no, source, taxon, text, score }) => ({
		id: no,
		catalogue: source,
		taxon,
		record: text,
		similarity: score,
	}));

function lookUp(
	world: World,
	source: Catalogue,
	wanted: Passed<Wanted>,
	play: Play,
): Passed<CatalogueRecord[]> {
	return play.step(
		{
			name: source,
			kind: "retrieval",
			version: `${source}/2026w09`,
			input: { taxon: wanted.value.taxon, top: 4 },
			from: [wanted],
			ms: [10, source === "seed_bank" ? 320 : 130],
			attributes: {
				[ATTR.retrievalQuery]: wanted.value.taxon,
				[ATTR.indexName]: source,
				[ATTR.indexVersion]: "2026w09",
			},
		},
		(span) => {
			const noisy = play.happens("lookup-miss", 0.008);
			const renamed = source === "herbarium" ? play.fault("index-under-former-names") : null;
			const asked = bigrams(wanted.value.taxon);
			const random = play.roll(`look-up ${source}`);
			const near = world.records[source].map((record): readonly [CatalogueRecord, number] => {
				const under =
					renamed !== null && play.roll(`name ${record.taxon}`)() < amount(renamed, 1, 0.55, 0.18, 0.06);
				const name = under ? (world.formerName.get(record.taxon) ?? "") : record.taxon;
				const jitter = noisy ? -0.6 * random() : 0.02 * random();
				return [record, similarity(asked, world.pairs.get(name) ?? asked) + jitter];
			});
			const nearest = near
				.toSorted((a, b) => b[1] - a[1])
				.slice(0, 4)
				.map(([record, score]) => ({ ...record, score: Math.round(score * 1000) / 1000 }));
			const found = distort(world, source, nearest, play);
			span.record(rows(found));
			return found;
		},
	);
}

/** What two of the catalogues' own faults do to their records. */
function distort(
	world: World,
	source: Catalogue,
	found: readonly CatalogueRecord[],
	play: Play,
): CatalogueRecord[] {
	const fault =
		source === "glasshouse_log"
			? play.fault("former-snapshot")
			: source === "seed_bank"
				? play.fault("columns-shifted")
				: null;
	if (fault === null) return [...found];
	const share = amount(fault, 1, 0.6, 0.2, 0.07);
	return found.map((record) => {
		if (play.roll(`distorted ${record.no}`)() >= share) return record;
		if (source === "glasshouse_log")
			return { ...record, text: world.former.get(`${source}/${record.taxon}`) ?? "" };
		const fields = record.text.split("\n").map((line) => line.split(": "));
		const moved = fields.map(
			([field = ""], at) => [field, fields[(at + 1) % fields.length]?.[1] ?? ""] as const,
		);
		return { ...record, text: textOf(moved) };
	});
}

function fuse(lists: readonly Passed<CatalogueRecord[]>[], play: Play): Passed<CatalogueRecord[]> {
	// A message broker carries the seed bank's records; longer messages are cut at its limit.
	const limit = play.fault("message-limit");
	const arrived = lists.map(({ value }) =>
		limit === null
			? value
			: value.map((record) =>
					record.source === "seed_bank"
						? { ...record, text: record.text.slice(0, amount(limit, 4, 12, 30, 46)) }
						: record,
				),
	);
	return play.step(
		{ name: "fuse", kind: "custom", version: "rrf k=60", input: arrived.map(rows), from: lists, ms: [1, 5] },
		(span) => {
			const collide = play.fault("ids-collide");
			const keyOf = ({ source, no }: CatalogueRecord): string => {
				if (collide === null) return `${source}:${no}`;
				return amount(
					collide,
					String(no % 3),
					String(no % 9),
					String(no),
					`${source === "herbarium" ? source : ""}${no}`,
				);
			};
			const scores = new Map<string, { record: CatalogueRecord; score: number }>();
			for (const list of arrived) {
				for (const [rank, record] of list.entries()) {
					const known = scores.get(keyOf(record));
					const score = 1 / (60 + rank);
					scores.set(
						keyOf(record),
						known === undefined ? { record, score } : { ...known, score: known.score + score },
					);
				}
			}
			const fused = [...scores.values()]
				.toSorted((a, b) => b.score - a.score)
				.map(({ record, score }) => ({ ...record, score: Math.round(score * 1e5) / 1e5 }));
			span.record(rows(fused));
			return fused;
		},
	);
}

function crossEncode(
	fused: Passed<CatalogueRecord[]>,
	wanted: Wanted,
	play: Play,
): Passed<CatalogueRecord[]> {
	return play.step(
		{
			name: "crossencoder",
			kind: "model",
			version: "bge-cross-1",
			input: { query: `${wanted.taxon} ${wanted.fields.join(" ")}`, passages: rows(fused.value) },
			from: [fused],
			ms: [60, 280],
			attributes: { [ATTR.requestModel]: "bge-cross-1", [ATTR.operationName]: "rerank" },
		},
		(span) => {
			const wrong = play.fault("crossencoder-swapped");
			const asked = bigrams(wanted.taxon);
			const random = play.roll("cross");
			const ranked = fused.value
				.map((record) => {
					const fields = wanted.fields.filter((field) => record.text.includes(`${field}:`)).length;
					const good =
						0.8 * similarity(asked, bigrams(record.taxon)) + 0.1 * Math.min(fields, 1) + 0.02 * random();
					const share = wrong === null ? 0 : amount(wrong, 1, 0.5, 0.15, 0.05);
					const score = play.roll(`cross ${record.source} ${record.no}`)() < share ? 1 - good : good;
					return { ...record, score: Math.round(score * 1000) / 1000 };
				})
				.toSorted((a, b) => b.score - a.score);
			span.record(rows(ranked));
			return ranked;
		},
	);
}

function trim(ranked: Passed<CatalogueRecord[]>, play: Play): Passed<CatalogueRecord[]> {
	return play.step(
		{
			name: "trim_context",
			kind: "post_process",
			version: "trim 3",
			input: rows(ranked.value),
			from: [ranked],
			ms: [1, 3],
		},
		(span) => {
			const tight = play.fault("budget-in-characters");
			const kept = ranked.value
				.slice(0, tight === null ? 6 : amount(tight, 0, 2, 4, 5))
				.slice(tight === "blatant" ? 1 : 0);
			const tail = play.decoy("order:trim_context")
				? [...kept.slice(0, 3), ...kept.slice(3).toReversed()]
				: kept;
			span.record(rows(tail));
			return tail;
		},
	);
}

function compose(kept: Passed<CatalogueRecord[]>, wanted: Passed<Wanted>, play: Play): Passed<Message[]> {
	return play.step(
		{
			name: "compose_prompt",
			kind: "prompt_build",
			version: "card-prompt/33",
			input: { wanted: wanted.value, records: rows(kept.value) },
			from: [kept, wanted],
			ms: [1, 3],
			attributes: {
				[ATTR.promptTemplate]: "<records>{{records}}</records><wanted>{{wanted}}</wanted>",
				[ATTR.promptTemplateVersion]: "33",
				[ATTR.promptTokenLimit]: "900",
			},
		},
		(span) => {
			const white = play.fault("field-list-outdated");
			const gone =
				white === null
					? []
					: amount(white, Object.keys(ASK), ["accession", "bed", "lot"], ["collector"], ["watered"]);
			const blocks = kept.value.map(({ source, taxon, text }) => {
				const lines = text.split("\n").filter((line) => !gone.includes(line.split(":")[0] ?? ""));
				return `<record from="${source}" taxon="${taxon}">\n${lines.join("\n")}\n</record>`;
			});
			const system = `Fill the label card from the records. Reply with one JSON object: field to value, strings as written, null where unknown.${play.decoy("reworded:compose_prompt") ? " Take care; visitors read this." : ""}`;
			const user = `${blocks.join("\n")}\n<wanted taxon="${wanted.value.taxon}">${wanted.value.fields.join(", ")}</wanted>`;
			span.attributes[ATTR.promptTokens] = String(countTokens(system) + countTokens(user));
			return [
				{ role: "system" as const, content: system },
				{ role: "user" as const, content: user },
			];
		},
	);
}

function modelReply(messages: readonly Message[], play: Play): string {
	const [system = "", user = ""] = messages.map(({ content }) => content);
	const [, taxon = "", list = ""] = /<wanted taxon="(.*?)">(.*?)<\/wanted>/.exec(user) ?? [];
	const records = [...user.matchAll(/<record from=".*?" taxon="(.*?)">\n([\s\S]*?)\n?<\/record>/g)].map(
		([, name = "", text = ""]) => ({ name, text }),
	);
	const weak = play.fault("other-llm");
	const misreads = weak === null ? 0 : amount(weak, 0.7, 0.3, 0.1, 0.04);
	const slip = play.happens("llm-slip", 0.025);
	const card: Record<string, string | null> = {};
	for (const [at, field] of list.split(", ").entries()) {
		const told = records.flatMap(({ name, text }) => {
			const value = new RegExp(`^${field}: (.+)$`, "m").exec(text)?.[1];
			return value === undefined ? [] : [{ name, value }];
		});
		const right = told.find(({ name }) => name.toLowerCase() === taxon.toLowerCase());
		const other = told.find(({ name }) => name.toLowerCase() !== taxon.toLowerCase());
		const wrong = (slip && at === 0) || play.roll(`misread ${field}`)() < misreads;
		card[field] = (wrong ? other : right)?.value ?? null;
	}
	const pretty = play.decoy("chatty:llm") || play.roll("layout")() < 0.3;
	return /JSON/.test(system) ? JSON.stringify(card, null, pretty ? 2 : 0) : "";
}

function mostTokens(play: Play): number {
	const cut = play.fault("answer-cut");
	return cut === null ? 400 : amount(cut, 2, 17, 22, 28);
}

function extract(reply: Passed<string>, play: Play): Passed<Record<string, unknown>> {
	return play.step(
		{
			name: "extract_json",
			kind: "post_process",
			version: "extract 1.9",
			input: reply.value,
			from: [reply],
			ms: [1, 2],
		},
		(): Record<string, unknown> => {
			let card: Record<string, unknown>;
			try {
				card = JSON.parse(reply.value) as Record<string, unknown>;
			} catch {
				return { error: "the reply is not JSON" };
			}
			const eager = play.fault("strings-become-numbers");
			if (eager === null) return card;
			const numeric = amount(eager, /\d/, /^[\d-]+$|%/, /^\d+$/, /^00\d+$/);
			return Object.fromEntries(
				Object.entries(card).map(([field, value]) => [
					field,
					typeof value === "string" && numeric.test(value) ? Number.parseFloat(value) : value,
				]),
			);
		},
	);
}

function label(card: Passed<Record<string, unknown>>, taxon: string, play: Play): Passed<string> {
	return play.step(
		{
			name: "label_card",
			kind: "render",
			version: "card svg 7",
			input: { taxon, ...card.value },
			from: [card],
			ms: [3, 15],
		},
		() => {
			const font = play.fault("glyphs-missing");
			const clean = (text: string): string => {
				if (font === null) return text;
				return text.replace(
					amount(font, /[^A-Za-z ]/g, /[^\x20-\x24\x26-\x2e\x30-\x7e]/g, /[^\x20-\x7e]/g, /[áé]/g),
					"",
				);
			};
			const lines = Object.entries(card.value).map(([field, value]) =>
				clean(cardLine(field, value === null ? "not on record" : String(value))),
			);
			const frame = play.decoy("markup:label_card") ? "<rect width='90'/>" : "";
			return `<svg>${frame}<text>${taxon}</text>${lines.map((line) => `<text>${line}</text>`).join("")}</svg>`;
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "index-under-former-names",
		step: "herbarium",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"After a rebuild the index and the queries no longer speak of the same things. https://github.com/danny-avila/rag_api/issues/180",
	},
	{
		name: "former-snapshot",
		step: "glasshouse_log",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"Records were edited and the search goes on answering from before. https://github.com/bitflicker64/Termstory/issues/239",
	},
	{
		name: "columns-shifted",
		step: "seed_bank",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["blatant", 0.3],
		],
		versionChanges: true,
		story:
			"Rows of a table lose their header, and nobody can tell which value belongs to which column. https://github.com/xberg-io/xberg/issues/1100",
	},
	{
		name: "message-limit",
		step: "seed_bank",
		receiver: "fuse",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"The result was whole when it was given and cut when it arrived. https://github.com/cortexkit/magic-context/issues/431",
	},
	{
		name: "ids-collide",
		step: "fuse",
		kind: "custom",
		variants: [
			["blatant", 1],
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Retrievers number their documents from their own zero, and fusing them takes different documents for one. https://github.com/Aharshi3614/Devwhisper/issues/266",
	},
	{
		name: "crossencoder-swapped",
		step: "crossencoder",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A reranker scores on another scale than its caller expects, here for part of the records. Compare https://github.com/elastic/elasticsearch/issues/118483",
	},
	{
		name: "budget-in-characters",
		step: "trim_context",
		kind: "post_process",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: true,
		story:
			"A budget in tokens is spent in characters, and fewer records fit. https://github.com/rubenmarcus/ralph-starter/pull/163",
	},
	{
		name: "field-list-outdated",
		step: "compose_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The template names the fields that it takes over; new ones are left out. https://github.com/ui-insight/vandalizer/pull/558 for rows that reach no chunk.",
	},
	{
		name: "other-llm",
		step: "llm",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Another model takes its place and mixes up neighbouring records. https://tianpan.co/blog/2026-04-16-debugging-ai-at-3am-incident-response-llm-systems",
	},
	{
		name: "answer-cut",
		step: "llm",
		kind: "model",
		variants: [["visible", 1]],
		versionChanges: false,
		story:
			"A lower limit of output tokens ends the JSON before its end, and the cut answer is taken for whole. https://github.com/deeplethe/utopia/issues/760",
	},
	{
		name: "strings-become-numbers",
		step: "extract_json",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A parser turns texts of digits into numbers; leading zeros and suffixes go. Compare https://github.com/langchain-ai/langchain/issues/23297 for parsers of answers.",
	},
	{
		name: "glyphs-missing",
		step: "label_card",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Letters outside ASCII disappear where the text is rendered. https://github.com/NimbusKit/markdown/issues/32",
	},
];

export const plantCollection: Pipeline = pipeline<World, CardTask>({
	name: "plant-collection",
	half: "held-out",
	shape: "parallel-retrieval",
	service: "garden-labels",
	linked: true,
	plainText: true,
	faults: FAULTS,
	decoys: [
		"version:label_card",
		"version:herbarium",
		"version:llm",
		"slow:crossencoder",
		"slow:glasshouse_log",
		"reworded:compose_prompt",
		"chatty:llm",
		"order:trim_context",
		"markup:label_card",
		"side:warm_cache",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, world, play);
		const wanted = play.step(
			{ name: "parse_request", kind: "custom", version: "grammar 2", input: question, ms: [1, 3] },
			(): Wanted => {
				const [head = "", list = ""] = question.request.split(" -- ");
				const name = head.replace(/^(card for|label please:|new label,|reprint of) /i, "");
				const fields = list
					.split(" / ")
					.flatMap((words) => Object.keys(ASK).filter((field) => ASK[field] === words.toLowerCase()));
				return { taxon: name, fields };
			},
		);
		const lists = play.parallel(CATALOGUES.map((source) => () => lookUp(world, source, wanted, play)));
		play.sideStep(
			"warm_cache",
			{ kind: "custom", version: "cache 1", input: wanted.value.taxon, ms: [1, 40] },
			"OOM: cache refused the write",
		);
		const ranked = crossEncode(fuse(lists, play), wanted.value, play);
		const prompt = compose(trim(ranked, play), wanted, play);
		const reply = callModel(
			play,
			{
				step: "llm",
				model: "qwen-32b",
				messages: prompt.value,
				from: [prompt],
				ms: [400, 1700],
				maxTokens: () => mostTokens(play),
			},
			(messages) => modelReply(messages, play),
		);
		const card = extract(reply, play);
		return { input: question, output: label(card, wanted.value.taxon, play).value };
	},
});
