import { promptTemplate } from "@faultline/instrumentation";

const prompt = promptTemplate("counted", "Say {{what}}", { model: "gpt-4o", tokenLimit: 100 });
const unknown = promptTemplate("unknown", "Say {{what}}", { model: "no-such-model" });
console.log([prompt({ what: "hello world<|endoftext|>" }), unknown({ what: "bye" })].join(", "));
