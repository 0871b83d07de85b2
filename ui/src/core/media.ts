// How a card names a file: the text that stands in its media register under the hash
// of the content. internal/media is this file in Go; both read the same examples.

import { type Description, Field } from './model';

/** A file of a card. */
export interface MediaItem {
	hash: string;
	kind: string; // its type, as "image/png"
	w: number; // px, upright; 0 for what is no image
	h: number;
	size: number; // bytes
	rank: number; // among the card's files: the lowest image is shown on it
	name: string;
	alt: string; // what it shows, for those who do not see it
}

/** The files of a card; what cannot be read is a hash alone. */
export interface CardFiles {
	items: MediaItem[];
	unknown: string[];
}

const mostName = 255; // bytes
const mostAlt = 1000; // bytes
const mostSide = 1_000_000; // px
const mostRank = 1_000_000_000;
const mostSize = 2 ** 50; // bytes
const firstRank = 1000; // room before it: a later image may be moved to the front
const kindOf = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/;
const hashOf = /^[0-9a-f]{64}$/;
const rasters: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const videos: ReadonlySet<string> = new Set(['video/mp4', 'video/webm']);

const utf8 = new TextEncoder();

// bytesOf cuts a text to so many bytes, between its characters.
function cut(text: string, most: number): string {
	let bytes = 0;
	let out = '';
	for (const c of text) {
		bytes += utf8.encode(c).length;
		if (bytes > most) break;
		out += c;
	}
	return out;
}

// Characters that say nothing but turn what is read around, or hide: a name must not
// look like another.
const tricks = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** A name as it may be shown and kept: nothing in it that cannot be seen. */
export function cleanName(name: string): string {
	return cut(
		name
			.replace(tricks, '')
			.replace(/[|/\\]/g, '-')
			.trim(),
		mostName,
	);
}

/** A description as it may be kept. */
export function cleanAlt(alt: string): string {
	return cut(alt.replace(tricks, ' ').replace(/\s+/g, ' ').trim(), mostAlt);
}

/** Reads a register's text; null for what is no file as we know it. */
export function readMedia(hash: string, text: string): MediaItem | null {
	const [kind = '', w = '', h = '', size = '', rank = '', name, ...rest] = text.split('|');
	if (name === undefined || rest.length === 0 || !hashOf.test(hash)) return null;
	const alt = rest.join('|');
	const numbers = [digits(w, mostSide), digits(h, mostSide), digits(size, mostSize), digits(rank, mostRank)];
	const [pxW = -1, pxH = -1, bytes = -1, place = -1] = numbers;
	if (numbers.some((n) => n < 0) || !kindOf.test(kind) || kind.length > 64) return null;
	if (utf8.encode(name).length > mostName || utf8.encode(alt).length > mostAlt) return null;
	const drawn = pxW > 0 && pxH > 0;
	return {
		hash,
		kind,
		w: drawn ? pxW : 0,
		h: drawn ? pxH : 0,
		size: bytes,
		rank: place,
		name: cleanName(name),
		alt,
	};
}

function digits(text: string, most: number): number {
	if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return -1;
	const n = Number(text);
	return n > most ? -1 : n;
}

/** The register's text of a file. */
export function writeMedia(item: Omit<MediaItem, 'hash'>): string {
	const { kind, w, h, size, rank, name, alt } = item;
	return [kind, w, h, size, rank, cleanName(name), cleanAlt(alt)].join('|');
}

/** Whether a page may draw it. */
export function isImage(item: MediaItem): boolean {
	return rasters.has(item.kind) && item.w > 0;
}

/** Whether a page may play it. */
export function isVideo(item: MediaItem): boolean {
	return videos.has(item.kind);
}

/** The files of a card, in their order. */
export function filesOf(card: Pick<Description, 'registers'>): CardFiles {
	const files: CardFiles = { items: [], unknown: [] };
	for (const { field, entry, value } of card.registers) {
		if (field !== Field.media || typeof value !== 'string') continue;
		const item = readMedia(entry, value);
		if (item) files.items.push(item);
		else files.unknown.push(entry);
	}
	files.items.sort((a, b) => a.rank - b.rank || (a.hash < b.hash ? -1 : 1));
	return files;
}

/** The rank of a file that comes last. */
export function lastRank(items: readonly MediaItem[]): number {
	const last = items.at(-1);
	return last ? Math.min(last.rank + 1, mostRank) : firstRank;
}

/** The rank of a file that is shown on its card. */
export function leadingRank(items: readonly MediaItem[]): number {
	return Math.max(0, Math.min(firstRank, ...items.map((item) => item.rank)) - 1);
}

/** Where a content is. Without a size it is as it came. */
export function blobUrl(map: string, hash: string, size?: number): string {
	return `/maps/${encodeURIComponent(map)}/blobs/${hash}${size === undefined ? '' : `?size=${size}`}`;
}
