/**
 * The agent: a deploy's components, each wrapped as a step, and the loop in which the model calls tools until it has an answer. This file is all
 * that Faultline asks of an application.
 *
 * @module
 */
import { pipeline, step } from "@faultline/instrumentation";
import type OpenAI from "openai";
import type { Deploy } from "./deploy.ts";
import type { FoundPolicy } from "./policies.ts";
import { type Asked, TEMPLATE } from "./prompt.ts";
import { gradeEmail, type Task } from "./tasks.ts";
import { PARCEL_RESULT, TOOLS, type ToolName } from "./tools.ts";

/** What is asked: a task, or any other message, which nobody grades. */
export type Request = Asked & Partial<Task>;

/** Answers a message with a mail. */
export type Agent = (request: Request, seed: number) => Promise<string>;

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ToolCall = OpenAI.Chat.Completions.ChatCompletionMessageFunctionToolCall;

const MAX_TURNS = 8;
const OFFERED = Object.entries(TOOLS).map(([name, { description, parameters }]) => ({
	type: "function" as const,
	function: { name, description, parameters: parameters as Record<string, unknown> },
}));

/** Wraps a deploy's components as the steps of the pipeline `shop-support`. */
export function createAgent(deploy: Deploy): Agent {
	const { findPolicies, writePrompt, readReply, writeEmail } = deploy;
	const find = step.retrieval("find_policies", findPolicies.run, {
		version: findPolicies.version,
		index: { name: "terms", version: deploy.indexBuild },
	});
	const write = step.promptBuild("write_prompt", writePrompt.run, {
		version: writePrompt.version,
		template: TEMPLATE,
	});
	const read = step.postProcess("read_reply", readReply.run, { version: readReply.version });
	const mail = step.render("write_email", writeEmail.run, { version: writeEmail.version });
	const plan = step.agent("planner", createPlanner(deploy));
	return pipeline(
		"shop-support",
		async (request: Request, seed: number) => {
			const { message, locale } = request;
			const policies: readonly FoundPolicy[] = find(message, locale);
			const text = await plan(write({ message, locale }, policies), seed);
			return mail({ reply: read({ text, policies }), locale });
		},
		{
			input: ({ message, locale }: Request) => ({ message, locale }),
			taskId: ({ id }: Request) => id,
			outcome: (text: string, { expected, ...task }: Request) =>
				expected === undefined ? undefined : gradeEmail(text, { id: "", ...task, expected }),
		},
	);
}

/** The loop: ask the model, run the tools that it calls, tell it their results, until it answers. */
function createPlanner(deploy: Deploy): (prompt: readonly Message[], seed: number) => Promise<string> {
	const runTool = createToolRunner(deploy);
	return async (prompt, seed) => {
		let messages: Message[] = [...prompt];
		for (let turn = 0; turn < MAX_TURNS; turn++) {
			const completion = await deploy.client.chat.completions.create({
				model: deploy.model,
				messages,
				tools: OFFERED,
				temperature: 0.2,
				max_tokens: deploy.maxTokens,
				seed,
			});
			const reply = completion.choices[0]?.message;
			const calls = (reply?.tool_calls ?? []).filter((call): call is ToolCall => call.type === "function");
			if (reply === undefined || calls.length === 0) return reply?.content ?? "";
			const answers = calls.map((call): Message => {
				const result = runTool(call.function.name as ToolName, JSON.parse(call.function.arguments) as object);
				return { role: "tool", tool_call_id: call.id, content: JSON.stringify(result) };
			});
			messages = [...(deploy.remembers ? messages : prompt), reply, ...answers];
		}
		throw new Error(`no answer after ${MAX_TURNS} turns`);
	};
}

function createToolRunner({ tools, toolsVersion, passArguments }: Deploy) {
	const wrapped = Object.fromEntries(
		Object.entries(TOOLS).map(([name, { description, parameters, safe }]) => {
			const run = tools[name as ToolName] as (args: object) => unknown;
			const promised = name === "track_parcel" ? { resultSchema: PARCEL_RESULT } : {};
			const options = { version: toolsVersion, description, parameters, safe, ...promised };
			return [name, step.toolCall(name, run, options)];
		}),
	);
	return (name: ToolName, args: object): unknown => {
		const run = wrapped[name];
		return run === undefined ? { error: `there is no tool ${name}` } : run(passArguments(args));
	};
}
