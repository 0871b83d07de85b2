// Reads the notation of structures: docs/moves.md has its grammar. What comes out is
// a sketch for the core; cards are named by keys of the catalogue.

import type { SketchItem } from '../core/commands';
import { Emphasis, Layout } from '../core/model';

/** Cards that are there already and take the first roles, and what the others are called. */
export interface Cast {
	/** Numbers of the cards that play X and Y; fewer, and the rest are made. */
	chosen: readonly number[];
	/** The title of a role that is not played: "part", "viewer"; n counts those of a kind. */
	title(role: string, n: number): string;
}

/** A structure that does not follow the grammar. */
export class BadNotation extends Error {}

const cell = { x: 220, y: 130 }; // px that a step of a place takes
const mostItems = 200; // as the core takes
const roles = ['X', 'Y'];

const layouts: Record<string, number | undefined> = {
	free: Layout.freehand,
	list: Layout.list,
	row: Layout.row,
	grid: Layout.grid,
	left: Layout.left,
	right: Layout.right,
};

const tokens = /\s*(<>|[<>@|~*:;,(){}[\]-]|[A-Za-z][A-Za-z0-9]*|-?\d+(?:\.\d+)?)/y;

/** Turns a structure into a sketch. */
export function sketchOf(text: string, cast: Cast): SketchItem[] {
	return new Parser(text, cast).parse();
}

interface Node {
	rank: number;
	line: boolean;
}

class Parser {
	private readonly words: string[] = [];
	private at = 0;
	private readonly items: SketchItem[] = [];
	private ranks = 0;
	private readonly known = new Map<string, Node>();
	private readonly counts = new Map<string, number>();

	constructor(
		text: string,
		private readonly cast: Cast,
	) {
		tokens.lastIndex = 0;
		while (tokens.lastIndex < text.trimEnd().length) {
			const from = tokens.lastIndex;
			const match = tokens.exec(text);
			if (!match?.[1]) throw new BadNotation(`not understood at ${from}: ${text}`);
			this.words.push(match[1]);
		}
	}

	parse(): SketchItem[] {
		do this.chain(0);
		while (this.take(';'));
		if (this.at < this.words.length) this.fail();
		return this.items;
	}

	// chain reads cards joined to each other; inside is one more than the rank of the
	// whole they lie in, or 0.
	private chain(inside: number): void {
		let from = this.node(inside);
		for (;;) {
			const sign = this.words[this.at] ?? '';
			if (!['-', '>', '<', '<>', '@', '|'].includes(sign)) return;
			this.at++;
			from = this.join(from, sign, inside);
		}
	}

	private join(from: Node, sign: string, inside: number): Node {
		if (sign === '@' || sign === '|') {
			const to = this.node(inside);
			if (sign === '@') this.add({ kind: 'view', a: from.rank, b: to.rank, emphasis: Emphasis.normal });
			else this.add({ kind: 'other', a: from.rank, b: to.rank });
			return to;
		}
		const direction = { '-': 0, '>': 1, '<': 2, '<>': 3 }[sign] ?? 0;
		if (!this.take('(')) return this.relate(from, this.node(inside), direction).to;
		// The card of a relationship is written before its other end, and made after.
		const card = this.at;
		this.skip();
		if (!this.take(sign)) this.fail();
		const { line, to } = this.relate(from, this.node(inside), direction);
		const after = this.at;
		this.at = card;
		this.node(line.rank + 1);
		this.at = after;
		return to;
	}

	private relate(from: Node, to: Node, direction: number): { line: Node; to: Node } {
		this.add({ kind: 'line', a: from.rank, b: to.rank, direction });
		return { line: { rank: this.ranks++, line: true }, to };
	}

	// skip goes past the card in brackets, to be read later.
	private skip(): void {
		for (let depth = 1; depth > 0; this.at++) {
			const word = this.words[this.at];
			if (word === undefined) this.fail();
			if (word === '(') depth++;
			if (word === ')') depth--;
		}
	}

	private node(inside: number): Node {
		const name = this.words[this.at] ?? '';
		if (!/^[A-Za-z]/.test(name)) this.fail();
		this.at++;
		if (this.take('*')) return this.several(name, this.number(), inside);
		const rest = this.details();
		const known = this.known.get(name);
		const node = known ?? this.make(name, inside, rest);
		this.finish(node, rest);
		return node;
	}

	// several makes cards that have no name of their own.
	private several(role: string, n: number, inside: number): Node {
		let node: Node = { rank: 0, line: false };
		for (let i = 0; i < n; i++) {
			node = this.make(`${role} ${this.ranks}`, inside, {
				layout: -1,
				x: 0,
				y: 0,
				is: 0,
				isNot: 0,
				parts: -1,
			});
		}
		if (this.take('{')) this.fail();
		return node;
	}

	// details reads what stands behind a name, in any order: ~is,isNot :x,y [layout] {parts}.
	private details() {
		const rest = { layout: -1, x: 0, y: 0, is: 0, isNot: 0, parts: -1 };
		for (;;) {
			if (this.take('~')) [rest.is, rest.isNot] = this.pair();
			else if (this.take(':')) [rest.x, rest.y] = this.pair();
			else if (this.take('[')) {
				const layout = layouts[this.words[this.at++] ?? ''];
				if (layout === undefined || !this.take(']')) this.fail();
				rest.layout = layout;
			} else if (this.words[this.at] === '{') {
				rest.parts = ++this.at;
				for (let depth = 1; depth > 0; this.at++) {
					const word = this.words[this.at];
					if (word === undefined) this.fail();
					if (word === '{') depth++;
					if (word === '}') depth--;
				}
			} else return rest;
		}
	}

	private make(name: string, inside: number, rest: ReturnType<Parser['details']>): Node {
		const role = name.replace(/[\s\d].*$/, '');
		const n = (this.counts.get(role) ?? 0) + 1;
		this.counts.set(role, n);
		const card = this.cast.chosen[roles.indexOf(name)] ?? 0;
		const layout = rest.layout >= 0 || rest.parts < 0 ? rest.layout : Layout.list;
		this.add({
			kind: 'card',
			in: inside,
			title: card === 0 ? this.cast.title(role, n) : '',
			layout,
			card,
			placeholder: true,
			x: rest.x * cell.x,
			y: rest.y * cell.y,
		});
		const node = { rank: this.ranks++, line: false };
		this.known.set(name, node);
		return node;
	}

	private finish(node: Node, rest: ReturnType<Parser['details']>): void {
		if (rest.is > 0) this.add({ kind: 'is', a: node.rank, count: rest.is });
		if (rest.isNot > 0) this.add({ kind: 'isNot', a: node.rank, count: rest.isNot });
		if (rest.parts < 0) return;
		const after = this.at;
		this.at = rest.parts;
		do this.chain(node.rank + 1);
		while (this.take(','));
		if (!this.take('}') || this.at !== after) this.fail();
	}

	private add(item: SketchItem): void {
		if (this.items.length >= mostItems) throw new BadNotation('the structure is too large');
		this.items.push(item);
	}

	private pair(): [number, number] {
		const first = this.number();
		if (!this.take(',')) this.fail();
		return [first, this.number()];
	}

	private number(): number {
		// A minus sign may have been read as a line.
		const sign = this.take('-') ? -1 : 1;
		const value = Number(this.words[this.at++]);
		if (!Number.isFinite(value)) this.fail();
		return sign * value;
	}

	private take(word: string): boolean {
		if (this.words[this.at] !== word) return false;
		this.at++;
		return true;
	}

	private fail(): never {
		throw new BadNotation(`not understood: ${this.words.slice(this.at).join(' ')}`);
	}
}
