// The timeline as numbers: where each change lies on the strip, which moment comes next,
// how fast it plays. Every change has its place, however long the pauses were: on a strip
// by the clock an hour's work would be a hair.

import type { Version } from './api';

/** A version on the strip. Places run from 0 to 1. */
export interface Bar {
	version: Version;
	from: number;
	to: number;
	/** How much was changed beside the others, 0 to 1. */
	height: number;
	/** Its day begins here. */
	day: boolean;
}

const gapShare = 0.15; // of a version's width: the pause after it
const leastHeight = 0.12;

/** The versions as bars, oldest first. Versions come newest first, as the server tells them. */
export function barsOf(versions: readonly Version[]): Bar[] {
	const list = [...versions].reverse();
	const widths = list.map((v) => Math.log2(lengthOf(v) + 1) + 1);
	const total = widths.reduce((sum, w) => sum + w, 0) - (widths.at(-1) ?? 0) * gapShare; // none after the last
	const most = Math.max(1, ...list.map((v) => v.changes));
	let at = 0;
	let day = '';
	return list.map((version, i) => {
		const width = (widths[i] ?? 0) / total;
		const began = new Date(version.began).toDateString();
		const bar = {
			version,
			from: at,
			to: at + width * (1 - gapShare),
			height: leastHeight + (1 - leastHeight) * Math.sqrt(version.changes / most),
			day: began !== day,
		};
		at += width;
		day = began;
		return bar;
	});
}

function lengthOf(version: Version): number {
	return version.sparse ? 1 : version.seq - version.first + 1;
}

/** The version that a change belongs to, or null. */
export function versionOf(versions: readonly Version[], seq: number): Version | null {
	return versions.find((v) => v.first <= seq && seq <= v.seq) ?? null;
}

/** Where a change lies on the strip. */
export function placeOf(bars: readonly Bar[], seq: number): number {
	const first = bars[0];
	if (!first || seq < first.version.first) return 0;
	for (const { version, from, to } of bars) {
		if (seq > version.seq) continue;
		if (version.sparse || seq < version.first) return to;
		return from + ((to - from) * (seq - version.first + 1)) / lengthOf(version);
	}
	return bars.at(-1)?.to ?? 0;
}

/** The change nearest to a place on the strip that can be seen. */
export function seqAt(bars: readonly Bar[], place: number): number {
	let last = bars[0] ? firstOf(bars[0].version) : 0;
	for (const { version, from, to } of bars) {
		if (place < 0) return last;
		if (place < from) {
			const back = place - placeOf(bars, last) < from - place;
			return back ? last : firstOf(version);
		}
		last = version.seq;
		if (place > to || version.sparse) continue;
		const nth = Math.round(((place - from) / (to - from)) * lengthOf(version));
		return version.first + Math.max(0, nth - 1);
	}
	return last;
}

// The first moment of a version that can be seen.
function firstOf(version: Version): number {
	return version.sparse ? version.seq : version.first;
}

/** The moment that can be seen after a change, or the change itself at the end. */
export function nextOf(versions: readonly Version[], seq: number): number {
	const version = versionOf(versions, seq);
	if (version && !version.sparse && seq < version.seq) return seq + 1;
	const later = versions.filter((v) => v.first > seq).at(-1);
	return later ? firstOf(later) : seq;
}

/** The moment that can be seen before a change, or the change itself at the beginning. */
export function previousOf(versions: readonly Version[], seq: number): number {
	const version = versionOf(versions, seq);
	if (version && !version.sparse && seq > version.first) return seq - 1;
	return versions.find((v) => v.seq < seq)?.seq ?? seq;
}

/** The end of the version after the one a change is in, or of that one before its end. */
export function nextVersion(versions: readonly Version[], seq: number): number {
	return versions.filter((v) => v.seq > seq).at(-1)?.seq ?? seq;
}

/** The end of the version before. */
export function previousVersion(versions: readonly Version[], seq: number): number {
	return versions.find((v) => v.seq < seq)?.seq ?? seq;
}

/** The speeds at which a history plays. */
export const speeds = [1, 2, 4, 8] as const;

export const tickMs = 120;
const versionMs = 6000; // for a version of many changes
const leastMs = 480; // for one change, so that it can be seen

/** How a history plays on from a change: after how long, and which change is shown then. */
export function playStep(
	versions: readonly Version[],
	seq: number,
	speed: number,
): { seq: number; after: number } {
	const next = nextOf(versions, seq);
	const version = versionOf(versions, next);
	if (!version || next === seq) return { seq, after: 0 };
	const ticks = versionMs / tickMs;
	const perTick = Math.max(1, Math.round((lengthOf(version) * speed) / ticks));
	const slow = Math.max(tickMs, leastMs / speed);
	if (version.sparse) return { seq: version.seq, after: slow * 2 };
	const after = lengthOf(version) * slow > versionMs / speed ? tickMs : slow;
	return { seq: Math.min(version.seq, next - 1 + perTick), after };
}

const people = 12;

/** The colour of a person, 1 to 12: the same for the same account wherever it is shown. */
export function colourOf(account: string): number {
	let sum = 0;
	for (const c of account) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 65_521;
	return (sum % people) + 1;
}

/** The letters that stand for a name. */
export function initials(name: string): string {
	const parts = name.trim().split(/\s+/);
	return [parts[0], parts.length > 1 ? parts.at(-1) : undefined]
		.map((part) => Array.from(part ?? '')[0] ?? '')
		.join('')
		.toUpperCase();
}
