import { curveBumpX, line } from "d3-shape";
import type { EdgeSource } from "../../core/data-flow.ts";
import { type Html, html } from "../html.ts";
import {
	type GraphEdge,
	type GraphNode,
	layoutGraph,
	type PlacedEdge,
	type PlacedNode,
} from "./layout-graph.ts";

/** A step in the picture. */
export interface FlowBox extends GraphNode {
	readonly name: string;
	readonly kind: string;
	/** One short line below, such as a rate. */
	readonly note: string;
	readonly state: "bad" | "warn" | "plain";
	readonly href: string;
}

export interface FlowLine extends GraphEdge {
	readonly source: EdgeSource;
}

const SIZE = { width: 140, height: 62, gapX: 32, gapY: 14 } as const;
const EDGE = 4;
const NAME_CHARACTERS = 18;

const curve = line<readonly [number, number]>()
	.x(([x]) => x)
	.y(([, y]) => y)
	.curve(curveBumpX);

/**
 * A data flow as a picture: boxes are steps, in the order of the flow, and lines say whose output went into what; solid where it was recorded,
 * dashed where the content shows it, dotted where healthy runs have it or only the order suggests it.
 */
export function flowPicture(
	boxes: readonly FlowBox[],
	lines: readonly FlowLine[],
	label: string,
	more = "",
): Html {
	const graph = layoutGraph(boxes, lines, SIZE);
	const [width, height] = [graph.width + 2 * EDGE, graph.height + 2 * EDGE];
	const names = new Map(boxes.map(({ id, name }) => [id, name]));
	return html`<figure class="flow"><div class="scroll" tabindex="0" role="group" aria-label="${label}"><svg class="chart" width="${width}" height="${height}" viewBox="${-EDGE} ${-EDGE} ${width} ${height}">
<g aria-hidden="true">${graph.edges.map((edge) => edgePath(edge, names))}</g>${graph.nodes.map(box)}</svg></div>
<figcaption class="faint small">${legend(lines)}${more}</figcaption></figure>`;
}

function edgePath({ edge, points, back }: PlacedEdge<FlowLine>, names: ReadonlyMap<string, string>): Html {
	const path = back
		? points.map(([x, y], index) => `${index === 0 ? "M" : index === 1 ? "C" : ""}${x},${y}`).join(" ")
		: (curve(points) ?? "");
	const [x, y] = points.at(-1) ?? [0, 0];
	const head = back
		? `M${x - 4},${y + 6}L${x},${y}L${x + 4},${y + 6}`
		: `M${x - 6},${y - 4}L${x},${y}L${x - 6},${y + 4}`;
	return html`<g class="edge ${edge.source}"><title>${names.get(edge.from)} → ${names.get(edge.to)} (${edge.source})</title><path d="${path}" /><path class="head" d="${head}" /></g>`;
}

function box({ node, x, y }: PlacedNode<FlowBox>): Html {
	const middle = x + SIZE.width / 2;
	const top = node.note === "" ? y + 7 : y;
	return html`<a href="${node.href}" class="box ${node.state}"><title>${node.name} (${node.kind})${node.note === "" ? "" : `: ${node.note}`}</title><rect x="${x}" y="${y}" width="${SIZE.width}" height="${SIZE.height}" rx="7" />
<text x="${middle}" y="${top + 21}" text-anchor="middle" class="name">${shorten(node.name)}</text><text x="${middle}" y="${top + 36}" text-anchor="middle" class="faint">${node.kind}</text><text x="${middle}" y="${y + 52}" text-anchor="middle" class="note">${node.note}</text></a>`;
}

const shorten = (name: string): string =>
	name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS - 1)}…` : name;

const MEANING: Readonly<Record<EdgeSource, string>> = {
	recorded: "a solid line was recorded by the application",
	inferred: "a dashed one shows in the content",
	usual: "a dotted one is there in healthy runs",
	assumed: "a faint one is only suggested by the order",
};

function legend(lines: readonly FlowLine[]): string {
	const sources = new Set(lines.map(({ source }) => source));
	const said = Object.entries(MEANING).flatMap(([source, words]) =>
		sources.has(source as EdgeSource) ? [words] : [],
	);
	return said.length === 0 ? "" : `Whose output went into what: ${said.join(", ")}.`;
}
