const { OpenAIInstrumentation } = require("@arizeai/openinference-instrumentation-openai");
const OpenAI = require("openai");

new OpenAIInstrumentation().manuallyInstrument(OpenAI);
require("./openai-calls.cjs").callOpenAI(OpenAI);
