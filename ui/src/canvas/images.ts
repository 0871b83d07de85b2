// The images on cards, as bitmaps: fetched when they are first seen, as large as they
// are shown, a few at a time, and closed again when others need the room. A frame
// never waits: what is not there yet is drawn as a box.

import { keyed } from '../bearer';
import { blobUrl } from '../core/media';

/** What can be drawn of an image: a bitmap, nothing yet, or nothing for good. */
export type Shown = ImageBitmap | 'loading' | 'missing';

const small = 256; // px of the longer side: the server makes these two
const medium = 1024;
const large = 2048; // made here of the original
const spare = 1.15; // how much a picture may be stretched before a larger one is fetched
const mostPixels = 32_000_000; // of all bitmaps: 128 MB
const mostLoads = 4; // at a time
const mostQueued = 300;
const mostKept = 2000; // entries; a bitmap of one px counts little
// Until what did not come is asked for again: soon at first, because a card may be seen
// a moment before the map has its file.
const firstAgainMs = [400, 2000, 8000] as const;
const againMs = 20_000;
const patienceMs = 60_000;

interface Entry {
	hash: string;
	side: number;
	bitmap: ImageBitmap | null;
	state: 'queued' | 'loading' | 'there' | 'failed';
	againAt: number; // when it is asked for again, once it failed
}

/** The images of one map. */
export class Images {
	// In the order of use: the first was used longest ago.
	private readonly entries = new Map<string, Entry>();
	private readonly misses = new Map<string, number>(); // how often each did not come
	private queue: Entry[] = [];
	private loads = 0;
	private pixels = 0;
	private readonly stop = new AbortController();

	constructor(
		private readonly map: string,
		/** Something came: paint again. */
		private readonly arrived: () => void,
	) {
		addEventListener('online', () => this.again(), { signal: this.stop.signal });
	}

	/** Frees everything. */
	close(): void {
		this.stop.abort();
		for (const entry of this.entries.values()) entry.bitmap?.close();
		this.entries.clear();
		this.queue = [];
	}

	/** An image for so many px on the screen: the best that is there now. */
	get(hash: string, wanted: number): Shown {
		const side = wanted <= small * spare ? small : wanted <= medium * spare ? medium : large;
		const best = this.want(hash, side);
		if (best.bitmap) return best.bitmap;
		for (const other of [medium, large, small]) {
			const bitmap = this.entries.get(`${other} ${hash}`)?.bitmap;
			if (bitmap) return bitmap;
		}
		return best.state === 'failed' ? 'missing' : 'loading';
	}

	private want(hash: string, side: number): Entry {
		const key = `${side} ${hash}`;
		const kept = this.entries.get(key);
		if (kept && !(kept.state === 'failed' && performance.now() >= kept.againAt)) {
			this.entries.delete(key);
			this.entries.set(key, kept);
			return kept;
		}
		const entry: Entry = { hash, side, bitmap: null, state: 'queued', againAt: 0 };
		this.entries.set(key, entry);
		this.queue.push(entry);
		// What was asked for long ago is out of sight by now.
		for (const old of this.queue.splice(0, this.queue.length - mostQueued)) this.drop(old);
		this.pump();
		return entry;
	}

	// pump starts loads, the latest wish first: it is what the person looks at.
	private pump(): void {
		while (this.loads < mostLoads) {
			const entry = this.queue.pop();
			if (!entry) return;
			this.loads++;
			entry.state = 'loading';
			void this.load(entry).finally(() => {
				this.loads--;
				this.pump();
			});
		}
	}

	private async load(entry: Entry): Promise<void> {
		try {
			const bitmap = await this.fetch(entry);
			if (this.stop.signal.aborted) {
				bitmap.close();
				return;
			}
			entry.bitmap = bitmap;
			entry.state = 'there';
			this.misses.delete(entry.hash);
			this.pixels += bitmap.width * bitmap.height;
			this.evict(entry);
		} catch {
			if (this.stop.signal.aborted) return;
			entry.state = 'failed';
			const misses = this.misses.get(entry.hash) ?? 0;
			if (this.misses.size < mostKept) this.misses.set(entry.hash, misses + 1);
			const wait = firstAgainMs[misses] ?? againMs;
			entry.againAt = performance.now() + wait;
			setTimeout(() => this.stop.signal.aborted || this.arrived(), wait + 1); // painting asks for it
		}
		this.arrived();
	}

	private async fetch({ hash, side }: Entry): Promise<ImageBitmap> {
		const url = blobUrl(this.map, hash, side === large ? undefined : side);
		const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(patienceMs)]);
		const response = await fetch(url, { signal, headers: keyed() });
		if (!response.ok) throw new Error(`image: ${response.status}`);
		const blob = await response.blob();
		if (side !== large) return createImageBitmap(blob);
		// Never at its full size: a photograph would take hundreds of megabytes.
		const before = this.entries.get(`${medium} ${hash}`)?.bitmap;
		const wide = !before || before.width >= before.height;
		return createImageBitmap(blob, {
			...(wide ? { resizeWidth: large } : { resizeHeight: large }),
			resizeQuality: 'high',
		});
	}

	// evict closes what was not used for longest, until all fit.
	private evict(fresh: Entry): void {
		for (const [key, entry] of this.entries) {
			if (this.pixels <= mostPixels && this.entries.size <= mostKept) return;
			if (entry === fresh || entry.state === 'queued' || entry.state === 'loading') continue;
			this.entries.delete(key);
			this.release(entry);
		}
	}

	private drop(entry: Entry): void {
		this.entries.delete(`${entry.side} ${entry.hash}`);
	}

	private release(entry: Entry): void {
		if (!entry.bitmap) return;
		this.pixels -= entry.bitmap.width * entry.bitmap.height;
		entry.bitmap.close();
		entry.bitmap = null;
	}

	// again asks anew for what did not come, if it is still looked at.
	private again(): void {
		for (const [key, entry] of this.entries) if (entry.state === 'failed') this.entries.delete(key);
		this.arrived();
	}
}
