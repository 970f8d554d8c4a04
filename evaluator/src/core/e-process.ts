/** Where a bet against "as many pairs get worse as get better" stands. Plain numbers: it can be stored and resumed. */
export interface EProcess {
	/** Discordant pairs so far in which only the candidate failed, and in which only the baseline failed. */
	readonly worsened: number;
	readonly improved: number;
	/** Natural logarithm of the wealth now and at its highest. */
	readonly logWealth: number;
	readonly logHighest: number;
}

/**
 * A bet that nothing was staked on yet.
 *
 * @example
 * let bet = startEProcess();
 */
export function startEProcess(): EProcess {
	return { worsened: 0, improved: 0, logWealth: 0, logHighest: 0 };
}

/**
 * The bet after one more discordant pair. The wealth is multiplied by p̂(x) / ½, where p̂ = (worsened + ½) / (n + 1) comes
 * from the pairs before this one only (predictable) and never goes below ½ (one-sided: it bets on "worse" or not at all).
 * Under the null the wealth is a fair game or a losing one, so it reaches 1/α with probability at most α, however often
 * one looks (Ville 1939; Ramdas, Grünwald, Vovk and Shafer 2023; the estimate is Krichevsky and Trofimov's).
 *
 * @param worse whether the pair got worse (true) or better (false); pairs with equal outcomes are not passed.
 * @example
 * bet = betOnPair(bet, true);
 */
export function betOnPair(bet: EProcess, worse: boolean): EProcess {
	const share = Math.max(0.5, (bet.worsened + 0.5) / (bet.worsened + bet.improved + 1));
	const logWealth = bet.logWealth + Math.log(2 * (worse ? share : 1 - share));
	return {
		worsened: bet.worsened + (worse ? 1 : 0),
		improved: bet.improved + (worse ? 0 : 1),
		logWealth,
		logHighest: Math.max(bet.logHighest, logWealth),
	};
}

/** What a bet allows to say at any time. */
export interface SequentialEvidence {
	/** The wealth: evidence against "not worse"; at most 1/α with probability 1 − α under the null. May be infinite. */
	readonly eValue: number;
	/** A p-value that stays valid under continuous looking: 1 / the highest wealth. */
	readonly anytimeP: number;
	/** Whether the highest wealth reached 1/α. */
	readonly rejected: boolean;
}

/**
 * Reads a bet at false-alarm rate alpha (0.05 by default). Once rejected it stays rejected.
 *
 * @throws RangeError when alpha is not between 0 and 1.
 * @example
 * if (readEProcess(bet, { alpha: 0.05 }).rejected) rollBack();
 */
export function readEProcess(
	bet: EProcess,
	{ alpha = 0.05 }: { readonly alpha?: number } = {},
): SequentialEvidence {
	if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}; give a share between 0 and 1`);
	return {
		eValue: Math.exp(bet.logWealth),
		anytimeP: Math.exp(-bet.logHighest),
		rejected: bet.logHighest >= -Math.log(alpha),
	};
}
