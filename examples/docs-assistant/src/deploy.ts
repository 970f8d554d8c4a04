/**
 * Composes a deploy: which implementation of every component it ships. Deploy A is the release that works. Deploy B is
 * the next one: its renderer, its parser and its index build are new in any case, as in any real release, and where a
 * fault is asked for, the one component that it names is its faulty release.
 *
 * @module
 */
import type OpenAI from "openai";
import { stemAnalyser, wordAnalyser } from "./analyser.ts";
import type { Page } from "./cut-pages.ts";
import { renderWithCodeNodes } from "./faults/code-aware-renderer.ts";
import { createDiversifiedSearch } from "./faults/diversified-search.ts";
import { buildFairSharePrompt } from "./faults/fair-share-prompt.ts";
import { createNestedPackageInfo } from "./faults/nested-package-info.ts";
import { parseFirstSentences } from "./faults/one-sentence-parser.ts";
import { type AskModel, createModel } from "./model.ts";
import { createPackageInfo, type LookUpPackage } from "./package-info.ts";
import { createParser, type ParseAnswer } from "./parse-answer.ts";
import { type BuildPrompt, buildPrompt } from "./prompt-build.ts";
import { createRenderer, type RenderHtml } from "./render-html.ts";
import { createSearch, type SearchDocs } from "./retrieval.ts";
import { buildIndex, type SearchIndex } from "./search-index.ts";
import { sourceVersion } from "./source-version.ts";

export const DEPLOYS = ["A", "B"] as const;
export type DeployName = (typeof DEPLOYS)[number];

/** What can be wrong with deploy B. */
export const FAULTS = [
	"none",
	"stale-index",
	"wrong-documents",
	"prompt-truncated",
	"tool-shape-changed",
	"answer-mangled",
	"render-broken",
	"model-degraded",
] as const;
export type Fault = (typeof FAULTS)[number];

/** An implementation and the version under which it is recorded. */
export interface Component<Implementation> {
	readonly run: Implementation;
	readonly version: string;
}

export interface Deploy {
	readonly search: Component<SearchDocs> & { readonly index: SearchIndex; readonly queryAnalyser: string };
	readonly packageInfo: Component<LookUpPackage>;
	readonly buildPrompt: Component<BuildPrompt>;
	readonly askModel: AskModel;
	readonly parseAnswer: Component<ParseAnswer>;
	readonly renderHtml: Component<RenderHtml>;
}

/** What a deploy is composed from. */
export interface Surroundings {
	readonly pages: readonly Page[];
	readonly client: OpenAI;
	/** Ids of the model that is wanted and of the weaker, cheaper one. */
	readonly models: { readonly good: string; readonly weaker: string };
	/** The folder from which packages are looked up. */
	readonly from: string;
}

/** The build of the index that each deploy ships; the oldest one is from before stems, and still on the disk. */
const INDEX_SERIALS = { former: 38, A: 41, B: 42 } as const;

/** Puts a deploy together. Deploy A takes faults as well: a fault is a fault of the code, not of the deploy's name. */
export function composeDeploy(name: DeployName, fault: Fault, surroundings: Surroundings): Deploy {
	const { client, models, from } = surroundings;
	return {
		search: composeSearch(name, fault, surroundings.pages),
		packageInfo:
			fault === "tool-shape-changed"
				? { run: createNestedPackageInfo(from), version: sourceVersion("faults/nested-package-info.ts") }
				: { run: createPackageInfo(from), version: sourceVersion("package-info.ts") },
		buildPrompt:
			fault === "prompt-truncated"
				? { run: buildFairSharePrompt, version: sourceVersion("faults/fair-share-prompt.ts") }
				: { run: buildPrompt, version: sourceVersion("prompt-build.ts") },
		askModel: createModel(client, fault === "model-degraded" ? models.weaker : models.good),
		parseAnswer: composeParser(name, fault),
		renderHtml: composeRenderer(name, fault),
	};
}

function composeSearch(name: DeployName, fault: Fault, pages: readonly Page[]): Deploy["search"] {
	const index =
		fault === "stale-index"
			? buildIndex(pages, wordAnalyser, { serial: INDEX_SERIALS.former })
			: buildIndex(pages, stemAnalyser, { serial: INDEX_SERIALS[name] });
	const queryAnalyser = stemAnalyser.name;
	if (fault === "wrong-documents") {
		const version = sourceVersion("faults/diversified-search.ts");
		return { run: createDiversifiedSearch(index, stemAnalyser), version, index, queryAnalyser };
	}
	return {
		run: createSearch(index, stemAnalyser),
		version: sourceVersion("retrieval.ts"),
		index,
		queryAnalyser,
	};
}

function composeParser(name: DeployName, fault: Fault): Component<ParseAnswer> {
	if (fault === "answer-mangled") {
		return { run: parseFirstSentences, version: sourceVersion("faults/one-sentence-parser.ts") };
	}
	const settings = { dropBullets: name === "B" };
	return { run: createParser(settings), version: sourceVersion("parse-answer.ts", settings) };
}

function composeRenderer(name: DeployName, fault: Fault): Component<RenderHtml> {
	if (fault === "render-broken") {
		return { run: renderWithCodeNodes, version: sourceVersion("faults/code-aware-renderer.ts") };
	}
	const settings = name === "B" ? { rel: "noopener" } : {};
	return { run: createRenderer(settings), version: sourceVersion("render-html.ts", settings) };
}
