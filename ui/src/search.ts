// Finding cards by what is written on them. Case, accents and the order of words do
// not matter; titles count more than bodies, beginnings more than middles.

import type { CardRow } from './core/model';

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

const excerptBefore = 20; // characters
const excerptLength = 80;
const mostPath = 12; // wholes that are named

/** A text as it is compared: without accents and case. */
export function fold(text: string): string {
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
		const found: { entry: Entry; score: number }[] = [];
		for (const entry of this.entries) {
			const score = scoreOf(entry, wanted);
			if (score > 0) found.push({ entry, score });
		}
		found.sort((a, b) => b.score - a.score);
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

// Each word counts by the best place it is found at; 0 when one is not there.
function scoreOf({ title, body }: Entry, wanted: readonly string[]): number {
	let sum = 0;
	for (const word of wanted) {
		const score = wordScore(title, body, word);
		if (score === 0) return 0;
		sum += score;
	}
	return sum + (title.length < 40 ? 1 : 0); // of equals the shorter title says more
}

function wordScore(title: string, body: string, word: string): number {
	if (title === word) return 50;
	if (title.startsWith(word)) return 40;
	const at = title.indexOf(word);
	if (at >= 0) return /[\s\p{P}]/u.test(title[at - 1] ?? '') ? 30 : 20;
	return body.includes(word) ? 5 : 0;
}
