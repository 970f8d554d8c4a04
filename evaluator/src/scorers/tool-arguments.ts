import { ATTR } from "@faultline/instrumentation/attributes";
import { type Content, leavesOf } from "../core/content.ts";
import { type Figures, figuresIn, figuresOf, holdsNumber, tellingNumbers } from "../core/figures.ts";
import { readModelTurn, type ToolRequest } from "../core/model-turn.ts";
import type { Scorer, StepView } from "../core/score.ts";

/** What stands in an argument that nobody filled in. */
const UNFILLED =
	/^(?:undefined|null|nan|\[object \w+\]|<[\w -]{1,40}>|\{\{?[\w. ]{1,40}\}?\}|your[_ -]\w{1,40}|todo|string|\.\.\.|…)$/i;
const MAX_LEAVES = 200;

/** Arguments that no tool can use: not JSON, placeholders that nobody filled in. */
export const toolArguments: Scorer = {
	name: "tool-arguments",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (step.kind === "tool_call" && input.raw !== "") {
			const raw = input.raw.trimStart();
			const broken = (raw.startsWith("{") || raw.startsWith("[")) && input.json === undefined;
			return judge([{ name: step.name, arguments: broken ? input.raw : input.json }], broken);
		}
		if (step.kind !== "model" || output.raw === "") return null;
		const { calls } = readModelTurn(output);
		return calls.length === 0 ? null : judge(calls, calls.some(isBroken));
	},
};

const isBroken = ({ arguments: args }: ToolRequest): boolean =>
	typeof args === "string" && args.trim() !== "" && /^[{[]/.test(args.trim());

function judge(calls: readonly ToolRequest[], broken: boolean): ReturnType<Scorer["read"]> {
	if (broken) return { value: 0, text: `the arguments of ${calls[0]?.name} are no JSON` };
	for (const { name, arguments: args } of calls) {
		const unfilled = leavesOf(args)
			.slice(0, MAX_LEAVES)
			.find((leaf) => UNFILLED.test(leaf.trim().slice(0, 80)));
		if (unfilled !== undefined)
			return { value: 0, text: `an argument of ${name} was not filled in: “${unfilled}”` };
	}
	return { value: 1, text: "its arguments are filled in" };
}

/** Ids and numbers in a tool's arguments that nothing before explains: neither what was asked, nor what anything said. */
export const argumentsExplained: Scorer = {
	name: "arguments-explained",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, input, output } = view;
		if (step.kind === "model" && output.raw !== "" && input.raw !== "") {
			const { calls } = readModelTurn(output);
			if (calls.length === 0) return null;
			return explain(identifiersIn(calls.map((call) => call.arguments)), [input, view.question]);
		}
		if (step.kind !== "tool_call" || input.raw === "") return null;
		const before = allBefore(view);
		// Whoever calls it may have heard more than is recorded, unless it is known who it was.
		if (step.links.length === 0 && !before.some((giver) => hasAskedFor(step.name, giver))) return null;
		return explain(
			identifiersIn(input.json ?? input.text),
			before.flatMap((giver) => [giver.output, giver.input, giver.question]),
		);
	},
};

const MAX_IDENTIFIER = 64;

/** Figures of the arguments that are one word: what is written out (a reason, a thought, a letter) is the caller's own. */
const identifiersIn = (args: unknown): Figures =>
	figuresIn(
		leavesOf(args)
			.filter((leaf) => leaf.length <= MAX_IDENTIFIER && !/\s/.test(leaf))
			.join("\n"),
	);

/** A model that called this tool. */
const hasAskedFor = (tool: string, { step, output }: StepView): boolean =>
	step.kind === "model" && readModelTurn(output).calls.some(({ name }) => name === tool);

/** Everything that the givers gave and were given. */
function allBefore(view: StepView): readonly StepView[] {
	const seen = new Set<StepView>();
	const open = [...view.sources];
	for (let next = open.pop(); next !== undefined && seen.size < 40; next = open.pop()) {
		if (seen.has(next)) continue;
		seen.add(next);
		// A hand-off only says again what arrived here: what was given to it counts.
		if (next.step.kind === "edge") open.push(...next.sources);
	}
	return [...seen].filter(({ step }) => step.kind !== "edge");
}

/** Whether the texts hold each figure, as it is written (which is quickly said) or as another notation of the same number. */
function explain(figures: Figures, given: readonly Content[]): ReturnType<Scorer["read"]> {
	const numbers = tellingNumbers(figures).filter(([value]) => isIdentifier(value));
	const codes = [...figures.codes].filter(([code]) => !isTime(code));
	if (numbers.length + codes.length === 0) return null;
	const unknownCodes = codes.filter(
		([code, written]) => !given.some(({ text }) => holdsCode(text, code, written)),
	);
	const unknownNumbers = numbers.filter(
		([value, written]) =>
			!given.some(({ text }) => text.includes(written)) && !holdsNumber(given.map(figuresOf), value),
	);
	const unknown = [...unknownCodes, ...unknownNumbers].map(([, written]) => written);
	if (unknown.length === 0) return { value: 1, text: "its arguments stand in what was given before" };
	const shown = [...new Set(unknown)].slice(0, 3).map((word) => `“${word}”`);
	return {
		value: 0,
		text: `nothing before explains its argument${shown.length > 1 ? "s" : ""} ${shown.join(", ")}`,
	};
}

const holdsCode = (text: string, code: string, written: string): boolean =>
	text.includes(written) || text.toLowerCase().includes(code);

/** Dates and times are worked out (“tomorrow”), so they explain themselves. */
const isTime = (code: string): boolean => /^\d{1,4}[-/.:]\d{1,2}(?:[-/.:t]|$)/.test(code);

/** Amounts and limits are worked out as well; a long whole number is somebody's id. */
const isIdentifier = (value: number): boolean => Number.isInteger(value) && value >= 10_000;

const EMPTY_ENOUGH = 8;

/** A result that holds nothing: empty lists and nulls, however they are wrapped. Usual for some tools, so it speaks beside what is usual. */
export const emptyResult: Scorer = {
	name: "empty-result",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "tool_call" || output.json === undefined || step.failed) return null;
		const found = somethingIn(output.json, 0);
		return {
			value: found ? 1 : 0,
			text: found ? "its result holds something" : `its result holds nothing: ${output.raw.slice(0, 80)}`,
		};
	},
};

/** Whether any value inside says something; `0`, `false` and `""` beside an empty list do not. */
function somethingIn(value: unknown, depth: number): boolean {
	if (depth > EMPTY_ENOUGH) return true;
	if (value === null || value === undefined || value === "" || value === 0 || value === false) return false;
	if (Array.isArray(value)) return value.some((item) => somethingIn(item, depth + 1));
	if (typeof value !== "object") return typeof value !== "boolean";
	const children = Object.values(value);
	const lists = children.filter((child) => Array.isArray(child));
	if (lists.length > 0) return lists.some((list) => list.length > 0);
	return children.some((child) => somethingIn(child, depth + 1));
}

const requests = new WeakMap<StepView["run"], ReadonlyMap<string, readonly string[]>>();

/** The model asks again and again for what it was told already: a loop that forgets. Once may be to see whether something changed. */
export const repeatedCall: Scorer = {
	name: "repeated-call",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, run, input } = view;
		if (step.kind !== "tool_call" || input.raw === "") return null;
		const same = identicalCalls(run).get(`${step.name}\n${step.input}\n${step.output}`) ?? [];
		const before = same.indexOf(step.spanId);
		if (before <= 0) return { value: 1, text: "it was not called like this before" };
		return {
			value: before === 1 ? 0.6 : 0,
			text: `it was called with the same arguments ${before} times before, and gave the same`,
		};
	},
};

/** Calls that were the same in tool, arguments and result → their spans, in order. */
function identicalCalls(run: StepView["run"]): ReadonlyMap<string, readonly string[]> {
	const known = requests.get(run);
	if (known !== undefined) return known;
	const calls = new Map<string, string[]>();
	for (const { kind, name, input, output, spanId, failed, attributes } of run.spans) {
		if (kind !== "tool_call" || failed || attributes[ATTR.replayPinned] !== undefined) continue;
		const key = `${name}\n${input}\n${output}`;
		const list = calls.get(key);
		if (list === undefined) calls.set(key, [spanId]);
		else list.push(spanId);
	}
	requests.set(run, calls);
	return calls;
}
