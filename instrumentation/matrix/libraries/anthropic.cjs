const Anthropic = require("@anthropic-ai/sdk");

require("./anthropic-steps.cjs").say(Anthropic);
