import { describe, expect, it } from 'vitest';
import { asked, complete, mentioned, offered, pieces } from './mentions';

const people = [
	{ account: 'a', name: 'Ann' },
	{ account: 'al', name: 'Ann Lee' },
	{ account: 'b', name: 'Béla Nagy' },
];

describe('mentions', () => {
	it('knows when a name is being typed', () => {
		expect(asked('hello @An', 9)).toEqual({ from: 6, query: 'An' });
		expect(asked('@', 1)).toEqual({ from: 0, query: '' });
		expect(asked('write to ann@example.test', 25)).toBeNull();
		expect(asked('@Ann\nand then', 13)).toBeNull();
		expect(asked('nobody', 6)).toBeNull();
	});

	it('offers who begins like that, by any word', () => {
		expect(offered(people, 'an').map((p) => p.account)).toEqual(['a', 'al']);
		expect(offered(people, 'nag').map((p) => p.account)).toEqual(['b']);
		expect(offered(people, '')).toHaveLength(3);
	});

	it('puts the name in', () => {
		expect(complete('hello @An, and', 9, 6, 'Ann Lee')).toEqual({
			text: 'hello @Ann Lee , and',
			caret: 15,
		});
	});

	it('tells who is addressed', () => {
		expect(mentioned('@Béla Nagy, look', people)).toEqual(['b']);
		expect(mentioned('@Annabel', people)).toEqual([]);
		expect(mentioned('mail ann', people)).toEqual([]);
	});

	it('cuts a message at the names', () => {
		expect(pieces('see @Ann Lee and @nobody', ['Ann', 'Ann Lee'])).toEqual([
			{ text: 'see ', mention: false },
			{ text: '@Ann Lee', mention: true },
			{ text: ' and @nobody', mention: false },
		]);
		expect(pieces('', [])).toEqual([]);
	});
});
