// Positions in the core are code points; in the DOM they are UTF-16 units. This
// is the edge where one becomes the other.

/** One replacement, in code points. */
export interface Splice {
	pos: number;
	del: number;
	ins: string;
}

function isHigh(unit: number): boolean {
	return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
	return unit >= 0xdc00 && unit < 0xe000;
}

/** How many code points lie before a UTF-16 index. */
export function pointsBefore(text: string, index: number): number {
	const end = Math.min(index, text.length);
	let points = 0;
	for (let i = 0; i < end; i++) {
		if (isHigh(text.charCodeAt(i)) && i + 1 < end && isLow(text.charCodeAt(i + 1))) i++;
		points++;
	}
	return points;
}

/** The UTF-16 index after a number of code points. */
export function indexOfPoint(text: string, points: number): number {
	let i = 0;
	for (let left = points; left > 0 && i < text.length; left--) {
		i += isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1;
	}
	return i;
}

/** Whether an index would cut a pair in two. */
function inPair(text: string, index: number): boolean {
	return index > 0 && isHigh(text.charCodeAt(index - 1)) && isLow(text.charCodeAt(index));
}

/**
 * The splice that turns before into after, or null when they are equal. caret
 * is the caret in after: of several equal readings (an "a" typed into "aaa") it
 * picks the one that ends there, so that others see it where it was typed.
 */
export function diff(before: string, after: string, caret: number): Splice | null {
	if (before === after) return null;
	const limit = Math.min(before.length, after.length);
	// What lies right of the caret was not touched by typing or pasting.
	let suffix = 0;
	const rightOfCaret = Math.min(after.length - Math.min(caret, after.length), limit);
	while (suffix < rightOfCaret && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
	let prefix = 0;
	while (prefix < limit - suffix && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++;
	while (suffix < limit - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
	if (inPair(before, prefix) || inPair(after, prefix)) prefix--;
	if (inPair(before, before.length - suffix) || inPair(after, after.length - suffix)) suffix--;
	const removed = before.slice(prefix, before.length - suffix);
	return {
		pos: pointsBefore(before, prefix),
		del: pointsBefore(removed, removed.length),
		ins: after.slice(prefix, after.length - suffix),
	};
}

/** Applies a splice; the tests' other half of diff. */
export function applySplice(text: string, splice: Splice): string {
	const start = indexOfPoint(text, splice.pos);
	const end = indexOfPoint(text, splice.pos + splice.del);
	return text.slice(0, start) + splice.ins + text.slice(end);
}
