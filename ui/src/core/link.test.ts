import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ending, endingOf, hiddenTick, Link, pause, visibleTick } from './link';

describe('pauses between attempts', () => {
	it('grow from a quarter of a second to ten', () => {
		expect(pause(0, 0)).toBe(125);
		expect(pause(0, 1)).toBe(375);
		expect(pause(1, 1)).toBe(500);
		expect(pause(3, 0)).toBe(1000);
		expect(pause(30, 1)).toBe(10_000);
	});
	it('are jittered', () => {
		expect(pause(5, 0)).toBeLessThan(pause(5, 1));
	});
});

describe('close codes', () => {
	it('end it or not', () => {
		expect(endingOf(4401)).toBe('signedOut');
		expect(endingOf(4409)).toBe('tooOld');
		expect(endingOf(4413)).toBeNull();
		expect(endingOf(1006)).toBeNull();
	});
});

/** A socket that does what the test says. */
class Socket {
	static readonly OPEN = 1;
	static made: Socket[] = [];
	readyState = 0;
	binaryType = '';
	closes = 0;
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;

	constructor(
		readonly url: string,
		readonly protocols: string | string[],
	) {
		Socket.made.push(this);
	}

	send(): void {}

	close(): void {
		this.closes++;
		this.readyState = 3;
	}

	opens(): void {
		this.readyState = Socket.OPEN;
		this.onopen?.();
	}

	fails(code = 1006): void {
		this.readyState = 3;
		this.onclose?.({ code });
	}

	hears(): void {
		this.onmessage?.({ data: new ArrayBuffer(1) });
	}
}

function newest(): Socket {
	const last = Socket.made.at(-1);
	if (!last) throw new Error('no socket was made');
	return last;
}

function newLink(probe: () => Promise<Ending | null> = async () => null, ticket?: () => Promise<string>) {
	const said = { opened: 0, closed: 0, ended: [] as Ending[] };
	const link = new Link('wss://x.test', {
		opened: () => {
			said.opened++;
			return null;
		},
		message: () => undefined,
		closed: () => {
			said.closed++;
		},
		ended: (why) => said.ended.push(why),
		probe,
		ticket,
	});
	return { link, said };
}

/** Lets time pass until the next attempt. */
async function attempt(): Promise<Socket> {
	const before = Socket.made.length;
	for (let i = 0; i < 200 && Socket.made.length === before; i++) await vi.advanceTimersByTimeAsync(100);
	expect(Socket.made).toHaveLength(before + 1);
	return newest();
}

describe('a link', () => {
	beforeEach(() => {
		vi.useFakeTimers();
		Socket.made = [];
		vi.stubGlobal('WebSocket', Socket);
	});
	afterEach(() => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	});

	// Asking who we are may fail as the network does: that is no reason to give up.
	it('TestTokenFailureOnceStillReconnects', async () => {
		let asked = 0;
		const { link, said } = newLink(async () => {
			asked++;
			if (asked === 1) throw new TypeError('Failed to fetch');
			return null;
		});
		link.connect();
		for (let i = 0; i < 5; i++) {
			newest().fails();
			await attempt();
		}
		expect(asked).toBe(2); // it is asked again, after two more failures
		newest().opens();
		expect(link.open).toBe(true);
		expect(said).toMatchObject({ opened: 1, ended: [] });
		link.stop();
	});

	it('does not end by an answer that came too late', async () => {
		let answer: (why: Ending) => void = () => undefined;
		const { link, said } = newLink(
			() =>
				new Promise((resolve) => {
					answer = resolve;
				}),
		);
		link.connect();
		for (let i = 0; i < 2; i++) {
			newest().fails();
			await attempt();
		}
		newest().opens();
		answer('signedOut');
		await vi.advanceTimersByTimeAsync(1);
		expect(said.ended).toEqual([]);
		expect(link.open).toBe(true);
		link.stop();
	});

	// A tab that browsers throttle, or freeze for an hour, is silent and not dead. Dead
	// is who was asked, awake, and did not answer.
	it('TestHiddenTabIsNotDead', async () => {
		const { link, said } = newLink();
		link.connect();
		newest().opens();
		const look = (visible: boolean, after: number, heard: boolean) => {
			vi.advanceTimersByTime(after);
			const slept = link.tick(performance.now(), visible);
			if (heard) newest().hears();
			return slept;
		};
		expect(look(true, visibleTick, true)).toBe(false);
		for (let i = 0; i < 10; i++) expect(look(false, hiddenTick, true)).toBe(false);
		for (let i = 0; i < 10; i++) expect(look(false, 60_000, true)).toBe(true); // throttled
		expect(look(false, 3_600_000, true)).toBe(true); // frozen
		expect(look(true, 3_600_000, false)).toBe(true); // frozen, and looked at again
		expect(look(true, visibleTick, true)).toBe(false); // the answer comes half a second later
		expect(link.open).toBe(true);
		expect(said.closed).toBe(0);
		for (let i = 0; i < 9; i++) look(true, visibleTick, false);
		expect(said.closed).toBe(1); // awake, asked, no answer
		link.stop();
	});

	// In a page of another site no cookie opens a socket: each has a ticket of its own,
	// which is in no address.
	it('asks for a ticket for each socket', async () => {
		let asked = 0;
		const { link } = newLink(undefined, async () => `t${++asked}`);
		link.connect();
		link.connect(); // while it asks, it does not ask again
		await vi.advanceTimersByTimeAsync(1);
		expect(Socket.made).toHaveLength(1);
		expect(newest().protocols).toEqual(['map.v1', 'ticket.t1']);
		expect(newest().url).toBe('wss://x.test');
		newest().fails();
		expect((await attempt()).protocols).toEqual(['map.v1', 'ticket.t2']);
		link.stop();
	});

	it('asks what the matter is when no ticket comes', async () => {
		const { link, said } = newLink(
			async () => 'gone',
			async () => {
				throw new Error('no');
			},
		);
		link.connect();
		await vi.advanceTimersByTimeAsync(10_000);
		expect(said.ended).toEqual(['gone']);
		expect(Socket.made).toHaveLength(0);
	});

	it('makes no socket with a ticket that came after the end', async () => {
		let come: (ticket: string) => void = () => undefined;
		const { link } = newLink(
			undefined,
			() =>
				new Promise((resolve) => {
					come = resolve;
				}),
		);
		link.connect();
		link.stop();
		come('late');
		await vi.advanceTimersByTimeAsync(1000);
		expect(Socket.made).toHaveLength(0);
	});
});
