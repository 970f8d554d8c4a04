import type { Store } from "@faultline/collector";
import { type ComponentFlow, flowOfComponents } from "../../core/flow-of-components.ts";
import { listRuns } from "../../store/read-run-heads.ts";
import { readRuns } from "../../store/read-runs.ts";
import type { DeployOutcome } from "../../store/read-verdicts.ts";

/** The data flow of a deploy, as some of its runs show it. */
export interface DrawnFlow {
	readonly flow: ComponentFlow;
	/** How many runs it was drawn from. */
	readonly runs: number;
}

/** A picture is drawn from so many runs, and from none of more spans than this: it shall be quick. */
const DRAWN_RUNS = 6;
const DRAWN_SPANS = 400;
/** The steps of a deploy hardly change; reading whole runs among millions is the slowest part of the overview. */
const KEPT_MS = 60_000;
const KEPT = 100;

/**
 * Draws the data flow of deploys from their newest runs, and keeps every picture for a minute.
 *
 * @example
 * const draw = flowDrawer(store, Date.now);
 * (await draw(deploy)).flow.components;
 */
export function flowDrawer(store: Store, now: () => number): (deploy: DeployOutcome) => Promise<DrawnFlow> {
	const kept = new Map<string, { readonly drawnMs: number; readonly drawn: Promise<DrawnFlow> }>();
	return (deploy) => {
		const key = JSON.stringify([deploy.pipeline, deploy.serviceVersion]);
		const known = kept.get(key);
		if (known !== undefined && now() - known.drawnMs < KEPT_MS) return known.drawn;
		const drawn = drawFlow(store, deploy);
		kept.delete(key);
		kept.set(key, { drawnMs: now(), drawn });
		drawn.catch(() => kept.delete(key));
		const [oldest] = kept.keys();
		if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
		return drawn;
	};
}

async function drawFlow(store: Store, deploy: DeployOutcome): Promise<DrawnFlow> {
	const { runs } = await listRuns(
		store,
		{
			sinceMs: Math.max(deploy.firstMs, deploy.lastMs - 7 * 86_400_000),
			untilMs: deploy.lastMs + 1,
			pipeline: deploy.pipeline,
			serviceVersion: deploy.serviceVersion,
			outcome: "",
			step: "",
			verdict: "",
			text: "",
		},
		{ limit: DRAWN_RUNS },
	);
	if (runs.length === 0) return { flow: flowOfComponents([]), runs: 0 };
	const starts = runs.map(({ startMs }) => startMs);
	const read = await readRuns(store, {
		sinceMs: Math.min(...starts) - 1,
		untilMs: Math.max(...starts) + 1,
		traceIds: runs.map(({ traceId }) => traceId),
	});
	const short = read.filter(({ spans }) => spans.length <= DRAWN_SPANS);
	return { flow: flowOfComponents(short), runs: short.length };
}
