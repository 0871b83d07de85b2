// The scene that every editor opens: nested cards with titles that wrap, and twice as
// many relationships. The product's own core lays it out, so that all have the same
// cards at the same places with the same lines of text. The same numbers give the
// same scene.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const words =
	'bus driver stop rain traffic plan delay road light crowd ticket phone city morning season budget'.split(
		' ',
	);
const large = [20, 24]; // parts by depth of the whole that is dragged: 500 of them
const branches = [4, 4, 4]; // of every other whole
const gap = 96; // px between wholes
const longest = 10; // words of a title, more than fit a line
const near = 0.9; // of the relationships stay in their whole,
const reach = 60; // between cards that are so many apart when read in order
const coloured = 0.2; // of the cards
const aboveBase = 0.8; // of a letter's height
const aspect = 1.6; // of the whole scene, about a screen's

/** How many parts the whole that is dragged has. */
export const dragged = large[0] + large[0] * large[1];

function dice(seed) {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

// The product's core as a module of Node's.
async function bundled() {
	const folder = mkdtempSync(join(tmpdir(), 'plectica-canvas-'));
	try {
		await build({
			configFile: false,
			logLevel: 'error',
			define: { __CORE__: '""' },
			build: {
				outDir: folder,
				minify: false,
				lib: {
					entry: fileURLToPath(new URL('geometry.ts', import.meta.url)),
					formats: ['es'],
					fileName: () => 'geometry.mjs',
				},
			},
		});
		return await import(join(folder, 'geometry.mjs'));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

// plan draws cards, wholes before their parts, and pairs of related cards.
function plan(count, relationships) {
	const roll = dice(11);
	const cards = [];
	const title = () =>
		Array.from(
			{ length: 1 + Math.floor(roll() * longest) },
			() => words[Math.floor(roll() * words.length)],
		).join(' ');
	const make = (parent, depth, root, parts) => {
		const at = cards.length;
		const colour = roll() < coloured ? Math.floor(roll() * 16) : 0;
		cards.push({ at, parent, depth, root, colour, title: title(), parts: 0 });
		if (parent >= 0) cards[parent].parts++;
		for (let i = 0; i < (parts[depth] ?? 0) && cards.length < count; i++) make(at, depth + 1, root, parts);
	};
	const roots = [];
	while (cards.length < count) {
		roots.push(cards.length);
		make(-1, 0, roots.length - 1, roots.length === 1 ? large : branches);
	}
	return { cards, roots, relationships: relate(cards, roots, relationships, roll) };
}

// relate picks pairs that do not lie in one another: most are neighbours.
function relate(cards, roots, count, roll) {
	const pairs = [];
	const endOf = (root) => roots[root + 1] ?? cards.length;
	const within = (a, b) => {
		for (let at = b; at >= 0; at = cards[at].parent) if (at === a) return true;
		return false;
	};
	while (pairs.length < count) {
		const a = Math.floor(roll() * cards.length);
		const close = roll() < near;
		const root = close ? cards[a].root : (cards[a].root + 1) % roots.length;
		const from = close ? Math.max(roots[root], a - reach) : roots[root];
		const to = close ? Math.min(endOf(root), a + reach) : endOf(root);
		const b = from + Math.floor(roll() * (to - from));
		if (!within(a, b) && !within(b, a)) pairs.push({ a, b });
	}
	return pairs;
}

/** Makes the scene: cards with their boxes and lines of text in px, and relationships. */
export async function makeScene(count, relationships) {
	const product = await bundled();
	const { Core } = product;
	const scene = plan(count, relationships);
	const wasm = await WebAssembly.compile(
		readFileSync(fileURLToPath(new URL('../../ui/public/core.wasm', import.meta.url))),
	);
	for (const [i, first] of scene.roots.entries()) {
		const last = scene.roots[i + 1] ?? scene.cards.length;
		await layOut(product, await Core.make(wasm), scene, first, last);
	}
	spread(scene);
	scene.relationships.forEach((one, i) => {
		one.id = idOf(product.encodeId, 2, i);
	});
	const blank = scene.cards.filter((card) => card.lines.length === 0).length;
	if (blank > 0) throw new Error(`${blank} cards have no text`);
	return scene;
}

// layOut asks a core of its own, which is faster than a large one, where the cards of
// a whole lie, counted from the whole's corner.
async function layOut(product, core, scene, first, last) {
	const { create, eachOp, encodeId, Field, Layout, Op, px, randomId, relate, set, unit, word } = product;
	const all = scene.cards;
	const cards = all.slice(first, last);
	core.open(randomId(), randomId(), randomId(), 1);
	core.ready();
	const nums = new Map();
	for (const card of cards) {
		card.id = idOf(encodeId, 1, card.at);
		card.layout = card.parts === 0 ? '' : card.depth < 2 ? 'grid' : 'list';
		card.num = core.cmd(create(all[card.parent]?.num ?? 0, 0, 0, 0, card.title)).made;
		card.lines = [];
		nums.set(card.num, card);
		if (card.layout) core.cmd(set([card.num], Field.layout, Layout[card.layout]));
	}
	// A whole leaves room for the relationships between its parts.
	for (const { a, b } of scene.relationships) {
		if (a >= first && a < last && b >= first && b < last) core.cmd(relate(all[a].num, all[b].num, 1));
	}
	for (const card of cards) {
		const { x, y, w, h } = core.bounds(card.num);
		card.box = { x: x / unit, y: y / unit, w: w / unit, h: h / unit };
	}
	const { w, h } = cards[0].box;
	core.view(-unit, -unit, Math.ceil(w) + 2, Math.ceil(h) + 2, 1);
	const list = core.frame().slice();
	eachOp(list, list.length, (op, at) => {
		const card = nums.get(at.num);
		if (op !== Op.text || !card) return;
		const size = px(at, 7);
		const text = card.title.slice(word(at, 2), word(at, 3));
		card.lines.push({ text, x: px(at, 4), y: px(at, 5) - size * aboveBase, w: px(at, 6), size });
	});
}

// spread puts the wholes side by side in rows.
function spread(scene) {
	const { cards, roots } = scene;
	const boxes = roots.map((at) => cards[at].box);
	const area = boxes.reduce((sum, b) => sum + (b.w + gap) * (b.h + gap), 0);
	const width = Math.max(Math.sqrt(area * aspect), boxes[0].w);
	let [x, y, high, wide] = [0, 0, 0, 0];
	roots.forEach((at, i) => {
		if (x > 0 && x + boxes[i].w > width) [x, y, high] = [0, Math.ceil(y + high + gap), 0];
		cards[at].place = { x, y };
		high = Math.max(high, boxes[i].h);
		wide = Math.max(wide, x + boxes[i].w);
		x = Math.ceil(x + boxes[i].w + gap);
	});
	scene.box = { x: 0, y: 0, w: wide, h: y + high };
	for (const card of cards) {
		const { place } = cards[roots[card.root]];
		for (const one of [card.box, ...card.lines]) {
			one.x += place.x;
			one.y += place.y;
		}
	}
}

function idOf(encodeId, kind, n) {
	const id = new Uint8Array(16);
	id[0] = kind;
	new DataView(id.buffer).setUint32(12, n + 1);
	return encodeId(id);
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// The nth of many ranks; none ends in the smallest digit.
function rank(n) {
	let text = 'V';
	for (let i = 0, rest = n; i < 4; i++, rest = Math.floor(rest / digits.length)) {
		text = digits[rest % digits.length] + text;
	}
	return text;
}

/** The scene as the product's own file; docs/file.md. */
export function nativeFile({ cards, relationships }, title) {
	return {
		format: 'plectica-map',
		version: 1,
		title,
		cards: cards.map((card) => ({
			id: card.id,
			...(card.parent < 0 ? {} : { in: cards[card.parent].id }),
			order: rank(card.at),
			x: card.place?.x ?? 0,
			y: card.place?.y ?? 0,
			title: card.title,
			...(card.colour ? { colour: card.colour } : {}),
			...(card.layout ? { layout: card.layout } : {}),
		})),
		relationships: relationships.map(({ id, a, b }) => ({
			id,
			a: cards[a].id,
			b: cards[b].id,
			direction: 'ab',
		})),
		perspectives: [],
		distinctions: [],
	};
}
