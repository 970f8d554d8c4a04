import type { Pipeline } from "./kit/pipeline.ts";
import { bankDesk } from "./pipelines/bank-desk.ts";
import { deviceHelpdesk } from "./pipelines/device-helpdesk.ts";
import { fleetWorkshop } from "./pipelines/fleet-workshop.ts";
import { orderAgent } from "./pipelines/order-agent.ts";
import { policySearch } from "./pipelines/policy-search.ts";
import { stadtAuskunft } from "./pipelines/stadt-auskunft.ts";

export const pipelines: readonly Pipeline[] = [
	deviceHelpdesk,
	orderAgent,
	policySearch,
	bankDesk,
	stadtAuskunft,
	fleetWorkshop,
];

/** @throws RangeError when there is no pipeline of that name. */
export function findPipeline(name: string): Pipeline {
	const found = pipelines.find((pipeline) => pipeline.name === name);
	if (found === undefined) {
		throw new RangeError(`no pipeline ${name}; there are ${pipelines.map((known) => known.name).join(", ")}`);
	}
	return found;
}
