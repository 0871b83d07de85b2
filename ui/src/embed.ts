// A frame's way in: the secret of a link becomes a key for requests and tickets for the
// socket, each of which opens it once.

import { call, Problem } from './api';
import { showKey } from './bearer';

interface Opened {
	title: string;
	key: string;
	ticket: string;
	life: number; // of the key, in seconds
}

const ticketMs = 45_000; // the server takes one for a minute
const renewPart = 0.8; // of a key's life, after which another is asked for

/** One frame. */
export class Frame {
	private fresh = { ticket: '', until: 0 };
	private timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly map: string,
		private readonly secret: string,
		/** Which list of origins the page was loaded under. */
		private readonly seal: string,
	) {}

	/** Lets the frame in and returns the map's title. */
	async open(): Promise<string> {
		const { map, secret, seal } = this;
		const got = await call<Opened>('POST', 'embeds/open', { map, secret, seal });
		showKey(got.key);
		this.fresh = { ticket: got.ticket, until: performance.now() + ticketMs };
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.open().catch(() => undefined), got.life * renewPart * 1000);
		return got.title;
	}

	/** A ticket for one socket. */
	async ticket(): Promise<string> {
		if (this.fresh.ticket === '' || performance.now() > this.fresh.until) await this.another();
		const { ticket } = this.fresh;
		this.fresh = { ticket: '', until: 0 };
		return ticket;
	}

	/** Lets go of it all. */
	close(): void {
		clearTimeout(this.timer);
		showKey('');
	}

	private async another(): Promise<void> {
		try {
			const { ticket } = await call<{ ticket: string }>('POST', `embeds/${this.map}/ticket`);
			this.fresh = { ticket, until: performance.now() + ticketMs };
		} catch (error) {
			if (!(error instanceof Problem) || error.status !== 401) throw error;
			await this.open(); // a machine that slept outlived its key
		}
	}
}

/** Which list of origins this page was loaded under, as the server wrote into it. */
export function sealOf(page: Document): string {
	return page.querySelector<HTMLMetaElement>('meta[name="plectica-embed"]')?.content ?? '';
}

const sandbox = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';

/** What shows a map in a page of another site. Identifiers and secrets need no escaping. */
export function embedCode(map: string, secret: string): string {
	const address = `${location.origin}/embed/${map}#${secret}`;
	return `<iframe src="${address}" title="Plectica" width="100%" height="480" style="border:0" sandbox="${sandbox}" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
}
