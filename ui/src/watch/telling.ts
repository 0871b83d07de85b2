// Records as sentences: who did what to what, and what became of it.

import { deviceName } from '../account/device';
import { words } from '../words';
import { browserName } from './agent';
import type { Entry } from './api';
import { countsOf, type Fold } from './rows';

/** A piece of a sentence; names stand out. */
export interface Piece {
	text: string;
	name: boolean;
}

/** The title of a map that whoever looks may see, or "". */
export type Titles = (map: string) => string;

const noTitles: Titles = () => '';

// Stand for the names until the sentence is cut into pieces.
const whoMark = '\ue000';
const onMark = '\ue001';

/** Tells what was done. */
export function tell(r: Entry, titles = noTitles): Piece[] {
	const names: Record<string, string> = { [whoMark]: nameOf(r), [onMark]: thing(r, titles) };
	return sentenceOf(r)
		.split(/([\ue000\ue001])/)
		.filter((text) => text !== '')
		.map((text) => ({ text: names[text] ?? text, name: Object.hasOwn(names, text) }));
}

/** The same as one text. */
export function told(r: Entry, titles = noTitles): string {
	return tell(r, titles)
		.map(({ text }) => text)
		.join('');
}

function sentenceOf(r: Entry): string {
	const all: Record<string, ((who: string, on: string, tried: boolean) => string) | undefined> = words.acts;
	const say = Object.hasOwn(all, r.act) ? all[r.act] : undefined;
	const done = say ? say(whoMark, onMark, r.result !== 'ok') : words.watch.unknown(whoMark, r.act);
	if (r.result === 'ok') return done;
	return r.result === 'failed' ? words.watch.failed(done, why(r)) : words.watch.refused(done, why(r));
}

/** Why something was not done, or "". */
export function why(r: Entry): string {
	const reasons: Record<string, string> = words.watchWhy;
	if (r.code === 'auth' && r.act === 'signin') return reasons.password ?? '';
	if (r.code === 'auth' && r.act === 'signin.second') return reasons.factor ?? '';
	return r.code && Object.hasOwn(reasons, r.code) ? (reasons[r.code] ?? '') : '';
}

/** What whoever did it is called. */
export function nameOf({ by }: Entry): string {
	const t = words.watchWho;
	if (by.kind !== 'account') return Object.hasOwn(t, by.kind) ? t[by.kind] : t.stranger;
	if (!by.id) return t.forgotten;
	return by.name || t.account;
}

const tail = 6; // letters of an id; its beginning is the time when it was made

// An act says what it is done to even where a record does not.
function thing(r: Entry, titles: Titles): string {
	const [sort = '', id = ''] = (r.on ?? '').split(':');
	if (sort === 'account' && r.onName) return r.onName;
	return thingName(sort || (r.act.split('.')[0] ?? ''), id, titles);
}

/** A thing by its sort and id, with its title where that is known. */
export function thingName(sort: string, id: string, titles = noTitles): string {
	const all: Record<string, ((which: string) => string) | undefined> = words.watchThings;
	const say = (Object.hasOwn(all, sort) ? all[sort] : undefined) ?? words.watchThings.other;
	const title = sort === 'map' ? titles(id) : '';
	if (title !== '') return say(words.watch.quoted(title));
	return say(id === '' ? '' : words.watch.end(id.slice(-tail)));
}

/** What a record says beside: how often and how much, from where. */
export function aside(fold: Fold): string[] {
	const t = words.watchCounts;
	const [r] = fold.all;
	const n = countsOf(fold);
	const out: string[] = fold.all.length > 1 ? [t.alike(fold.all.length)] : [];
	if ((n.times ?? 0) > 1) out.push(t.times(n.times ?? 0));
	for (const name of ['changes', 'made', 'deleted', 'seconds'] as const) {
		const many = n[name] ?? 0;
		if (many > 0) out.push(t[name](many));
	}
	if (n.waits) out.push(t.waits);
	if (r.addr) out.push(r.addr);
	const from = browserOf(r.agent ?? '');
	if (from !== '') out.push(from);
	return out;
}

/** The browser of an agent and the device it runs on, as far as it says. */
export function browserOf(agent: string): string {
	const browser = browserName(agent);
	const device = deviceName(agent);
	return browser !== '' && device !== '' ? words.watch.via(browser, device) : browser;
}
