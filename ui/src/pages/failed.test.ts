import { expect, it } from 'vitest';
import { words } from '../words';
import { whyFailed } from './failed';

it('knows its own words', () => {
	expect(whyFailed('unverified')).toBe(words.failed.unverified);
	expect(whyFailed('linked')).toBe(words.failed.linked);
});

it.each(['', 'You won', 'constructor', '__proto__', 'toString'])(
	'says nothing that the address says: %j',
	(word) => {
		expect(whyFailed(word)).toBe(words.failed.other);
	},
);
