import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { layoutGraph } from "./layout-graph.ts";

const SIZE = { width: 100, height: 40, gapX: 30, gapY: 10 };
const graph = (ids: string, edges: string) =>
	layoutGraph(
		[...ids].map((id) => ({ id })),
		edges.split(" ").flatMap((edge) => {
			const [from, to] = [...edge];
			return from === undefined || to === undefined ? [] : [{ from, to }];
		}),
		SIZE,
	);

describe("layoutGraph", () => {
	it("puts a chain in a row", () => {
		const { nodes, edges, width, height } = graph("abc", "ab bc");
		assert.deepEqual(
			nodes.map(({ x, y }) => [x, y]),
			[
				[0, 0],
				[130, 0],
				[260, 0],
			],
		);
		assert.deepEqual(edges[0]?.points, [
			[100, 20],
			[130, 20],
		]);
		assert.deepEqual([width, height], [360, 40]);
	});

	it("puts steps that do not depend on each other below each other, and no box on another", () => {
		const { nodes } = graph("abcd", "ab ac bd cd ad");
		for (const one of nodes) {
			for (const other of nodes) {
				if (one === other || one.x !== other.x) continue;
				assert.ok(Math.abs(one.y - other.y) >= SIZE.height + SIZE.gapY, `${one.node.id} on ${other.node.id}`);
			}
		}
	});

	it("leads an edge over several layers past the boxes between", () => {
		const { nodes, edges } = graph("abc", "ab bc ac");
		const long = edges.find(({ edge }) => edge.from === "a" && edge.to === "c");
		const between = nodes.find(({ node }) => node.id === "b");
		const passing = (long?.points ?? []).filter(([x]) => x >= 130 && x <= 230).map(([, y]) => y);
		assert.equal(passing.length, 2);
		for (const y of passing)
			assert.ok(y < (between?.y ?? 0) || y > (between?.y ?? 0) + SIZE.height, `at ${y}, through the box`);
	});

	it("draws a loop back below everything, and its own end as a loop too", () => {
		const { edges, height, nodes } = graph("ab", "ab ba aa");
		const loops = edges.filter(({ back }) => back);
		assert.equal(loops.length, 2);
		for (const { points } of loops) {
			assert.equal(Math.max(...points.map(([, y]) => y)), height);
			assert.ok((points[1]?.[1] ?? 0) > (nodes[0]?.y ?? 0) + SIZE.height);
		}
	});

	it("places nothing where there is nothing, and ignores edges of strangers", () => {
		const { nodes, edges, width, height } = graph("", "xy");
		assert.deepEqual([nodes, edges, width, height], [[], [], 0, 0]);
	});
});
