// The map as an outline: which rows there are, and where the arrows lead.

import type { CardRow } from '../core/model';

/** One row of the outline. */
export interface OutlineRow extends CardRow {
	/** Its place among its siblings, from 1, and how many there are. */
	index: number;
	siblings: number;
}

/** The rows that show: all cards but those inside a folded one. */
export function shownRows(cards: readonly CardRow[]): OutlineRow[] {
	const rows: OutlineRow[] = [];
	const counts = new Map<string, number>();
	let hiddenBelow = Number.POSITIVE_INFINITY;
	for (const card of cards) {
		if (card.depth > hiddenBelow) continue;
		hiddenBelow = card.folded ? card.depth : Number.POSITIVE_INFINITY;
		const key = groupOf(card);
		const index = (counts.get(key) ?? 0) + 1;
		counts.set(key, index);
		rows.push({ ...card, index, siblings: 0 });
	}
	for (const row of rows) row.siblings = counts.get(groupOf(row)) ?? 1;
	return rows;
}

// Cards of relationships stand after the card at the first end: they are no siblings.
function groupOf(card: CardRow): string {
	return `${card.place} ${card.onRelationship}`;
}

/** What an arrow does on a row: goes to another, folds, or opens. */
export type Step = { kind: 'go'; num: number } | { kind: 'fold'; num: number } | { kind: 'none' };

/** Where an arrow leads from a row; 0 is none yet. */
export function step(rows: readonly OutlineRow[], from: number, key: string): Step {
	const at = rows.findIndex((row) => row.num === from);
	const row = rows[at];
	if (!row) return go(key === 'ArrowUp' ? rows.at(-1) : rows[0]);
	switch (key) {
		case 'ArrowUp':
			return go(rows[at - 1]);
		case 'ArrowDown':
			return go(rows[at + 1]);
		case 'Home':
			return go(rows[0]);
		case 'End':
			return go(rows.at(-1));
		case 'Outwards':
			if (row.hasParts && !row.folded) return { kind: 'fold', num: row.num };
			return go(rows.slice(0, at).findLast((r) => r.depth < row.depth));
		case 'Inwards': {
			if (row.folded) return { kind: 'fold', num: row.num };
			const next = rows[at + 1];
			return next && next.depth > row.depth ? go(next) : { kind: 'none' };
		}
		default:
			return { kind: 'none' };
	}
}

function go(row: OutlineRow | undefined): Step {
	return row ? { kind: 'go', num: row.num } : { kind: 'none' };
}

/** Which rows to draw of a list that is scrolled: a few more than can be seen. */
export function drawn(count: number, rowHeight: number, top: number, height: number): [number, number] {
	const more = 8;
	const first = Math.max(0, Math.floor(top / rowHeight) - more);
	return [first, Math.min(count, Math.ceil((top + height) / rowHeight) + more)];
}
