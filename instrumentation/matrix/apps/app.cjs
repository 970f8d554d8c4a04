const OpenAI = require("openai");
const { callAll } = require("./calls.cjs");

callAll(OpenAI.OpenAI ?? OpenAI, require("@faultline/instrumentation"));
