import { answerOf, type SprtOptions } from "./sprt.ts";

/** How the pipeline answers with some steps pinned. `unclear`: repeated replays did not settle it. */
export type ReplayAnswer = "pass" | "fail" | "unclear";

/** Asks for one replay with the steps at these places (0, 1, …) pinned to good outputs. */
export type Replay = (pinned: readonly number[]) => Promise<"pass" | "fail">;

export interface BisectOptions {
	/**
	 * For a pipeline in which chance plays: how its pass rates are told apart, and the largest chance of naming a wrong step, over all
	 * questions asked. Without it one replay answers a question.
	 */
	readonly sequential?: SprtOptions & { readonly mostReplays: number };
	/** At most this many steps are looked for where pinning one does not suffice. Default 3. */
	readonly mostSteps?: number;
}

/** One question that was put to the pipeline. */
export interface Question {
	readonly pinned: readonly number[];
	readonly purpose: "nothing pinned" | "search" | "confirm" | "everything pinned";
	readonly passed: number;
	readonly failed: number;
	readonly answer: ReplayAnswer;
}

/** What a bisection came to. `steps` are places in the list of steps, in order. */
export type BisectResult = (
	| /** Pinning exactly these makes the run pass, and none of them can be left out of the prefix. */ {
			readonly kind: "found";
			readonly steps: readonly number[];
	  }
	| /** Without any pin the run passes: there is nothing to look for. */ { readonly kind: "passes" }
	| /** With everything pinned it still fails: the fault is in no step that can be pinned. */ {
			readonly kind: "outside";
	  }
	| /** Some question stayed open, or more steps are broken than were looked for. */ {
			readonly kind: "unclear";
			readonly steps: readonly number[];
	  }
) & { readonly questions: readonly Question[] };

/**
 * Finds the step at which a failing run breaks by replaying it with good outputs pinned, as one bisects over commits: with steps
 * 0 … m−1 pinned it fails, with 0 … m pinned it passes, so step m does wrong with good inputs. On a deterministic pipeline of n steps
 * the search takes at most ⌈log₂ n⌉ + 1 replays, the one without pins included; one more confirms that pinning the step found alone
 * is enough. Where several steps of a chain are broken it is the last one that is found, since its pin hides what came before; with bad
 * outputs pinned into a good pipeline it is the first. Where pinning the one found is not enough, an earlier step is broken too and is looked for with the found one pinned (delta debugging's idea,
 * Zeller and Hildebrandt 2002, on an ordered list).
 *
 * @param count number of steps that can be pinned, in data-flow order.
 * @example
 * await bisectSteps(6, async (pinned) => (pinned.includes(3) ? "pass" : "fail")); // { kind: "found", steps: [3], … }
 */
export async function bisectSteps(
	count: number,
	replay: Replay,
	options: BisectOptions = {},
): Promise<BisectResult> {
	const questions: Question[] = [];
	const ask = makeAsker(count, replay, options, questions);
	const start = await ask([], "nothing pinned");
	if (start === "pass") return { kind: "passes", questions };
	if (start === "unclear") return { kind: "unclear", steps: [], questions };
	if (count === 0) return { kind: "outside", questions };
	return { ...(await searchSteps(count, ask, options.mostSteps ?? 3)), questions };
}

async function searchSteps(
	count: number,
	ask: Ask,
	mostSteps: number,
): Promise<{ kind: "found" | "unclear"; steps: readonly number[] } | { kind: "outside" }> {
	const found: number[] = [];
	// With `found` pinned, the prefix below `high` is known or believed to make the run pass.
	for (let high = count; high > 0 && found.length < mostSteps; high = found[0] ?? 0) {
		const boundary = await searchBoundary(high, found, ask);
		if (boundary === null) break;
		found.unshift(boundary);
		const alone = await ask(found, "confirm");
		if (alone === "pass") return { kind: "found", steps: found };
		if (alone === "unclear") break;
		if (boundary < count - 1) continue;
		// The search believed, and never asked, that everything pinned passes.
		const all = count === 1 ? alone : await ask(places(count), "everything pinned");
		if (all === "fail") return { kind: "outside" };
		if (all === "unclear") break;
	}
	return { kind: "unclear", steps: found };
}

const places = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

type Ask = (pinned: readonly number[], purpose: Question["purpose"]) => Promise<ReplayAnswer>;

/** The place of the first step whose pinning, with all before it and `also`, makes the run pass; null where that stayed open. */
async function searchBoundary(count: number, also: readonly number[], ask: Ask): Promise<number | null> {
	let failing = 0;
	let passing = count;
	while (passing - failing > 1) {
		const middle = Math.floor((failing + passing) / 2);
		const answer = await ask([...places(middle), ...also], "search");
		if (answer === "unclear") return null;
		if (answer === "pass") passing = middle;
		else failing = middle;
	}
	return passing - 1;
}

/** Puts questions to the pipeline: one replay each, or as many as the sequential test takes, its error shared out over all questions. */
function makeAsker(count: number, replay: Replay, options: BisectOptions, questions: Question[]): Ask {
	const { sequential } = options;
	const asked = Math.ceil(Math.log2(Math.max(1, count))) + 2;
	return async (pinned, purpose) => {
		let [passed, failed] = [0, 0];
		let answer: ReplayAnswer = "unclear";
		const most = sequential?.mostReplays ?? 1;
		while (answer === "unclear" && passed + failed < most) {
			const outcome = await replay(pinned);
			if (outcome === "pass") passed++;
			else failed++;
			if (sequential === undefined) answer = outcome;
			else {
				const said = answerOf({ passed, failed }, { ...sequential, error: sequential.error / asked });
				answer = said === null ? "unclear" : said === "high" ? "pass" : "fail";
			}
		}
		questions.push({ pinned, purpose, passed, failed, answer });
		return answer;
	};
}
