/**
 * Chain RAG, held-out half, in German: a town's information desk, with follow-up questions that a model rewrites first. Seven steps.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { shuffle } from "../../../evaluator/src/core/random.ts";
import { between, pick, type Random } from "../kit/chance.ts";
import { answerFrom, callModel, type Message, type Passage } from "../kit/model.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import { countTokens, type Passed, type Play } from "../kit/play.ts";
import { Reader, sentence } from "../kit/reading.ts";
import { type FoundDocument, type SearchDocument, SearchIndex } from "../kit/search.ts";

interface Topic {
	readonly key: string;
	readonly about: "leistung" | "amt";
	readonly ask: readonly string[];
	/** The same question about what was spoken of before. */
	readonly askAgain: string;
	readonly tell: readonly string[];
	readonly draw: (random: Random) => string;
}

const PAPERS = (
	"Personalausweis,biometrisches Passfoto,Meldebescheinigung,Geburtsurkunde,Mietvertrag,Fahrzeugschein,Einkommensnachweis,Vollmacht," +
	"Impfausweis,Lageplan,Gewerbeschein,Kontoauszug"
).split(",");

const TOPICS: readonly Topic[] = [
	{
		key: "gebuehr",
		about: "leistung",
		ask: ["Wie hoch ist die Gebühr für {e}", "Was kostet die Leistung {e}"],
		askAgain: "Wie hoch ist die Gebühr dafür",
		tell: ["die Gebühr für {e} beträgt {v}.", "Gebühr: {v}", "für {e} werden {v} erhoben."],
		draw: (random) => `${between(5, 240, random)},${pick(["00", "50", "80", "20"], random)} €`,
	},
	{
		key: "dauer",
		about: "leistung",
		ask: [
			"Wie lange dauert die Bearbeitung von {e}",
			"Mit welcher Bearbeitungszeit muss ich rechnen bei {e}",
		],
		askAgain: "Wie lange dauert die Bearbeitung dabei",
		tell: ["die Bearbeitung von {e} dauert {v}.", "Bearbeitungszeit: {v}", "rechnen Sie bei {e} mit {v}."],
		draw: (random) => `${between(2, 89, random)} Werktage`,
	},
	{
		key: "unterlagen",
		about: "leistung",
		ask: ["Welche Unterlagen brauche ich für {e}", "Was muss ich mitbringen zu {e}"],
		askAgain: "Welche Unterlagen brauche ich dafür",
		tell: ["für {e} bringen Sie bitte mit: {v}.", "Unterlagen: {v}", "mitzubringen sind bei {e}: {v}."],
		draw: (random) => {
			const [last = "", ...others] = shuffle(PAPERS, random).slice(0, between(2, 4, random));
			return `${others.join(", ")} und ${last}`;
		},
	},
	{
		key: "stelle",
		about: "leistung",
		ask: ["Wer ist zuständig für {e}", "Welche Stelle bearbeitet {e}"],
		askAgain: "Wer ist zuständig dafür",
		tell: ["zuständig für {e} ist {v}.", "Zuständige Stelle: {v}", "{e} bearbeitet {v}."],
		draw: (random) =>
			`${pick(["das Ordnungsamt", "die Meldebehörde", "das Standesamt", "das Steueramt", "die Bauaufsicht"], random)} (Zimmer ${between(101, 499, random)})`,
	},
	{
		key: "zeiten",
		about: "amt",
		ask: ["Wann öffnet das Bürgeramt {e}", "Welche Öffnungszeiten hat das Bürgeramt {e}"],
		askAgain: "Wann öffnet es dort",
		tell: ["das Bürgeramt {e} öffnet {v}.", "Öffnungszeiten: {v}", "geöffnet ist das Bürgeramt {e} {v}."],
		draw: (random) =>
			`${pick(["montags", "dienstags", "donnerstags", "freitags"], random)} von ${between(7, 10, random)}.${pick(["00", "15", "30"], random)} bis ${between(13, 18, random)}.${pick(["00", "30", "45"], random)} Uhr`,
	},
	{
		key: "adresse",
		about: "amt",
		ask: ["Wo liegt das Bürgeramt {e}", "Welche Adresse hat das Bürgeramt {e}"],
		askAgain: "Wo liegt es dort",
		tell: ["das Bürgeramt {e} liegt {v}.", "Adresse: {v}", "Sie finden das Bürgeramt {e} {v}."],
		draw: (random) =>
			`${pick(["am Lindenplatz", "in der Mühlgasse", "am Südring", "in der Kirchstraße", "am Hafenkai", "in der Färbergasse"], random)} ${between(1, 149, random)} (${pick(["Hof", "1. Stock", "2. Stock", "Erdgeschoss"], random)})`,
	},
];
const READER = new Reader({ attributes: TOPICS, pronouns: [] });

const SERVICES = (
	"Reisepass,Personalausweis,Führungszeugnis,Anwohnerparkausweis,Hundesteuer,Wohngeld,Gewerbeanmeldung,Eheschließung,Meldebescheinigung," +
	"Baugenehmigung,Sperrmüllabholung,Kitaplatz,Fischereischein,Standgenehmigung,Namensänderung,Kinderreisepass,Grillplatz,Waffenschein," +
	"Ummeldung,Geburtsurkunde,Sterbeurkunde,Taxischein,Jagdschein,Baumfällung"
).split(",");
const OFFICES =
	"Altstadt,Nordheim,Südviertel,Hafen,Lindenau,Gröpelingen,Mühltal,Weststadt,Königsfeld,Rosenhöhe,Brückenkopf,Seeufer".split(
		",",
	);
const TOWNS = ["Auental", "Birkenrode"] as const;
const FILLER = [
	"Bitte vereinbaren Sie einen Termin.",
	"Kartenzahlung ist möglich.",
	"Ein barrierefreier Zugang ist vorhanden.",
	"Der Antrag kann auch schriftlich gestellt werden.",
	"Bei Fragen hilft Ihnen die Zentrale.",
	"Anträge für Kinder stellen die Eltern.",
];

interface World {
	readonly values: ReadonlyMap<string, string>;
	readonly index: SearchIndex;
	/** The page of the neighbouring town with the same heading. */
	readonly neighbour: ReadonlyMap<string, FoundDocument>;
}

function makePage(
	town: string,
	at: number,
	subject: string,
	random: Random,
	values: Map<string, string>,
): SearchDocument {
	const about = SERVICES.includes(subject) ? "leistung" : "amt";
	const lines = TOPICS.filter((topic) => topic.about === about).map((topic) => {
		const value = topic.draw(random);
		values.set(`${town}/${topic.key}/${subject}`, value);
		return sentence(pick(topic.tell, random), subject, value);
	});
	const rest = shuffle(FILLER, random).slice(0, between(1, 3, random));
	return {
		id: `${town.toLowerCase()}-${200 + at}`,
		title: about === "amt" ? `Bürgeramt ${subject}` : `Leistung ${subject}`,
		content: shuffle([...lines, ...rest], random).join("\n"),
	};
}

function makeWorld(random: Random): World {
	const values = new Map<string, string>();
	const subjects = [...SERVICES, ...OFFICES];
	const [own, other] = TOWNS.map((town) =>
		subjects.map((subject, at) => makePage(town, at, subject, random, values)),
	);
	return {
		values,
		index: new SearchIndex(own ?? []),
		neighbour: new Map((other ?? []).map((page) => [page.title, { ...page, score: 0.9 }])),
	};
}

interface Enquiry {
	readonly verlauf: readonly string[];
	readonly frage: string;
}

interface TownTask extends Task {
	readonly question: Enquiry;
	readonly subjects: readonly string[];
}

function drawTask({ values }: World, random: Random): TownTask {
	const town = TOWNS[0];
	const about = random() < 0.7 ? "leistung" : "amt";
	const subject = pick(about === "amt" ? OFFICES : SERVICES, random);
	const topics = shuffle(
		TOPICS.filter((topic) => topic.about === about),
		random,
	).slice(0, random() < 0.3 ? 2 : 1);
	const wanted = topics.map(({ key }) => values.get(`${town}/${key}/${subject}`) ?? "");
	const again = random() < 0.4;
	const asked = topics.map((topic) =>
		again ? topic.askAgain : pick(topic.ask, random).replace("{e}", subject),
	);
	return {
		question: {
			verlauf: again ? [`Es geht um ${subject}.`, "Gern, was möchten Sie wissen?"] : [],
			frage: `${pick(["", "Guten Tag, ", "Hallo! "], random)}${asked.join(", und ")}?`,
		},
		subjects: [subject],
		grade: (output) => wanted.every((value) => output.includes(value)),
	};
}

function typed({ question, subjects }: TownTask, play: Play): Enquiry {
	const random = play.inputRoll("typing");
	const [subject = ""] = subjects;
	if (play.inputHappens("gegenstand-fehlt", 0.012)) {
		return { verlauf: [], frage: question.frage.replace(subject, "das") };
	}
	if (play.inputHappens("vertippt", 0.014)) {
		const at = between(1, subject.length - 3, random);
		const wrong = subject.slice(0, at) + subject.slice(at + 2);
		return {
			verlauf: question.verlauf.map((turn) => turn.replace(subject, wrong)),
			frage: question.frage.replace(subject, wrong),
		};
	}
	return question;
}

function rewrite(question: Passed<Enquiry>, play: Play): Passed<string> {
	const { verlauf, frage } = question.value;
	const messages: Message[] = [
		{
			role: "system",
			content:
				"Forme die letzte Frage so um, dass sie ohne den Verlauf verständlich ist. Gib nur die Frage aus.",
		},
		{ role: "user", content: `Verlauf:\n${verlauf.join("\n")}\nFrage: ${frage}` },
	];
	return callModel(
		play,
		{ step: "suchanfrage_bilden", model: "klein-7b", messages, from: [question], ms: [120, 600] },
		(shown) => {
			const text = shown.at(-1)?.content ?? "";
			const subject = /Es geht um (.+)\./.exec(text)?.[1];
			const asked = text.split("Frage: ").at(-1) ?? "";
			const drifts = play.fault("anfrage-verliert-gegenstand");
			const drift = drifts === null ? 0 : amount(drifts, 1, 0.6, 0.2, 0.07);
			if (play.happens("umformung-daneben", 0.012) || play.roll("drift")() < drift) {
				return play.roll("drift art")() < 0.5
					? asked.replace(/(für|von|zu|bei|Bürgeramt|Leistung) \S+/g, "$1 Ihrem Anliegen")
					: "Gern, dabei helfe ich Ihnen.";
			}
			if (subject === undefined) return asked;
			return asked
				.replace(/\bdafür/g, `für ${subject}`)
				.replace(/\bdabei/g, `von ${subject}`)
				.replace(/öffnet es dort/g, `öffnet das Bürgeramt ${subject}`)
				.replace(/liegt es dort/g, `liegt das Bürgeramt ${subject}`);
		},
	);
}

const asRows = (found: readonly FoundDocument[]): unknown =>
	found.map(({ id, title, content, score }) => ({ nr: id, titel: title, inhalt: content, wert: score }));

function search(world: World, query: Passed<string>, play: Play): Passed<FoundDocument[]> {
	return play.step(
		{
			name: "dokumente_suchen",
			kind: "retrieval",
			version: "leistungen-2026-01-15",
			input: query.value,
			from: [query],
			ms: [25, 160],
			attributes: {
				[ATTR.retrievalQuery]: query.value,
				[ATTR.indexName]: "leistungen",
				[ATTR.indexVersion]: "2026-01-15",
				[ATTR.indexEmbeddingModel]: "e5-de",
				[ATTR.queryEmbeddingModel]: "e5-de",
			},
		},
		(span) => {
			const missed = play.happens("suche-daneben", 0.014);
			let found = world.index.search(query.value, {
				limit: 5,
				noise: 0.04,
				random: play.roll("suche"),
				strangeWords: (word) => missed && play.roll(`wort ${word}`)() < 0.8,
			});
			const turned = play.fault("schwelle-verdreht");
			if (turned !== null) {
				const most = amount(turned, 0.2, 0.92, 0.925, 0.9299);
				const seen = found.map((hit) => ({
					...hit,
					score: Math.min(0.96, hit.score * (0.985 + 0.03 * play.roll(`abstand ${hit.id}`)())),
				}));
				found = seen.filter(({ score }) => score < most);
			}
			const foreign = play.fault("fremde-gemeinde");
			if (foreign !== null) {
				const share = amount(foreign, 1, 0.55, 0.18, 0.06);
				found = found.flatMap((hit) => {
					const other = world.neighbour.get(hit.title);
					return other !== undefined && play.roll(`gemeinde ${hit.id}`)() < share
						? [{ ...other, score: hit.score }, hit]
						: [hit];
				});
			}
			span.record(asRows(found));
			return found;
		},
	);
}

/** UTF-8 bytes read as Latin-1. */
const mojibake = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

const REGELN = {
	rolle: "Du bist die Auskunft der Stadt Auental.",
	grund: "Antworte nur aus den Auszügen. Steht dort nichts dazu, sage: Dazu liegt mir nichts vor.",
	sprache: "Antworte auf Deutsch und übernimm Beträge, Zeiten und Namen wörtlich.",
};

function buildPrompt(found: Passed<FoundDocument[]>, question: string, play: Play): Passed<Message[]> {
	const wrongCharset = play.fault("umlaute-zerstoert");
	const arrived =
		wrongCharset === null
			? found.value
			: found.value.map((hit) =>
					play.roll(`zeichensatz ${hit.id}`)() < amount(wrongCharset, 1, 0.6, 0.2, 0.06)
						? { ...hit, title: mojibake(hit.title), content: mojibake(hit.content) }
						: hit,
				);
	return play.step(
		{
			name: "prompt_bauen",
			kind: "prompt_build",
			version: "auskunft-vorlage 4.1",
			input: { frage: question, auszuege: asRows(arrived) },
			from: [found],
			ms: [1, 4],
			attributes: { [ATTR.promptTemplateVersion]: "4.1", [ATTR.promptTokenLimit]: "1800" },
		},
		(span) => {
			const english = play.fault("vorlage-ohne-sprache");
			const language =
				english === null || play.roll("sprache")() >= amount(english, 1, 0.7, 0.25, 0.08)
					? REGELN.sprache
					: "Copy names as they are.";
			const polite = play.decoy("reworded:prompt_bauen") ? "Bleibe stets höflich und fasse dich kurz." : "";
			const system = [REGELN.rolle, REGELN.grund, language, polite].filter((rule) => rule !== "").join("\n");
			const small = play.fault("kontext-zu-klein");
			const limit = small === null ? 7000 : amount(small, 30, 160, 260, 420);
			const blocks = arrived.map(({ title, content }) => `=== ${title} ===\n${content}`).join("\n");
			const user = `AUSZÜGE\n${blocks.slice(0, limit)}\n\nFRAGE\n${question}`;
			span.attributes[ATTR.promptTokens] = String(countTokens(system) + countTokens(user));
			return [
				{ role: "system" as const, content: system },
				{ role: "user" as const, content: user },
			];
		},
	);
}

function readPages(text: string): Passage[] {
	return text
		.split(/^=== /m)
		.slice(1)
		.map((block, at) => {
			const [heading = "", ...lines] = block.split("\n");
			return {
				marker: String(at),
				title: heading.replace(/ ===$/, "").replace(/^(Leistung|Bürgeramt) /, ""),
				text: lines.join("\n"),
			};
		});
}

const LEAD: Readonly<Record<string, string>> = {
	gebuehr: "Die Gebühr für {e} beträgt {v}.",
	dauer: "Die Bearbeitung von {e} dauert {v}.",
	unterlagen: "Für {e} brauchen Sie:\n{v}",
	stelle: "Zuständig für {e} ist {v}.",
	zeiten: "Das Bürgeramt {e} öffnet {v}.",
	adresse: "Das Bürgeramt {e} liegt {v}.",
};

function modelReply(messages: readonly Message[], play: Play): string {
	const [system = "", user = ""] = messages.map(({ content }) => content);
	const [context = "", question = ""] = user.split("\n\nFRAGE\n");
	const weak = play.fault("modell-kleiner");
	const misreads = weak === null ? 0 : amount(weak, 0.75, 0.4, 0.16, 0.06);
	const slip = play.happens("modell-irrt", 0.02);
	const statements = answerFrom(READER, question, readPages(context), {
		guesses: !/nichts vor/.test(system),
		slips: (at) => (slip && at === 0) || play.roll(`verlesen ${at}`)() < misreads,
		random: play.roll("antworten"),
	});
	const german = /auf Deutsch/.test(system);
	const said = statements.map(({ key, subject, value }) => {
		if (value === null) return "Dazu liegt mir nichts vor.";
		if (!german)
			return `For ${subject}: ${value
				.replace(/(\d),(\d)/g, "$1.$2")
				.replace(" €", " EUR")
				.replace("Werktage", "working days")
				.replace(" und ", " and ")
				.replace("Uhr", "h")
				.replace("Zimmer", "room")
				.replace(/^am |^in der /, "")}.`;
		return sentence(LEAD[key] ?? "{v}", subject, value);
	});
	const closing = play.decoy("chatty:sprachmodell") ? "\nIch wünsche Ihnen einen schönen Tag." : "";
	return (said.length === 0 ? "Worum geht es Ihnen genau?" : said.join("\n")) + closing;
}

function check(reply: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{
			name: "antwort_pruefen",
			kind: "post_process",
			version: "pruefung 9",
			input: reply.value,
			from: [reply],
			ms: [1, 5],
		},
		() => {
			const cut = play.fault("pruefung-kuerzt-liste");
			if (cut === null) return reply.value;
			return amount(
				cut,
				reply.value.split("\n")[0]?.replace(/[\d,]+ .*$/, "") ?? "",
				reply.value.replace(/ und [^\n,]+$/gm, "").replace(/,\d\d €/g, " €"),
				reply.value.replace(/ und [^\n,]+$/gm, ""),
				reply.value.replace(/, [^\n,]+, [^\n,]+ und /gm, " und "),
			);
		},
	);
}

function print(text: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{
			name: "antwort_ausgeben",
			kind: "render",
			version: "ausgabe 2",
			input: text.value,
			from: [text],
			ms: [1, 3],
		},
		() => {
			const strip = play.fault("klammern-entfernt");
			const lines = play.decoy("markup:antwort_ausgeben") ? text.value.replace(/^(.)/gm, "» $1") : text.value;
			if (strip === null) return lines;
			return lines.replace(
				amount(strip, /[(:].*/g, / ?\(.*?\)/g, / ?\((Hof|Zimmer [1-2]\d\d)\)/g, / ?\(Hof\)/g),
				"",
			);
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "anfrage-verliert-gegenstand",
		step: "suchanfrage_bilden",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The model that should rewrite a follow-up answers it instead, or drops what it is about. https://github.com/GetKlai/klai/pull/1487, https://github.com/tobocop2/lilbee/pull/774",
	},
	{
		name: "schwelle-verdreht",
		step: "dokumente_suchen",
		kind: "retrieval",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: true,
		story:
			"A threshold for similarity is used as one for distance, and the best hits are filtered out. https://github.com/strands-agents/tools/pull/535",
	},
	{
		name: "fremde-gemeinde",
		step: "dokumente_suchen",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"The tenant filter is ignored, so the neighbour's pages come back as well. https://github.com/ministackorg/ministack/issues/1761",
	},
	{
		name: "umlaute-zerstoert",
		step: "dokumente_suchen",
		receiver: "prompt_bauen",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
			["blatant", 0.1],
		],
		versionChanges: false,
		story:
			"Text goes out as UTF-8 and is read as Latin-1 on the other side. https://github.com/softwerkskammer/Agora/issues/90",
	},
	{
		name: "vorlage-ohne-sprache",
		step: "prompt_bauen",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The instruction for the language falls out of the prompt and the model answers in English, with English numbers. https://github.com/lobehub/lobehub/issues/6228",
	},
	{
		name: "kontext-zu-klein",
		step: "prompt_bauen",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: false,
		story:
			"The provider's default context is smaller than the one that was set, and the rest is dropped silently. https://github.com/esengine/DeepSeek-Reasonix/pull/10245",
	},
	{
		name: "modell-kleiner",
		step: "sprachmodell",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"A smaller model answers behind the same name. https://tianpan.co/blog/2026-04-16-debugging-ai-at-3am-incident-response-llm-systems",
	},
	{
		name: "pruefung-kuerzt-liste",
		step: "antwort_pruefen",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A parser of lists keeps fewer items than the answer has. https://github.com/ConardLi/easy-dataset/pull/507",
	},
	{
		name: "klammern-entfernt",
		step: "antwort_ausgeben",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A cleaner of Markdown removes what only looks like markup. https://github.com/rilldata/rill/pull/8382",
	},
];

export const stadtAuskunft: Pipeline = pipeline<World, TownTask>({
	name: "stadt-auskunft",
	half: "held-out",
	shape: "chain-rag",
	service: "auskunft",
	linked: false,
	plainText: true,
	faults: FAULTS,
	decoys: [
		"version:antwort_ausgeben",
		"version:dokumente_suchen",
		"version:sprachmodell",
		"slow:dokumente_suchen",
		"slow:suchanfrage_bilden",
		"reworded:prompt_bauen",
		"chatty:sprachmodell",
		"markup:antwort_ausgeben",
		"side:statistik_schreiben",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const enquiry = typed(task, play);
		const question = play.step(
			{ name: "frage_bereinigen", kind: "custom", version: "bereinigen 1", input: enquiry, ms: [1, 2] },
			() => ({ verlauf: enquiry.verlauf, frage: enquiry.frage.replace(/^(Guten Tag, |Hallo! )/, "") }),
		);
		const query = rewrite(question, play);
		const found = search(world, query, play);
		const prompt = buildPrompt(found, query.value, play);
		play.sideStep(
			"statistik_schreiben",
			{ kind: "custom", version: "statistik 3", input: { treffer: found.value.length }, ms: [5, 60] },
			"Zeitüberschreitung: Statistikdienst antwortet nicht",
		);
		const reply = callModel(
			play,
			{ step: "sprachmodell", model: "gross-70b", messages: prompt.value, from: [prompt], ms: [800, 4200] },
			(messages) => modelReply(messages, play),
		);
		return { input: enquiry, output: print(check(reply, play), play).value };
	},
});
