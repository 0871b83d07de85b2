// The words of the drawing list.

/** Ops of both layers. */
export const Op = {
	card: 1,
	text: 2,
	bar: 3,
	line: 4,
	curve: 5,
	arrow: 6,
	badge: 7,
	select: 8,
	handle: 9,
	cursor: 10,
	ghost: 11,
	drop: 12,
	band: 13,
	selectLine: 14,
	editing: 15,
	alpha: 16,
	sight: 17,
	image: 18,
	mark: 20,
	markLine: 21,
	markWay: 22,
	way: 24,
	selectWay: 25,
	guide: 19,
} as const;

/** Flags of a card. */
export const CardFlag = {
	selectable: 1,
	placeholder: 2,
	root: 4,
	whole: 8,
	folded: 16,
	flat: 32,
	seen: 64,
	high: 128,
} as const;

/** Styles of text; squeeze is added. */
export const TextStyle = { title: 0, whole: 1, body: 2, label: 3, placeholder: 4, squeeze: 16 } as const;

/** Kinds of badges. */
export const Badge = {
	open: 1,
	folded: 2,
	plus: 3,
	minus: 4,
	delay: 5,
	eye: 6,
	merged: 7,
	link: 8,
	body: 9,
	shut: 10,
	toMap: 11,
	files: 12,
} as const;

/** Kinds of handles. */
export const Handle = {
	top: 1,
	right: 2,
	bottom: 3,
	left: 4,
	middle: 5,
	resize: 6,
	endA: 7,
	endB: 8,
} as const;

/** Bits of a mark. */
export const Mark = { added: 1, removed: 2, changed: 4, moved: 8 } as const;

/** One op of a list: its words from `at` on. */
export interface Words {
	list: Int32Array;
	at: number; // of the first word after the object
	count: number; // of the words after the object
	num: number;
}

/** A word as it is. */
export function word(w: Words, i: number): number {
	return w.list[w.at + i] ?? 0;
}

/** A coordinate in px. */
export function px(w: Words, i: number): number {
	return (w.list[w.at + i] ?? 0) / 64;
}

/** Calls back for every op; unknown ones are the caller's to skip. */
export function eachOp(list: Int32Array, length: number, take: (op: number, w: Words) => void): void {
	const w: Words = { list, at: 0, count: 0, num: 0 };
	for (let i = 0; i + 1 < length; ) {
		const head = list[i] ?? 0;
		const words = head >>> 8;
		if (words < 2) return; // a list that does not move on would never end
		w.at = i + 2;
		w.count = words - 2;
		w.num = list[i + 1] ?? 0;
		take(head & 0xff, w);
		i += words;
	}
}
