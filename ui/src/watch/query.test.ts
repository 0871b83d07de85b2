import { describe, expect, it } from 'vitest';
import type { Entry } from './api';
import {
	allSpans,
	anything,
	drawn,
	fits,
	format,
	isNow,
	narrows,
	params,
	parse,
	type Query,
	spans,
	thingOf,
	whenever,
	whoOf,
} from './query';

const id = '0123456789abcdefghijklmnop';
const now = Date.UTC(2026, 10, 23, 23, 24, 49);
const minute = 60_000; // ms

const entry: Entry = {
	seq: 7,
	at: now,
	act: 'map.open',
	by: { kind: 'account', alias: 'abc', id, name: 'Ada' },
	on: `map:${id}`,
	result: 'ok',
	session: 's1',
};

describe('a query', () => {
	const queries: Query[] = [
		anything,
		{ ...anything, span: 'quarter', what: ['signins', 'looks'], bad: true },
		{ ...anything, by: id, on: `map:${id}`, session: '0a1b' },
		{ ...anything, by: 'stranger:x7-_', pick: { since: 5, until: 6 }, zoom: { since: 0, until: now } },
	];
	it.each(queries)('goes into an address and back', (query) => {
		expect(parse(format(query))).toEqual(query);
	});

	it('is nothing where there is nothing', () => {
		expect(format(anything)).toBe('');
		expect(format({ ...anything, on: `map:${id}`, what: ['exports', 'orgs'] })).toBe(
			`?on=map:${id}&what=exports,orgs`,
		);
	});

	it.each([
		'?while=year&what=nothing,toString&bad=2',
		'?by=%3Cscript%3E&on=map&session=a%20b',
		'?part=6-5&zoom=-1-5',
		'?part=1-99999999999999999999&zoom=1',
		`?by=${'a'.repeat(81)}`,
	])('takes nothing of %s', (search) => {
		expect(parse(search)).toEqual(anything);
	});

	it('tells what narrows it, and what is of now', () => {
		expect([narrows(anything), isNow(anything)]).toEqual([false, true]);
		expect(narrows({ ...anything, bad: true })).toBe(true);
		expect(isNow({ ...anything, pick: { since: 1, until: 2 } })).toBe(false);
	});
});

describe('what is drawn', () => {
	it('ends with the bar of now, and begins where clocks strike', () => {
		for (const span of allSpans) {
			const of = drawn({ ...anything, span }, now, -60 * minute);
			const { step, bars } = spans[span];
			expect(of.until).toBeGreaterThan(now);
			expect(of.until - now).toBeLessThanOrEqual(step);
			expect((of.until + 60 * minute) % Math.min(step, 24 * 60 * minute)).toBe(0);
			expect([of.until - of.since, of.parts]).toEqual([bars * step, bars]);
		}
	});

	it('is in bars of a second and more', () => {
		expect(drawn({ ...anything, zoom: { since: 1000, until: 4000 } }, now).parts).toBe(3);
		expect(drawn({ ...anything, zoom: { since: 1000, until: 1001 } }, now).parts).toBe(1);
		expect(drawn({ ...anything, zoom: { since: 0, until: now } }, now).parts).toBe(96);
	});
});

describe('the server is asked', () => {
	it('for what is usual', () => {
		const p = params(anything, now);
		expect(p.get('act')?.split(',')).toContain('signin');
		expect(p.get('act')?.split(',')).not.toContain('page.read');
		expect([p.get('since'), p.get('until')]).toEqual([String(drawn(anything, now).since), null]);
		expect(whenever(anything).get('since')).toBe(null);
		expect(p.toString().length).toBeLessThan(4000);
	});

	it('for everything that went wrong', () => {
		const p = params({ ...anything, bad: true }, now);
		expect([p.get('act'), p.get('result')]).toEqual([null, 'bad']);
	});

	it('for a part, without its end', () => {
		const p = params({ ...anything, zoom: { since: 0, until: 99 }, pick: { since: 10, until: 20 } }, now);
		expect([p.get('since'), p.get('until')]).toEqual(['10', '19']);
	});
});

describe('a record that comes', () => {
	it.each<[Partial<Query>, boolean]>([
		[{}, true],
		[{ by: id }, true],
		[{ by: 'account:abc' }, true],
		[{ by: 'account:abd' }, false],
		[{ on: `map:${id}` }, true],
		[{ on: `org:${id}` }, false],
		[{ session: 's2' }, false],
		[{ what: ['opened'] }, true],
		[{ what: ['changes'] }, false],
		[{ bad: true }, false],
	])('is of %j: %s', (change, fit) => {
		expect(fits({ ...anything, ...change }, entry)).toBe(fit);
	});

	it('shows what was refused, also where only pages look', () => {
		const refused: Entry = { ...entry, act: 'map.read', result: 'refused' };
		expect([fits(anything, refused), fits({ ...anything, bad: true }, refused)]).toEqual([false, true]);
	});

	it('leads to who did it', () => {
		expect(whoOf(entry)).toBe(id);
		expect(whoOf({ ...entry, by: { kind: 'account', alias: 'abc' } })).toBe('account:abc');
		expect(whoOf({ ...entry, by: { kind: 'stranger', alias: 'x' } })).toBe('stranger:x');
	});
});

it.each([
	[`https://maps.example/maps/${id}/card/${id}`, `map:${id}`],
	[`/orgs/${id}/people`, `org:${id}`],
	[` ${id} `, `map:${id}`],
	[`account:${id}`, `account:${id}`],
	['ada@example.org', ''],
	['/maps/short', ''],
	['', ''],
])('%s names %j', (text, thing) => {
	expect(thingOf(text)).toBe(thing);
});
