import assert from "node:assert/strict";
import { it } from "node:test";
import { startModelServer } from "./testing/model-server.ts";
import { startOwnTelemetry } from "./testing/own-telemetry.ts";
import { EXPECTED_EDGES, factsOfEdges, runOfEdges } from "./testing/run-of-edges.ts";

it("says at export what the values were in the run: content, edges by text, nothing that came later", async () => {
	await using model = await startModelServer();
	await using telemetry = await startOwnTelemetry();
	const spans = await telemetry.spansOf(() => runOfEdges(model));
	assert.deepEqual(factsOfEdges(spans), EXPECTED_EDGES);
});
