/**
 * Router, held-out half: a property manager's mail, German and English mixed. A model extracts fields, a router picks the branch, another model
 * drafts the letter. Eight to nine steps.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { between, pick, type Random } from "../kit/chance.ts";
import { callModel, type Message } from "../kit/model.ts";
import { personName, unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import type { Passed, Play } from "../kit/play.ts";
import { type FoundDocument, type SearchDocument, SearchIndex } from "../kit/search.ts";

const LANGUAGES = ["de", "en"] as const;
type Language = (typeof LANGUAGES)[number];
const TRADES = ["heating", "windows", "plumbing", "locks", "power"] as const;
type Trade = (typeof TRADES)[number];

const COMPLAINTS: Readonly<Record<Trade, Readonly<Record<Language, readonly string[]>>>> = {
	heating: {
		de: ["die Heizung bleibt kalt", "die Therme startet nicht"],
		en: ["the heating stays cold", "the boiler does not start"],
	},
	windows: {
		de: ["ein Fenster schließt nicht", "der Rollladen klemmt"],
		en: ["a window does not close", "the shutter is stuck"],
	},
	plumbing: {
		de: ["der Abfluss ist verstopft", "das Wasser tropft von der Decke"],
		en: ["the drain is blocked", "water drips from the ceiling"],
	},
	locks: {
		de: ["das Schloss dreht durch", "der Schlüssel ist abgebrochen"],
		en: ["the lock spins freely", "the key broke off"],
	},
	power: {
		de: ["die Sicherung fliegt heraus", "die Steckdose ist tot"],
		en: ["the fuse keeps blowing", "the socket is dead"],
	},
};
const TRADE_WORDS: Readonly<Record<Trade, string>> = {
	heating: "Heizung Sanitärwärme heating boiler",
	windows: "Fenster Rollladen glazing windows",
	plumbing: "Abfluss Rohr Wasser plumbing drains",
	locks: "Schloss Schlüssel locksmith",
	power: "Elektro Strom electrician power",
};

interface Unit {
	readonly id: string;
	readonly tenant: string;
	readonly zone: string;
	readonly floor: number;
	/** Running costs by year, in cents. */
	readonly costs: ReadonlyMap<
		number,
		{ readonly heating: number; readonly water: number; readonly other: number }
	>;
	readonly contractEnds: string;
	readonly noticeMonths: number;
}

interface World {
	readonly units: readonly Unit[];
	readonly firms: SearchIndex;
	readonly phones: ReadonlyMap<string, string>;
}

const ZONES = ["Nord", "Ost", "Süd", "West", "Mitte"];
const YEARS = [2022, 2023, 2024];

function makeWorld(random: Random): World {
	const ids = new Set<string>();
	const names = new Set<string>();
	const phones = new Map<string, string>();
	const units = Array.from(
		{ length: 120 },
		(): Unit => ({
			id: unused(
				ids,
				() =>
					`${pick(["H", "K", "R", "W"], random)}${between(1, 48, random)}-${String(between(1, 36, random)).padStart(2, "0")}`,
			),
			tenant: unused(names, () => `${personName(random)}${pick(["", "-Groß", "-Jäger", "-Möller"], random)}`),
			zone: pick(ZONES, random),
			floor: between(0, 6, random),
			costs: new Map(
				YEARS.map((year) => [
					year,
					{
						heating: between(20_000, 140_000, random),
						water: between(8_000, 49_000, random),
						other: between(5_000, 60_000, random),
					},
				]),
			),
			contractEnds: `20${between(26, 31, random)}-${String(between(1, 12, random)).padStart(2, "0")}-${String(between(1, 28, random)).padStart(2, "0")}`,
			noticeMonths: between(2, 11, random),
		}),
	);
	const documents: SearchDocument[] = [];
	for (const zone of ZONES) {
		for (const trade of TRADES) {
			const [firm, phone] = [
				unused(names, () => `${personName(random)} ${pick(["GmbH", "& Söhne", "KG"], random)}`),
				`0${between(30, 89, random)} ${between(100_000, 999_999, random)}`,
			];
			phones.set(`${zone}/${trade}`, phone);
			documents.push({
				id: `f${documents.length + 11}`,
				title: `${TRADE_WORDS[trade]} ${zone}`,
				content: `Firma: ${firm}\nZone: ${zone}\nGewerk: ${trade}\nTel: ${phone}\nNotdienst: ${pick(["ja", "nein"], random)}`,
			});
		}
	}
	return { units, firms: new SearchIndex(documents, 1), phones };
}

interface Mail {
	readonly from: string;
	readonly subject: string;
	readonly body: string;
}

interface MailTask extends Task {
	readonly question: Mail;
	readonly unit: string;
}

const MONTHS: Readonly<Record<Language, readonly string[]>> = {
	de: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(" "),
	en: "January February March April May June July August September October November December".split(" "),
};

function writtenDate(date: string, language: Language): string {
	const [year = "", month = "", day = ""] = date.split("-");
	const name = MONTHS[language][Number(month) - 1] ?? month;
	return language === "de" ? `${Number(day)}. ${name} ${year}` : `${Number(day)} ${name} ${year}`;
}

function writtenEuros(cents: number, language: Language): string {
	const [euros = "", rest = ""] = (cents / 100).toFixed(2).split(".");
	const grouped = euros.replace(/\B(?=(\d{3})+(?!\d))/g, language === "de" ? "." : ",");
	return language === "de" ? `${grouped},${rest} €` : `€${grouped}.${rest}`;
}

const greet = (language: Language, unit: Unit, text: string): string =>
	language === "de"
		? `Guten Tag,\nich wohne in ${unit.id}. ${text}\nViele Grüße\n${unit.tenant}`
		: `Hello,\nI live in unit ${unit.id}. ${text}\nBest regards\n${unit.tenant}`;

function drawTask({ units, phones }: World, random: Random): MailTask {
	const unit = pick(units, random);
	const language: Language = random() < 0.6 ? "de" : "en";
	const from = `${unit.id.toLowerCase()}@mieter.example`;
	const sort = random();
	const mail = (subject: string, text: string): Mail => ({
		from,
		subject,
		body: greet(language, unit, text),
	});
	if (sort < 0.34) {
		const trade = pick(TRADES, random);
		const phone = phones.get(`${unit.zone}/${trade}`) ?? "";
		const complaint = pick(COMPLAINTS[trade][language], random);
		const text =
			language === "de"
				? `Bei uns ist etwas defekt: ${complaint}. Wen kann ich anrufen?`
				: `Something is broken here: ${complaint}. Whom can I call?`;
		return {
			question: mail(language === "de" ? "Reparatur" : "Repair", text),
			unit: unit.id,
			grade: (output) => output.includes(phone),
		};
	}
	if (sort < 0.6) {
		const year = pick(YEARS, random);
		const costs = unit.costs.get(year) ?? { heating: 0, water: 0, other: 0 };
		const total = writtenEuros(costs.heating + costs.water + costs.other, language);
		const text =
			language === "de"
				? `Wie hoch waren die Nebenkosten ${year} insgesamt?`
				: `What were the running costs for ${year} in total?`;
		return {
			question: mail(language === "de" ? "Abrechnung" : "Statement", text),
			unit: unit.id,
			grade: (output) => output.includes(total),
		};
	}
	const wantsEnd = random() < 0.6;
	const end = writtenDate(unit.contractEnds, language);
	const text = wantsEnd
		? language === "de"
			? "Wann endet mein Mietvertrag?"
			: "When does my lease end?"
		: language === "de"
			? "Welche Kündigungsfrist gilt im Mietvertrag?"
			: "Which notice period does my lease have?";
	const notice = language === "de" ? `${unit.noticeMonths} Monate` : `${unit.noticeMonths} months`;
	return {
		question: mail(language === "de" ? "Vertrag" : "Lease", text),
		unit: unit.id,
		grade: (output) => output.includes(wantsEnd ? end : notice),
	};
}

function typed({ question, unit }: MailTask, { units }: World, play: Play): Mail {
	const random = play.inputRoll("typing");
	if (play.inputHappens("unit-left-out", 0.014))
		return { ...question, body: question.body.replace(unit, "dem Haus am Park") };
	if (play.inputHappens("unit-of-another", 0.012))
		return { ...question, body: question.body.replace(unit, pick(units, random).id) };
	return question;
}

interface Fields {
	readonly language: Language;
	readonly unit: string | null;
	readonly topic: string;
	readonly year: number | null;
	readonly text: string;
}

function readFields(text: string): Fields {
	const german = /Guten Tag/.test(text);
	const year = /\b20\d\d\b/.exec(text)?.[0];
	const unit = /\b[HKRW]\d{1,2}-\d\d\b/.exec(text)?.[0] ?? null;
	const body = text.split("\n").slice(1).join("\n");
	const sentences = body.split(/(?<=[.?])\s/).filter((part) => !/wohne in|live in|Grüße|regards/.test(part));
	const asked = sentences.join(" ").trim();
	const topic = /defekt|broken/.test(asked)
		? "defect"
		: /Nebenkosten|running costs/.test(asked)
			? "costs"
			: /Mietvertrag|lease/.test(asked)
				? "lease"
				: "other";
	return {
		language: german ? "de" : "en",
		unit,
		topic,
		year: year === undefined ? null : Number(year),
		text: asked,
	};
}

/** The trade whose complaints the text holds. */
const tradeOf = (text: string): Trade | undefined =>
	TRADES.find((trade) =>
		LANGUAGES.some((language) => COMPLAINTS[trade][language].some((complaint) => text.includes(complaint))),
	);

function extractFields(mail: Passed<Mail>, play: Play): Passed<Fields> {
	const messages: Message[] = [
		{
			role: "system",
			content: "Ziehe aus der Mail die Felder language, unit, topic, year, text. Antworte nur mit JSON.",
		},
		{ role: "user", content: `${mail.value.subject}\n${mail.value.body}` },
	];
	const reply = callModel(
		play,
		{ step: "felder_ziehen", model: "phi-4", messages, from: [mail], ms: [150, 700] },
		(shown) => {
			const fields = readFields(shown.at(-1)?.content ?? "");
			const weak = play.fault("extraction-drops-fields");
			const drops = weak === null ? 0 : amount(weak, 1, 0.5, 0.17, 0.06);
			const lost = play.happens("field-lost", 0.015) || play.roll("field")() < drops;
			const kept = lost ? { ...fields, ...(fields.year === null ? { unit: null } : { year: null }) } : fields;
			return JSON.stringify(kept);
		},
	);
	return { ...reply, value: JSON.parse(reply.value) as Fields };
}

const BRANCHES = ["reparatur", "abrechnung", "vertrag"] as const;
type Branch = (typeof BRANCHES)[number];

function assign(
	fields: Passed<Fields>,
	play: Play,
): Passed<{ readonly branch: Branch; readonly fields: Fields }> {
	return play.step(
		{
			name: "zuordnung",
			kind: "custom",
			version: "regeln 2026-02",
			input: fields.value,
			from: [fields],
			ms: [2, 12],
		},
		() => {
			const { topic, language, text } = fields.value;
			const usual: Branch = topic === "defect" ? "reparatur" : topic === "costs" ? "abrechnung" : "vertrag";
			const german = play.fault("rules-know-german-only");
			const unknown =
				german !== null &&
				amount(
					german,
					true,
					language === "en",
					language === "en" && topic === "lease",
					/stuck|spins/.test(text),
				);
			const branch: Branch = unknown ? (usual === "vertrag" ? "abrechnung" : "vertrag") : usual;
			return { branch, fields: fields.value };
		},
	);
}

type Assigned = Passed<{ readonly branch: Branch; readonly fields: Fields }>;

function tool(
	play: Play,
	name: string,
	input: unknown,
	from: readonly Passed<unknown>[],
	body: () => Record<string, unknown>,
): Passed<Record<string, unknown>> {
	return play.step(
		{
			name,
			kind: "tool_call",
			version: `${name} 5`,
			input,
			from,
			ms: [30, 240],
			attributes: { [ATTR.operationName]: "execute_tool", [ATTR.toolName]: name },
		},
		body,
	);
}

const unitOf = ({ units }: World, id: string | null): Unit | undefined =>
	units.find((unit) => unit.id === id);

function repairBranch(world: World, assigned: Assigned, play: Play): Passed<unknown>[] {
	const { unit: id, text } = assigned.value.fields;
	const home = tool(play, "wohnung_abfragen", { einheit: id }, [assigned], () => {
		const unit = unitOf(world, id);
		if (unit === undefined) return { einheit: id, gefunden: false };
		const moved = play.fault("zone-null");
		const empty = moved !== null && play.roll("zone")() < amount(moved, 1, 0.6, 0.2, 0.06);
		return {
			einheit: id,
			gefunden: true,
			zone: empty ? null : unit.zone,
			etage: unit.floor,
			...(play.decoy("extra-field:wohnung_abfragen") ? { keller: "ja" } : {}),
		};
	});
	const zone = String(home.value["zone"] ?? "");
	const query = `${text} ${zone}`;
	const firms = play.step(
		{
			name: "firmen_suchen",
			kind: "retrieval",
			version: "firmen 2026-02-20",
			input: { suche: query, zone },
			from: [home, assigned],
			ms: [15, 120],
			attributes: {
				[ATTR.retrievalQuery]: query,
				[ATTR.indexName]: "firmen",
				[ATTR.indexVersion]: "2026-02-20",
			},
		},
		(span) => {
			const missed = play.happens("search-miss", 0.02);
			const ignored = play.fault("zone-filter-ignored");
			const open = ignored !== null && play.roll("filter")() < amount(ignored, 1, 0.7, 0.25, 0.08);
			const trade = tradeOf(text);
			const asked = `${trade === undefined || missed ? text : TRADE_WORDS[trade]} ${open ? "" : zone}`;
			const found: FoundDocument[] = world.firms.search(asked, {
				limit: 3,
				random: play.roll("search"),
				keep: (document) => open || zone === "" || document.content.includes(`Zone: ${zone}`),
			});
			span.record(found.map(({ id: no, content, score }) => ({ id: no, content, score })));
			return found;
		},
	);
	return [home, firms];
}

function costsBranch(world: World, assigned: Assigned, play: Play): Passed<unknown>[] {
	const { unit: id, year } = assigned.value.fields;
	// The router's message to the billing service has its own schema.
	const dropped = play.fault("year-not-passed-on");
	const passed =
		dropped !== null && amount(dropped, true, year !== 2024, year === 2022, false) ? {} : { jahr: year };
	return [
		tool(play, "nebenkosten_abfragen", { einheit: id, ...passed }, [assigned], () => {
			const unit = unitOf(world, id);
			const asked = "jahr" in passed && passed.jahr !== null ? passed.jahr : 2024;
			const costs = unit?.costs.get(Number(asked));
			if (costs === undefined) return { einheit: id, posten: [] };
			const shape = play.fault("items-paged");
			const items = [
				{ art: "heizung", cent: costs.heating },
				{ art: "wasser", cent: costs.water },
				{ art: "sonstiges", cent: costs.other },
			];
			const least =
				shape === null ? 3 : amount(shape, 1, 2, costs.other < 15_000 ? 2 : 3, costs.other < 8_000 ? 2 : 3);
			return { einheit: id, jahr: asked, posten: items.slice(0, least) };
		}),
	];
}

function leaseBranch(world: World, assigned: Assigned, play: Play): Passed<unknown>[] {
	const { unit: id } = assigned.value.fields;
	return [
		tool(play, "vertrag_lesen", { einheit: id }, [assigned], () => {
			const unit = unitOf(world, id);
			if (unit === undefined) return { einheit: id, gefunden: false };
			const [year, month = "", day = ""] = unit.contractEnds.split("-");
			const american = play.fault("dates-american");
			const swaps = american !== null && Number(day) <= amount(american, 28, 12, 5, 2);
			return {
				einheit: id,
				ende: swaps ? `${month}.${day}.${year}` : `${day}.${month}.${year}`,
				frist_monate: unit.noticeMonths,
			};
		}),
	];
}

function draftPrompt(assigned: Assigned, data: readonly Passed<unknown>[], play: Play): Passed<Message[]> {
	const { fields } = assigned.value;
	return play.step(
		{
			name: "entwurf_prompt",
			kind: "prompt_build",
			version: "briefvorlage 12",
			input: { felder: fields, daten: data.map(({ value }) => value) },
			from: [assigned, ...data],
			ms: [1, 3],
			attributes: { [ATTR.promptTemplateVersion]: "12", [ATTR.promptTokenLimit]: "2000" },
		},
		() => {
			const lost = play.fault("language-lost");
			const language =
				lost === null ||
				!amount(
					lost,
					true,
					fields.language === "en",
					fields.language === "en" && fields.topic === "costs",
					false,
				)
					? fields.language
					: "de";
			const old = play.fault("data-section-cut");
			const limit = old === null ? 5000 : amount(old, 0, 150, 205, 208);
			const block = JSON.stringify(data.map(({ value }) => value)).slice(0, limit);
			const tone = play.decoy("reworded:entwurf_prompt") ? "Freundlich, klar, ohne Floskeln. " : "";
			return [
				{
					role: "system" as const,
					content: `${tone}Schreibe den Antwortbrief. Sprache: ${language}. Nutze nur die Daten. Cent-Beträge addieren und in Euro schreiben.`,
				},
				{ role: "user" as const, content: `DATEN ${block}\nANLIEGEN ${fields.topic}: ${fields.text}` },
			];
		},
	);
}

/** What the drafting model has read: the data, what is asked, and whether it is careless this time. */
interface Read {
	readonly data: string;
	readonly asked: string;
	readonly language: Language;
	readonly careless: boolean;
}

function draftRepair({ data, asked, language, careless }: Read): string | null {
	const phones = [...data.matchAll(/Tel: ([\d ]+)/g)].map(([, phone = ""]) => phone.trim());
	const trades = [...data.matchAll(/Gewerk: (\w+)/g)].map(([, trade = ""]) => trade);
	const wanted = tradeOf(asked);
	const phone = phones[trades.findIndex((trade) => (trade === wanted) !== careless)];
	if (phone === undefined) return null;
	return language === "de"
		? `bitte rufen Sie unsere Firma unter ${phone} an.`
		: `please call our company on ${phone}.`;
}

function draftCosts({ data, language, careless }: Read): string | null {
	const cents = [...data.matchAll(/"cent":(\d+)/g)].map(([, value = "0"]) => Number(value));
	if (cents.length === 0) return null;
	const sum = (careless ? cents.slice(1) : cents).reduce((total, value) => total + value, 0);
	return language === "de"
		? `die Nebenkosten betrugen insgesamt ${writtenEuros(sum, "de")}.`
		: `the running costs were ${writtenEuros(sum, "en")} in total.`;
}

function draftLease({ data, asked, language, careless }: Read): string | null {
	const end = /"ende":"(\d\d)\.(\d\d)\.(\d{4})"/.exec(data);
	const months = /"frist_monate":(\d+)/.exec(data)?.[1];
	const wantsEnd = /endet|end\?/.test(asked) !== careless;
	if (wantsEnd && end !== null) {
		const date = writtenDate(`${end[3]}-${end[2]}-${end[1]}`, language);
		return language === "de" ? `Ihr Vertrag läuft bis zum ${date}.` : `your lease runs until ${date}.`;
	}
	if (wantsEnd || months === undefined) return null;
	return language === "de" ? `die Frist beträgt ${months} Monate.` : `the notice period is ${months} months.`;
}

function draft(messages: readonly Message[], play: Play): string {
	const [system = "", user = ""] = messages.map(({ content }) => content);
	const language: Language = /Sprache: en/.test(system) ? "en" : "de";
	const [data = "", asked = ""] = user.split("\nANLIEGEN ");
	const weak = play.fault("weaker-drafts");
	const share = weak === null ? 0 : amount(weak, 0.8, 0.4, 0.15, 0.05);
	const careless = play.happens("draft-slip", 0.025) || play.roll("care")() < share;
	const write = asked.startsWith("defect")
		? draftRepair
		: asked.startsWith("costs")
			? draftCosts
			: draftLease;
	const sorry =
		language === "de"
			? "dazu können wir leider noch nichts sagen."
			: "we cannot say anything about this yet.";
	return write({ data, asked, language, careless }) ?? sorry;
}

function release(letter: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{
			name: "freigabe",
			kind: "post_process",
			version: "datenschutz 3",
			input: letter.value,
			from: [letter],
			ms: [1, 5],
		},
		() => {
			const eager = play.fault("privacy-filter-eager");
			const clean = letter.value.replace(/\b[A-Z]{2}\d{20}\b/g, "[IBAN]");
			if (eager === null) return clean;
			return clean.replace(
				amount(
					eager,
					/\d[\d .,]*\d/g,
					/\b0\d{1,2} \d{6}\b/g,
					/\b0[3-5]\d \d{6}\b|\b0[3-5]\d? \d{6}\b/g,
					/\b03\d \d{6}\b/g,
				),
				"[entfernt]",
			);
		},
	);
}

function typeset(letter: Passed<string>, language: Language, play: Play): Passed<string> {
	return play.step(
		{
			name: "brief_setzen",
			kind: "render",
			version: "latex 8",
			input: letter.value,
			from: [letter],
			ms: [20, 140],
		},
		() => {
			const charset = play.fault("charset-too-small");
			const opening = language === "de" ? "Sehr geehrte Damen und Herren" : "Dear tenant";
			const rule = play.decoy("markup:brief_setzen") ? "\n\\smallskip" : "";
			const body =
				charset === null
					? letter.value
					: letter.value.replace(amount(charset, /[\d€]/g, /[^\x20-\x7e\n]/g, /€/g, /ä/g), "?");
			return `\\opening{${opening},}${rule}\n${body}\n\\closing{Hausverwaltung Nord}`;
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "extraction-drops-fields",
		step: "felder_ziehen",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The model leaves out a field of the JSON that it should fill. https://github.com/BoundaryML/baml/issues/844",
	},
	{
		name: "rules-know-german-only",
		step: "zuordnung",
		kind: "custom",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A router's rules fit one kind of message and send the other to the wrong branch. https://github.com/OpenCSGs/csglite/issues/171",
	},
	{
		name: "year-not-passed-on",
		step: "zuordnung",
		receiver: "nebenkosten_abfragen",
		kind: "custom",
		variants: [
			["blatant", 1],
			["visible", 1],
			["visible", 0.3],
		],
		versionChanges: false,
		story:
			"A handoff without a schema for what must be passed on: the receiver takes its default. https://github.com/microsoft/vscode/issues/288719",
	},
	{
		name: "zone-null",
		step: "wohnung_abfragen",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story: "A field that always had a value becomes null. https://github.com/dlt-hub/dlt/issues/2932",
	},
	{
		name: "zone-filter-ignored",
		step: "firmen_suchen",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["blatant", 0.3],
		],
		versionChanges: false,
		story:
			"A filter on metadata no longer narrows the search. https://github.com/langgenius/dify/issues/35666",
	},
	{
		name: "items-paged",
		step: "nebenkosten_abfragen",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Responses come in pages now and the caller reads the first. https://github.com/juivanialins/Neroyceeaaaa/pull/181",
	},
	{
		name: "dates-american",
		step: "vertrag_lesen",
		kind: "tool_call",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: true,
		story:
			"Day and month change places where both could be either. https://github.com/commonknowledge/mapped/pull/111",
	},
	{
		name: "language-lost",
		step: "entwurf_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A custom instruction no longer has an effect after an update. https://github.com/router-for-me/CLIProxyAPI/issues/905",
	},
	{
		name: "data-section-cut",
		step: "entwurf_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Cutting a prompt to its budget goes through the middle of structured content. https://github.com/rubenmarcus/ralph-starter/pull/163",
	},
	{
		name: "weaker-drafts",
		step: "entwurf",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"The model behind the name was exchanged. https://tianpan.co/blog/2026-04-19-ai-incident-response-playbook-llm-production",
	},
	{
		name: "privacy-filter-eager",
		step: "freigabe",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A filter for phone numbers takes out those that the reader needs. https://github.com/langflow-ai/langflow/pull/14934",
	},
	{
		name: "charset-too-small",
		step: "brief_setzen",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Letters outside the renderer's character set are lost. https://github.com/michaelrsweet/htmldoc/issues/110",
	},
];

export const tenantMail: Pipeline = pipeline<World, MailTask>({
	name: "tenant-mail",
	half: "held-out",
	shape: "router",
	service: "hausverwaltung",
	linked: false,
	plainText: false,
	faults: FAULTS,
	decoys: [
		"version:freigabe",
		"version:felder_ziehen",
		"version:vertrag_lesen",
		"slow:entwurf",
		"slow:wohnung_abfragen",
		"reworded:entwurf_prompt",
		"chatty:entwurf",
		"extra-field:wohnung_abfragen",
		"markup:brief_setzen",
		"side:archiv_ablegen",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const sent = typed(task, world, play);
		const mail = play.step(
			{ name: "mail_lesen", kind: "custom", version: "imap 2", input: sent, ms: [3, 20] },
			(): Mail => ({ ...sent, body: sent.body.replace(/\r/g, "").trim() }),
		);
		const fields = extractFields(mail, play);
		const assigned = assign(fields, play);
		play.sideStep(
			"archiv_ablegen",
			{ kind: "custom", version: "archiv 1", input: { from: sent.from }, ms: [10, 90] },
			"EACCES: archive is read-only",
		);
		const branches = { reparatur: repairBranch, abrechnung: costsBranch, vertrag: leaseBranch };
		const data = branches[assigned.value.branch](world, assigned, play);
		const prompt = draftPrompt(assigned, data, play);
		const letter = callModel(
			play,
			{ step: "entwurf", model: "mistral-small", messages: prompt.value, from: [prompt], ms: [500, 2800] },
			(messages) =>
				`${draft(messages, play)}${play.decoy("chatty:entwurf") ? " Danke für Ihre Geduld / thank you for your patience." : ""}`,
		);
		return { input: sent, output: typeset(release(letter, play), fields.value.language, play).value };
	},
});
