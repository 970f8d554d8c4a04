import type { Store } from "@faultline/collector";
import type { JudgeBudget } from "../scoring-config.ts";
import { select } from "../store/select.ts";

/** What a call may cost, or has cost. */
export interface Expense {
	readonly tokens: number;
	/** Null without a price. */
	readonly cost: number | null;
}

/** Which bound a call would break. */
export type BudgetBound = keyof JudgeBudget;

/** What was set aside for a call. */
export interface Reservation {
	/** Ends it, with what was really spent. To be called after that was written down. */
	settle(spent: Expense): void;
}

/** Other processes spend too: so often is looked at what they wrote down. */
const LOOK_MS = 15_000;
const DAY_MS = 86_400_000;

/**
 * Keeps a budget. What was spent is in the database, so it counts for all processes and survives them; what is being spent is set aside before
 * the call, so that calls at the same time do not break a bound together.
 */
export class Spending {
	readonly #store: Store;
	readonly #budget: JudgeBudget;
	readonly #now: () => number;
	readonly #runs = new Map<string, number>();
	#day = Number.NaN;
	#lookedMs = Number.NEGATIVE_INFINITY;
	#looking: Promise<void> = Promise.resolve();
	#written = { tokens: 0, cost: 0 };
	/** Spent since, by this process, and set aside. */
	#since = { tokens: 0, cost: 0 };
	#aside = { tokens: 0, cost: 0 };

	constructor(store: Store, budget: JudgeBudget, now: () => number) {
		this.#store = store;
		this.#budget = budget;
		this.#now = now;
	}

	/** Sets aside what a call may cost; or says which bound it would break. */
	async reserve(traceId: string, most: Expense): Promise<Reservation | BudgetBound> {
		await this.#look();
		await this.#readRun(traceId);
		const { tokensPerRun, tokensPerDay, costPerDay } = this.#budget;
		// No await from here on: two calls must not both see the same room.
		const run = this.#runs.get(traceId) ?? 0;
		if (tokensPerRun !== undefined && run + most.tokens > tokensPerRun) return "tokensPerRun";
		const today = this.today();
		if (tokensPerDay !== undefined && today.tokens + this.#aside.tokens + most.tokens > tokensPerDay)
			return "tokensPerDay";
		if (costPerDay !== undefined && today.cost + this.#aside.cost + (most.cost ?? 0) > costPerDay)
			return "costPerDay";
		this.#add(this.#aside, most, 1);
		this.#runs.set(traceId, run + most.tokens);
		return {
			settle: (spent) => {
				this.#add(this.#aside, most, -1);
				this.#add(this.#since, spent, 1);
				this.#runs.set(traceId, (this.#runs.get(traceId) ?? 0) - most.tokens + spent.tokens);
			},
		};
	}

	/** What was spent today, in UTC, as far as it is known. */
	today(): { readonly tokens: number; readonly cost: number } {
		return {
			tokens: this.#written.tokens + this.#since.tokens,
			cost: this.#written.cost + this.#since.cost,
		};
	}

	#add(sum: { tokens: number; cost: number }, { tokens, cost }: Expense, sign: 1 | -1): void {
		sum.tokens += sign * tokens;
		sum.cost += sign * (cost ?? 0);
	}

	async #look(): Promise<void> {
		const now = this.#now();
		const day = Math.floor(now / DAY_MS);
		if (day !== this.#day || now - this.#lookedMs >= LOOK_MS) {
			this.#day = day;
			this.#lookedMs = now;
			this.#looking = this.#readDay(day);
		}
		await this.#looking;
	}

	async #readDay(day: number): Promise<void> {
		const before = { ...this.#since };
		this.#written = await this.#spent(day * DAY_MS, "");
		// What was settled while we looked may be in it or not: counted twice rather than not at all.
		this.#since = { tokens: this.#since.tokens - before.tokens, cost: this.#since.cost - before.cost };
	}

	async #readRun(traceId: string): Promise<void> {
		if (this.#runs.has(traceId) || this.#budget.tokensPerRun === undefined) return;
		const { tokens } = await this.#spent(0, traceId);
		// Another call of the same run may have looked and spent meanwhile.
		if (!this.#runs.has(traceId)) this.#runs.set(traceId, tokens);
	}

	async #spent(sinceMs: number, traceId: string): Promise<{ tokens: number; cost: number }> {
		const [row] = await select<{ tokens: string; cost: number }>(this.#store, "judge-spent.sql", {
			since_ms: sinceMs,
			trace_id: traceId,
		});
		return { tokens: Number(row?.tokens ?? 0), cost: row?.cost ?? 0 };
	}
}
