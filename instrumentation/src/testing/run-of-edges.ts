import OpenAI from "openai";
import { patchOpenAI } from "../openai-instrumentation.ts";
import { pipeline } from "../pipeline.ts";
import { step } from "../step.ts";
import type { ModelServer } from "./model-server.ts";
import type { ReceivedSpan } from "./otlp-receiver.ts";
import { linkedNames, named } from "./own-telemetry.ts";

const SECRET = `ghp_${"a1B2".repeat(8)}`;

/** A run in which results reach later steps as copies, as JSON, and changed after they were handed over. */
export async function runOfEdges(model: ModelServer): Promise<void> {
	patchOpenAI(OpenAI);
	const client = new OpenAI({ apiKey: "test", baseURL: model.url });
	const look = step.toolCall("look", async (city: string) => ({ city, sky: "clear", token: SECRET }));
	const parse = step.postProcess("parse", (text: string) => JSON.parse(text) as object);
	const early = step.custom("early", (value: object) => Object.keys(value).length);
	const late = step.custom("late", () => JSON.stringify({ city: "Oslo", sky: "cloudy" }));
	const change = step.custom("change", (value: { list: string[] }) => value);
	const run = pipeline("edges", async () => {
		const seen = await look("Rome");
		const json = JSON.stringify(seen);
		await client.chat.completions.create({
			model: "model-1",
			messages: [{ role: "tool", tool_call_id: "c1", content: json }],
		});
		parse(json);
		early({ city: "Oslo", sky: "cloudy" });
		late();
		const given = { list: ["as it was handed over"] };
		change(given);
		given.list[0] = "changed later";
	});
	await run();
}

/** What every one of its spans says. */
export function factsOfEdges(spans: readonly ReceivedSpan[]): object {
	const input = (name: string): unknown => named(spans, name).attributes["faultline.step.input"];
	return {
		model: linkedNames(spans, named(spans, "chat model-1")),
		parse: linkedNames(spans, named(spans, "parse")),
		early: linkedNames(spans, named(spans, "early")),
		changed: input("change"),
		secrets: JSON.stringify(spans).split(SECRET).length - 1,
		redacted: JSON.stringify(spans).split("[redacted secret]").length - 1,
	};
}

export const EXPECTED_EDGES = {
	model: ["execute_tool look"],
	parse: ["execute_tool look"],
	early: [],
	changed: '{"list":["as it was handed over"]}',
	secrets: 0,
	redacted: 4,
} as const;
