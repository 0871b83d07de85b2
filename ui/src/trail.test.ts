import { expect, test } from 'vitest';
import { encodeId } from './core/bytes';
import { longestTrail, stateOf, trailOf } from './trail';

const id = encodeId(new Uint8Array(16).fill(7));
const step = { id, card: '', title: 'Water' };

test('a trail comes back as it went into the history', () => {
	expect(trailOf(stateOf([step, { ...step, card: id }]))).toEqual([step, { ...step, card: id }]);
	expect(stateOf([])).toBeNull();
});

test('it is bounded, and nothing but a trail is one', () => {
	const long = Array.from({ length: longestTrail + 3 }, (_, i) => ({ ...step, title: String(i) }));
	expect(trailOf({ trail: long })).toEqual(long.slice(3));
	expect(stateOf(long)?.trail).toEqual(long.slice(3));
	for (const state of [
		null,
		3,
		{},
		{ trail: 'x' },
		{ trail: [null, { ...step, id: 'x' }, { ...step, card: 3 }] },
	])
		expect(trailOf(state)).toEqual([]);
});
