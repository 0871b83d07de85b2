// The table of perspectives: its order, its comparison, its file.

/** A point and what it makes of things. */
export interface Point {
	num: number;
	title: string;
	views: ReadonlyMap<number, { emphasis: number; note: string }>;
}

/** Something that is looked at. */
export interface Thing {
	num: number;
	title: string;
}

// Much, normal, little, hidden, not at all.
const rank: Record<number, number | undefined> = { 2: 4, 1: 3, 3: 2, 4: 1 };

/** Points in the order of how much they make of a thing; 0 leaves them as they are. */
export function sortPoints(points: readonly Point[], thing: number): readonly Point[] {
	if (thing === 0) return points;
	const weight = (p: Point) => rank[p.views.get(thing)?.emphasis ?? 0] ?? 0;
	return [...points].sort((a, b) => weight(b) - weight(a));
}

/** What two points both see, what one of them sees alone, and what neither sees. */
export function compare(
	a: Point,
	b: Point,
	things: readonly Thing[],
): { both: Thing[]; onlyA: Thing[]; onlyB: Thing[]; neither: Thing[] } {
	const out = { both: [] as Thing[], onlyA: [] as Thing[], onlyB: [] as Thing[], neither: [] as Thing[] };
	for (const thing of things) {
		const [inA, inB] = [a.views.has(thing.num), b.views.has(thing.num)];
		if (inA && inB) out.both.push(thing);
		else if (inA) out.onlyA.push(thing);
		else if (inB) out.onlyB.push(thing);
		else out.neither.push(thing);
	}
	return out;
}

/** The table as CSV (RFC 4180). */
export function rowsAsCsv(
	points: readonly Point[],
	things: readonly Thing[],
	corner: string,
	emphasis: (n: number) => string,
): string {
	const rows = [[corner, ...things.map((t) => t.title)]];
	for (const point of points) {
		const cells = things.map((thing) => {
			const view = point.views.get(thing.num);
			if (!view) return '';
			return view.note === '' ? emphasis(view.emphasis) : `${emphasis(view.emphasis)}: ${view.note}`;
		});
		rows.push([point.title, ...cells]);
	}
	return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

// A spreadsheet would run what begins like a formula.
function cell(text: string): string {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
