// Builds the bytes of commands. One command is one change to the map and one
// step of undo; typing joins the steps of one field until breakGroup.

import { type Bytes, randomId, Writer } from './bytes';
import { type Box, type TextField, unit } from './model';

function command(kind: number): Writer {
	return new Writer().u8(kind).raw(randomId());
}

/** A new card. x, y count in freehand places, in 1/64 px from the content's origin. */
export function create(place: number, before: number, x: number, y: number, title: string): Bytes {
	return command(1).uint(place).uint(before).int(x).int(y).string(title).done();
}

/** Puts cards into a place, before a sibling or at the end. */
export function reparent(nums: readonly number[], place: number, before: number): Bytes {
	return command(2).nums(nums).uint(place).uint(before).int(0).int(0).u8(1).done();
}

/** Shifts cards within their freehand places. */
export function shift(nums: readonly number[], dx: number, dy: number): Bytes {
	return command(2).nums(nums).uint(0).uint(0).int(dx).int(dy).u8(0).done();
}

/** Writes one register of several objects; null clears it. */
export function set(
	nums: readonly number[],
	field: number,
	value: number | string | null,
	entry = '',
): Bytes {
	const w = command(3).nums(nums).u8(field).string(entry);
	if (value === null) w.u8(0);
	else if (typeof value === 'number') w.u8(1).int(value);
	else w.u8(2).string(value);
	return w.done();
}

/** Edits a title or body by character; positions are code points. */
export function splice(card: number, field: TextField, pos: number, del: number, ins: string): Bytes {
	return command(4).uint(card).u8(field).uint(pos).uint(del).string(ins).done();
}

/** Draws a relationship. */
export function relate(a: number, b: number, direction: number): Bytes {
	return command(5).uint(a).uint(b).u8(direction).done();
}

/** A text that a card is made with. */
export interface Content {
	field: number;
	entry: string;
	value: string;
}

/** A new card with what it holds, in one step. */
export function content(
	place: number,
	before: number,
	x: number,
	y: number,
	title: string,
	texts: readonly Content[],
): Bytes {
	const w = command(40).uint(place).uint(before).int(x).int(y).string(title).uint(texts.length);
	for (const { field, entry, value } of texts) w.u8(field).string(entry).string(value);
	return w.done();
}

/** Asks for the card of a relationship; it is made if absent. */
export function cardOn(relationship: number, title: string): Bytes {
	return command(6).uint(relationship).string(title).done();
}

/** Deletes objects and what depends on them. */
export function remove(nums: readonly number[]): Bytes {
	return command(7).nums(nums).done();
}

/** Takes back this tab's own last step. */
export function undo(): Bytes {
	return command(8).done();
}

/** Brings back what undo took. */
export function redo(): Bytes {
	return command(9).done();
}

/** Ends the running group of typing. */
export function breakGroup(): Bytes {
	return command(10).done();
}

/** Copies structure; the reply is a fragment. */
export function copy(nums: readonly number[]): Bytes {
	return command(11).nums(nums).done();
}

/** Inserts a fragment; the reply lists the new roots. */
export function paste(place: number, x: number, y: number, fragment: Uint8Array): Bytes {
	return command(12).uint(place).int(x).int(y).bytes(fragment).done();
}

/** Copies beside the originals; the reply is as paste's. */
export function duplicate(nums: readonly number[]): Bytes {
	return command(13).nums(nums).done();
}

/** A new whole around cards. */
export function wrap(nums: readonly number[]): Bytes {
	return command(14).nums(nums).done();
}

/** A card's parts take its place. */
export function unwrap(card: number): Bytes {
	return command(15).uint(card).done();
}

/** Moves a relationship's ends. */
export function ends(relationship: number, a: number, b: number): Bytes {
	return command(16).uint(relationship).uint(a).uint(b).done();
}

/** Moves a card among its siblings. */
export function reorder(card: number, delta: number): Bytes {
	return command(17).uint(card).int(delta).done();
}

/** Where createNear puts the new card. */
export const Near = { part: 0, after: 1, before: 2, around: 3 } as const;

/** A new card beside, inside or around another. */
export function createNear(card: number, where: number): Bytes {
	return command(18).uint(card).u8(where).done();
}

/** Makes cards of indented lines. */
export function pasteOutline(place: number, x: number, y: number, text: string): Bytes {
	return command(19).uint(place).int(x).int(y).string(text).done();
}

/** Makes a card look at others, or with emphasis 0 look away. */
export function look(point: number, views: readonly number[], emphasis: number): Bytes {
	return command(20).uint(point).nums(views).u8(emphasis).done();
}

/** One thing of a sketch. Ranks count the cards and relationships before it. */
export type SketchItem =
	| {
			kind: 'card';
			/** 0: in the sketch's place, else one more than the rank of a card or relationship. */
			in: number;
			title: string;
			layout: number; // or -1
			/** A card that is there already, or 0. */
			card: number;
			placeholder: boolean;
			x: number; // px from the sketch's corner
			y: number;
	  }
	| { kind: 'line'; a: number; b: number; direction: number }
	| { kind: 'view'; a: number; b: number; emphasis: number }
	| { kind: 'other'; a: number; b: number }
	| { kind: 'is' | 'isNot'; a: number; count: number };

const sketchKinds = { card: 0, line: 1, view: 2, other: 3, is: 4, isNot: 5 } as const;

/** Makes a structure at once; the reply is as paste's. */
export function sketch(place: number, x: number, y: number, items: readonly SketchItem[]): Bytes {
	const w = command(21).uint(place).int(x).int(y).uint(items.length);
	for (const item of items) {
		w.u8(sketchKinds[item.kind]);
		if (item.kind === 'card') {
			w.uint(item.in).uint(0).int(item.layout).uint(item.card);
			w.u8(item.placeholder ? 1 : 0);
			w.int(Math.round(item.x * unit))
				.int(Math.round(item.y * unit))
				.string(item.title);
		} else if (item.kind === 'line') w.uint(item.a).uint(item.b).int(item.direction);
		else if (item.kind === 'view') w.uint(item.a).uint(item.b).int(item.emphasis);
		else if (item.kind === 'other') w.uint(item.a).uint(item.b).int(0);
		else w.uint(item.a).uint(0).int(item.count);
	}
	return w.done();
}

/** How align lines cards up. */
export const Align = {
	left: 0,
	centre: 1,
	right: 2,
	top: 3,
	middle: 4,
	bottom: 5,
	across: 6,
	down: 7,
} as const;

/** Lines free cards up, or spreads them. */
export function align(nums: readonly number[], how: number): Bytes {
	return command(22).nums(nums).u8(how).done();
}

/** How tidy arranges cards. */
export const Tidy = { tree: 0, grid: 1, rows: 2, layers: 3 } as const;

/** Arranges free cards, or the parts of a whole. */
export function tidy(nums: readonly number[], how: number): Bytes {
	return command(23).nums(nums).u8(how).done();
}

/** Opens a discussion of an object, at x, y from its corner, or of a spot (0). */
export function discuss(
	about: number,
	x: number,
	y: number,
	text: string,
	mentions: readonly string[],
): Bytes {
	return strings(command(24).uint(about).int(x).int(y).string(text), mentions).done();
}

/** Says something in a discussion. */
export function answer(thread: number, text: string, mentions: readonly string[]): Bytes {
	return strings(command(25).uint(thread).string(text), mentions).done();
}

/** Says it in other words. */
export function rephrase(message: number, text: string, mentions: readonly string[]): Bytes {
	return strings(command(26).uint(message).string(text), mentions).done();
}

/** Takes a message or a discussion away. */
export function unsay(num: number): Bytes {
	return command(27).uint(num).done();
}

/** Ends a discussion, or opens it again. */
export function settle(thread: number, settled: boolean): Bytes {
	return command(28)
		.uint(thread)
		.u8(settled ? 1 : 0)
		.done();
}

/** A stop that shows a card, or what is in a frame that has a width; after another, or at the end. */
export function addStop(card: number, frame: Box, name: string, after: number): Bytes {
	return box(command(29).uint(card), frame).string(name).uint(after).done();
}

/** Lets a stop show something else. */
export function retakeStop(stop: number, frame: Box): Bytes {
	return box(command(30).uint(stop), frame).done();
}

/** Moves a stop before another one, or to the end. */
export function moveStop(stop: number, before: number): Bytes {
	return command(31).uint(stop).uint(before).done();
}

/** Sets what holds for the whole map. */
export function sheet(field: number, value: number): Bytes {
	return command(32).u8(field).u8(1).int(value).done();
}

/** Brings the map (no scope), or a card or relationship, alone or with all in it, to how it was. */
export function restore(scope: Bytes | null, branch: boolean, state: Bytes): Bytes {
	return command(33)
		.raw(scope ?? new Uint8Array(16))
		.u8(branch ? 1 : 0)
		.raw(state)
		.done();
}

function strings(w: Writer, list: readonly string[]): Writer {
	w.uint(list.length);
	for (const text of list) w.string(text);
	return w;
}

function box(w: Writer, { x, y, w: width, h: height }: Box): Writer {
	return w.int(x).int(y).int(width).int(height);
}
