import { setTimeout as sleep } from "node:timers/promises";

export interface PaceOptions {
	/** Most pieces of work at a time. */
	readonly concurrency: number;
	/** Most that begin within any minute; no bound by default. */
	readonly perMinute?: number;
	readonly now?: () => number;
	readonly pause?: (ms: number) => Promise<unknown>;
}

const MINUTE_MS = 60_000;

/** Lets so many calls run at a time, so many begin a minute, and all of them wait where an endpoint asked for a pause. */
export class Pace {
	readonly #options: PaceOptions;
	readonly #now: () => number;
	readonly #pause: (ms: number) => Promise<unknown>;
	readonly #waiting: (() => void)[] = [];
	/** When the calls of the last minute began. */
	readonly #begun: number[] = [];
	#running = 0;
	#pausedUntil = 0;

	constructor({ now = Date.now, pause = sleep, ...options }: PaceOptions) {
		this.#options = options;
		this.#now = now;
		this.#pause = pause;
	}

	/** Runs the work when its turn has come. */
	async run<Result>(work: () => Promise<Result>): Promise<Result> {
		if (this.#running >= this.#options.concurrency)
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		else this.#running++;
		try {
			await this.turn();
			return await work();
		} finally {
			const next = this.#waiting.shift();
			if (next === undefined) this.#running--;
			else next();
		}
	}

	/** Waits for the pause to end and for a free place in the minute, and takes it: also before another try. */
	async turn(): Promise<void> {
		for (;;) {
			const now = this.#now();
			while ((this.#begun[0] ?? now) <= now - MINUTE_MS) this.#begun.shift();
			const { perMinute = Number.POSITIVE_INFINITY } = this.#options;
			const free = this.#begun.length < perMinute ? now : (this.#begun[0] ?? now) + MINUTE_MS;
			const wait = Math.max(free, this.#pausedUntil) - now;
			if (wait <= 0) {
				this.#begun.push(now);
				return;
			}
			await this.#pause(wait);
		}
	}

	/** Nothing begins within this time. */
	pauseFor(ms: number): void {
		this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + ms);
	}
}
