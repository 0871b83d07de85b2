import { expect, test } from 'vitest';
import { compare, type Point, rowsAsCsv, sortPoints } from './perspectives';

function point(num: number, title: string, views: [number, number, string?][]): Point {
	return {
		num,
		title,
		views: new Map(views.map(([thing, emphasis, note = '']) => [thing, { emphasis, note }])),
	};
}

const things = [1, 2, 3, 4].map((num) => ({ num, title: `thing ${num}` }));
const a = point(10, 'a', [
	[1, 1],
	[2, 2, 'a "note"'],
]);
const b = point(11, 'b', [
	[2, 3],
	[3, 4],
]);

test('two points are compared: both, one alone, neither', () => {
	const nums = (list: { num: number }[]) => list.map((t) => t.num);
	const { both, onlyA, onlyB, neither } = compare(a, b, things);
	expect([both, onlyA, onlyB, neither].map(nums)).toEqual([[2], [1], [3], [4]]);
});

test('a column sorts by how much is made of the thing', () => {
	expect(sortPoints([b, a], 2).map((p) => p.title)).toEqual(['a', 'b']);
	expect(sortPoints([a, b], 3).map((p) => p.title)).toEqual(['b', 'a']);
	expect(sortPoints([b, a], 0).map((p) => p.title)).toEqual(['b', 'a']);
});

test('the file quotes what has to be quoted and starts no formula', () => {
	const text = rowsAsCsv([a, point(12, '=1+1', [])], things, 'Point', (n) => `e${n}`);
	expect(text).toBe('Point,thing 1,thing 2,thing 3,thing 4\r\na,e1,"e2: a ""note""",,\r\n\'=1+1,,,,\r\n');
});
