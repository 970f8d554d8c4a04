/**
 * Composes a deploy: which implementation of every component it ships. Deploy B has a new build of the index and a new version of the mail in any case;
 * where a fault is asked for, the one component that it names is its faulty release.
 *
 * @module
 */
import type OpenAI from "openai";
import { shortenIds, withCarrierDown, withPricesAsText } from "./faults/clients.ts";
import {
	createDoubledFinder,
	createFallbackFinder,
	createUnrankedFinder,
	formerPages,
} from "./faults/terms.ts";
import {
	readFirstSentence,
	writeEmailWithDeadLinks,
	writeLatinEmail,
	writePromptWithoutTerms,
} from "./faults/texts.ts";
import { createFindPolicies, type FindPolicies, INDEX_BUILDS, indexPolicies } from "./policies.ts";
import { type WritePrompt, writePrompt } from "./prompt.ts";
import { type ReadReply, readReply, type WriteEmail, writeEmail } from "./reply.ts";
import type { Shop } from "./shop.ts";
import { createTools, type Tools } from "./tools.ts";

export const DEPLOYS = ["A", "B"] as const;
export type DeployName = (typeof DEPLOYS)[number];

/** What can be wrong with a deploy, and in which step it begins. */
export const FAULTS = {
	none: null,
	"stale-terms": "find_policies",
	"doubled-terms": "find_policies",
	"foreign-terms": "find_policies",
	"unranked-terms": "find_policies",
	"terms-lost": "write_prompt",
	"price-as-text": "find_order",
	"carrier-down": "track_parcel",
	"ids-shortened": "find_order",
	"loop-forgets": "model",
	"model-misreads": "model",
	"model-dreams": "model",
	"model-writes-prose": "model",
	"model-rambles": "model",
	"model-invents-sources": "model",
	"model-refuses": "model",
	"reply-cut": "model",
	"answer-shortened": "read_reply",
	"mail-garbled": "write_email",
	"links-dead": "write_email",
} as const;
export type Fault = keyof typeof FAULTS;

/** An implementation and the version under which it is recorded. */
export interface Component<Implementation> {
	readonly run: Implementation;
	readonly version: string;
}

export interface Deploy {
	readonly findPolicies: Component<FindPolicies>;
	/** Of the index that is read: its build. */
	readonly indexBuild: string;
	readonly writePrompt: Component<WritePrompt>;
	readonly tools: Tools;
	readonly toolsVersion: string;
	/** What happens to the arguments on their way from the model to the tool. */
	readonly passArguments: (args: object) => object;
	readonly client: OpenAI;
	readonly model: string;
	readonly maxTokens: number;
	/** Whether the loop tells the model what its tools have answered before the last turn. */
	readonly remembers: boolean;
	readonly readReply: Component<ReadReply>;
	readonly writeEmail: Component<WriteEmail>;
}

export interface Surroundings {
	readonly shop: Shop;
	readonly client: OpenAI;
	/** The model that is wanted. */
	readonly model: string;
}

const MODELS: Partial<Record<Fault, string>> = {
	"model-misreads": "planner-hasty",
	"model-dreams": "planner-dreaming",
	"model-writes-prose": "planner-prose",
	"model-rambles": "planner-rambling",
	"model-invents-sources": "planner-inventive",
	"model-refuses": "planner-shy",
};

/** Puts a deploy together. Deploy A takes faults as well: a fault is a fault of the code, not of the deploy's name. */
export function composeDeploy(name: DeployName, fault: Fault, { shop, client, model }: Surroundings): Deploy {
	const tools = createTools(shop);
	return {
		...composeTerms(name, fault),
		writePrompt:
			fault === "terms-lost"
				? { run: writePromptWithoutTerms, version: "prompt-8" }
				: { run: writePrompt, version: "prompt-7" },
		tools:
			fault === "price-as-text"
				? withPricesAsText(tools)
				: fault === "carrier-down"
					? withCarrierDown(tools)
					: tools,
		toolsVersion: fault === "price-as-text" ? "orders-2" : "orders-1",
		passArguments: fault === "ids-shortened" ? shortenIds : (args) => args,
		client,
		model: MODELS[fault] ?? model,
		maxTokens: fault === "reply-cut" ? 18 : 120,
		remembers: fault !== "loop-forgets",
		readReply:
			fault === "answer-shortened"
				? { run: readFirstSentence, version: "reply-4" }
				: { run: readReply, version: "reply-3" },
		writeEmail: composeEmail(name, fault),
	};
}

function composeTerms(name: DeployName, fault: Fault): Pick<Deploy, "findPolicies" | "indexBuild"> {
	const build = fault === "stale-terms" ? "former" : name;
	const pages = fault === "stale-terms" ? formerPages() : indexPolicies(name);
	const finders: Partial<Record<Fault, typeof createFindPolicies>> = {
		"doubled-terms": createDoubledFinder,
		"foreign-terms": createFallbackFinder,
		"unranked-terms": createUnrankedFinder,
	};
	const create = finders[fault] ?? createFindPolicies;
	const version = finders[fault] === undefined ? "terms-5" : "terms-6";
	return { findPolicies: { run: create(pages), version }, indexBuild: INDEX_BUILDS[build] };
}

function composeEmail(name: DeployName, fault: Fault): Component<WriteEmail> {
	if (fault === "mail-garbled") return { run: writeLatinEmail, version: "mail-11" };
	if (fault === "links-dead") return { run: writeEmailWithDeadLinks, version: "mail-11" };
	return { run: writeEmail, version: name === "A" ? "mail-9" : "mail-10" };
}
