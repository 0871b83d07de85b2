import { describe, expect, it } from 'vitest';
import { applySplice, diff, indexOfPoint, pointsBefore } from './text';

describe('positions', () => {
	const text = 'a🌊b';
	it('counts pairs once', () => {
		expect([0, 1, 3, 4].map((i) => pointsBefore(text, i))).toEqual([0, 1, 2, 3]);
	});
	it('goes back', () => {
		expect([0, 1, 2, 3, 9].map((p) => indexOfPoint(text, p))).toEqual([0, 1, 3, 4, 4]);
	});
});

describe('diff', () => {
	it('is null when nothing changed', () => {
		expect(diff('same', 'same', 2)).toBeNull();
	});
	it('puts a repeated letter where the caret is', () => {
		expect(diff('aaa', 'aaaa', 2)).toEqual({ pos: 1, del: 0, ins: 'a' });
		expect(diff('aaa', 'aaaa', 4)).toEqual({ pos: 3, del: 0, ins: 'a' });
		expect(diff('aaa', 'aaaa', 1)).toEqual({ pos: 0, del: 0, ins: 'a' });
	});
	it('takes a letter out at the caret', () => {
		expect(diff('aaaa', 'aaa', 2)).toEqual({ pos: 2, del: 1, ins: '' });
	});
	it('never cuts a pair', () => {
		// 🌊 and 🌋 share their first half.
		expect(diff('x🌊y', 'x🌋y', 3)).toEqual({ pos: 1, del: 1, ins: '🌋' });
		expect(diff('🌊', '', 0)).toEqual({ pos: 0, del: 1, ins: '' });
	});
	it('replaces a selection', () => {
		expect(diff('one two three', 'one 2 three', 5)).toEqual({ pos: 4, del: 3, ins: '2' });
	});
	it('always leads from before to after', () => {
		const texts = ['', 'a', 'ab', 'aab', 'a🌊', '🌊🌊', '🌋a🌊', 'ba🌊ab', 'aaaa'];
		for (const before of texts) {
			for (const after of texts) {
				for (let caret = 0; caret <= after.length; caret++) {
					const splice = diff(before, after, caret);
					expect(splice === null ? before : applySplice(before, splice)).toBe(after);
				}
			}
		}
	});
});
