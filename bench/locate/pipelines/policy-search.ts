/**
 * Parallel retrieval, dev half: three searches at once over a company's rules, merged, reranked, answered with citations. Eight steps.
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
import { type FoundDocument, type SearchDocument, SearchIndex, wordsOf } from "../kit/search.ts";

const SOURCES = ["regional", "group", "circulars"] as const;
type Source = (typeof SOURCES)[number];

interface Topic {
	readonly key: string;
	readonly source: Source;
	/** Topics of one area are told in the same document. */
	readonly area: string;
	readonly ask: readonly string[];
	readonly tell: readonly string[];
	readonly draw: (random: Random) => string;
}

const TOPICS: readonly Topic[] = [
	{
		key: "parental",
		source: "regional",
		area: "Leave",
		ask: ["how much parental leave do employees in {e} get", "how long is parental leave in {e}"],
		tell: [
			"employees in {e} are entitled to {v} of parental leave.",
			"parental leave in {e} amounts to {v}.",
		],
		draw: (random) => `${between(8, 61, random)} weeks`,
	},
	{
		key: "vacation",
		source: "regional",
		area: "Leave",
		ask: ["how many vacation days do employees have in {e}", "what is the vacation entitlement in {e}"],
		tell: ["the yearly vacation in {e} is {v}.", "staff in {e} take {v} of vacation a year."],
		draw: (random) => `${between(21, 39, random)} days`,
	},
	{
		key: "notice",
		source: "regional",
		area: "Contracts",
		ask: ["what is the notice period in {e}", "how long before leaving must I give notice in {e}"],
		tell: ["notice in {e} must be given {v} ahead.", "the notice period agreed for {e} is {v}."],
		draw: (random) => `${between(3, 27, random)} weeks`,
	},
	{
		key: "probation",
		source: "regional",
		area: "Contracts",
		ask: ["how long is the probation period in {e}", "how many days of probation are there in {e}"],
		tell: ["probation in {e} ends after {v}.", "new contracts in {e} start with {v} of probation."],
		draw: (random) => `${between(30, 199, random)} days`,
	},
	{
		key: "hotel",
		source: "group",
		area: "Travel",
		ask: ["what is the hotel limit for {e}", "how much may a hotel night cost for {e}"],
		tell: ["a hotel night for {e} may cost up to {v}.", "the hotel limit of {e} is {v}."],
		draw: (random) => `${between(80, 290, random)} EUR`,
	},
	{
		key: "meals",
		source: "group",
		area: "Travel",
		ask: ["what meal allowance applies to {e}", "how high is the daily meal allowance for {e}"],
		tell: ["the daily meal allowance of {e} is {v}.", "meals of {e} are covered up to {v} a day."],
		draw: (random) => `${between(18, 79, random)} EUR`,
	},
	{
		key: "laptop",
		source: "group",
		area: "Equipment",
		ask: ["what is the laptop budget for {e}", "how much may a laptop cost for {e}"],
		tell: ["laptops for {e} are paid up to {v}.", "the laptop budget of {e} is {v}."],
		draw: (random) => `${between(9, 32, random) * 100 + between(0, 99, random)} EUR`,
	},
	{
		key: "form",
		source: "circulars",
		area: "Requests",
		ask: ["which form do I need for {e}", "what form is used to apply for {e}"],
		tell: ["apply for {e} with form {v}.", "the form for {e} is {v}."],
		draw: (random) => `HR_${between(100, 999, random)}_${pick(["a", "b", "c", "x"], random)}`,
	},
	{
		key: "approver",
		source: "circulars",
		area: "Requests",
		ask: ["who approves {e}", "whose approval do I need for {e}"],
		tell: ["{v} approves {e}.", "requests for {e} go to {v}."],
		draw: (random) =>
			`the ${pick(["regional", "deputy", "group", "senior"], random)} ${pick(["people lead", "site manager", "finance partner", "works council", "security officer", "payroll desk"], random)}`,
	},
];

const READER = new Reader({ attributes: TOPICS, pronouns: ["it"] });

const COUNTRIES = (
	"Austria Belgium Chile Denmark Estonia Finland Georgia Hungary Iceland Japan Kenya Latvia Malta Norway Oman Peru Qatar Romania " +
	"Serbia Tunisia Uruguay Vietnam Slovakia Slovenia"
).split(" ");
const GRADES = Array.from({ length: 16 }, (_, at) => `grade ${"ABCD"[at % 4]}${Math.floor(at / 4) + 1}`);
const REQUESTS = (
	"a sabbatical,a relocation,remote work abroad,an unpaid absence,a second job,a language course,a company bike,a parking space," +
	"a home office chair,an early retirement,a transfer,a shift change,a travel advance,a conference visit,a mobile phone,an exit visa"
).split(",");
const SUBJECTS: Readonly<Record<Source, readonly string[]>> = {
	regional: COUNTRIES,
	group: GRADES,
	circulars: REQUESTS,
};
const FILLER = [
	"This text replaces all former agreements.",
	"Questions go to the people desk.",
	"Details are settled locally.",
	"The rule applies to part-time staff in proportion.",
	"Exceptions need a written reason.",
	"The works council has been heard.",
];

interface World {
	readonly values: ReadonlyMap<string, string>;
	readonly indexes: Readonly<Record<Source, SearchIndex>>;
	readonly former: ReadonlyMap<string, string>;
	readonly ids: ReadonlyMap<string, string>;
}

function makeWorld(random: Random): World {
	const values = new Map<string, string>();
	const former = new Map<string, string>();
	const ids = new Map<string, string>();
	const documents: Record<Source, SearchDocument[]> = { regional: [], group: [], circulars: [] };
	for (const source of SOURCES) {
		const areas = [...new Set(TOPICS.filter((topic) => topic.source === source).map(({ area }) => area))];
		for (const [at, subject] of SUBJECTS[source].entries()) {
			for (const area of areas) {
				const lines = TOPICS.filter((topic) => topic.source === source && topic.area === area).map(
					(topic) => {
						const value = topic.draw(random);
						let old = topic.draw(random);
						while (old === value) old = topic.draw(random);
						values.set(`${topic.key}/${subject}`, value);
						const template = pick(topic.tell, random);
						return [sentence(template, subject, value), sentence(template, subject, old)] as const;
					},
				);
				const rest = shuffle(FILLER, random).slice(0, between(1, 3, random));
				const id = `${source.slice(0, 3).toUpperCase()}-${area.slice(0, 2).toUpperCase()}-${100 + at}`;
				const order = shuffle([...lines, ...rest.map((line) => [line, line] as const)], random);
				documents[source].push({
					id,
					title: `${area}: ${subject}`,
					content: order.map(([now]) => now).join(" "),
				});
				former.set(id, order.map(([, before]) => before).join(" "));
				ids.set(`${area}/${subject}`, id);
			}
		}
	}
	return {
		values,
		former,
		ids,
		indexes: {
			regional: new SearchIndex(documents.regional),
			group: new SearchIndex(documents.group, 2),
			circulars: new SearchIndex(documents.circulars, 2),
		},
	};
}

interface PolicyTask extends Task {
	readonly question: string;
	readonly subjects: readonly string[];
}

function drawTask({ values, ids }: World, random: Random): PolicyTask {
	const sources = shuffle(SOURCES, random).slice(0, random() < 0.5 ? 2 : 1);
	const asked = sources.map((source) => {
		const topic = pick(
			TOPICS.filter((candidate) => candidate.source === source),
			random,
		);
		return { topic, subject: pick(SUBJECTS[source], random) };
	});
	const clauses = asked.map(({ topic, subject }) => pick(topic.ask, random).replace("{e}", subject));
	const wanted = asked.map(({ topic, subject }) => ({
		value: values.get(`${topic.key}/${subject}`) ?? "",
		source: ids.get(`${topic.area}/${subject}`) ?? "",
	}));
	return {
		question: `${clauses.join(", and ")}?`.replace(/^./, (first) => first.toUpperCase()),
		subjects: asked.map(({ subject }) => subject),
		grade: (output) => wanted.every(({ value, source }) => output.includes(value) && output.includes(source)),
	};
}

function typed({ question, subjects }: PolicyTask, play: Play): string {
	const random = play.inputRoll("typing");
	const subject = pick(subjects, random);
	if (play.inputHappens("subject-left-out", 0.012)) return question.replace(subject, "us");
	if (play.inputHappens("garbled-words", 0.01)) {
		return question.replace(/\b(\w)(\w)(\w{2,})\b/g, (word, a: string, b: string, rest: string) =>
			random() < 0.6 ? `${b}${a}${rest.slice(1)}` : word,
		);
	}
	return question;
}

const listOf = (found: readonly FoundDocument[]): unknown =>
	found.map(({ id, title, content, score }) => ({ id, title, text: content, score }));

function search(world: World, source: Source, question: string, play: Play): Passed<FoundDocument[]> {
	const name = `search_${source}`;
	return play.step(
		{
			name,
			kind: "retrieval",
			version: `${source}-idx-31`,
			input: question,
			ms: [15, source === "group" ? 220 : 110],
			attributes: { [ATTR.retrievalQuery]: question, [ATTR.indexName]: source, [ATTR.indexVersion]: "31" },
		},
		(span) => {
			const missed = play.happens("search-miss", 0.01);
			let found = world.indexes[source].search(question, {
				limit: 5,
				noise: 0.05,
				random: play.roll(`search ${source}`),
				strangeWords: (word) => missed && play.roll(`word ${word}`)() < 0.75,
			});
			const editions = source === "regional" ? play.fault("edition-filter-ignored") : null;
			if (editions !== null) {
				const share = amount(editions, 1, 0.6, 0.2, 0.06);
				found = found
					.flatMap((document) => {
						const old = { ...document, content: world.former.get(document.id) ?? document.content };
						return play.roll(`edition ${document.id}`)() < share ? [old, document] : [document];
					})
					.slice(0, 5);
			}
			if (source === "circulars" && play.fault("branch-returns-nothing") !== null) found = [];
			span.record(listOf(found));
			return found;
		},
	);
}

function merge(branches: readonly Passed<FoundDocument[]>[], play: Play): Passed<FoundDocument[]> {
	// The join takes what has arrived: each branch worked, and so does the merging of what there is.
	const impatient = play.fault("join-does-not-wait");
	const arrived = branches.map(({ value }, at) =>
		impatient !== null && at === 1 ? value.slice(0, amount(impatient, 0, 0, 1, 2)) : value,
	);
	return play.step(
		{
			name: "merge_results",
			kind: "post_process",
			version: "merge@4",
			input: arrived.map(listOf),
			from: branches,
			ms: [1, 4],
		},
		(span) => {
			const all = arrived.flat();
			const eager = play.fault("dedup-by-title");
			let merged = all;
			if (eager !== null) {
				// The last document of a key wins, whatever its score.
				const keyOf = (title: string): string =>
					amount(
						eager,
						title.slice(0, 1),
						title.split(":")[0] ?? "",
						title.replace(/\d/g, ""),
						title.replace(/ [AB]\d/, ""),
					);
				merged = [...new Map(all.map((document) => [keyOf(document.title), document])).values()];
			}
			span.record(listOf(merged));
			return merged;
		},
	);
}

function relevance(asked: ReadonlySet<string>, { title, content }: SearchDocument): number {
	const inTitle = wordsOf(title).filter((word) => asked.has(word)).length;
	const inText = new Set(wordsOf(content).filter((word) => asked.has(word))).size;
	return 2 * inTitle + inText;
}

function rerank(merged: Passed<FoundDocument[]>, question: string, play: Play): Passed<FoundDocument[]> {
	return play.step(
		{
			name: "rerank",
			kind: "custom",
			version: "rerank-large-2",
			input: { query: question, documents: listOf(merged.value) },
			from: [merged],
			ms: [40, 210],
		},
		(span) => {
			const random = play.roll("rerank");
			const asked = new Set(wordsOf(question));
			const scored = merged.value.map((document) => ({
				...document,
				score: Math.round((relevance(asked, document) + 0.3 * random()) * 40) / 1000,
			}));
			const inverted = play.fault("reranker-inverted");
			const wrongWay = (title: string): boolean =>
				inverted !== null &&
				amount(
					inverted,
					true,
					/^(Leave|Travel|Requests)/.test(title),
					/^Equipment/.test(title),
					/^Equipment: grade A/.test(title),
				);
			const order = scored.toSorted(
				(a, b) =>
					(wrongWay(b.title) ? 0.9 - 3 * b.score : b.score) -
					(wrongWay(a.title) ? 0.9 - 3 * a.score : a.score),
			);
			span.record(listOf(order));
			return order;
		},
	);
}

const RULES =
	"You answer questions about the rules of the Halvorsen group. Use only the numbered documents, copy values exactly, and put the number of the document in brackets after each sentence, such as [2]. If no document answers, say that you could not find it.";
const KEPT = 6;

function buildContext(
	ranked: Passed<FoundDocument[]>,
	question: string,
	play: Play,
): Passed<{ messages: Message[]; sources: string[] }> {
	return play.step(
		{
			name: "build_context",
			kind: "prompt_build",
			version: "policy-prompt@21",
			input: { question, documents: listOf(ranked.value) },
			from: [ranked],
			ms: [1, 3],
			attributes: { [ATTR.promptTemplateVersion]: "21", [ATTR.promptTokenLimit]: "1200" },
		},
		(span) => {
			const fewer = play.fault("fewer-documents");
			const kept = ranked.value.slice(0, fewer === null ? KEPT : amount(fewer, 0, 1, 3, 5));
			const lost = play.fault("citation-rule-lost");
			const rules =
				lost === null
					? RULES
					: amount(
							lost,
							"Answer the question.",
							RULES.replace(/, and put.*?\[2\]/, ""),
							RULES.replace("Use only the numbered documents, copy values exactly", "Use the documents"),
							RULES.replace(/ If no.*/, ""),
						);
			const reworded = play.decoy("reworded:build_context") ? `Be concise and polite.\n${rules}` : rules;
			const blocks = kept.map(({ title, content }, at) => `(${at + 1}) ${title} | ${content}`);
			const user = `${blocks.join("\n")}\n\nQ: ${question}`;
			span.attributes[ATTR.promptTokens] = String(countTokens(user) + countTokens(reworded));
			return {
				messages: [
					{ role: "system" as const, content: reworded },
					{ role: "user" as const, content: user },
				],
				sources: kept.map(({ id }) => id),
			};
		},
	);
}

const SAY: readonly ((said: string, mark: string) => string)[] = [
	(said, mark) => `${said.slice(0, -1)}${mark}.`,
	(said, mark) => `According to the rules, ${said.charAt(0).toLowerCase()}${said.slice(1, -1)}${mark}.`,
];

function modelReply(messages: readonly Message[], play: Play): string {
	const [system = "", user = ""] = messages.map(({ content }) => content);
	const random = play.roll("answering");
	const passages: Passage[] = [...user.matchAll(/^\((\d+)\) .*?: (.*?) \| (.*)$/gm)].map(
		([, marker = "", title = "", text = ""]) => ({ marker, title, text }),
	);
	const question = user.slice(user.lastIndexOf("Q:") + 2).trim();
	const weak = play.fault("weaker-model");
	const misreads = weak === null ? 0 : amount(weak, 0.7, 0.35, 0.14, 0.05);
	const exact = /copy values exactly/.test(system);
	const slip = play.happens("model-slip", 0.022);
	const statements = answerFrom(READER, question, passages, {
		guesses: !/could not find/.test(system),
		slips: (at) => (slip && at === 0) || play.roll(`misreading ${at}`)() < misreads,
		random,
	});
	const said = statements.map(({ key, subject, value, marker }, at) => {
		if (value === null) return `I could not find that for ${subject}.`;
		const copied =
			exact || play.roll(`copying ${at}`)() < 0.7
				? value
				: value.replace(/\d+/, (digits) => `${digits.slice(0, -1)}0`);
		const topic = TOPICS.find((candidate) => candidate.key === key);
		const mark = marker !== null && /in brackets/.test(system) ? ` [${marker}]` : "";
		return pick(SAY, random)(sentence(pick(topic?.tell ?? [""], random), subject, copied), mark);
	});
	const opening = play.decoy("chatty:answer_model") ? "Thank you for your question. " : "";
	return (
		opening + (said.length === 0 ? "Could you say what exactly you would like to know?" : said.join("\n"))
	);
}

function cite(reply: Passed<string>, context: Passed<{ sources: string[] }>, play: Play): Passed<string> {
	return play.step(
		{
			name: "attach_citations",
			kind: "post_process",
			version: "cite@2",
			input: { reply: reply.value, sources: context.value.sources },
			from: [reply, context],
			ms: [1, 3],
		},
		() => {
			const shifted = play.fault("citations-shifted");
			const from = shifted === null ? 99 : amount(shifted, 0, 1, 2, 3);
			const used = new Set<string>();
			const text = reply.value.replace(/\[(\d+)\]/g, (_, number: string) => {
				const at = Number(number) - 1;
				const id = context.value.sources[at >= from ? at + 1 : at] ?? "unknown";
				used.add(id);
				return `[${id}]`;
			});
			return `${text}${used.size > 0 ? `\n\nSources: ${[...used].join(", ")}` : ""}`;
		},
	);
}

function render(text: Passed<string>, play: Play): Passed<string> {
	return play.step(
		{ name: "render_answer", kind: "render", version: "md@5", input: text.value, from: [text], ms: [1, 4] },
		() => {
			const markdown = play.fault("underscores-become-italics");
			const html = text.value
				.split("\n")
				.filter((line) => line !== "")
				.map((line) => `<p>${line}</p>`)
				.join(play.decoy("markup:render_answer") ? "\n" : "");
			if (markdown === null) return html;
			return amount(
				markdown,
				html.replace(/[\d_]+/g, ""),
				html.replace(/_(\w+?)_/g, "<em>$1</em>"),
				html.replace(/_(\w*[02468])_/g, "<em>$1</em>"),
				html.replace(/_(\w*0)_/g, "<em>$1</em>"),
			);
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "edition-filter-ignored",
		step: "search_regional",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"A filter on metadata is silently ignored, so documents come back that should be out: here superseded editions. https://github.com/langgenius/dify/issues/35666",
	},
	{
		name: "branch-returns-nothing",
		step: "search_circulars",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["visible", 0.3],
		],
		versionChanges: true,
		story:
			"Every hit of one store is dropped as stale; the other stores answer, so nothing looks broken. https://github.com/metadist/synaplan/issues/2064",
	},
	{
		name: "join-does-not-wait",
		step: "search_group",
		receiver: "merge_results",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["blatant", 0.3],
		],
		versionChanges: false,
		story:
			"The merger keeps one result per source and withholds the rest, with nothing that says so. https://github.com/Marker-Inc-Korea/AutoRAG/pull/1643",
	},
	{
		name: "dedup-by-title",
		step: "merge_results",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Chunks share an identity that they should not, and removing duplicates removes the right one. https://github.com/Marker-Inc-Korea/AutoRAG/pull/1643",
	},
	{
		name: "reranker-inverted",
		step: "rerank",
		kind: "custom",
		variants: [
			["blatant", 1],
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"The reranker's results come in ascending order, so the least relevant documents are kept. https://github.com/mudler/LocalAI/pull/7211",
	},
	{
		name: "fewer-documents",
		step: "build_context",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Context beyond a limit is left out without a word; with a lower limit, fewer documents reach the prompt. Compare https://github.com/nuclia/nucliadb/pull/1070",
	},
	{
		name: "citation-rule-lost",
		step: "build_context",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"An instruction falls out of the template in an update. https://github.com/chatboxai/chatbox/issues/3888",
	},
	{
		name: "weaker-model",
		step: "answer_model",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"The provider exchanges the model behind the same name. https://tianpan.co/blog/2026-04-19-ai-incident-response-playbook-llm-production",
	},
	{
		name: "citations-shifted",
		step: "attach_citations",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Each retriever numbers from its own zero, and the citation points to the neighbour. https://github.com/Aharshi3614/Devwhisper/issues/266",
	},
	{
		name: "underscores-become-italics",
		step: "render_answer",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Markdown that nobody meant: markup in the answer is taken out or turned into style. https://github.com/rilldata/rill/pull/8382",
	},
];

export const policySearch: Pipeline = pipeline<World, PolicyTask>({
	name: "policy-search",
	half: "dev",
	shape: "parallel-retrieval",
	service: "people-portal",
	linked: false,
	plainText: true,
	faults: FAULTS,
	decoys: [
		"version:search_group",
		"version:attach_citations",
		"version:answer_model",
		"slow:rerank",
		"slow:search_regional",
		"reworded:build_context",
		"chatty:answer_model",
		"markup:render_answer",
		"side:log_query",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, play);
		const branches = play.parallel(SOURCES.map((source) => () => search(world, source, question, play)));
		const ranked = rerank(merge(branches, play), question, play);
		const context = buildContext(ranked, question, play);
		const reply = callModel(
			play,
			{
				step: "answer_model",
				model: "mistral-large",
				messages: context.value.messages,
				from: [context],
				ms: [500, 2400],
			},
			(messages) => modelReply(messages, play),
		);
		play.sideStep(
			"log_query",
			{ kind: "custom", version: "log@1", input: { question }, ms: [1, 20] },
			"ECONNREFUSED: log store",
		);
		return { input: question, output: render(cite(reply, context, play), play).value };
	},
});
