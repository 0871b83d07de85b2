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
	name: 31,
	mode: 32,
	view: 33,
	viewNote: 34,
	open: 36,
	other: 41,
	is: 42,
	isNot: 43,
	notes: 51,
	routing: 71,
} as const;

/** How a whole arranges its parts. */
export const Layout = { freehand: 0, list: 1, row: 2, grid: 3, left: 4, right: 5 } as const;

/** What an object is. */
export const Type = { card: 1, relationship: 2, perspective: 3, distinction: 4, stop: 5 } as const;

/** What a person may do with a map. */
export const Role = { none: 0, view: 1, comment: 2, edit: 3, own: 4 } as const;

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
	last: Touch;
	neighbours: Neighbour[];
}

/** Who changed something last, and when in ms since 1970: 0 while that is not saved. */
export interface Touch {
	by: string;
	at: number;
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

/** A card that looks at others. */
export interface PointRow {
	num: number;
	open: boolean; // its eye, for this viewer
}

/** What names a card from elsewhere: a point that looks at it, or a card set against it. */
export interface BackLink {
	looks: boolean;
	card: number;
	emphasis: number;
}

/** One card of the whole map. */
export interface CardRow {
	num: number;
	place: number;
	depth: number; // in wholes; a relationship's card counts as a part of what holds its first end
	hasParts: boolean;
	folded: boolean;
	onRelationship: boolean;
	title: string;
	body: string;
}

/** What a feedback loop does to a change that goes around it. */
export const LoopSign = { unsigned: 0, reinforcing: 1, balancing: 2 } as const;

/** A feedback loop. */
export interface Loop {
	sign: number;
	delay: boolean;
	steps: { card: number; relationship: number }[];
}

/** The feedback loops that were found; not all of them in a map that has very many. */
export interface LoopList {
	all: boolean;
	loops: Loop[];
}

/** A question that the structure leaves open. */
export interface Gap {
	kind: number;
	a: number;
	b: number;
}

/** Kinds of gaps, in the order they are asked. */
export const GapKind = {
	unnamed: 1,
	neighbours: 2,
	unrelated: 3,
	blind: 4,
	oneEye: 5,
	simple: 6,
	leaf: 7,
	root: 8,
	identity: 9,
	unseen: 10,
} as const;

/** How much a point makes of a view. */
export const Emphasis = { none: 0, normal: 1, high: 2, dim: 3, hidden: 4 } as const;

/** How a perspective shows what it looks at. */
export const Mode = { lines: 0, spotlight: 1, both: 2 } as const;

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
	/** What they see; without a width nobody knows. */
	view: Box;
	/** Their cursor points something out. */
	laser: boolean;
	/** The stop of the presentation they give, or 0. */
	stop: number;
}

/** What somebody said. */
export interface Message {
	num: number;
	by: string; // account
	at: number; // ms since 1970, 0 while it is not saved
	changed: boolean; // they said it in other words before
	text: string;
	/** Who said it, of a message that came with a file. */
	quoted: string | null;
	mentions: string[]; // accounts
}

/** A discussion of a card, a relationship or a spot of the map. */
export interface Thread {
	num: number;
	about: number; // 0: a spot
	settled: boolean;
	x: number; // where it is shown, in 1/64 px
	y: number;
	messages: Message[];
}

/** A stop of a presentation. */
export interface Stop {
	num: number;
	card: number; // what it shows, or 0
	name: string;
	notes: string;
	frame: Box; // what it shows; without a width the card
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

/** Kinds of changes between two states. */
export const ChangeKind = {
	added: 1,
	removed: 2,
	moved: 3,
	shifted: 4,
	renamed: 5,
	rewritten: 6,
	related: 7,
	unrelated: 8,
	rejoined: 9,
	altered: 10,
	talked: 11,
} as const;

/** One difference between two states, as people speak of it. */
export interface Change {
	kind: number; // one of ChangeKind
	type: number; // of the object
	num: number; // 0: the map itself
	field: number; // altered
	entry: string;
	count: number; // cards that came or went with it, or messages
	name: string;
	from: string; // a title or value before, or that of an end
	fromNum: number;
	to: string;
	toNum: number;
}

/** What the last of some steps forward was. */
export interface Step {
	by: string; // account
	at: number; // ms since 1970
	touched: number[]; // what the steps were about, and is there
}
