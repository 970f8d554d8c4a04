import type { PlayedEvent } from "./kit/play.ts";
import { type Case, playCase } from "./play-case.ts";
import type { Truth } from "./scenario.ts";

function truthOf(events: readonly PlayedEvent[], sufficient: number): Truth {
	return {
		origins: events.flatMap(({ places }) => places),
		edge: events.some(({ edge }) => edge),
		event: events.length === 0 ? null : events.map(({ name }) => name).join(" + "),
		sufficient,
		byFault: events.some(({ fault }) => fault),
	};
}

/**
 * Where a failed run went wrong: runs it again without some of its events, and with nothing new happening, so that a bad question is not
 * excused by a fault that the run never came to. Takes events out, one, two, then all of the fault's and at last all: the smallest set
 * without which the run passes.
 */
export function findTruth(what: Case, events: readonly PlayedEvent[]): Truth {
	const passesWithout = (removed: readonly PlayedEvent[]): boolean => {
		const kept = events.filter((event) => !removed.includes(event));
		return playCase(what, new Set(kept.map(({ id }) => id))).passed;
	};
	const single = events.filter((event) => passesWithout([event]));
	if (single.length > 0) return truthOf(single, 1);
	for (const [at, first] of events.entries()) {
		for (const second of events.slice(at + 1)) {
			if (passesWithout([first, second])) return truthOf([first, second], 2);
		}
	}
	const ofFault = events.filter(({ fault }) => fault);
	if (ofFault.length > 2 && passesWithout(ofFault)) return truthOf(ofFault, ofFault.length);
	if (events.length > 2 && passesWithout(events)) return truthOf(events, events.length);
	return truthOf([], 0);
}
