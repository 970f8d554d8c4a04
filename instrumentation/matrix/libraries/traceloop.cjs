const { OpenAIInstrumentation } = require("@traceloop/instrumentation-openai");
const traceloop = require("@traceloop/node-server-sdk");
const { OpenAI } = require("openai");

traceloop.initialize({
	tracingEnabled: false,
	traceloopSyncEnabled: false,
	silenceInitializationMessage: true,
});
new OpenAIInstrumentation().manuallyInstrument(OpenAI);
const search = (query) => [{ id: "p1", content: `About ${query.text}` }];
const weather = ({ city }) => `sunny in ${city}`;
traceloop
	.withWorkflow(
		{ name: "answer" },
		async (question) => {
			await traceloop.withTask({ name: "search_docs" }, search, question);
			await traceloop.withTool({ name: "weather" }, weather, { city: "Paris" });
			await traceloop.withAgent({ name: "helper" }, () => require("./openai-calls.cjs").callOpenAI(OpenAI));
			return { answer: "at nine" };
		},
		{ text: "closing time" },
	)
	.then(() => undefined);
