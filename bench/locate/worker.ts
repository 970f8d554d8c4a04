import { parentPort } from "node:worker_threads";
import { measureScenario } from "./measure.ts";
import type { DeployOptions } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

parentPort?.on("message", ({ name, options }: { readonly name: string; readonly options: DeployOptions }) => {
	const scenario = scenarios.find((one) => one.name === name);
	if (scenario === undefined) throw new RangeError(`there is no scenario ${name}`);
	parentPort?.postMessage(measureScenario(scenario, options));
});
