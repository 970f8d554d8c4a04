import type { Pipeline } from "./kit/pipeline.ts";
import { bankDesk } from "./pipelines/bank-desk.ts";
import { deviceHelpdesk } from "./pipelines/device-helpdesk.ts";
import { fleetWorkshop } from "./pipelines/fleet-workshop.ts";
import { orderAgent } from "./pipelines/order-agent.ts";
import { plantCollection } from "./pipelines/plant-collection.ts";
import { policySearch } from "./pipelines/policy-search.ts";
import { stadtAuskunft } from "./pipelines/stadt-auskunft.ts";
import { tenantMail } from "./pipelines/tenant-mail.ts";

export const pipelines: readonly Pipeline[] = [
	deviceHelpdesk,
	orderAgent,
	policySearch,
	bankDesk,
	stadtAuskunft,
	fleetWorkshop,
	plantCollection,
	tenantMail,
];

/** @throws RangeError when there is no pipeline of that name. */
export function findPipeline(name: string): Pipeline {
	const found = pipelines.find((pipeline) => pipeline.name === name);
	if (found === undefined) {
		throw new RangeError(`no pipeline ${name}; there are ${pipelines.map((known) => known.name).join(", ")}`);
	}
	return found;
}
