import assert from "node:assert/strict";
import { test } from "node:test";
import { toChatMessages } from "./chat-messages.ts";

test("recorded messages become a request's: texts, tool calls and what tools answered", () => {
	assert.deepEqual(
		toChatMessages([
			{ role: "system", parts: [{ type: "text", content: "Be brief." }] },
			{
				role: "user",
				parts: [
					{ type: "text", content: "Hi" },
					{ type: "text", content: "there" },
				],
				name: "ann",
			},
			{
				role: "assistant",
				parts: [{ type: "tool_call", id: "c1", name: "weather", arguments: { city: "Rome" } }],
			},
			{
				role: "tool",
				parts: [
					{ type: "tool_call_response", id: "c1", response: { sky: "blue" } },
					{ type: "tool_call_response", id: "c2", response: "rain" },
				],
			},
		]),
		[
			{ role: "system", content: "Be brief." },
			{ role: "user", content: "Hi\nthere", name: "ann" },
			{
				role: "assistant",
				content: null,
				tool_calls: [
					{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
				],
			},
			{ role: "tool", tool_call_id: "c1", content: '{"sky":"blue"}' },
			{ role: "tool", tool_call_id: "c2", content: "rain" },
		],
	);
});

test("a text and a request's own messages are taken as they are, anything else is not known", () => {
	assert.deepEqual(toChatMessages("Hi"), [{ role: "user", content: "Hi" }]);
	assert.deepEqual(toChatMessages([{ role: "user", content: "Hi" }]), [{ role: "user", content: "Hi" }]);
	for (const unknown of ["", null, [], {}, [1], [{ role: "user" }], [{ parts: [] }]]) {
		assert.equal(toChatMessages(unknown), null, JSON.stringify(unknown));
	}
});
