// The words and numbers of the map model, as they cross the border.

/** Registers of a card or a relationship. */
export const Field = {
	title: 1,
	body: 2,
	colour: 3,
	layout: 4,
	collapsed: 5,
	width: 6,
	height: 7,
	link: 8,
	media: 9,
	attribute: 10,
	placeholder: 11,
	direction: 20,
	action: 21,
	reaction: 22,
	polarity: 23,
	delay: 24,
	weight: 25,
	dash: 26,
	curve: 27,
} as const;

/** How a whole arranges its parts. */
export const Layout = { freehand: 0, list: 1, row: 2, grid: 3, left: 4, right: 5 } as const;

/** What an object is. */
export const Type = { card: 1, relationship: 2, perspective: 3, distinction: 4 } as const;

/** What a person may do with a map. */
export const Role = { none: 0, view: 1, edit: 2, own: 3 } as const;

/** Why the core or the server refused something. */
export const Fault = {
	none: 0,
	permission: 1,
	cycle: 2,
	gone: 3,
	conflict: 4,
	limit: 5,
	schema: 6,
	stale: 7,
	invalid: 8,
} as const;

/** The text fields. */
export type TextField = 1 | 2;

/** One register of an object. */
export interface Register {
	field: number;
	entry: string;
	value: number | string | null;
}

/** A relationship as a card sees it. */
export interface Neighbour {
	relationship: number;
	other: number;
	way: number; // 1 outgoing, 2 incoming, 3 both, 0 none
}

/** Everything panels need to know of one object. */
export interface Description {
	num: number;
	type: number;
	hasParts: boolean;
	folded: boolean;
	onRelationship: boolean;
	place: number;
	whole: number;
	parts: number;
	index: number;
	siblings: number;
	depth: number;
	registers: Register[];
	a: number;
	b: number;
	cardOn: number;
	neighbours: Neighbour[];
}

/** One row of the neighbourhood the mirror shows. */
export interface TreeRow {
	num: number;
	depth: number;
	hasParts: boolean;
	folded: boolean;
	selected: boolean;
	index: number;
	siblings: number;
}

/** Somebody else who has the map open. */
export interface Peer {
	author: number;
	name: string;
	colour: number; // 1..12
	hasCursor: boolean;
	idle: boolean;
	x: number;
	y: number;
	selection: number[];
	editing: number;
}

/** A rectangle in 1/64 px of the world. */
export interface Box {
	x: number;
	y: number;
	w: number;
	h: number;
}

/** World units per px. */
export const unit = 64;

/** What the core wants the page to know or do. */
export type Notice =
	| { kind: 'refused'; fault: number; num: number; text: string }
	| { kind: 'snapshot'; url: string }
	| { kind: 'undoSkipped' }
	| { kind: 'drain'; afterMs: number; jitterMs: number }
	| { kind: 'textUndoDropped' }
	| { kind: 'role'; role: number };

/** A register's number, or a default. */
export function numberOf(d: Description, field: number, otherwise: number): number {
	const value = d.registers.find((r) => r.field === field)?.value;
	return typeof value === 'number' ? value : otherwise;
}

/** A register's text, or "". */
export function textOf(d: Description, field: number): string {
	const value = d.registers.find((r) => r.field === field)?.value;
	return typeof value === 'string' ? value : '';
}
