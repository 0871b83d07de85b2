// A map to measure on: many nested cards with titles that wrap, and relationships
// between neighbours. The same seed gives the same map.

import { Reader, randomId } from '../src/core/bytes';
import * as command from '../src/core/commands';
import type { Core } from '../src/core/core';
import { Field, Layout } from '../src/core/model';

const words =
	'bus driver stop rain traffic plan delay road light crowd ticket phone city morning season budget'.split(
		' ',
	);
const branches = [4, 4, 4]; // parts of a card, by its depth
const perRoot = 1 + 4 + 16 + 64;
const kinds = 6; // different roots; the others are copies of them
const gap = 96 * 64; // 1/64 px between roots

/** A small random source that can be repeated. */
export function dice(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Fills a core that has just been opened. */
export function fill(core: Core, cards: number, relationships: number): void {
	core.open(randomId(), randomId(), randomId(), 1);
	core.ready();
	const count = Math.ceil(cards / perRoot);
	const each = Math.round(relationships / count);
	const roots = Array.from({ length: Math.min(kinds, count) }, (_, i) =>
		makeRoot(core, 7 + i, branches, perRoot, each),
	);
	const fragments = roots.map((root) => core.cmd(command.copy([root])).reply);
	for (let i = roots.length; i < count; i++) {
		const reply = core.cmd(command.paste(0, 0, 0, fragments[i % fragments.length] ?? new Uint8Array())).reply;
		roots.push(...new Reader(reply).nums());
	}
	spread(core, roots);
}

/** Makes a whole with parts, so many by depth, and relationships between them. */
export function makeRoot(
	core: Core,
	seed: number,
	branches: readonly number[],
	cards: number,
	relationships: number,
): number {
	const roll = dice(seed);
	const all: number[] = [];
	const title = () =>
		Array.from({ length: 1 + Math.floor(roll() * 6) }, () => words[Math.floor(roll() * words.length)]).join(
			' ',
		);
	const make = (place: number, depth: number): number => {
		const made = core.cmd(command.create(place, 0, 0, 0, title())).made;
		all.push(made);
		if (roll() < 0.2) core.cmd(command.set([made], Field.colour, Math.floor(roll() * 16)));
		if (depth < 2) core.cmd(command.set([made], Field.layout, Layout.grid));
		for (let i = 0; i < (branches[depth] ?? 0) && all.length < cards; i++) make(made, depth + 1);
		return made;
	};
	const root = make(0, 0);
	const other = () => all[1 + Math.floor(roll() * (all.length - 1))] ?? 0;
	for (let done = 0; done < relationships; ) {
		const [a, b] = [other(), other()];
		if (a !== b && core.cmd(command.relate(a, b, 0)).made > 0) done++;
	}
	return root;
}

// spread puts the roots side by side in a square.
function spread(core: Core, roots: readonly number[]): void {
	const boxes = roots.map((num) => core.bounds(num));
	const [w, h] = [Math.max(...boxes.map((b) => b.w)) + gap, Math.max(...boxes.map((b) => b.h)) + gap];
	const columns = Math.ceil(Math.sqrt((roots.length * h) / w));
	roots.forEach((num, i) => {
		const box = boxes[i];
		if (!box) return;
		core.cmd(command.shift([num], (i % columns) * w - box.x, Math.floor(i / columns) * h - box.y));
	});
}
