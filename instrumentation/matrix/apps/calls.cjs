"use strict";
// Calls a model in every way that this version of the package has. Prints one JSON object: what the application saw.

const messages = [{ role: "user", content: "what is the time" }];
const weather = { name: "weather", description: "of a city", parameters: { type: "object", properties: {} } };

async function textOf(stream) {
	let text = "";
	for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
	return text;
}

/** Helpers moved from `beta` to the front in version 5. */
function helpers(client) {
	return typeof client.chat.completions.parse === "function"
		? client.chat.completions
		: client.beta.chat.completions;
}

const WAYS = {
	create: async (client) => {
		const answer = await client.chat.completions.create({ model: "model-1", messages });
		return answer.choices[0].message.content;
	},
	stream: async (client) =>
		textOf(await client.chat.completions.create({ model: "model-1", messages, stream: true })),
	"stream stopped early": async (client) => {
		const stream = await client.chat.completions.create({ model: "model-1", messages, stream: true });
		for await (const chunk of stream) return chunk.choices[0].delta.content;
	},
	withResponse: async (client) => {
		const { data, response } = await client.chat.completions
			.create({ model: "model-1", messages })
			.withResponse();
		return `${response.status} ${data.choices[0].message.content}`;
	},
	parse: async (client) => {
		const schema = { name: "v", schema: { type: "object" }, strict: true };
		const format = { type: "json_schema", json_schema: schema };
		const answer = await helpers(client).parse({ model: "model-1", messages, response_format: format });
		return answer.choices[0].message.content;
	},
	"stream helper": (client) => helpers(client).stream({ model: "model-1", messages }).finalContent(),
	runTools: (client) =>
		helpers(client)
			.runTools({
				model: "model-1",
				messages,
				tools: [
					{
						type: "function",
						function: { ...weather, parse: JSON.parse, function: ({ city }) => `sunny in ${city}` },
					},
				],
			})
			.finalContent(),
	responses: async (client) =>
		(await client.responses.create({ model: "model-1", input: "good morning" })).output_text,
	"responses stream": async (client) => {
		const stream = await client.responses.create({ model: "model-1", input: "good morning", stream: true });
		let text = "";
		for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
		return text;
	},
	"responses parse": async (client) =>
		(await client.responses.parse({ model: "model-1", input: "good morning" })).output_text,
	"responses stream helper": async (client) => {
		// Not `output_text`, which this helper leaves out before version 6.
		const answer = await client.responses.stream({ model: "model-1", input: "good morning" }).finalResponse();
		return answer.output[0].content[0].text;
	},
	completions: async (client) =>
		(await client.completions.create({ model: "model-1", prompt: "once upon" })).choices[0].text,
	embeddings: async (client) => {
		const answer = await client.embeddings.create({ model: "embed-1", input: "some text" });
		return JSON.stringify(Array.from(answer.data[0].embedding));
	},
	refused: (client) =>
		client.chat.completions.create({ model: "refuse", messages }).then(
			() => "no error",
			(error) => `${error.constructor.name} ${error.status}`,
		),
	aborted: (client) =>
		client.chat.completions.create({ model: "slow", messages }, { signal: AbortSignal.timeout(50) }).then(
			() => "no error",
			(error) => error.constructor.name,
		),
	"timed out": (client) =>
		client.chat.completions.create({ model: "slow", messages }, { timeout: 50 }).then(
			() => "no error",
			(error) => error.constructor.name,
		),
	images: async (client) =>
		(await client.images.generate({ model: "image-1", prompt: "a door" })).data[0].b64_json,
};

async function callAll(OpenAI, { withReplay }) {
	const client = new OpenAI({ apiKey: "test", baseURL: process.env.MODEL_URL, maxRetries: 0 });
	const seen = {};
	for (const [way, call] of Object.entries(WAYS)) seen[way] = await call(client);
	seen.pinned = await withReplay({ pins: { model: ["It is noon."] } }, () => WAYS.create(client));
	seen["pinned stream"] = await withReplay({ pins: { model: ["It is noon."] } }, () => WAYS.stream(client));
	console.log(JSON.stringify(seen));
}

module.exports = { callAll };
