// Takes apart the structured answers of the core.

import { type Bytes, encodeId, Reader } from './bytes';
import type {
	BackLink,
	Box,
	CardRow,
	Change,
	Description,
	LoopList,
	Message,
	Neighbour,
	Notice,
	Peer,
	Register,
	Step,
	Stop,
	Thread,
	TreeRow,
} from './model';

/** What describe says of an object; null when it is gone. */
export function readDescription(num: number, data: Bytes): Description | null {
	if (data.length === 0) return null;
	const r = new Reader(data);
	const type = r.u8();
	const role = r.u8();
	const head = {
		place: r.uint(),
		whole: r.uint(),
		parts: r.uint(),
		index: r.uint(),
		siblings: r.uint(),
		depth: r.uint(),
	};
	const registers = r.list(() => readRegister(r));
	const ends = { a: r.uint(), b: r.uint(), cardOn: r.uint() };
	const last = { by: encodeId(r.raw(16)), at: r.int() };
	const neighbours: Neighbour[] =
		r.left > 0 ? r.list(() => ({ relationship: r.uint(), other: r.uint(), way: r.u8() })) : [];
	return {
		num,
		type,
		hasParts: (role & 1) !== 0,
		folded: (role & 2) !== 0,
		onRelationship: (role & 4) !== 0,
		...head,
		registers,
		...ends,
		last,
		neighbours,
	};
}

function readRegister(r: Reader): Register {
	const field = r.u8();
	const entry = r.string();
	const kind = r.u8();
	if (kind === 1) return { field, entry, value: r.int() };
	if (kind === 2 || kind === 3) return { field, entry, value: r.string() };
	return { field, entry, value: null };
}

/** The rows of the mirror. */
export function readTree(data: Bytes): TreeRow[] {
	if (data.length === 0) return [];
	const r = new Reader(data);
	return r.list(() => {
		const num = r.uint();
		const depth = r.uint();
		const flags = r.u8();
		return {
			num,
			depth,
			hasParts: (flags & 1) !== 0,
			folded: (flags & 2) !== 0,
			selected: (flags & 4) !== 0,
			index: r.uint(),
			siblings: r.uint(),
		};
	});
}

/** Who else is here. */
export function readPeers(data: Bytes): Peer[] {
	if (data.length === 0) return [];
	const r = new Reader(data);
	return r.list(() => {
		const author = r.uint();
		const name = r.string();
		const colour = r.uint();
		const flags = r.u8();
		return {
			author,
			name,
			colour,
			hasCursor: (flags & 1) !== 0,
			idle: (flags & 2) !== 0,
			x: r.int(),
			y: r.int(),
			selection: r.nums(),
			editing: r.uint(),
			view: readBox(r),
			laser: r.u8() === 1,
			stop: r.uint(),
		};
	});
}

function readBox(r: Reader): Box {
	return { x: r.int(), y: r.int(), w: r.int(), h: r.int() };
}

/** The discussions of a map. */
export function readThreads(data: Bytes): Thread[] {
	const r = new Reader(data);
	return r.list(() => ({
		num: r.uint(),
		about: r.uint(),
		settled: r.u8() === 1,
		x: r.int(),
		y: r.int(),
		messages: r.list(() => readMessage(r)),
	}));
}

function readMessage(r: Reader): Message {
	const head = {
		num: r.uint(),
		by: encodeId(r.raw(16)),
		at: r.int(),
		changed: r.u8() === 1,
		text: r.string(),
	};
	const name = r.string();
	const quoted = r.u8() === 1 ? name : null;
	return { ...head, quoted, mentions: r.list(() => r.string()) };
}

/** The stops of a presentation, in order. */
export function readStops(data: Bytes): Stop[] {
	const r = new Reader(data);
	return r.list(() => ({
		num: r.uint(),
		card: r.uint(),
		name: r.string(),
		notes: r.string(),
		frame: readBox(r),
	}));
}

/** What the core has to say after a message. Unknown kinds end the list. */
export function readNotices(data: Bytes): Notice[] {
	if (data.length === 0) return [];
	const r = new Reader(data);
	const out: Notice[] = [];
	for (let n = r.uint(); n > 0; n--) {
		const notice = readNotice(r);
		if (notice === null) break;
		out.push(notice);
	}
	return out;
}

/** What names a card. */
export function readBack(data: Bytes): BackLink[] {
	if (data.length === 0) return [];
	const r = new Reader(data);
	return r.list(() => ({ looks: r.u8() === 1, card: r.uint(), emphasis: r.uint() }));
}

/** Every card of a map. */
export function readCards(data: Bytes): CardRow[] {
	const r = new Reader(data);
	return r.list(() => {
		const head = { num: r.uint(), place: r.uint(), depth: r.uint() };
		const flags = r.u8();
		return {
			...head,
			hasParts: (flags & 1) !== 0,
			folded: (flags & 2) !== 0,
			onRelationship: (flags & 4) !== 0,
			title: r.string(),
			body: r.string(),
		};
	});
}

/** The feedback loops of a map. */
export function readLoops(data: Bytes): LoopList {
	const r = new Reader(data);
	const all = r.u8() === 1;
	const loops = r.list(() => ({
		sign: r.u8(),
		delay: r.u8() === 1,
		steps: r.list(() => ({ card: r.uint(), relationship: r.uint() })),
	}));
	return { all, loops };
}

function readNotice(r: Reader): Notice | null {
	switch (r.u8()) {
		case 1:
			return { kind: 'refused', fault: r.uint(), num: r.uint(), text: r.string() };
		case 2:
			return { kind: 'snapshot', url: r.string() };
		case 3:
			return { kind: 'undoSkipped' };
		case 4:
			return { kind: 'drain', afterMs: r.uint(), jitterMs: r.uint() };
		case 5:
			return { kind: 'textUndoDropped' };
		case 6:
			return { kind: 'role', role: r.uint() };
		default:
			return null;
	}
}

/** What a comparison found. */
export function readChanges(data: Bytes): Change[] {
	if (data.length === 0) return [];
	const r = new Reader(data);
	return r.list(() => ({
		kind: r.u8(),
		type: r.u8(),
		num: r.uint(),
		field: r.u8(),
		entry: r.string(),
		count: r.uint(),
		name: r.string(),
		from: r.string(),
		fromNum: r.uint(),
		to: r.string(),
		toNum: r.uint(),
	}));
}

/** What the last of some steps forward was. */
export function readStep(data: Bytes): Step {
	const r = new Reader(data);
	return { by: encodeId(r.raw(16)), at: r.int(), touched: r.nums() };
}
