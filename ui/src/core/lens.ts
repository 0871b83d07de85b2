// What one person looks at alone: cards near some, or cards that fit a filter. How it
// crosses the border.

import { type Bytes, Reader, Writer } from './bytes';

/** Which relationships count as ways: any, those that lead there, those that lead away. */
export const Way = { all: 0, upstream: 1, downstream: 2 } as const;
export type Way = (typeof Way)[keyof typeof Way];

/** How an attribute's text is compared. */
export const How = { has: 0, contains: 1, equals: 2 } as const;
export type How = (typeof How)[keyof typeof How];

export const mostSteps = 9;
const mostTests = 64;

/** What an attribute is held against. */
export interface Test {
	key: string;
	how: How;
	text: string;
}

/** What is looked for: of one kind any of it, of several kinds each. */
export interface Filter {
	colours: readonly number[];
	tests: readonly Test[];
	linked: boolean;
	unlinked: boolean;
	untyped: boolean;
}

export const noFilter: Filter = { colours: [], tests: [], linked: false, unlinked: false, untyped: false };

/** Whether a filter asks for anything. */
export function asks(filter: Filter): boolean {
	const { colours, tests, linked, unlinked, untyped } = filter;
	return colours.length > 0 || tests.length > 0 || linked || unlinked || untyped;
}

/** What is near some cards. */
export interface Focus {
	from: readonly number[];
	steps: number;
	way: Way;
}

/** All that a person singled out. */
export interface Lens {
	focus: Focus | null;
	filter: Filter;
	/** The rest is not shown, instead of faint. */
	hide: boolean;
}

export const noLens: Lens = { focus: null, filter: noFilter, hide: false };

function write(w: Writer, filter: Filter): Writer {
	const { colours, tests, linked, unlinked, untyped } = filter;
	w.u8((linked ? 1 : 0) | (unlinked ? 2 : 0) | (untyped ? 4 : 0));
	w.uint(colours.reduce((set, colour) => set | (1 << colour), 0));
	const asked = tests.slice(0, mostTests);
	w.uint(asked.length);
	for (const { key, how, text } of asked) w.string(key).u8(how).string(text);
	return w;
}

/** A filter's bytes. */
export function filterBytes(filter: Filter): Bytes {
	return write(new Writer(), filter).done();
}

/** A lens's bytes. */
export function lensBytes({ focus, filter, hide }: Lens): Bytes {
	const filters = asks(filter);
	const w = new Writer().u8((focus ? 1 : 0) | (filters ? 2 : 0) | (hide ? 4 : 0));
	if (focus) w.uint(focus.steps).u8(focus.way).nums(focus.from);
	if (filters) write(w, filter);
	return w.done();
}

/** How many cards there are of what can be filtered by. */
export interface Facets {
	cards: number;
	colours: number[];
	linked: number;
	untyped: number; // relationships
	keys: { name: string; cards: number; values: { text: string; cards: number }[] }[];
}

const colours = 16;

export const noFacets: Facets = { cards: 0, colours: [], linked: 0, untyped: 0, keys: [] };

/** Reads what facets says. */
export function readFacets(data: Bytes): Facets {
	const r = new Reader(data);
	return {
		cards: r.uint(),
		colours: Array.from({ length: colours }, () => r.uint()),
		linked: r.uint(),
		untyped: r.uint(),
		keys: r.list(() => ({
			name: r.string(),
			cards: r.uint(),
			values: r.list(() => ({ text: r.string(), cards: r.uint() })),
		})),
	};
}

/** An area of the minimap, in 1/64 px. */
export interface MiniArea {
	x: number;
	y: number;
	w: number;
	h: number;
	colour: number;
	root: boolean; // it lies on the map itself
	recedes: boolean;
}

const miniWords = 6;

/** Reads what mini says. */
export function readMini(words: Int32Array): MiniArea[] {
	const out: MiniArea[] = [];
	for (let i = 0; i + miniWords <= words.length; i += miniWords) {
		const [x = 0, y = 0, w = 0, h = 0, colour = 0, flags = 0] = words.subarray(i, i + miniWords);
		out.push({ x, y, w, h, colour, root: (flags & 1) !== 0, recedes: (flags & 2) !== 0 });
	}
	return out;
}
