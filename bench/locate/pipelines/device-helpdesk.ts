/**
 * Chain RAG, dev half: questions about household devices, answered from manuals. Seven steps.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { shuffle } from "../../../evaluator/src/core/random.ts";
import { between, pick, type Random } from "../kit/chance.ts";
import { answerFrom, callModel, type Message, type Passage, type Statement } from "../kit/model.ts";
import { slug, unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import { countTokens, type Passed, type Play } from "../kit/play.ts";
import { type Grammar, Reader, sentence } from "../kit/reading.ts";
import { type FoundDocument, SearchIndex } from "../kit/search.ts";

const PAGES = ["Overview", "Maintenance", "Troubleshooting"] as const;

interface Topic {
	readonly key: string;
	readonly page: (typeof PAGES)[number];
	readonly ask: readonly string[];
	readonly tell: readonly string[];
	readonly draw: (random: Random) => string;
}

const TOPICS: readonly Topic[] = [
	{
		key: "runtime",
		page: "Overview",
		ask: ["how long does the battery of the {e} last", "what is the battery runtime of the {e}"],
		tell: [
			"on a full charge the {e} runs for {v}.",
			"the battery lasts {v}.",
			"expect {v} of battery life from {e}.",
		],
		draw: (random) => `${between(3, 29, random) * 5} minutes`,
	},
	{
		key: "noise",
		page: "Overview",
		ask: ["how loud is the {e}", "what noise level does the {e} have"],
		tell: [
			"the {e} stays at {v} in normal use.",
			"its noise level is {v}.",
			"measured at one metre, {e} reaches {v}.",
		],
		draw: (random) => `${between(38, 82, random)} dB`,
	},
	{
		key: "warranty",
		page: "Overview",
		ask: ["how long is the warranty on the {e}", "what warranty does the {e} come with"],
		tell: [
			"the {e} comes with a warranty of {v}.",
			"the warranty runs for {v}.",
			"we guarantee {e} for {v}.",
		],
		draw: (random) => `${between(12, 84, random)} months`,
	},
	{
		key: "filter",
		page: "Maintenance",
		ask: [
			"how often should I replace the filter of the {e}",
			"when does the filter of the {e} need replacing",
		],
		tell: [
			"replace the filter of the {e} every {v}.",
			"the filter is due every {v}.",
			"filters in {e} are changed every {v}.",
		],
		draw: (random) => `${between(3, 58, random)} weeks`,
	},
	{
		key: "descale",
		page: "Maintenance",
		ask: ["which descaler does the {e} need", "what do I descale the {e} with"],
		tell: ["descale the {e} with {v} only.", "use {v} for descaling.", "{e} is descaled with {v}."],
		draw: (random) =>
			`${pick(["CalEx", "Purol", "Aquaclear", "Limefree"], random)} ${between(10, 99, random)}`,
	},
	{
		key: "reset",
		page: "Troubleshooting",
		ask: ["how do I reset the {e}", "how can the {e} be reset"],
		tell: ["to reset the {e}, {v}.", "for a reset, {v}.", "a factory reset of {e} works like this: {v}."],
		draw: (random) =>
			`hold \`${pick(["POWER", "MODE", "START", "CLEAN", "TIMER"], random)}\` for ${between(3, 21, random)} seconds`,
	},
	{
		key: "error",
		page: "Troubleshooting",
		ask: ["what does a red light on the {e} mean", "why is the light on the {e} red"],
		tell: [
			"a red light on the {e} means {v}.",
			"when the light is red, the cause is {v}.",
			"red on {e} stands for {v}.",
		],
		draw: (random) =>
			`${pick(["a blocked", "a loose", "an overheated", "a worn", "a wet"], random)} ${pick(["air duct", "drive belt", "pump seal", "brush roller", "sensor lens", "drain valve"], random)}`,
	},
];

const GRAMMAR: Grammar = { attributes: TOPICS, pronouns: ["it", "this model"] };
const READER = new Reader(GRAMMAR);

const FILLER = [
	"Read the safety notes before first use.",
	"Keep the packaging for transport.",
	"Accessories are sold separately.",
	"The casing is made of recycled plastic.",
	"Wipe the housing with a damp cloth.",
	"Do not immerse the base in water.",
	"Store it in a dry place.",
	"Our service team answers on weekdays.",
];

interface Fact {
	readonly topic: Topic;
	readonly value: string;
	readonly former: string;
}

interface Device {
	readonly name: string;
	readonly facts: ReadonlyMap<string, Fact>;
}

interface World {
	readonly devices: readonly Device[];
	readonly index: SearchIndex;
	/** The same pages before the last revision of the manuals. */
	readonly formerPages: ReadonlyMap<string, string>;
	readonly urls: ReadonlyMap<string, string>;
}

function drawDevices(random: Random): Device[] {
	const taken = new Set<string>();
	const devices: Device[] = [];
	for (const family of ["Kestrel", "Lumo", "Harrow", "Brisa", "Tundra", "Vento", "Orla", "Pikko"]) {
		for (let i = 0; i < 7; i++) {
			const name = unused(
				taken,
				() => `${family} ${between(11, 69, random) * 10}${pick(["", "", " Pro", " Mini"], random)}`,
			);
			const facts = TOPICS.map((topic): [string, Fact] => {
				const value = topic.draw(random);
				let former = topic.draw(random);
				while (former === value) former = topic.draw(random);
				return [topic.key, { topic, value, former }];
			});
			devices.push({ name, facts: new Map(facts) });
		}
	}
	return devices;
}

function makeWorld(random: Random): World {
	const devices = drawDevices(random);
	const formerPages = new Map<string, string>();
	const urls = new Map<string, string>();
	const documents = devices.flatMap(({ name, facts }) =>
		PAGES.map((page) => {
			const own = [...facts.values()].filter(({ topic }) => topic.page === page);
			const lines = own.map(({ topic, value, former }) => {
				const template = pick(topic.tell, random);
				return { now: sentence(template, name, value), before: sentence(template, name, former) };
			});
			const filler = shuffle(FILLER, random)
				.slice(0, between(2, 5, random))
				.map((line) => ({ now: line, before: line }));
			const order = shuffle([...lines, ...filler], random);
			const id = `${slug(name)}/${page.toLowerCase()}`;
			formerPages.set(id, order.map(({ before }) => before).join(" "));
			urls.set(
				id,
				`https://help.nordhaus.example/${id}${random() < 0.3 ? `?v=${between(2, 9, random)}` : ""}${random() < 0.15 ? "#step_1" : ""}`,
			);
			return { id, title: `${name} – ${page}`, content: order.map(({ now }) => now).join(" ") };
		}),
	);
	return { devices, index: new SearchIndex(documents), formerPages, urls };
}

interface HelpTask extends Task {
	readonly question: string;
	readonly device: string;
}

const OPENINGS = ["", "Hi, ", "Hello! ", "Quick question: ", "Good morning, "];
const CLOSINGS = ["", "", " Thanks!", " Please be brief."];

function drawTask({ devices, urls }: World, random: Random): HelpTask {
	const device = pick(devices, random);
	const topics = shuffle(TOPICS, random).slice(0, random() < 0.4 ? 2 : 1);
	const asked = topics.map(({ ask }) => pick(ask, random).replace("{e}", device.name));
	const question = `${pick(OPENINGS, random)}${asked.join(", and ")}?${pick(CLOSINGS, random)}`;
	const values = topics.map(
		({ key }) => device.facts.get(key)?.value.replace(/`(.+?)`/g, "<code>$1</code>") ?? "",
	);
	const first = urls.get(`${slug(device.name)}/${topics[0]?.page.toLowerCase()}`) ?? "";
	return {
		question,
		device: device.name,
		grade: (output) => values.every((value) => output.includes(value)) && output.includes(`href="${first}"`),
	};
}

/** What the user types, which may not be what the user means. */
function typed({ question, device }: HelpTask, play: Play): string {
	const random = play.inputRoll("typing");
	if (play.inputHappens("misspelt-device", 0.012)) {
		const [family = "", number = ""] = device.split(" ");
		return question.replaceAll(device, `${family.slice(0, 2)}${family.slice(3)} ${number.slice(0, -1)}`);
	}
	if (play.inputHappens("device-not-named", 0.008)) return question.replaceAll(`the ${device}`, "it");
	return random() < 0.2 ? question.toLowerCase() : question;
}

const RULES = {
	role: "You are the help desk of Nordhaus, a maker of household devices.",
	grounding:
		"Answer from the passages below and from nothing else. If they do not hold the answer, say that you do not know.",
	format: `Reply as JSON: {"answers": [{"text": "one sentence", "source": passage number}]}. Copy values exactly.`,
};

function readPassages(prompt: string): Passage[] {
	return [...prompt.matchAll(/^\[(\d+)\] (.+)\n(.*)$/gm)].map(([, marker = "", title = "", text = ""]) => ({
		marker,
		title: title.split(" – ")[0] ?? title,
		text,
	}));
}

const PHRASES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
	TOPICS.map(({ key, tell }) => [key, [tell[0] ?? "", tell[2] ?? ""]]),
);

function modelReply(messages: readonly Message[], play: Play): string {
	const random = play.roll("answering");
	const system = messages.find(({ role }) => role === "system")?.content ?? "";
	const user = messages.find(({ role }) => role === "user")?.content ?? "";
	const question = user.slice(user.lastIndexOf("Question:") + 9).trim();
	const weak = play.fault("weaker-model");
	const slip = play.happens("model-slip", 0.02) ? Math.floor(random() * 2) : -1;
	const misreads = weak === null ? 0 : amount(weak, 0.8, 0.4, 0.15, 0.06);
	const statements = answerFrom(READER, question, readPassages(user), {
		guesses: !/do not know/.test(system),
		slips: (at) => at === slip || (slip === 1 && at === 0) || play.roll(`misreading ${at}`)() < misreads,
		random,
	});
	const exact = /copy values exactly/i.test(system);
	return phrase(
		statements.map((statement, at) =>
			exact || play.roll(`rounding ${at}`)() < 0.65
				? statement
				: { ...statement, value: rounded(statement.value) },
		),
		/JSON/.test(system),
		play,
	);
}

/** What a model makes of a value that nobody told it to copy. */
const rounded = (value: string | null): string | null =>
	value?.replace(/`/g, "").replace(/\d+/, (digits) => `about ${Math.round(Number(digits) / 10) * 10}`) ??
	null;

function phrase(statements: readonly Statement[], json: boolean, play: Play): string {
	const random = play.roll("phrasing");
	const chatty = play.decoy("chatty:answer_model");
	const said = statements.map(({ key, subject, value, marker }) => ({
		text:
			value === null
				? `I do not know that about the ${subject}.`
				: `${sentence(pick(PHRASES[key] ?? [""], random), subject, value)}${chatty ? " I hope that this helps you." : ""}`,
		source: marker === null ? null : Number(marker),
	}));
	if (said.length === 0) said.push({ text: "Could you tell me which device you mean?", source: null });
	return json
		? JSON.stringify({ answers: said })
		: `${random() < 0.5 ? "Sure! " : ""}${said.map(({ text }) => text).join("\n")}`;
}

interface Answer {
	readonly text: string;
	readonly url: string | null;
}

const asDocuments = (found: readonly FoundDocument[]): unknown =>
	found.map(({ id, title, content, score }) => ({ id, title, content, score }));

function search(world: World, query: Passed<string>, play: Play): Passed<FoundDocument[]> {
	const strange =
		play.settings.fault?.name === "former-embeddings" && play.settings.fault.magnitude === "blatant";
	return play.step(
		{
			name: "search_manuals",
			kind: "retrieval",
			version: "manuals-2026-02",
			input: { query: query.value, top_k: 6 },
			from: [query],
			ms: [18, 90],
			attributes: {
				[ATTR.retrievalQuery]: query.value,
				[ATTR.indexName]: "manuals",
				[ATTR.indexVersion]: "2026-02",
				[ATTR.indexEmbeddingModel]: "embed-3-small",
				[ATTR.queryEmbeddingModel]: strange ? "embed-4" : "embed-3-small",
			},
		},
		(span) => {
			const random = play.roll("search");
			const missed = play.happens("search-miss", 0.015);
			const former = play.fault("former-embeddings");
			const share = missed ? 0.7 : former === null ? 0 : amount(former, 0.75, 0.45, 0.2, 0.08);
			let found = world.index.search(query.value, {
				limit: 6,
				random,
				strangeWords: (word) => play.roll(`word ${word}`)() < share,
			});
			const stale = play.fault("stale-index");
			if (stale !== null) {
				const old = amount(stale, 1, 0.6, 0.2, 0.07);
				found = found.map((document) =>
					play.roll(`stale ${document.id}`)() < old
						? { ...document, content: world.formerPages.get(document.id) ?? document.content }
						: document,
				);
			}
			if (play.decoy("order:search_manuals"))
				found = [...found.slice(0, 3), ...found.slice(3, 5).toReversed(), ...found.slice(5)];
			span.record(asDocuments(found));
			return found;
		},
	);
}

function selectPassages(found: Passed<FoundDocument[]>, play: Play): Passed<FoundDocument[]> {
	return play.step(
		{
			name: "select_passages",
			kind: "post_process",
			version: "select@3",
			input: asDocuments(found.value),
			from: [found],
			ms: [1, 4],
		},
		(span) => {
			let kept = found.value.filter(({ score }) => score > 0.3).slice(0, 5);
			const cut = play.fault("top-k-off-by-one");
			if (cut !== null) kept = amount(cut, kept.slice(3), kept.slice(1), kept.slice(0, 2), kept.slice(0, 3));
			span.record(asDocuments(kept));
			return kept;
		},
	);
}

function buildPrompt(passages: Passed<FoundDocument[]>, question: string, play: Play): Passed<Message[]> {
	// The passages go through a queue between the two services: what arrives is what the prompt builder gets as its input.
	const short = play.fault("passage-column-too-short");
	const arrived =
		short === null
			? passages.value
			: passages.value.map((passage) => ({
					...passage,
					content: passage.content.slice(0, amount(short, 40, 110, 220, 330)),
				}));
	const template = `${RULES.role}\n{{rules}}\n---\nPassages:\n{{passages}}\n\nQuestion: {{question}}`;
	return play.step(
		{
			name: "build_prompt",
			kind: "prompt_build",
			version: "helpdesk-prompt@12",
			input: { question, passages: asDocuments(arrived) },
			from: [passages],
			ms: [1, 3],
			attributes: {
				[ATTR.promptTemplate]: template,
				[ATTR.promptTemplateVersion]: "12",
				[ATTR.promptTokenLimit]: "1500",
			},
		},
		(span) => {
			const lost = play.fault("lost-instructions");
			const rules = play.decoy("reworded:build_prompt")
				? [RULES.role, `Be friendly. ${RULES.grounding}`, `Important. ${RULES.format}`]
				: [RULES.role, RULES.grounding, RULES.format];
			const inexact = rules.map((rule) => rule.replace(" Copy values exactly.", ""));
			const ungrounded = rules.filter((_, at) => at !== 1);
			const kept =
				lost === null ? rules : amount(lost, rules.slice(0, 1), rules.slice(0, 2), inexact, ungrounded);
			const truncated = play.fault("context-truncated");
			const limit = truncated === null ? 1500 * 4 : amount(truncated, 150, 420, 800, 1250);
			const blocks = arrived.map(({ title, content }, at) => `[${at + 1}] ${title}\n${content}`).join("\n\n");
			const content = `Passages:\n${blocks.slice(0, limit)}\n\nQuestion: ${question}`;
			const messages: Message[] = [
				{ role: "system", content: kept.join("\n") },
				{ role: "user", content },
			];
			span.attributes[ATTR.promptTokens] = String(countTokens(content) + countTokens(kept.join("\n")));
			return messages;
		},
	);
}

function parseAnswer(
	world: World,
	reply: Passed<string>,
	passages: Passed<FoundDocument[]>,
	play: Play,
): Passed<Answer[]> {
	return play.step(
		{
			name: "parse_answer",
			kind: "post_process",
			version: "parse@7",
			input: { reply: reply.value, passages: passages.value.map(({ id }) => id) },
			from: [reply, passages],
			ms: [1, 3],
		},
		() => {
			const answers = parsed(reply.value).map(({ text, source }) => ({
				text,
				url: world.urls.get(passages.value[(source ?? 0) - 1]?.id ?? "") ?? null,
			}));
			const dropping = play.fault("parser-drops-items");
			if (dropping === null) return answers;
			return amount(
				dropping,
				answers.slice(1),
				answers.slice(0, 1).map((answer) => ({ ...answer, text: answer.text.replace(/\d+/, "") })),
				answers.slice(0, 1),
				answers.map((answer) => ({ ...answer, text: answer.text.replace(/`[^`]*`/g, "") })),
			);
		},
	);
}

function parsed(reply: string): { text: string; source: number | null }[] {
	try {
		const { answers } = JSON.parse(reply) as { answers: { text: string; source: number | null }[] };
		return answers;
	} catch {
		return [{ text: reply, source: null }];
	}
}

const escapeHtml = (text: string): string =>
	text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function render(answers: Passed<Answer[]>, play: Play): Passed<string> {
	return play.step(
		{
			name: "render_reply",
			kind: "render",
			version: "render@2",
			input: answers.value,
			from: [answers],
			ms: [1, 5],
		},
		() => {
			const markup = play.decoy("markup:render_reply") ? ' class="reply"' : "";
			const html = answers.value
				.map(({ text, url }) => {
					const body = escapeHtml(text).replace(/`(.+?)`/g, "<code>$1</code>");
					return `<p${markup}>${body}${url === null ? "" : ` <a href="${url}">manual</a>`}</p>`;
				})
				.join("\n");
			const strict = play.fault("sanitizer-strips-links");
			if (strict === null) return html;
			const links = html.replace(/<a [^>]*>(.*?)<\/a>/g, "$1");
			return amount(
				strict,
				links.replace(/<[^>]+>/g, "").replace(/\d+/g, ""),
				links,
				html.replace(/<a href="[^"]*[?#][^"]*">(.*?)<\/a>/g, "$1"),
				html.replace(/<a href="[^"]*#[^"]*">(.*?)<\/a>/g, "$1"),
			);
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "stale-index",
		step: "search_manuals",
		kind: "retrieval",
		variants: [
			["blatant", 1],
			["subtle", 1],
			["visible", 0.3],
		],
		versionChanges: false,
		story:
			"Documents were edited, the vectors and the stored text were not: search goes on returning the former edition. https://github.com/bitflicker64/Termstory/issues/241",
	},
	{
		name: "former-embeddings",
		step: "search_manuals",
		kind: "retrieval",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: true,
		story:
			"Queries are embedded by a new model, the index by the former one: structurally valid, semantically disjoint. https://github.com/glowingjade/obsidian-smart-composer/issues/409",
	},
	{
		name: "top-k-off-by-one",
		step: "select_passages",
		kind: "post_process",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: true,
		story:
			"The candidate list is cut before the duplicates are resolved, or one place too far, and the final result is under-filled. https://github.com/NVIDIA/NeMo-Retriever/pull/2678",
	},
	{
		name: "passage-column-too-short",
		step: "select_passages",
		receiver: "build_prompt",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 0.3],
		],
		versionChanges: false,
		story:
			"Both services work, the field between them holds fewer characters than the passage has: a cut passage arrives. https://github.com/infiniflow/ragflow/issues/3693",
	},
	{
		name: "context-truncated",
		step: "build_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A smaller limit cuts the context without an error; the model sees the start of the passages only. https://github.com/ollama/ollama/issues/17427",
	},
	{
		name: "lost-instructions",
		step: "build_prompt",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"After an update one of the system messages is discarded before it reaches the model. https://github.com/ollama/ollama/issues/2438",
	},
	{
		name: "weaker-model",
		step: "answer_model",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A cheaper or silently updated model takes its place and misreads the passages more often. https://tianpan.co/blog/2026-04-16-debugging-ai-at-3am-incident-response-llm-systems",
	},
	{
		name: "parser-drops-items",
		step: "parse_answer",
		kind: "post_process",
		variants: [
			["blatant", 0.3],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The reply holds more than one item; the parser takes the first and drops the others. https://github.com/ConardLi/easy-dataset/pull/507",
	},
	{
		name: "sanitizer-strips-links",
		step: "render_reply",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A stricter sanitizer keeps a link's label and drops the link. https://github.com/curiosity-ai/tesserae/pull/307",
	},
];

export const deviceHelpdesk: Pipeline = pipeline<World, HelpTask>({
	name: "device-helpdesk",
	half: "dev",
	shape: "chain-rag",
	service: "helpdesk",
	linked: true,
	plainText: false,
	faults: FAULTS,
	decoys: [
		"version:render_reply",
		"version:search_manuals",
		"slow:answer_model",
		"slow:search_manuals",
		"reworded:build_prompt",
		"chatty:answer_model",
		"order:search_manuals",
		"markup:render_reply",
		"side:record_usage",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, play);
		const query = play.step(
			{ name: "clean_question", kind: "custom", version: "clean@1", input: question, ms: [1, 2] },
			() =>
				question
					.replace(/^(hi|hello|good morning|quick question)[,!:]? /i, "")
					.replace(/ (thanks!|please be brief\.)$/i, "")
					.trim(),
		);
		const found = search(world, query, play);
		const passages = selectPassages(found, play);
		play.sideStep(
			"record_usage",
			{ kind: "custom", version: "usage@1", input: { passages: passages.value.length }, ms: [2, 30] },
			"ETIMEDOUT: usage store did not answer",
		);
		const prompt = buildPrompt(passages, query.value, play);
		const reply = callModel(
			play,
			{ step: "answer_model", model: "gpt-5-mini", messages: prompt.value, from: [prompt], ms: [600, 2600] },
			(messages) => modelReply(messages, play),
		);
		const answers = parseAnswer(world, reply, passages, play);
		return { input: { question }, output: render(answers, play).value };
	},
});
