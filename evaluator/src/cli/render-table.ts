/**
 * Rows in columns of their own width, the first one as heads; columns of numbers go to the right.
 *
 * @example
 * renderTable([["model", "rate"], ["a", "90 %"]], { right: [1] });
 */
export function renderTable(
	rows: readonly (readonly string[])[],
	{ right = [] }: { readonly right?: readonly number[] } = {},
): string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	return rows.map((row) =>
		widths
			.map((width, column) => {
				const cell = row[column] ?? "";
				return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
			})
			.join("  ")
			.trimEnd(),
	);
}
