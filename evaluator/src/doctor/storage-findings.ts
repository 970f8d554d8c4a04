import type { DiagnoseOptions } from "./diagnose.ts";
import type { Arrived, Facts } from "./facts.ts";
import { bad, type Finding, ok, unknown, warn } from "./finding.ts";

/** What the stored spans cost now, a day, and once the first of them reach their TTL. */
export interface StoragePlan {
	readonly bytesPerSpan: number;
	readonly spansPerDay: number;
	readonly bytesPerDay: number;
	/** Once as much goes as comes. */
	readonly bytesInTheEnd: number;
	readonly pricePerMonth: number;
}

const DAY_MS = 86_400_000;
const MANY_PARTS = 300;

/**
 * Bytes a day and in the end, from what is on disk now and how many spans came. Tables that grow with runs are counted per span too, since
 * runs and spans grow together. Null with too few spans to measure.
 */
export function planStorage(facts: Facts, arrived: Arrived, pricePerGbMonth: number): StoragePlan | null {
	const traces = arrived.storage.find(({ table }) => table === "otel_traces");
	if (traces === undefined || traces.rows < 1000 || arrived.spans === 0) return null;
	const days = (facts.range.untilMs - facts.range.sinceMs) / DAY_MS;
	const spansPerDay = arrived.spans / days;
	const perSpan = (bytes: number): number => bytes / traces.rows;
	const bytesPerSpan = arrived.storage.reduce((sum, { bytes }) => sum + perSpan(bytes), 0);
	const bytesInTheEnd = arrived.storage.reduce(
		(sum, { bytes, ttlDays }) => sum + perSpan(bytes) * spansPerDay * (ttlDays ?? 180),
		0,
	);
	return {
		bytesPerSpan,
		spansPerDay,
		bytesPerDay: bytesPerSpan * spansPerDay,
		bytesInTheEnd,
		pricePerMonth: (bytesInTheEnd / 1e9) * pricePerGbMonth,
	};
}

export function storageFindings(
	facts: Facts,
	arrived: Arrived,
	{ pricePerGbMonth }: DiagnoseOptions,
): Finding[] {
	return [
		planFinding(facts, arrived, pricePerGbMonth),
		diskFinding(facts, arrived, pricePerGbMonth),
		partsFinding(arrived),
	];
}

function planFinding(facts: Facts, arrived: Arrived, pricePerGbMonth: number): Finding {
	const plan = planStorage(facts, arrived, pricePerGbMonth);
	if (plan === null)
		return unknown("storage", "fewer than 1,000 spans are stored: too few to say what a day costs");
	const days = arrived.storage.find(({ table }) => table === "otel_traces")?.ttlDays;
	const kept = days == null ? "without a TTL" : `${days} days of spans`;
	return ok(
		"storage",
		`${Math.round(plan.bytesPerSpan)} bytes a span with everything that is derived from it; at ${Math.round(plan.spansPerDay).toLocaleString("en")} spans a day ${size(plan.bytesPerDay)} a day, and in the end (${kept}) ${size(plan.bytesInTheEnd)}, about ${plan.pricePerMonth.toFixed(2)} a month at ${pricePerGbMonth} a GB`,
	);
}

function diskFinding(facts: Facts, arrived: Arrived, pricePerGbMonth: number): Finding {
	const { freeBytes, freeShare } = facts.server;
	if (freeBytes === null || freeShare === null)
		return unknown("disk", "ClickHouse does not say how full its disks are");
	const text = `${size(freeBytes)} free (${(100 * freeShare).toFixed(0)} %)`;
	const mend = "Add disk, or shorten the TTL of otel_traces and steps (docs/operations.md).";
	if (freeShare < 0.1) return bad("disk", text, mend);
	const plan = planStorage(facts, arrived, pricePerGbMonth);
	const stored = arrived.storage.reduce((sum, { bytes }) => sum + bytes, 0);
	if (plan !== null && plan.bytesInTheEnd - stored > 0.9 * freeBytes)
		return warn("disk", `${text}, and ${size(plan.bytesInTheEnd - stored)} more will be needed`, mend);
	return ok("disk", text);
}

function partsFinding({ storage }: Arrived): Finding {
	const many = storage.filter(({ parts }) => parts > MANY_PARTS);
	if (many.length === 0) return ok("parts", "no table is in many small parts");
	return warn(
		"parts",
		many.map(({ table, parts }) => `${table} is in ${parts} parts`).join(", "),
		"Inserts are too small. Let the Collector batch (sending_queue.batch), and use one exporter for many applications.",
	);
}

/** A size in the largest unit that leaves at least one. */
export function size(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
	return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
