// The socket of one map: connects, comes back after a break with growing and
// jittered pauses, and notices when nothing answers any more. What is said over
// it is the core's business; the link only carries bytes.

import type { Bytes } from './bytes';

/** Close codes of the socket. */
export const Close = {
	signedOut: 4401,
	forbidden: 4403,
	gone: 4404,
	tooOld: 4409,
	slow: 4413,
	rate: 4429,
} as const;

/** A close after which trying again makes no sense. */
export type Ending = 'signedOut' | 'forbidden' | 'gone' | 'tooOld';

/** What the link tells its owner. */
export interface LinkEvents {
	/** The socket is open; the answer is the first message. */
	opened(): Bytes | null;
	message(data: Bytes): void;
	closed(): void;
	ended(why: Ending): void;
	/** After failures to open: asks the server whether trying again makes sense. */
	probe(): Promise<Ending | null>;
	/** Asks for what opens the socket once; none: a cookie does. */
	ticket?: (() => Promise<string>) | undefined;
}

const protocol = 'map.v1';
const ticketProtocol = 'ticket.'; // with the ticket after it: addresses are written down
const shortestPause = 250; // ms
const longestPause = 10_000;
const ratePause = 5000; // after the server said "too many"
const openPatience = 10_000;
const stable = 5000; // a link that lived this long starts the pauses anew
const probeAfter = 2; // failures to open
/** How long silence may last, the answer to a ping included. */
const visibleSilence = 4200; // noticed within five seconds, ticks included
const hiddenSilence = 33_000;

/** How often the owner should tick. */
export const visibleTick = 500;
export const hiddenTick = 30_000;

/** The pause before attempt n, jittered by r in 0..1. */
export function pause(attempt: number, r: number): number {
	const full = Math.min(longestPause, shortestPause * 2 ** Math.min(attempt, 10));
	return Math.max(shortestPause * (0.5 + r), full / 2 + (full / 2) * r); // never all at once
}

/** Why a close code ends it all, or null when a new attempt makes sense. */
export function endingOf(code: number): Ending | null {
	switch (code) {
		case Close.signedOut:
			return 'signedOut';
		case Close.forbidden:
			return 'forbidden';
		case Close.gone:
			return 'gone';
		case Close.tooOld:
			return 'tooOld';
		default:
			return null;
	}
}

/** One map's socket. */
export class Link {
	private socket: WebSocket | null = null;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private attempt = 0;
	private failures = 0;
	private openedAt = 0;
	private heardAt = 0;
	private tickedAt = 0;
	private notBefore = 0;
	private stopped = false;
	private asking = false;

	constructor(
		private readonly url: string,
		private readonly events: LinkEvents,
	) {}

	/** Whether a socket is open. */
	get open(): boolean {
		return this.socket?.readyState === WebSocket.OPEN;
	}

	/** Connects now, whatever pause was running. */
	connect(): void {
		if (this.stopped || this.socket || this.asking) return;
		clearTimeout(this.timer);
		const { ticket } = this.events;
		if (ticket) void this.dialWith(ticket);
		else this.dial([protocol]);
	}

	// A ticket that does not come counts as a socket that did not open.
	private async dialWith(ticket: () => Promise<string>): Promise<void> {
		this.asking = true;
		const text = await ticket().catch(() => null);
		this.asking = false;
		if (this.stopped) return;
		if (text !== null) {
			this.dial([protocol, ticketProtocol + text]);
			return;
		}
		this.failures++;
		this.attempt++;
		this.later(pause(this.attempt, Math.random()));
		if (this.failures === probeAfter) void this.probe();
	}

	private dial(protocols: string[]): void {
		const socket = new WebSocket(this.url, protocols);
		socket.binaryType = 'arraybuffer';
		this.socket = socket;
		this.timer = setTimeout(() => this.fail(socket), openPatience);
		socket.onopen = () => this.onOpen(socket);
		socket.onmessage = (event: MessageEvent<unknown>) => this.onMessage(socket, event.data);
		socket.onclose = (event) => this.onClose(socket, event.code);
	}

	/** Sends, or says false when there is no open socket. */
	send(data: Bytes): boolean {
		if (!this.socket || !this.open) return false;
		this.socket.send(data);
		return true;
	}

	/** Closes and connects anew, after a pause when one is given. */
	reconnect(afterMs = 0): void {
		const now = performance.now();
		const lived = this.openedAt > 0 && now - this.openedAt > stable;
		this.attempt = lived ? 0 : this.attempt + 1;
		this.openedAt = 0;
		this.letGo(this.socket);
		this.events.closed();
		// A link that is sent away again and again must not hammer the server.
		this.later(lived ? afterMs : Math.max(afterMs, pause(this.attempt, Math.random())));
	}

	/** The server is going down: the next attempt waits this long after the close. */
	drain(ms: number): void {
		this.notBefore = performance.now() + ms;
	}

	/** Ends for good. */
	stop(): void {
		this.stopped = true;
		clearTimeout(this.timer);
		this.letGo(this.socket);
	}

	/**
	 * Looks whether the other side still answers. The answer is whether the page slept
	 * since the last look: then what came meanwhile is not heard yet, and nothing may be
	 * made of its not being there.
	 */
	tick(now: number, visible: boolean): boolean {
		const slept = now - this.tickedAt > (visible ? visibleTick * 4 : hiddenTick * 1.5);
		this.tickedAt = now;
		if (slept) this.heardAt = Math.max(this.heardAt, now - 2000); // it asks again first
		if (this.open && now - this.heardAt > (visible ? visibleSilence : hiddenSilence)) this.reconnect();
		return slept;
	}

	private onOpen(socket: WebSocket): void {
		if (this.socket !== socket) return;
		clearTimeout(this.timer);
		this.failures = 0;
		this.openedAt = this.heardAt = performance.now();
		const hello = this.events.opened();
		if (hello) this.send(hello);
	}

	private onMessage(socket: WebSocket, data: unknown): void {
		// A late message of an older socket is not ours any more.
		if (this.socket !== socket || !(data instanceof ArrayBuffer)) return;
		this.heardAt = performance.now();
		this.events.message(new Uint8Array(data));
	}

	private onClose(socket: WebSocket, code: number): void {
		if (this.socket !== socket) return;
		this.letGo(socket);
		const ending = endingOf(code);
		if (ending) {
			this.stopped = true;
			clearTimeout(this.timer);
			this.events.closed();
			this.events.ended(ending);
			return;
		}
		this.fail(socket, code === Close.rate ? ratePause : 0);
	}

	// fail plans the next attempt. A socket that lived starts the pauses anew.
	private fail(socket: WebSocket, atLeast = 0): void {
		const now = performance.now();
		const lived = this.openedAt > 0 && now - this.openedAt > stable;
		if (this.openedAt === 0) this.failures++;
		this.attempt = lived ? 0 : this.attempt + 1;
		this.openedAt = 0;
		this.letGo(socket);
		this.events.closed();
		this.later(Math.max(atLeast, this.notBefore - now, pause(this.attempt, Math.random())));
		if (this.failures === probeAfter) void this.probe();
	}

	// A refused upgrade tells a page nothing but "failed": ask over HTTP.
	// An answer that failed, or that a socket which opened meanwhile proved wrong, is none.
	private async probe(): Promise<void> {
		const ending = await this.events.probe().catch(() => null);
		this.failures = 0;
		if (!ending || this.stopped || this.open) return;
		this.stop();
		this.events.ended(ending);
	}

	private later(ms: number): void {
		clearTimeout(this.timer);
		if (this.stopped) return;
		this.timer = setTimeout(() => this.connect(), ms);
	}

	// letGo lets go of a socket, so that nothing it still says is heard.
	private letGo(socket: WebSocket | null): void {
		if (!socket) return;
		socket.onopen = socket.onmessage = socket.onclose = null;
		socket.close();
		if (this.socket === socket) this.socket = null;
	}
}
