// What somebody looks for in the audit log: how it stands in an address, how the server is
// asked for it, and whether a record that comes live is of it.

import { actsOf, type Group, groupOf, isGroup, usualGroups } from './acts';
import type { Entry } from './api';

const minute = 60_000; // ms
const hour = 60 * minute;
const day = 24 * hour;

/** The whiles that can be looked at, and the bars they are drawn with. */
export const spans = {
	hour: { step: minute, bars: 60 },
	day: { step: 15 * minute, bars: 96 },
	week: { step: 2 * hour, bars: 84 },
	month: { step: 8 * hour, bars: 90 },
	quarter: { step: day, bars: 90 },
} as const;

/** The name of a while. */
export type Span = keyof typeof spans;

/** All of them. */
export const allSpans = Object.keys(spans) as Span[];

/** Two moments, ms since 1970; the second is not included. */
export interface Between {
	since: number;
	until: number;
}

/** What is looked for; what is empty does not matter. */
export interface Query {
	span: Span;
	/** A part of time that is drawn in the place of the while. */
	zoom: Between | null;
	/** The part of what is drawn that is listed. */
	pick: Between | null;
	by: string; // an account's id, or kind:alias
	on: string; // sort:id
	session: string;
	/** Groups of acts; none: the usual ones. */
	what: readonly Group[];
	/** Only what was refused or failed. */
	bad: boolean;
}

/** Where one begins. */
export const anything: Query = {
	span: 'day',
	zoom: null,
	pick: null,
	by: '',
	on: '',
	session: '',
	what: [],
	bad: false,
};

const mostText = 80; // characters of an id with its sort
const last = 8.64e15; // ms; the end of time, as browsers have it

/** Reads a query from an address, in which anything may stand. */
export function parse(search: string): Query {
	const p = new URLSearchParams(search);
	const text = (key: string, form: RegExp): string => {
		const value = p.get(key) ?? '';
		return value.length <= mostText && form.test(value) ? value : '';
	};
	const span = allSpans.find((s) => s === p.get('while')) ?? anything.span;
	return {
		span,
		zoom: between(p.get('zoom')),
		pick: between(p.get('part')),
		by: text('by', /^([a-z]+:)?[\w-]+$/),
		on: text('on', /^[a-z]+:[\w-]+$/),
		session: text('session', /^[\w-]{1,32}$/),
		what: [...new Set((p.get('what') ?? '').split(','))].filter(isGroup),
		bad: p.get('bad') === '1',
	};
}

function between(text: string | null): Between | null {
	const match = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? '');
	const [since, until] = [Number(match?.[1]), Number(match?.[2])];
	return match && until - since >= 1 && until <= last ? { since, until } : null;
}

/** Writes a query as an address has it, without what is as at the beginning. */
export function format(q: Query): string {
	const p = new URLSearchParams();
	const set = (key: string, value: string): void => {
		if (value !== '') p.set(key, value);
	};
	set('while', q.span === anything.span ? '' : q.span);
	set('zoom', q.zoom ? `${q.zoom.since}-${q.zoom.until}` : '');
	set('part', q.pick ? `${q.pick.since}-${q.pick.until}` : '');
	set('by', q.by);
	set('on', q.on);
	set('session', q.session);
	set('what', q.what.join(','));
	set('bad', q.bad ? '1' : '');
	const text = p.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
	return text === '' ? '' : `?${text}`;
}

/** What the chart draws: from when, until when, in how many bars. */
export interface Drawn extends Between {
	parts: number;
}

const mostParts = 96;

/** Bars begin where clocks strike, in the time of whoever looks. */
export function drawn(q: Query, now: number, zone = new Date(now).getTimezoneOffset() * minute): Drawn {
	if (q.zoom) {
		const { since, until } = q.zoom;
		return { since, until, parts: Math.max(1, Math.min(mostParts, Math.floor((until - since) / 1000))) };
	}
	const { step, bars } = spans[q.span];
	const until = (Math.floor((now - zone) / step) + 1) * step + zone;
	return { since: until - bars * step, until, parts: bars };
}

/** Whether records that come now can be of it. */
export function isNow(q: Query): boolean {
	return q.zoom === null && q.pick === null;
}

/** Whether only some of the records are looked for, whenever they were. */
export function narrows(q: Query): boolean {
	return q.by !== '' || q.on !== '' || q.session !== '' || q.what.length > 0 || q.bad;
}

// Who looks for what went wrong wants to see all of it.
function groupsOf(q: Query): readonly Group[] | null {
	if (q.what.length > 0) return q.what;
	return q.bad ? null : usualGroups;
}

/** How the server is asked. */
export function params(q: Query, now: number): URLSearchParams {
	const p = whenever(q);
	const times = q.pick ?? q.zoom;
	p.set('since', String(times?.since ?? drawn(q, now).since));
	if (times) p.set('until', String(times.until - 1));
	return p;
}

/** How the server is asked, whenever it was. */
export function whenever(q: Query): URLSearchParams {
	const p = new URLSearchParams();
	const chosen = groupsOf(q);
	if (chosen) p.set('act', actsOf(chosen).join(','));
	if (q.bad) p.set('result', 'bad');
	if (q.by !== '') p.set('by', q.by);
	if (q.on !== '') p.set('on', q.on);
	if (q.session !== '') p.set('session', q.session);
	return p;
}

/** Whether a record is of what is looked for, times aside. */
export function fits(q: Query, r: Entry): boolean {
	if (q.bad && r.result === 'ok') return false;
	if (q.by !== '' && q.by !== r.by.id && q.by !== callOf(r)) return false;
	if (q.on !== '' && q.on !== r.on) return false;
	if (q.session !== '' && q.session !== r.session) return false;
	return groupsOf(q)?.includes(groupOf(r.act)) ?? true;
}

/** By what whoever did it is looked for. */
export function whoOf(r: Entry): string {
	return r.by.kind === 'account' && r.by.id ? r.by.id : callOf(r);
}

function callOf(r: Entry): string {
	return `${r.by.kind}:${r.by.alias}`;
}

/** The thing that an address or an id names that somebody typed or pasted; "": none. */
export function thingOf(text: string): string {
	const typed = text.trim();
	if (/^[a-z]+:[0-9a-v]{26}$/.test(typed)) return typed;
	if (/^[0-9a-v]{26}$/.test(typed)) return `map:${typed}`;
	const match = /\/(maps|folders|orgs|embed)\/([0-9a-v]{26})(?:[/?#]|$)/.exec(typed);
	if (!match) return '';
	const sort = { maps: 'map', folders: 'folder', orgs: 'org', embed: 'map' }[match[1] ?? ''];
	return `${sort}:${match[2]}`;
}
