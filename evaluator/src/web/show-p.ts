/** A p-value as it is printed: two digits, and no more zeros than mean something. */
export const showP = (p: number | null): string =>
	p === null ? "–" : p < 0.0001 ? "< 0.0001" : p < 0.001 ? p.toFixed(4) : p.toFixed(3);
