import { parentPort } from "node:worker_threads";
import type { DeployOptions } from "../locate/scenario.ts";
import { scenarios } from "../locate/scenarios.ts";
import { drawInquiries } from "./draw-inquiries.ts";

parentPort?.on("message", ({ name, options }: { readonly name: string; readonly options: DeployOptions }) => {
	const scenario = scenarios.find((one) => one.name === name);
	if (scenario === undefined) throw new RangeError(`there is no scenario ${name}`);
	parentPort?.postMessage(drawInquiries(scenario, options));
});
