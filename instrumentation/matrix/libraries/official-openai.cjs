const { metrics } = require("@opentelemetry/api");
const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");

const instrumentation = new OpenAIInstrumentation({ captureMessageContent: true });
// Without it, it throws into the application.
instrumentation.setMeterProvider(metrics.getMeterProvider());
require("./openai-calls.cjs").callOpenAI(require("openai"));
