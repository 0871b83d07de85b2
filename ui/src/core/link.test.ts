import { describe, expect, it } from 'vitest';
import { endingOf, pause } from './link';

describe('pauses between attempts', () => {
	it('grow from a quarter of a second to ten', () => {
		expect(pause(0, 0)).toBe(125);
		expect(pause(0, 1)).toBe(375);
		expect(pause(1, 1)).toBe(500);
		expect(pause(3, 0)).toBe(1000);
		expect(pause(30, 1)).toBe(10_000);
	});
	it('are jittered', () => {
		expect(pause(5, 0)).toBeLessThan(pause(5, 1));
	});
});

describe('close codes', () => {
	it('end it or not', () => {
		expect(endingOf(4401)).toBe('signedOut');
		expect(endingOf(4409)).toBe('tooOld');
		expect(endingOf(4413)).toBeNull();
		expect(endingOf(1006)).toBeNull();
	});
});
