/**
 * Remembers what was used last, up to a total size: in two generations, of which the older one is forgotten whole when the younger is full (a
 * second-chance approximation of least recently used that moves nothing on a hit in the younger).
 *
 * @example
 * const parsed = new RecentMap<string, object>(1_000_000);
 * parsed.set(text, value, text.length);
 */
export class RecentMap<Key, Value> {
	private readonly size: number;
	private young = new Map<Key, { readonly value: Value; readonly size: number }>();
	private old: typeof this.young = new Map();
	private held = 0;

	/** @param size of both generations together; what alone is larger than half of it is not remembered. */
	constructor(size: number) {
		this.size = size / 2;
	}

	get(key: Key): Value | undefined {
		const known = this.young.get(key);
		if (known !== undefined) return known.value;
		const older = this.old.get(key);
		if (older !== undefined) this.set(key, older.value, older.size);
		return older?.value;
	}

	set(key: Key, value: Value, size: number): void {
		if (size > this.size) return;
		if (this.held + size > this.size) {
			this.old = this.young;
			this.young = new Map();
			this.held = 0;
		}
		this.young.set(key, { value, size });
		this.held += size;
	}
}
