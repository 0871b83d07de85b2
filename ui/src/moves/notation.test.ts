import { describe, expect, test } from 'vitest';
import type { SketchItem } from '../core/commands';
import { en } from '../words/en';
import { castOf, moves, sketchOfMove } from './moves';
import { BadNotation, sketchOf } from './notation';

// A sketch in short: cards with the whole they lie in, then what joins them by rank.
function short(text: string, chosen: number[] = []): string {
	const items = sketchOf(text, { chosen, title: (role, n) => `${role}${n}` });
	return items.map(line).join(' ');
}

function line(item: SketchItem): string {
	switch (item.kind) {
		case 'card':
			return `${item.card === 0 ? item.title : `#${item.card}`}${item.in === 0 ? '' : `/${item.in}`}`;
		case 'line':
			return `${item.a}${['-', '>', '<', '<>'][item.direction]}${item.b}`;
		case 'view':
			return `${item.a}@${item.b}`;
		case 'other':
			return `${item.a}|${item.b}`;
		default:
			return `${item.kind}:${item.a}x${item.count}`;
	}
}

describe('notation', () => {
	test.each([
		['X', 'X1'],
		['X{part*3}', 'X1 part1/1 part2/1 part3/1'],
		['whole[list]{X}', 'whole1 X1/1'],
		['X > Y > X', 'X1 Y1 0>1 1>0'],
		['a <> b', 'a1 b1 0<>1'],
		['X -(r{p*2})- Y', 'X1 Y1 0-1 r1/3 p1/4 p2/4'],
		['X{a - b - c - a}', 'X1 a1/1 b1/1 1-2 c1/1 2-4 4-1'],
		['X~3,2 | Y:1,0; Y | X', 'X1 is:0x3 isNot:0x2 Y1 0|1 1|0'],
		['v1:-1,-2 @ X; v2 @ X', 'v1 X1 0@1 v2 2@1'],
		['X -(r1)- Y; r1 > e', 'X1 Y1 0-1 r1/3 e1 3>4'],
	])('%s', (text, want) => {
		expect(short(text)).toBe(want);
	});

	test('chosen cards play their roles', () => {
		expect(short('X - Y', [7, 8])).toBe('#7 #8 0-1');
		expect(short('whole{X}', [7])).toBe('whole1 #7/1');
	});

	test('places are px, a whole that says nothing is a list', () => {
		const [first] = sketchOf('v:-1,0.5{a}', castOf([]));
		expect(first).toMatchObject({ x: -220, y: 65, layout: 1, placeholder: true });
	});

	test.each(['', '{', 'X -', 'X{a', 'X -(r- Y', 'X[oval]', 'X:1', 'X $ Y', '3', 'X{a*2{b}}', 'a*300', 'X)'])(
		'%s is refused',
		(text) => {
			expect(() => short(text)).toThrow(BadNotation);
		},
	);
});

test('every move of the library can be read, has a name, and stays small', () => {
	const ids = new Set(moves.map((m) => m.id));
	expect(ids.size).toBe(moves.length);
	for (const move of moves) {
		for (const chosen of [[], [1], [1, 2]]) {
			const items = sketchOfMove(move, chosen);
			expect(items.length, move.id).toBeLessThanOrEqual(40);
			const titles = items.flatMap((i) => (i.kind === 'card' && i.card === 0 ? [i.title] : []));
			expect(titles.every(Boolean), move.id).toBe(true);
		}
		const names = move.kind === 'question' ? en.questions : en.moveNames;
		expect(names, move.id).toHaveProperty(move.id);
	}
	expect(moves.filter((m) => m.kind === 'move')).toHaveLength(6);
	expect(moves.filter((m) => m.kind === 'question')).toHaveLength(19);
});
