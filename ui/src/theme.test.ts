import { describe, expect, it } from 'vitest';
import { mix } from './theme';

describe('mix', () => {
	it('mixes colours as they are written', () => {
		expect(mix('#ffffff', '#f4f6f7', 0.5)).toBe('#fafbfb');
		expect(mix('#102030', '#102030', 0.5)).toBe('#102030');
	});

	it('mixes colours that a build made shorter', () => {
		expect(mix('#fff', '#f4f6f7', 0.5)).toBe('#fafbfb');
		expect(mix('#abc', '#000', 0)).toBe('#aabbcc');
	});

	it('leaves what is no such colour as it is', () => {
		expect(mix('Canvas', '#000000', 0.5)).toBe('Canvas');
	});
});
