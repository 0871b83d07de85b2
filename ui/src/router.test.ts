import { describe, expect, it } from 'vitest';
import { format, parse, returnOf, safeReturn, secretOf, signInTo } from './router';

const id = '0123456789abcdefghijklmnop';

describe('routes', () => {
	it.each([
		['/', 'maps'],
		['/maps', 'maps'],
		['/maps/', 'maps'],
		[`/maps/${id}`, 'map'],
		['/signin', 'signin'],
		['/first', 'first'],
		['/mine', 'maps'],
		['/shared', 'maps'],
		[`/orgs/${id}`, 'maps'],
		[`/orgs/${id}/people`, 'org'],
		[`/folders/${id}`, 'maps'],
		['/account', 'account'],
		['/site', 'site'],
		['/site/watch', 'watch'],
		['/site/watch/more', 'lost'],
		['/site/other', 'lost'],
		['/forgot', 'forgot'],
		['/verify', 'verify'],
		['/email', 'email'],
		['/join', 'join'],
		['/open', 'open'],
		[`/embed/${id}`, 'embed'],
		['/embed', 'lost'],
		[`/embed/${id}/more`, 'lost'],
		['/orgs/short', 'lost'],
		[`/orgs/${id}/other`, 'lost'],
		['/folders', 'lost'],
		['/maps/short', 'lost'],
		[`/maps/${id}/more`, 'lost'],
		['/elsewhere', 'lost'],
	])('%s is %s', (path, page) => {
		expect(parse(path).page).toBe(page);
	});
	it('of places go to a path and back', () => {
		for (const path of [
			'/maps',
			'/mine',
			'/shared',
			`/orgs/${id}`,
			`/folders/${id}`,
			`/orgs/${id}/people`,
			'/account',
			'/site/watch',
		])
			expect(format(parse(path))).toBe(path);
	});
	it('of a map as it was go to a path and back', () => {
		for (const past of [0, 1, 4711]) {
			const route = { page: 'map', id, card: '', past } as const;
			expect(parse(format(route))).toEqual(route);
		}
		for (const path of ['history/0', 'history/x', 'history/1/2', 'history/1e3'])
			expect(parse(`/maps/${id}/${path}`).page).toBe('lost');
	});
	it('go to a path and back', () => {
		for (const card of ['', id])
			expect(parse(format({ page: 'map', id, card }))).toEqual({ page: 'map', id, card });
		expect(parse(`/maps/${id}/edit/${id}`)).toEqual({ page: 'map', id, card: id });
		for (const path of [
			`/maps/${id}/card`,
			`/maps/${id}/card/x`,
			`/maps/${id}/other/${id}`,
			`/maps/${id}/card/${id}/x`,
		])
			expect(parse(path)).toEqual({ page: 'lost' });
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
	it.each([
		'//evil.example',
		'/\\evil.example',
		'/maps\\..\\..\\evil.example',
		'\\\\evil.example',
		'https://evil.example',
		'https:/evil.example',
		'https:evil.example',
		'javascript:alert(1)',
		' javascript:alert(1)',
		'data:text/html,x',
		'/%0a/evil.example',
		'/%2f%2fevil.example',
		'/%5cevil.example',
		'/\n/evil.example',
		'/\t/evil.example',
		'\t//evil.example',
		'/.//evil.example',
		'/maps/..//evil.example',
		'/x/..//maps',
		'/.//account',
		'/@evil.example',
		'maps',
		'?then=/maps',
		'#/maps',
		'',
		null,
		'/nowhere',
		'/signin?then=//evil.example',
		'/signin',
		'/reset',
		'/api/v1/signout',
	])('refuses %s', (path) => {
		expect(safeReturn(path)).toBe('/maps');
	});
	it.each([
		`/maps/${id}`,
		'/account',
		'/site',
		`/orgs/${id}/people`,
		'/join',
		'/maps?a=b',
		'/site/watch?while=week&on=map:x',
	])('keeps %s', (path) => {
		expect(safeReturn(path)).toBe(path);
	});
	it('is read from the address of the sign-in page', () => {
		expect(returnOf(new URL(`https://x.example${signInTo(`/maps/${id}`)}`).search)).toBe(`/maps/${id}`);
		expect(returnOf('?then=%2F%2Fevil.example&to=/account')).toBe('/maps');
		expect(returnOf('?to=/account')).toBe('/account');
		expect(returnOf('')).toBe('/maps');
	});
});
