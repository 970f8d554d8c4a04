/**
 * Tool agent, held-out half: a depot's mechanic agent reads fault codes, guides, prices, schedules and slots. Nine to thirteen spans.
 *
 * @module
 */
import { ATTR } from "@faultline/instrumentation/attributes";
import { shuffle } from "../../../evaluator/src/core/random.ts";
import { between, pick, type Random } from "../kit/chance.ts";
import { callModel, type Message } from "../kit/model.ts";
import { unused } from "../kit/names.ts";
import { amount, type FaultPlan, type Pipeline, pipeline, type Task } from "../kit/pipeline.ts";
import type { Passed, Play } from "../kit/play.ts";

const JOBS = ["part", "service", "slot"] as const;
type Job = (typeof JOBS)[number];

interface Vehicle {
	readonly plate: string;
	readonly vin: string;
	readonly model: string;
	readonly depot: string;
	readonly odometerKm: number;
	readonly lastServiceKm: number;
	readonly activeCode: string;
	readonly storedCodes: readonly string[];
}

interface Guide {
	readonly code: string;
	readonly model: string;
	readonly partNo: string;
	readonly text: string;
}

interface World {
	readonly vehicles: readonly Vehicle[];
	readonly guides: readonly Guide[];
	readonly prices: ReadonlyMap<string, number>;
	readonly intervals: ReadonlyMap<string, number>;
	/** Free slots per depot: local times, in order. */
	readonly slots: ReadonlyMap<string, readonly string[]>;
}

const MODELS = ["Volta V3", "Volta V5", "Carga 12", "Carga 18", "Transit-E", "Hauler X"];
const DEPOTS = ["Leeds", "Hull", "Dover", "Perth", "Truro", "Derby"];
const CODES = Array.from({ length: 14 }, (_, at) => `P${String(300 + at * 37).padStart(4, "0")}`);
const PARTS = [
	"lambda probe",
	"coolant pump",
	"glow plug",
	"throttle body",
	"ABS ring",
	"fuel rail sensor",
	"EGR valve",
	"cam sensor",
];

function makeWorld(random: Random): World {
	const plates = new Set<string>();
	const prices = new Map<string, number>();
	const partNumbers = new Set<string>();
	const guides = MODELS.flatMap((model) =>
		CODES.map((code): Guide => {
			const partNo = unused(
				partNumbers,
				() =>
					`${pick(["A", "K", "T", "Z"], random)}${between(100, 999, random)}-${String(between(1, 9999, random)).padStart(4, "0")}`,
			);
			prices.set(partNo, between(900, 189_999, random));
			const part = pick(PARTS, random);
			return {
				code,
				model,
				partNo,
				text: `${code} on ${model}: ${pick(["check the wiring first", "measure resistance", "inspect for leaks", "clear and re-read"], random)}, then fit ${part} ${partNo}. Labour ${between(1, 9, random)}.${between(0, 9, random)} h.`,
			};
		}),
	);
	const vehicles = Array.from({ length: 110 }, (): Vehicle => {
		const odometerKm = between(20_000, 260_000, random);
		const codes = shuffle(CODES, random).slice(0, 4);
		const plate = unused(
			plates,
			() =>
				`${pick(["KX", "ÖL", "BT", "HÜ", "LM"], random)}-${pick(["A", "R", "M"], random)} ${String(between(1, 999, random)).padStart(3, "0")}`,
		);
		return {
			plate,
			vin: `WVX${between(10_000_000, 99_999_999, random)}`,
			model: pick(MODELS, random),
			depot: pick(DEPOTS, random),
			odometerKm,
			lastServiceKm: odometerKm - between(500, 14_000, random),
			activeCode: codes[0] ?? "P0300",
			storedCodes: codes.slice(1, between(2, 4, random)),
		};
	});
	return {
		vehicles,
		guides,
		prices,
		intervals: new Map(MODELS.map((model) => [model, between(15, 48, random) * 1000])),
		slots: new Map(
			DEPOTS.map((depot) => [
				depot,
				Array.from(
					{ length: 5 },
					() =>
						`2026-0${between(4, 6, random)}-${String(between(1, 28, random)).padStart(2, "0")}T${String(between(6, 17, random)).padStart(2, "0")}:${pick(["00", "15", "30", "45"], random)}`,
				).toSorted(),
			]),
		),
	};
}

interface FleetTask extends Task {
	readonly question: { readonly ticket: string };
	readonly plate: string;
}

const euros = (cents: number): string =>
	(cents / 100)
		.toFixed(2)
		.replace(".", ",")
		.replace(/\B(?=(\d{3})+(?!\d))/g, ".");

function drawTask(world: World, random: Random): FleetTask {
	const vehicle = pick(world.vehicles, random);
	const job = pick(JOBS, random);
	const [, time = ""] = (world.slots.get(vehicle.depot)?.[0] ?? "").split("T");
	const day = world.slots.get(vehicle.depot)?.[0]?.slice(0, 10) ?? "";
	const guide = world.guides.find(
		({ code, model }) => code === vehicle.activeCode && model === vehicle.model,
	);
	const price = euros(world.prices.get(guide?.partNo ?? "") ?? 0);
	const due = vehicle.lastServiceKm + (world.intervals.get(vehicle.model) ?? 0);
	const texts: Readonly<Record<Job, readonly string[]>> = {
		part: [
			"warning lamp on, which part and what does it cost",
			"engine light since this morning - need part no. and price",
		],
		service: ["at how many km is the next service due", "next service at which odometer reading"],
		slot: ["needs the first free workshop slot", "book-in please, what is the earliest slot"],
	};
	return {
		question: {
			ticket: `#${between(10_000, 99_999, random)} | ${vehicle.plate} | ${pick(texts[job], random)}`,
		},
		plate: vehicle.plate,
		grade: (output) => {
			if (job === "part") return output.includes(guide?.partNo ?? "?") && output.includes(`${price} EUR`);
			return job === "service" ? output.includes(`${due} km`) : output.includes(`${day} ${time}`);
		},
	};
}

function typed({ question, plate }: FleetTask, world: World, play: Play): FleetTask["question"] {
	const random = play.inputRoll("typing");
	if (play.inputHappens("plate-of-another", 0.01))
		return { ticket: question.ticket.replace(plate, pick(world.vehicles, random).plate) };
	if (play.inputHappens("plate-incomplete", 0.014))
		return { ticket: question.ticket.replace(plate, plate.slice(0, -2)) };
	return question;
}

const RULES = {
	role: "You are the mechanic agent of the fleet. One tool per turn, as JSON.",
	codes: "Work on active codes only; stored codes are history.",
	service: "Next service = last service + interval of the model, both in km.",
	money: "priceCents are cents. Write prices in EUR with a decimal comma.",
};

interface Call {
	readonly tool: string;
	readonly args: Readonly<Record<string, string>>;
}

const parse = (text: string): Record<string, unknown> | null => {
	try {
		return JSON.parse(text) as Record<string, unknown>;
	} catch {
		return null;
	}
};

/** The results that the transcript holds, by tool; failed calls left out. */
function resultsIn(messages: readonly Message[]): ReadonlyMap<string, Record<string, unknown>> {
	const results = new Map<string, Record<string, unknown>>();
	for (const [at, { role, content }] of messages.entries()) {
		if (role !== "tool") continue;
		const call = parse(messages[at - 1]?.content ?? "");
		const result = parse(content);
		if (call !== null && result !== null && !("fault" in result)) results.set(String(call["tool"]), result);
	}
	return results;
}

const GIVE_UP = "No result: the systems gave no usable data for this ticket.";

function nextTurn(messages: readonly Message[], play: Play): Call | string {
	const system = messages[0]?.content ?? "";
	const ticket = messages[1]?.content ?? "";
	const plate = /[A-ZÖÜÄ]{2}-[A-Z] [\d ]{1,3}/.exec(ticket)?.[0]?.trim();
	const results = resultsIn(messages);
	if (
		messages.filter(({ role, content }) => role === "tool" && parse(content)?.["fault"] !== undefined)
			.length > 3
	)
		return GIVE_UP;
	if (plate === undefined) return GIVE_UP;
	if (/slot/.test(ticket)) return slotTurn(plate, results);
	return /part/.test(ticket)
		? partTurn(system, plate, results, play)
		: serviceTurn(system, plate, results, play);
}

function slotTurn(plate: string, results: ReadonlyMap<string, Record<string, unknown>>): Call | string {
	const vehicle = results.get("vehicleLookup");
	if (vehicle === undefined) return { tool: "vehicleLookup", args: { plate } };
	const depot = (vehicle["vehicle"] as Record<string, unknown> | null)?.["homeDepot"];
	if (typeof depot !== "string") return GIVE_UP;
	const slots = results.get("workshopSlots");
	if (slots === undefined) return { tool: "workshopSlots", args: { depot } };
	const free = slots["free"] as readonly (readonly [string, string])[] | undefined;
	const first = free?.[0];
	return first === undefined ? GIVE_UP : `Earliest slot at ${depot}: ${first[0]} ${first[1]}.`;
}

function partTurn(
	system: string,
	plate: string,
	results: ReadonlyMap<string, Record<string, unknown>>,
	play: Play,
): Call | string {
	const read = results.get("readFaultCodes");
	if (read === undefined) return { tool: "readFaultCodes", args: { plate } };
	const codes = (read["codes"] ?? []) as readonly { code?: string; state?: string }[];
	const active =
		codes.find(({ state }) => state === "active" && /active codes only/.test(system)) ?? codes[0];
	const weak = play.fault("smaller-llm");
	const astray = weak === null ? 0 : amount(weak, 0.8, 0.4, 0.15, 0.05);
	const slips = play.happens("code-slip", 0.03) || play.roll("code")() < astray;
	const code = (slips ? (codes.find((entry) => entry !== active) ?? active) : active)?.code;
	if (code === undefined) return GIVE_UP;
	const guide = results.get("searchGuides");
	if (guide === undefined)
		return { tool: "searchGuides", args: { code, model: String(read["model"] ?? "") } };
	const texts = (guide["hits"] ?? []) as readonly { text?: string }[];
	const partNo = /\b[AKTZ]\d{3}-\d{4}\b/.exec(texts[0]?.text ?? "")?.[0];
	if (partNo === undefined) return GIVE_UP;
	const price = results.get("partPrice");
	if (price === undefined) return { tool: "partPrice", args: { partNo } };
	const cents = price["priceCents"];
	if (typeof cents !== "number") return GIVE_UP;
	return `Fit part ${partNo}, ${euros(/are cents/.test(system) ? cents : cents * 100)} EUR.`;
}

function serviceTurn(
	system: string,
	plate: string,
	results: ReadonlyMap<string, Record<string, unknown>>,
	play: Play,
): Call | string {
	const found = results.get("vehicleLookup");
	if (found === undefined) return { tool: "vehicleLookup", args: { plate } };
	const vehicle = found["vehicle"] as Record<string, unknown> | null;
	if (typeof vehicle?.["model"] !== "string") return GIVE_UP;
	const schedule = results.get("serviceSchedule");
	if (schedule === undefined) return { tool: "serviceSchedule", args: { model: vehicle["model"] } };
	const last = Number(vehicle["lastServiceKm"]);
	const current = Number(vehicle["odometerKm"]);
	const interval = Number(schedule["intervalKm"]);
	const weak = play.fault("smaller-llm");
	const astray = weak === null ? 0 : amount(weak, 0.8, 0.4, 0.15, 0.05);
	const slips = play.happens("arithmetic-slip", 0.035) || play.roll("adding")() < astray;
	const due = (/last service \+/.test(system) ? last : current) + interval + (slips ? 1000 : 0);
	return Number.isFinite(due) ? `Next service is due at ${due} km.` : GIVE_UP;
}

type Tool = (world: World, args: Readonly<Record<string, string>>, play: Play) => Record<string, unknown>;

const vehicleOf = ({ vehicles }: World, plate: string | undefined): Vehicle | undefined =>
	vehicles.find((vehicle) => vehicle.plate === plate);

const TOOLS: Readonly<Record<string, Tool>> = {
	vehicleLookup(world, { plate }, play) {
		const vehicle = vehicleOf(world, plate);
		if (vehicle === undefined) return { vehicle: null };
		const miles = play.fault("odometer-in-miles");
		const old = miles !== null && play.roll("old unit")() < amount(miles, 1, 1, 0.3, 0.08);
		const unit = old ? 1.609 : 1;
		return {
			vehicle: {
				vin: vehicle.vin,
				model: vehicle.model,
				homeDepot: vehicle.depot,
				odometerKm: Math.round(vehicle.odometerKm / unit),
				lastServiceKm: Math.round(vehicle.lastServiceKm / unit),
				...(play.decoy("extra-field:vehicleLookup") ? { colour: "white" } : {}),
			},
		};
	},
	readFaultCodes(world, { plate }, play) {
		const vehicle = vehicleOf(world, plate);
		if (vehicle === undefined) return { codes: [], model: null };
		const states = play.fault("code-state-dropped");
		const active = { code: vehicle.activeCode, state: "active" };
		const stored = vehicle.storedCodes.map((code) => ({ code, state: "stored" }));
		const share = states === null ? 0 : amount(states, 1, 0.6, 0.2, 0.07);
		if (play.roll("states")() < share)
			return { codes: [...stored, active].map(({ code }) => ({ code })), model: vehicle.model };
		const activeFirst = play.roll("order of codes")() < 0.5;
		return { codes: activeFirst ? [active, ...stored] : [...stored, active], model: vehicle.model };
	},
	searchGuides(world, { code, model }, play) {
		const ignored = play.fault("model-filter-ignored");
		const share = ignored === null ? 0 : amount(ignored, 1, 0.6, 0.2, 0.06);
		const open = play.roll("filter")() < share;
		const missed = play.happens("guide-miss", 0.015);
		const hits = world.guides.filter(
			(guide) =>
				(missed ? guide.model === model : guide.code === code) && (open || missed || guide.model === model),
		);
		return {
			hits: hits.slice(0, 3).map((guide) => ({ id: `${guide.model}/${guide.code}`, text: guide.text })),
		};
	},
	partPrice(world, { partNo = "" }, play) {
		const cents = world.prices.get(partNo) ?? null;
		const net = play.fault("net-for-gross");
		const hit = net !== null && play.roll("net")() < amount(net, 1, 0.7, 0.25, 0.08);
		return { partNo, priceCents: cents === null ? null : hit ? Math.round(cents / 1.19) : cents };
	},
	serviceSchedule(world, { model = "" }) {
		return { model, intervalKm: world.intervals.get(model) ?? null };
	},
	workshopSlots(world, { depot = "" }, play) {
		const zone = play.fault("slots-in-utc");
		const hours = zone !== null && play.roll("zone")() < amount(zone, 1, 0.7, 0.25, 0.08) ? -2 : 0;
		const free = (world.slots.get(depot) ?? []).map((slot) =>
			new Date(Date.parse(`${slot}:00Z`) + hours * 3_600_000).toISOString(),
		);
		return { depot, free: free.map((slot) => [slot.slice(0, 10), slot.slice(11, 16)]) };
	},
};

const KEYED_BY_PLATE = ["vehicleLookup", "readFaultCodes"];

function callTool(
	world: World,
	{ tool, args: written }: Call,
	from: Passed<unknown>,
	play: Play,
): Passed<string> {
	let args = written;
	if (tool === "readFaultCodes") {
		// On the wire between the agent and the tool server.
		const ascii = play.fault("plate-made-ascii");
		if (ascii !== null) {
			const plate = args["plate"] ?? "";
			const plain = plate.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
			args = {
				...args,
				plate: amount(
					ascii,
					plain.replace(/[- ]/g, ""),
					plain,
					plate.replace("Ö", "O"),
					plate.replace("ÖL-A", "OL-A"),
				),
			};
		}
	}
	return play.step(
		{
			name: tool,
			kind: tool === "searchGuides" ? "retrieval" : "tool_call",
			version: KEYED_BY_PLATE.includes(tool) ? "fleet-api 3.2" : "parts-api 11",
			input: args,
			from: [from],
			ms: [20, 340],
			attributes: { [ATTR.operationName]: "execute_tool", [ATTR.toolName]: tool },
		},
		(span) => {
			if (play.happens("tool-refuses", 0.03)) {
				span.fail("HTTP 429: slow down");
				span.record({ fault: "429 slow down" });
				return JSON.stringify({ fault: "429 slow down" });
			}
			const result = TOOLS[tool]?.(world, args, play) ?? { fault: `unknown tool ${tool}` };
			span.record(result);
			return JSON.stringify(result);
		},
	);
}

function brief(ticket: Passed<string>, play: Play): Passed<Message[]> {
	return play.step(
		{
			name: "brief_agent",
			kind: "prompt_build",
			version: "mechanic-brief r17",
			input: ticket.value,
			from: [ticket],
			ms: [1, 2],
			attributes: { [ATTR.promptTemplateVersion]: "r17" },
		},
		() => {
			const lost = play.fault("brief-lost-rules");
			const gone =
				lost === null
					? []
					: amount(
							lost,
							[RULES.codes, RULES.service, RULES.money],
							[RULES.codes, RULES.service],
							[RULES.service],
							[RULES.role],
						);
			const rules = Object.values(RULES).filter((rule) => !gone.includes(rule));
			if (play.decoy("reworded:brief_agent")) rules.unshift("Keep it short. Safety first.");
			return [
				{ role: "system" as const, content: rules.join(" ") },
				{ role: "user" as const, content: ticket.value },
			];
		},
	);
}

function work(world: World, briefed: Passed<Message[]>, play: Play): Passed<string> {
	return play.step(
		{
			name: "mechanic_agent",
			kind: "agent",
			version: "mechanic 2.8",
			input: briefed.value[1]?.content,
			from: [briefed],
			ms: [1, 4],
			attributes: { [ATTR.agentName]: "mechanic_agent" },
		},
		() => {
			const messages: Message[] = [...briefed.value];
			const given: Passed<unknown>[] = [briefed];
			for (let turn = 0; turn < 9; turn++) {
				const said = callModel(
					play,
					{
						step: "llm_turn",
						model: "o4-mini",
						messages: [...messages],
						from: given.slice(-1),
						ms: [300, 2200],
					},
					(shown) => {
						const next = nextTurn(shown, play);
						if (typeof next !== "string") return JSON.stringify(next);
						return play.decoy("chatty:llm_turn") ? `Done. ${next} Drive safely.` : next;
					},
				);
				const call = parse(said.value);
				if (call === null) return said.value;
				const result = callTool(world, call as unknown as Call, said, play);
				messages.push({ role: "assistant", content: said.value }, { role: "tool", content: result.value });
				given.push(result);
			}
			return GIVE_UP;
		},
	);
}

interface WorkOrder {
	readonly kind: string;
	readonly value: string;
	readonly detail: string;
}

function compose(answer: Passed<string>, play: Play): Passed<WorkOrder> {
	return play.step(
		{
			name: "compose_order",
			kind: "post_process",
			version: "order 6",
			input: answer.value,
			from: [answer],
			ms: [1, 3],
		},
		() => {
			const number = play.fault("thousands-misread");
			const least = number === null ? Number.POSITIVE_INFINITY : amount(number, 1, 3, 8, 9);
			const [, partNo, price = ""] = /part (\S+), ([\d.,]+) EUR/.exec(answer.value) ?? [];
			if (partNo !== undefined) {
				const misread = price.length >= least ? String(Number.parseFloat(price)) : price;
				return { kind: "part", value: partNo, detail: `${misread} EUR` };
			}
			const [, km] = /at (\d+) km/.exec(answer.value) ?? [];
			if (km !== undefined)
				return {
					kind: "service",
					value:
						number !== null && km.length > least
							? String(Number.parseFloat(km.replace(/(\d{3})$/, ".$1")))
							: km,
					detail: "km",
				};
			const [, day, time] = /: (\S+) (\d\d:\d\d)/.exec(answer.value) ?? [];
			return day === undefined
				? { kind: "note", value: answer.value, detail: "" }
				: { kind: "slot", value: day, detail: time ?? "" };
		},
	);
}

function sheet(order: Passed<WorkOrder>, play: Play): Passed<string> {
	return play.step(
		{
			name: "order_sheet",
			kind: "render",
			version: "sheet 1.4",
			input: order.value,
			from: [order],
			ms: [2, 9],
		},
		() => {
			const narrow = play.fault("cells-cut");
			const width = narrow === null ? 400 : amount(narrow, 3, 9, 11, 12);
			const cell = (text: string): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
			const { kind, value, detail } = order.value;
			const rule = play.decoy("markup:order_sheet") ? "\n----------" : "";
			return `WORK ORDER / ${kind}${rule}\n| ${cell(value)} ${cell(detail)} |`;
		},
	);
}

const FAULTS: readonly FaultPlan[] = [
	{
		name: "odometer-in-miles",
		step: "vehicleLookup",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["barely", 1],
		],
		versionChanges: true,
		story:
			"A field keeps its name and comes in another unit: miles for kilometres. No report was found; a classic of telematics.",
	},
	{
		name: "code-state-dropped",
		step: "readFaultCodes",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A serializer leaves out a field of a response, and clients fall back to a default. https://github.com/vllm-project/vllm/pull/47184",
	},
	{
		name: "model-filter-ignored",
		step: "searchGuides",
		kind: "retrieval",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: false,
		story:
			"A filter in the request is not applied; the hits are of another model. https://github.com/langgenius/dify/issues/16177",
	},
	{
		name: "net-for-gross",
		step: "partPrice",
		kind: "tool_call",
		variants: [
			["blatant", 1],
			["visible", 0.3],
		],
		versionChanges: false,
		story:
			"The meaning of a field changes without its shape: net instead of gross. No report was found; a classic of price APIs.",
	},
	{
		name: "slots-in-utc",
		step: "workshopSlots",
		kind: "tool_call",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"Times come in UTC where they were local. No report was found among those searched; compare https://github.com/iamkun/dayjs/issues/1432 for formats.",
	},
	{
		name: "plate-made-ascii",
		step: "llm_turn",
		receiver: "readFaultCodes",
		kind: "model",
		variants: [
			["blatant", 1],
			["visible", 1],
		],
		versionChanges: false,
		story:
			"Letters outside ASCII are damaged in the arguments of tool calls, and only there. https://github.com/Yeachan-Heo/gajae-code/pull/4352",
	},
	{
		name: "smaller-llm",
		step: "llm_turn",
		kind: "model",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A fallback to a smaller model that nobody noticed. https://github.com/OpenCSGs/csglite/issues/171",
	},
	{
		name: "brief-lost-rules",
		step: "brief_agent",
		kind: "prompt_build",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"System messages after the first are dropped by the chat template. https://github.com/raullenchai/Rapid-MLX/issues/1765",
	},
	{
		name: "thousands-misread",
		step: "compose_order",
		kind: "post_process",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A parser reads 1.249,00 as 1.249. Compare https://github.com/abritinthebay/datejs/issues/63 for dates.",
	},
	{
		name: "cells-cut",
		step: "order_sheet",
		kind: "render",
		variants: [
			["visible", 1],
			["subtle", 1],
		],
		versionChanges: true,
		story:
			"A cell is narrower than its content, and the output is truncated where it is shown. https://github.com/xability/maidr-legacy/issues/322",
	},
];

export const fleetWorkshop: Pipeline = pipeline<World, FleetTask>({
	name: "fleet-workshop",
	half: "held-out",
	shape: "tool-agent",
	service: "fleet",
	linked: true,
	plainText: false,
	faults: FAULTS,
	decoys: [
		"version:vehicleLookup",
		"version:compose_order",
		"version:llm_turn",
		"slow:llm_turn",
		"slow:partPrice",
		"reworded:brief_agent",
		"chatty:llm_turn",
		"extra-field:vehicleLookup",
		"markup:order_sheet",
		"side:notify_driver",
	],
	makeWorld,
	drawTask,
	run(world, task, play) {
		const question = typed(task, world, play);
		const ticket = play.step(
			{ name: "intake", kind: "custom", version: "intake 4", input: question, ms: [1, 3] },
			() => question.ticket.replace(/^#\d+ \| /, "").trim(),
		);
		const answer = work(world, brief(ticket, play), play);
		play.sideStep(
			"notify_driver",
			{
				kind: "tool_call",
				version: "sms 1",
				input: { text: "ticket in work" },
				ms: [50, 500],
				attributes: { [ATTR.toolName]: "notify_driver" },
			},
			"HTTP 502: gateway",
		);
		return { input: question, output: sheet(compose(answer, play), play).value };
	},
});
