import Anthropic from "@anthropic-ai/sdk";
import { say } from "./anthropic-steps.cjs";

await say(Anthropic);
