import assert from "node:assert/strict";
import { test } from "node:test";
import { wilson } from "./interval.ts";
import { shareOfTwo } from "./share-of-two.ts";

const near = (found: number | undefined, expected: number): void =>
	assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-9, `${found} is not ${expected}`);

test("is the closed form of Donner and Zou, put on the scale of shares", () => {
	const part = { estimate: 0.2, ...(wilson(40, 200) ?? { low: 0, high: 1 }) };
	const rest = { estimate: 0.08, ...(wilson(20, 250) ?? { low: 0, high: 1 }) };
	const found = shareOfTwo(part, rest);
	near(found?.estimate, 0.2 / 0.28);
	// Ratio rest / part: U = (ab + √((ab)² − u·l′·(2a − u)(2b − l′))) / (l′(2b − l′)), a = rest, b = part, and L likewise.
	const [a, b] = [rest.estimate, part.estimate];
	const [lower, upper] = [
		(a * b - Math.sqrt((a * b) ** 2 - rest.low * part.high * (2 * a - rest.low) * (2 * b - part.high))) /
			(part.high * (2 * b - part.high)),
		(a * b + Math.sqrt((a * b) ** 2 - rest.high * part.low * (2 * a - rest.high) * (2 * b - part.low))) /
			(part.low * (2 * b - part.low)),
	];
	near(found?.low, 1 / (1 + upper));
	near(found?.high, 1 / (1 + lower));
});

test("ends at 0 and 1 where nothing speaks against it, and is null of nothing", () => {
	const some = { estimate: 0.1, low: 0.05, high: 0.2 };
	const none = { estimate: 0, low: 0, high: 0.04 };
	assert.equal(shareOfTwo(some, none)?.high, 1);
	assert.ok((shareOfTwo(some, none)?.low ?? 0) > 0.5);
	assert.equal(shareOfTwo(none, some)?.low, 0);
	assert.equal(shareOfTwo(none, none), null);
});
