import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SpanContext } from "@opentelemetry/api";
import { Provenance } from "./provenance.ts";

const span = (number: number): SpanContext => ({
	traceId: "1".repeat(32),
	spanId: String(number).padStart(16, "0"),
	traceFlags: 1,
});
const text = (number: number): string => `a text of a step, number ${String(number).padStart(6, "0")}`;

describe("Provenance", () => {
	it("forgets the oldest texts first, among many of one length too", () => {
		const provenance = new Provenance();
		for (let number = 0; number < 3_000; number += 1) provenance.record(text(number), span(number));
		const known = Array.from({ length: 3_000 }, (_, number) => provenance.producerOf(text(number)));
		assert.deepEqual(known.slice(0, 3_000 - 1_024), Array(3_000 - 1_024).fill(undefined));
		assert.deepEqual(
			known.slice(3_000 - 1_024).map((producer) => producer?.spanId),
			Array.from({ length: 1_024 }, (_, index) => span(3_000 - 1_024 + index).spanId),
		);
		provenance.record("shorter than that one", span(1));
		assert.equal(provenance.producerOf("shorter than that one")?.spanId, span(1).spanId);
		assert.equal(provenance.producerOf(text(2_999))?.spanId, span(2_999).spanId);
	});

	it("forgets by size: sixteen million characters are kept", () => {
		const provenance = new Provenance();
		for (let number = 0; number < 40; number += 1) {
			provenance.record(`${number}`.padEnd(1_000_000, "x"), span(number));
		}
		const kept = Array.from({ length: 40 }, (_, number) =>
			provenance.producerOf(`${number}`.padEnd(1_000_000, "x")),
		);
		assert.equal(kept.filter((producer) => producer !== undefined).length, 16);
		assert.equal(kept[23], undefined);
		assert.equal(kept[24]?.spanId, span(24).spanId);
	});

	it("gives a value to its newest producer and its parts to their first", () => {
		const provenance = new Provenance();
		const page = { id: 1, content: "the text of a page" };
		provenance.record([page], span(1));
		const answer = { pages: [page], said: "an answer of its own" };
		provenance.record(answer, span(2));
		assert.equal(provenance.producerOf(page)?.spanId, span(1).spanId);
		assert.equal(provenance.producerOf(page.content)?.spanId, span(1).spanId);
		assert.equal(provenance.producerOf(answer.said)?.spanId, span(2).spanId);
		provenance.record(page, span(3));
		assert.equal(provenance.producerOf(page)?.spanId, span(3).spanId);
		const linked = provenance.linksTo([{ given: [page] }], span(9)).map((link) => link.context.spanId);
		assert.deepEqual(linked, [span(3).spanId]);
		const deeper = provenance.linksTo([[page]], span(9)).map((link) => link.context.spanId);
		assert.deepEqual(deeper, [span(3).spanId, span(1).spanId]);
	});

	it("looks past what throws, into nothing that is no plain object, and at a bounded number of values", () => {
		const provenance = new Provenance();
		const page = { id: 1 };
		provenance.record(page, span(1));
		class Holder {
			readonly inside = page;
		}
		const bad = Object.defineProperty({ page }, "bad", {
			enumerable: true,
			get: () => {
				throw new Error("no");
			},
		});
		assert.equal(provenance.linksTo([bad], span(9)).length, 1);
		assert.equal(provenance.linksTo([new Holder()], span(9)).length, 0);
		assert.equal(provenance.linksTo([...Array(600).fill(0), page], span(9)).length, 0);
	});
});
