import { describe, expect, it } from 'vitest';
import { format, parse, safeReturn, secretOf } from './router';

const id = '0123456789abcdefghijklmnop';

describe('routes', () => {
	it.each([
		['/', 'maps'],
		['/maps', 'maps'],
		['/maps/', 'maps'],
		[`/maps/${id}`, 'map'],
		['/signin', 'signin'],
		['/first', 'first'],
		['/maps/short', 'lost'],
		[`/maps/${id}/more`, 'lost'],
		['/elsewhere', 'lost'],
	])('%s is %s', (path, page) => {
		expect(parse(path).page).toBe(page);
	});
	it('go to a path and back', () => {
		expect(parse(format({ page: 'map', id }))).toEqual({ page: 'map', id });
	});
});

describe('secrets', () => {
	it('come from the fragment', () => {
		expect(secretOf('#abc')).toBe('abc');
		expect(secretOf('')).toBe('');
		expect(secretOf('#%')).toBe('');
	});
});

describe('the way back after signing in', () => {
	it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '', null, '/nowhere'])(
		'refuses %s',
		(path) => {
			expect(safeReturn(path)).toBe('/maps');
		},
	);
	it('keeps a map', () => {
		expect(safeReturn(`/maps/${id}`)).toBe(`/maps/${id}`);
	});
});
