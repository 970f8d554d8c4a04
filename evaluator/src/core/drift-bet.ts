/** Where the bet against "nothing changes" stands. Plain numbers: it can be stored and resumed. */
export interface DriftBet {
	/** Natural logarithms of what is set aside, and of what is staked at each of `EXPONENTS`. */
	readonly logAside: number;
	readonly logStaked: readonly number[];
}

/** Bets εp^(ε−1): the smaller, the more it wins from tiny p-values and the more it loses to ordinary ones. */
export const EXPONENTS: readonly number[] = [0.2, 0.5];
/** Share of what is set aside that is staked anew before each day, and the other way. */
const STAKE = 0.01;
const RETURN = 0.05;

/**
 * A bet in which a sixth is staked.
 *
 * @example
 * let bet = startDriftBet();
 */
export function startDriftBet(): DriftBet {
	const staked = STAKE / (STAKE + RETURN);
	return {
		logAside: Math.log(1 - staked),
		logStaked: EXPONENTS.map(() => Math.log(staked / EXPONENTS.length)),
	};
}

/**
 * The bet after one more p-value. Stakes multiply by εp^(ε−1), whose mean over uniform p-values is 1 (Vovk, Nouretdinov and Gammerman 2003), and part of
 * them is exchanged with what is set aside, so that a change is seen soon whenever it comes (fixed share: Herbster and Warmuth 1998; as the Jumper of
 * Vovk et al. 2021). Where p-values are uniform and independent, as those of exchangeable days are, the wealth is a fair game: it reaches 1/α
 * with probability at most α, however often one looks (Ville 1939).
 *
 * @param p in (0, 1], with ties broken at random.
 * @throws RangeError when p is no p-value.
 * @example
 * bet = betOnDay(bet, test.uniformP);
 */
export function betOnDay(bet: DriftBet, p: number): DriftBet {
	if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value is ${p}; give 0..1`);
	// A random tie-break may come out as 0, which would win without end.
	const logP = Math.log(Math.max(p, 1e-12));
	const won = bet.logStaked.map((stake, at) => {
		const exponent = EXPONENTS[at] ?? 1;
		return stake + Math.log(exponent) + (exponent - 1) * logP;
	});
	const staked = addLogs(won);
	return {
		logAside: addLogs([bet.logAside + Math.log(1 - STAKE), staked + Math.log(RETURN)]),
		logStaked: won.map((stake) =>
			addLogs([stake + Math.log(1 - RETURN), bet.logAside + Math.log(STAKE / EXPONENTS.length)]),
		),
	};
}

/**
 * Natural logarithm of the wealth: evidence that something has changed.
 *
 * @example
 * if (logWealth(bet) >= Math.log(1 / 0.05)) alarm();
 */
export const logWealth = ({ logAside, logStaked }: DriftBet): number => addLogs([logAside, ...logStaked]);

function addLogs(values: readonly number[]): number {
	const highest = Math.max(...values);
	return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
