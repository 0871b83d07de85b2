import { expect, test } from 'vitest';
import type { CardRow } from '../core/model';
import { drawn, shownRows, step } from './outline';

function card(num: number, depth: number, place: number, more: Partial<CardRow> = {}): CardRow {
	return {
		num,
		place,
		depth,
		hasParts: false,
		folded: false,
		onRelationship: false,
		title: '',
		body: '',
		...more,
	};
}

const cards = [
	card(1, 0, 0, { hasParts: true }),
	card(2, 1, 1, { hasParts: true, folded: true }),
	card(3, 2, 2),
	card(4, 1, 1),
	card(9, 1, 77, { onRelationship: true }),
	card(5, 0, 0),
];

test('what lies in a folded card has no row', () => {
	const rows = shownRows(cards);
	expect(rows.map((r) => r.num)).toEqual([1, 2, 4, 9, 5]);
	expect(rows.map((r) => `${r.index}/${r.siblings}`)).toEqual(['1/2', '1/2', '2/2', '1/1', '2/2']);
});

test('arrows walk the rows, in and out', () => {
	const rows = shownRows(cards);
	const at = (from: number, key: string) => step(rows, from, key);
	expect(at(0, 'ArrowDown')).toEqual({ kind: 'go', num: 1 });
	expect(at(0, 'ArrowUp')).toEqual({ kind: 'go', num: 5 });
	expect(at(1, 'ArrowDown')).toEqual({ kind: 'go', num: 2 });
	expect(at(1, 'ArrowUp')).toEqual({ kind: 'none' });
	expect(at(4, 'Home')).toEqual({ kind: 'go', num: 1 });
	expect(at(4, 'End')).toEqual({ kind: 'go', num: 5 });
	expect(at(4, 'Outwards')).toEqual({ kind: 'go', num: 1 });
	expect(at(1, 'Outwards')).toEqual({ kind: 'fold', num: 1 });
	expect(at(2, 'Inwards')).toEqual({ kind: 'fold', num: 2 });
	expect(at(1, 'Inwards')).toEqual({ kind: 'go', num: 2 });
	expect(at(5, 'Inwards')).toEqual({ kind: 'none' });
});

test('only what is near the window is drawn', () => {
	expect(drawn(10_000, 30, 3000, 600)).toEqual([92, 128]);
	expect(drawn(3, 30, 0, 600)).toEqual([0, 3]);
});
