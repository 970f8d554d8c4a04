import * as instrumentation from "@faultline/instrumentation";
import OpenAI from "openai";
import calls from "./calls.cjs";

await calls.callAll(OpenAI, instrumentation);
