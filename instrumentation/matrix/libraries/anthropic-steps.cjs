"use strict";
const { startHttp } = require("./servers.cjs");

/** One message to a server that answers as Anthropic does. */
exports.say = async (Anthropic) => {
	const server = await startHttp({
		"/v1/messages": {
			id: "msg_1",
			type: "message",
			role: "assistant",
			model: "claude-1",
			content: [{ type: "text", text: "It closes at nine." }],
			stop_reason: "end_turn",
			usage: { input_tokens: 9, output_tokens: 4 },
		},
	});
	const client = new Anthropic({ apiKey: "test", baseURL: server.url });
	const answer = await client.messages.create({
		model: "claude-1",
		max_tokens: 100,
		messages: [{ role: "user", content: "when does it close" }],
	});
	console.log(answer.content[0].text);
	server.close();
};
