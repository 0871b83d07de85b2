// Finding cards by what is written on them. Case, accents and the order of words do
// not matter. First comes a title that says just what is looked for, then titles that
// begin with it, then those with a word that does, then any that hold it, then those
// that have all its words somewhere, and last what stands in bodies alone.

import type { CardRow, Message, Thread } from './core/model';

/** A card that was found. */
export interface Match {
	num: number;
	title: string;
	/** Some of the body around what was found there, or "". */
	excerpt: string;
	/** Titles of the wholes around it, outermost first. */
	path: string[];
}

interface Entry {
	row: CardRow;
	title: string;
	body: string;
}

/** A discussion in which something was said. */
export interface Spoken {
	thread: Thread;
	message: Message;
}

/** Messages that hold all words of a query, the newest first. */
export function findSaid(threads: readonly Thread[], query: string, most: number): Spoken[] {
	const wanted = fold(query).split(/\s+/).filter(Boolean);
	if (wanted.length === 0) return [];
	const found: Spoken[] = [];
	for (const thread of threads)
		for (const message of thread.messages) {
			const text = fold(message.text);
			if (wanted.every((word) => text.includes(word))) found.push({ thread, message });
		}
	return found.sort((a, b) => b.message.at - a.message.at).slice(0, most);
}

const excerptBefore = 20; // characters
const excerptLength = 80;
const mostPath = 12; // wholes that are named

const plain = /^[ -~\s]*$/; // without a letter that could have an accent

/** A text as it is compared: without accents and case. */
export function fold(text: string): string {
	if (plain.test(text)) return text.toLowerCase();
	return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The texts of one state of a map. */
export class Index {
	private readonly entries: Entry[];
	private readonly byNum: Map<number, CardRow>;

	constructor(rows: readonly CardRow[]) {
		this.entries = rows.map((row) => ({ row, title: fold(row.title), body: fold(row.body) }));
		this.byNum = new Map(rows.map((row) => [row.num, row]));
	}

	/** The best matches; all words of the query are in each. */
	find(query: string, most: number): Match[] {
		const wanted = fold(query).split(/\s+/).filter(Boolean);
		if (wanted.length === 0) return [];
		const phrase = wanted.join(' ');
		const found: { entry: Entry; score: number }[] = [];
		for (const entry of this.entries) {
			const score = scoreOf(entry, wanted, phrase);
			if (score > 0) found.push({ entry, score });
		}
		// Of equals the shorter title says more; then the order of the map counts.
		found.sort((a, b) => b.score - a.score || a.entry.title.length - b.entry.title.length);
		return found.slice(0, most).map(({ entry }) => this.matchOf(entry, wanted));
	}

	/** Titles of the wholes around a card, outermost first. */
	path(num: number): string[] {
		const path: string[] = [];
		let row = this.byNum.get(num);
		for (let i = 0; row && row.place !== 0 && i < mostPath; i++) {
			row = this.byNum.get(row.place);
			if (row) path.unshift(row.title);
		}
		return path;
	}

	private matchOf({ row, title, body }: Entry, wanted: readonly string[]): Match {
		const inBody = wanted.find((word) => !title.includes(word)) ?? '';
		const at = inBody === '' ? -1 : body.indexOf(inBody);
		const from = Math.max(0, at - excerptBefore);
		const excerpt = at < 0 ? '' : row.body.slice(from, from + excerptLength).replace(/\s+/g, ' ');
		return { num: row.num, title: row.title, excerpt, path: this.path(row.num) };
	}
}

const phraseWorth = 1000; // more than the words of any query on their own

// What is looked for as a whole counts first, then each word by the best place it is
// found at; 0 when one is not there.
function scoreOf({ title, body }: Entry, wanted: readonly string[], phrase: string): number {
	let sum = 0;
	for (const word of wanted.slice(0, mostWords)) {
		const score = placeOf(title, word) || (body.includes(word) ? 1 : 0);
		if (score === 0) return 0;
		sum += score;
	}
	return sum + placeOf(title, phrase) * phraseWorth;
}

const mostWords = 32; // of a query

// How good a place in a title is: all of it, its beginning, that of a word, within one.
function placeOf(title: string, word: string): number {
	if (title === word) return 5;
	if (title.startsWith(word)) return 4;
	let at = title.indexOf(word);
	if (at < 0) return 0;
	for (; at >= 0; at = title.indexOf(word, at + 1)) if (between.test(title[at - 1] ?? '')) return 3;
	return 2;
}

const between = /[\s\p{P}]/u;
