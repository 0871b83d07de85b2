// Records as they come: by server-sent events, told once for each frame, held while the page
// is paused.

import type { Entry } from './api';
import { mostRows } from './rows';

const again = 5000; // ms until a stream is opened anew that the browser gave up
const patience = 1500; // ms until a page begins without one

/** What a page does with records as they come. */
export interface Taker {
	/** Told of all of them, at most once for each frame, the first first. */
	count(fresh: readonly Entry[]): void;
	/** Given what is to be shown. */
	show(fresh: readonly Entry[]): void;
	/** There was more than could be held, or the stream is there anew: look again. */
	anew(): void;
}

/** The stream of records. */
export class Live {
	state: 'off' | 'opening' | 'on' | 'lost' = $state('off');
	paused = $state(false);
	/** How many came that are not shown, up to what is held. */
	held = $state(0);
	/** There were more. */
	over = $state(false);
	#source: EventSource | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#late: ReturnType<typeof setTimeout> | undefined;
	#frame = 0;
	#fresh: Entry[] = []; // since the last frame
	#waiting: Entry[] = []; // since it was paused
	#before = false; // there was a stream already
	#lost = false; // more came than was held
	#begin: () => void = () => {};
	/** Settled once it is clear whether there is a stream: what is searched for then, and what
	 * comes, leave nothing out. */
	readonly begun = new Promise<void>((resolve) => {
		this.#begin = resolve;
	});

	constructor(
		private readonly path: string,
		private readonly taker: Taker,
		private readonly fits: (r: Entry) => boolean,
	) {}

	/** Begins; ends with close. */
	open(): void {
		this.state = this.state === 'lost' ? 'lost' : 'opening';
		this.#late ??= setTimeout(() => this.#without(), patience);
		const source = new EventSource(this.path);
		this.#source = source;
		source.onopen = () => {
			this.state = 'on';
			// The browser goes on where it was; a stream of its own knows nothing of before.
			if (this.#before) this.taker.anew();
			this.#before = false;
			this.#begin();
		};
		source.onmessage = ({ data }) => this.#take(data);
		source.onerror = () => {
			this.state = 'lost';
			this.#without();
			if (source.readyState !== EventSource.CLOSED) return;
			this.#before = true;
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.open(), again);
		};
	}

	// A page that has begun without a stream looks again when there is one.
	#without(): void {
		if (this.state === 'on') return;
		this.#before = true;
		this.#begin();
	}

	close(): void {
		clearTimeout(this.#late);
		clearTimeout(this.#timer);
		cancelAnimationFrame(this.#frame);
		this.#source?.close();
		this.#source = null;
		this.state = 'off';
	}

	/** Holds what comes from now on. */
	pause(): void {
		this.paused = true;
	}

	/** Shows what was held, and what comes. */
	resume(): void {
		this.paused = false;
		const [held, over] = [this.#waiting, this.over];
		this.forget();
		if (over) this.taker.anew();
		else if (held.length > 0) this.taker.show(held);
	}

	/** Holds nothing any more: the page looks anew. */
	forget(): void {
		this.#waiting = [];
		this.held = 0;
		this.over = false;
	}

	#take(data: unknown): void {
		const entry = entryOf(data);
		if (!entry) return;
		this.#fresh.push(entry);
		// A page that nobody sees has no frames.
		if (this.#fresh.length > mostRows) {
			this.#fresh.shift();
			this.#lost = true;
		}
		this.#frame ||= requestAnimationFrame(() => this.#tell());
	}

	#tell(): void {
		this.#frame = 0;
		const fresh = this.#fresh;
		const lost = this.#lost;
		this.#fresh = [];
		this.#lost = false;
		this.taker.count(fresh);
		const fit = fresh.filter(this.fits);
		if (!this.paused) {
			if (lost) this.taker.anew();
			else if (fit.length > 0) this.taker.show(fit);
			return;
		}
		this.#waiting.push(...fit);
		this.over ||= lost || this.#waiting.length > mostRows;
		this.#waiting.splice(0, Math.max(0, this.#waiting.length - mostRows));
		this.held = this.#waiting.length;
	}
}

/** A record of an event, or null for anything else. */
export function entryOf(data: unknown): Entry | null {
	try {
		const value = JSON.parse(String(data)) as Partial<Entry> | null;
		const whole = typeof value?.seq === 'number' && typeof value.at === 'number';
		return whole && typeof value.act === 'string' && typeof value.by === 'object' ? (value as Entry) : null;
	} catch {
		return null;
	}
}
