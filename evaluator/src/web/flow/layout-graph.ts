/** A box to be placed; `id` is unique. */
export interface GraphNode {
	readonly id: string;
}

/** From whose output to who used it. */
export interface GraphEdge {
	readonly from: string;
	readonly to: string;
}

export interface PlacedNode<Node> {
	readonly node: Node;
	readonly x: number;
	readonly y: number;
}

export interface PlacedEdge<Edge> {
	readonly edge: Edge;
	/** Where it passes, from the right of one box to the left of another. A loop back goes below the boxes and has four points. */
	readonly points: readonly (readonly [number, number])[];
	readonly back: boolean;
}

export interface PlacedGraph<Node, Edge> {
	readonly nodes: readonly PlacedNode<Node>[];
	readonly edges: readonly PlacedEdge<Edge>[];
	readonly width: number;
	readonly height: number;
}

export interface BoxSize {
	readonly width: number;
	readonly height: number;
	readonly gapX: number;
	readonly gapY: number;
}

/** How high the room is that an edge takes where it passes a layer without a stop. */
const LANE = 18;
const BELOW = 26;

interface Slot {
	readonly key: string;
	readonly layer: number;
	readonly height: number;
	/** Slots in earlier layers that lead here. */
	readonly sources: string[];
	y: number;
}

/**
 * Places a data flow in layers from left to right, as Sugiyama, Tagawa and Toda do (1981): a box stands one layer right of the last one that it
 * depends on; edges over several layers get lanes of their own, so that they pass no box; boxes of a layer are ordered by where their
 * sources stand. Nodes come in the order of the flow; an edge against that order is a loop back.
 *
 * @example
 * layoutGraph([{ id: "a" }, { id: "b" }], [{ from: "a", to: "b" }], { width: 100, height: 40, gapX: 30, gapY: 10 }).width; // 230
 */
export function layoutGraph<Node extends GraphNode, Edge extends GraphEdge>(
	nodes: readonly Node[],
	edges: readonly Edge[],
	size: BoxSize,
): PlacedGraph<Node, Edge> {
	const place = new Map(nodes.map(({ id }, index) => [id, index]));
	const known = edges.filter(({ from, to }) => place.has(from) && place.has(to));
	const isBack = ({ from, to }: Edge): boolean => (place.get(from) ?? 0) >= (place.get(to) ?? 0);
	const forward = known.filter((edge) => !isBack(edge));
	const layers = layersOf(nodes, forward);
	const slots = slotsOf(nodes, forward, layers, size);
	const height = stackLayers(slots, size);
	const back = known.filter(isBack);
	const x = (layer: number): number => layer * (size.width + size.gapX);
	const middle = (key: string): number => {
		const slot = slots.get(key);
		return slot === undefined ? 0 : slot.y + slot.height / 2;
	};
	const layerOf = (id: string): number => layers.get(id) ?? 0;
	return {
		nodes: nodes.map((node) => ({ node, x: x(layerOf(node.id)), y: slots.get(node.id)?.y ?? 0 })),
		edges: [
			...forward.map((edge) => ({ edge, back: false, points: pathOf(edge, layerOf, x, middle, size) })),
			...back.map((edge) => ({ edge, back: true, points: loopOf(edge, layerOf, x, height, slots, size) })),
		],
		width: x(Math.max(0, ...layers.values())) + (nodes.length === 0 ? 0 : size.width),
		height: height + (back.length === 0 ? 0 : BELOW),
	};
}

function layersOf(nodes: readonly GraphNode[], forward: readonly GraphEdge[]): ReadonlyMap<string, number> {
	const into = Map.groupBy(forward, ({ to }) => to);
	const layers = new Map<string, number>();
	for (const { id } of nodes) {
		const before = (into.get(id) ?? []).map(({ from }) => layers.get(from) ?? 0);
		layers.set(id, before.length === 0 ? 0 : 1 + Math.max(...before));
	}
	return layers;
}

const laneKey = ({ from, to }: GraphEdge, layer: number): string => JSON.stringify([from, to, layer]);

/** Boxes and lanes by key, each with what leads to it from the layer before. */
function slotsOf(
	nodes: readonly GraphNode[],
	forward: readonly GraphEdge[],
	layers: ReadonlyMap<string, number>,
	{ height }: BoxSize,
): Map<string, Slot> {
	const slots = new Map<string, Slot>();
	for (const { id } of nodes)
		slots.set(id, { key: id, layer: layers.get(id) ?? 0, height, sources: [], y: 0 });
	for (const edge of forward) {
		let source = edge.from;
		const end = layers.get(edge.to) ?? 0;
		for (let layer = (layers.get(edge.from) ?? 0) + 1; layer < end; layer++) {
			const key = laneKey(edge, layer);
			slots.set(key, { key, layer, height: LANE, sources: [source], y: 0 });
			source = key;
		}
		slots.get(edge.to)?.sources.push(source);
	}
	return slots;
}

/** Gives every slot its y, layer by layer, and answers how high the picture is. */
function stackLayers(slots: ReadonlyMap<string, Slot>, { gapY }: BoxSize): number {
	const layers = [...Map.groupBy(slots.values(), ({ layer }) => layer)].sort((a, b) => a[0] - b[0]);
	const heightOf = (layer: readonly Slot[]): number =>
		layer.reduce((sum, slot) => sum + slot.height, 0) + gapY * (layer.length - 1);
	const total = Math.max(0, ...layers.map(([, layer]) => heightOf(layer)));
	for (const [, layer] of layers) {
		const wish = new Map(layer.map((slot) => [slot, meanOf(slot.sources.map((key) => slots.get(key)))]));
		const ordered = layer.toSorted((a, b) => (wish.get(a) ?? total / 2) - (wish.get(b) ?? total / 2));
		let y = (total - heightOf(ordered)) / 2;
		for (const slot of ordered) {
			slot.y = y;
			y += slot.height + gapY;
		}
	}
	return total;
}

function meanOf(sources: readonly (Slot | undefined)[]): number | undefined {
	const middles = sources.flatMap((slot) => (slot === undefined ? [] : [slot.y + slot.height / 2]));
	return middles.length === 0 ? undefined : middles.reduce((sum, y) => sum + y, 0) / middles.length;
}

function pathOf(
	edge: GraphEdge,
	layerOf: (id: string) => number,
	x: (layer: number) => number,
	middle: (key: string) => number,
	{ width }: BoxSize,
): (readonly [number, number])[] {
	const [first, last] = [layerOf(edge.from), layerOf(edge.to)];
	const points: (readonly [number, number])[] = [[x(first) + width, middle(edge.from)]];
	for (let layer = first + 1; layer < last; layer++) {
		const y = middle(laneKey(edge, layer));
		points.push([x(layer), y], [x(layer) + width, y]);
	}
	points.push([x(last), middle(edge.to)]);
	return points;
}

function loopOf(
	edge: GraphEdge,
	layerOf: (id: string) => number,
	x: (layer: number) => number,
	below: number,
	slots: ReadonlyMap<string, Slot>,
	{ width, height }: BoxSize,
): (readonly [number, number])[] {
	const bottom = (id: string): number => (slots.get(id)?.y ?? 0) + height;
	const [from, to] = [x(layerOf(edge.from)) + width / 2, x(layerOf(edge.to)) + width / 2];
	// A box that leads to itself needs some width to be seen.
	const [start, end] = from === to ? [from + width / 4, to - width / 4] : [from, to];
	return [
		[start, bottom(edge.from)],
		[start, below + BELOW],
		[end, below + BELOW],
		[end, bottom(edge.to)],
	];
}
