import { STEP_KINDS } from "@faultline/instrumentation/attributes";
import type { Checker } from "./config.ts";
import { builtInScorers } from "./scorers/built-in.ts";
import type { JudgeConfig, UserScorerConfig } from "./scoring-config.ts";

const SCORER_FIELDS = [
	"name",
	"scoreStep",
	"scoreRun",
	"version",
	"pipelines",
	"kinds",
	"steps",
	"expected",
	"timeoutMs",
	"sort",
	"reads",
	"evidence",
] as const satisfies readonly (keyof UserScorerConfig)[];

/** Checks `scorers` field by field. */
export function checkScorers(list: Checker): void {
	if (!Array.isArray(list.value)) list.refuse("must be a list of functions and of objects with a name");
	const names = new Set<string>();
	for (const scorer of list.items()) {
		const name = typeof scorer.value === "function" ? scorer.value.name : checkScorer(scorer);
		if (name === "")
			scorer.refuse('is a function without a name; write { name: "…", scoreRun: … } in its place');
		if (/^judge\//.test(name)) scorer.refuse("has a name that begins with judge/, which is the judge's");
		if (builtInScorers.some((one) => one.name === name))
			scorer.refuse(`has the name "${name}", which is a built-in scorer's; give it another`);
		if (names.has(name)) scorer.refuse(`has the name "${name}", as another one has; give each its own`);
		names.add(name);
	}
}

function checkScorer(scorer: Checker): string {
	const object = scorer.object(undefined, SCORER_FIELDS);
	object.at("name").required("text");
	if (object.has("scoreStep") === object.has("scoreRun"))
		object.refuse("needs one of scoreStep (a function of single steps) and scoreRun (of whole runs)");
	for (const name of ["scoreStep", "scoreRun", "expected"]) object.at(name).optional("function");
	for (const name of ["pipelines", "steps"]) object.at(name).optional("texts");
	checkKinds(object.at("kinds"));
	object.at("version").optional("text");
	object.at("timeoutMs").optional("positive");
	object.at("sort").oneOf(["local", "inherited"]);
	object.at("reads").oneOf(["measure", "contract"]);
	object.at("evidence").optional("boolean");
	return (object.value as UserScorerConfig).name;
}

function checkKinds(kinds: Checker): void {
	kinds.optional("texts");
	if (Array.isArray(kinds.value)) for (const kind of kinds.items()) kind.oneOf(STEP_KINDS);
}

const JUDGE_FIELDS = [
	"model",
	"baseURL",
	"apiKeyVariable",
	"temperature",
	"seed",
	"repeats",
	"maxAnswerTokens",
	"maxCharacters",
	"price",
	"concurrency",
	"requestsPerMinute",
	"timeoutMs",
	"tries",
	"budget",
	"sensitivity",
	"specificity",
	"rubrics",
] as const satisfies readonly (keyof JudgeConfig)[];

/** Checks `judge` field by field. */
export function checkJudge(checker: Checker): void {
	const judge = checker.object(undefined, JUDGE_FIELDS);
	judge.at("model").required("text");
	judge.at("baseURL").optional("url");
	judge.at("apiKeyVariable").optional("text");
	judge.at("temperature").optional("price", "a number from 0 up");
	judge.at("seed").optional("whole");
	for (const name of ["repeats", "maxAnswerTokens", "maxCharacters", "concurrency", "tries"])
		judge.at(name).optional("count");
	for (const name of ["requestsPerMinute", "timeoutMs"]) judge.at(name).optional("positive");
	for (const name of ["sensitivity", "specificity"]) judge.at(name).optional("share");
	if (judge.has("price")) {
		const price = judge.at("price").object(undefined, ["input", "output"]);
		price.at("input").required("price");
		price.at("output").required("price");
	}
	if (judge.has("budget")) checkBudget(judge);
	if (judge.has("rubrics")) for (const rubric of judge.at("rubrics").entries()) checkRubric(rubric);
}

function checkBudget(judge: Checker): void {
	const budget = judge.at("budget").object(undefined, ["tokensPerRun", "tokensPerDay", "costPerDay"]);
	for (const name of ["tokensPerRun", "tokensPerDay", "costPerDay"]) budget.at(name).optional("positive");
	if (budget.has("costPerDay") && !judge.has("price"))
		budget
			.at("costPerDay")
			.refuse("cannot be kept without judge.price; give { input, output } for a million tokens");
}

function checkRubric(rubric: Checker): void {
	if (typeof rubric.value === "string") {
		rubric.required("text");
		return;
	}
	const object = rubric.object(undefined, ["text", "steps", "kinds", "pipelines"]);
	object.at("text").required("text");
	for (const name of ["steps", "pipelines"]) object.at(name).optional("texts");
	checkKinds(object.at("kinds"));
}
