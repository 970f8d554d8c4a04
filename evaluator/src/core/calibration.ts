import { type ConfidenceOptions, type Interval, wilson } from "./interval.ts";

/** A stated probability and whether the event came true. */
export interface Forecast {
	/** In 0..1. */
	readonly probability: number;
	readonly happened: boolean;
}

/** The forecasts whose probability lies in [from, to); the last bin includes 1. */
export interface ReliabilityBin {
	readonly from: number;
	readonly to: number;
	readonly count: number;
	/** Mean stated probability and share that came true; null in an empty bin. */
	readonly meanPredicted: number | null;
	readonly observed: number | null;
	/** Wilson interval of the observed share; well calibrated bins hold `meanPredicted` inside. */
	readonly interval: Interval | null;
}

/** How far stated probabilities can be taken at their word. */
export interface Calibration {
	readonly bins: readonly ReliabilityBin[];
	readonly count: number;
	/** Mean distance between stated and observed over bins, weighted by count, 0..1; null without forecasts. */
	readonly expectedCalibrationError: number | null;
	/** Mean squared distance of probability and outcome, 0..1, lower is better; null without forecasts. */
	readonly brierScore: number | null;
}

/**
 * Reliability bins of equal width (DeGroot and Fienberg 1983), the expected calibration error (Naeini, Cooper and
 * Hauskrecht 2015) and the Brier score (1950). The error of few forecasts is above 0 even when they are perfect: with 200
 * in ten bins around 0.07.
 *
 * @throws RangeError when a probability is outside 0..1 or bins is not a positive integer.
 * @example
 * measureCalibration([{ probability: 0.8, happened: true }]).expectedCalibrationError; // 0.2
 */
export function measureCalibration(
	forecasts: readonly Forecast[],
	options: ConfidenceOptions & { readonly bins?: number } = {},
): Calibration {
	const { bins: width = 10, confidence = 0.95 } = options;
	if (!(Number.isInteger(width) && width >= 1))
		throw new RangeError(`cannot make ${width} bins; give 1 or more`);
	const members: Forecast[][] = Array.from({ length: width }, () => []);
	for (const forecast of forecasts) {
		const { probability } = forecast;
		if (!(probability >= 0 && probability <= 1)) {
			throw new RangeError(`a forecast says ${probability}; a probability lies in 0..1`);
		}
		members[Math.min(width - 1, Math.floor(probability * width))]?.push(forecast);
	}
	const bins = members.map((inside, at) => describeBin(inside, at / width, (at + 1) / width, confidence));
	const count = forecasts.length;
	const gap = bins.reduce(
		(sum, bin) => sum + bin.count * Math.abs((bin.meanPredicted ?? 0) - (bin.observed ?? 0)),
		0,
	);
	const squares = forecasts.reduce(
		(sum, { probability, happened }) => sum + (probability - (happened ? 1 : 0)) ** 2,
		0,
	);
	return {
		bins,
		count,
		expectedCalibrationError: count === 0 ? null : gap / count,
		brierScore: count === 0 ? null : squares / count,
	};
}

function describeBin(
	inside: readonly Forecast[],
	from: number,
	to: number,
	confidence: number,
): ReliabilityBin {
	const count = inside.length;
	const happened = inside.filter((forecast) => forecast.happened).length;
	const total = inside.reduce((sum, { probability }) => sum + probability, 0);
	return {
		from,
		to,
		count,
		meanPredicted: count === 0 ? null : total / count,
		observed: count === 0 ? null : happened / count,
		interval: wilson(happened, count, { confidence }),
	};
}
