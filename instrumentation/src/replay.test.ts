import assert from "node:assert/strict";
import { it } from "node:test";
import { withReplay } from "./replay.ts";
import { step } from "./step.ts";

it("leaves a call at a hole of the pins to run, and pins a tool that is not safe only where nothing else does", () => {
	let ran = 0;
	const count = step.custom("count", () => ++ran);
	const mail = step.toolCall("mail", () => `sent ${++ran}`);
	const look = step.toolCall("look", () => `seen ${++ran}`, { safe: true });
	// biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
	withReplay({ pins: { count: [, "second"] } }, () =>
		assert.deepEqual([count(), count(), count()], [1, "second", 2]),
	);
	const unsafeToolPins = { mail: ["recorded mail"], look: ["recorded look"] };
	withReplay({ unsafeToolPins }, () => assert.deepEqual([mail(), look()], ["recorded mail", "seen 3"]));
	withReplay({ unsafeToolPins, pins: { mail: ["pinned mail"] } }, () => {
		assert.equal(mail(), "pinned mail");
		assert.throws(() => mail(), /may have side effects/);
	});
	assert.equal(ran, 3);
});
