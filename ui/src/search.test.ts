import { expect, test } from 'vitest';
import type { CardRow } from './core/model';
import { fold, Index } from './search';

function row(num: number, title: string, body = '', place = 0): CardRow {
	return { num, place, depth: 0, hasParts: false, folded: false, onRelationship: false, title, body };
}

test('accents, case and the order of words do not matter', () => {
	const index = new Index([row(1, 'Crème brûlée'), row(2, 'ÜBER den Fluss'), row(3, 'Fluss')]);
	expect(index.find('creme', 9).map((m) => m.num)).toEqual([1]);
	expect(index.find('fluss über', 9).map((m) => m.num)).toEqual([2]);
	expect(fold('ÅÉ')).toBe('ae');
});

test('titles come before bodies, beginnings before middles', () => {
	const index = new Index([
		row(1, 'about', 'the rain in here'),
		row(2, 'terrain'),
		row(3, 'heavy rain'),
		row(4, 'rain and more'),
		row(5, 'rain'),
	]);
	expect(index.find('rain', 9).map((m) => m.num)).toEqual([5, 4, 3, 2, 1]);
	expect(index.find('rain', 2)).toHaveLength(2);
	expect(index.find('rain', 9).at(-1)?.excerpt).toContain('the rain');
	expect(index.find('  ', 9)).toEqual([]);
	expect(index.find('snow', 9)).toEqual([]);
});

test('a match names the wholes around it', () => {
	const index = new Index([row(1, 'water'), row(2, 'sky', '', 1), row(3, 'cloud', '', 2)]);
	expect(index.find('cloud', 1)[0]?.path).toEqual(['water', 'sky']);
});
