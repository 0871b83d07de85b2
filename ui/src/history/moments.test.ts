import { expect, test } from 'vitest';
import { type Bytes, Reader, Writer } from '../core/bytes';
import type { Step } from '../core/model';
import { Moments } from './moments';

// A history whose state after a change is that change's number, told in frames of some
// changes each.
class Server {
	asked: string[] = [];
	constructor(readonly together = 3) {}

	state(seq: number): Promise<Bytes> {
		this.asked.push(`state ${seq}`);
		return Promise.resolve(new Writer().uint(seq).done());
	}

	commits(after: number, to: number): Promise<Bytes> {
		this.asked.push(`commits ${after}-${to}`);
		const w = new Writer();
		for (let first = after + 1; first <= to; first += this.together) {
			const n = Math.min(this.together, to - first + 1);
			w.bytes(new Writer().u8(17).uint(first).uint(n).done());
		}
		return Promise.resolve(w.done());
	}
}

class Screen {
	seq = -1;
	broken = false;

	show(state: Bytes): Promise<boolean> {
		this.seq = new Reader(state).uint();
		return Promise.resolve(true);
	}

	advance(commits: Bytes, to: number): Step | null {
		if (this.broken) return null;
		for (const r = new Reader(commits); r.left > 0; ) {
			const frame = new Reader(r.bytes());
			frame.u8();
			const first = frame.uint();
			const last = first + frame.uint() - 1;
			if (first > this.seq + 1) return null;
			this.seq = Math.max(this.seq, Math.min(last, to));
		}
		return { by: 'ada', at: this.seq, touched: [] };
	}
}

function make(together = 3) {
	const server = new Server(together);
	const screen = new Screen();
	const moments = new Moments(server, screen);
	moments.range = { oldest: 100, head: 5000 };
	const go = async (seq: number) => {
		server.asked = [];
		expect(await moments.go(seq)).toBe(true);
		expect(screen.seq).toBe(seq);
		expect(moments.at).toBe(seq);
		return server.asked;
	};
	return { server, screen, moments, go };
}

test('a far moment is fetched, the next ones are stepped to, with what comes after', async () => {
	const { go, moments } = make();
	expect(await go(1000)).toEqual(['state 999', 'commits 999-1199']);
	expect(moments.step?.at).toBe(1000);
	for (let seq = 1001; seq <= 1199; seq++) expect(await go(seq)).toEqual([]);
	expect(await go(1200)).toEqual(['commits 1199-1399']);
	expect(await go(3000)).toEqual(['state 2999', 'commits 2999-3199']);
	expect(await go(50)).toEqual(['state 50']);
	expect(moments.step).toBeNull();
});

test('going back asks once for many steps', async () => {
	const { go } = make();
	await go(1000);
	expect(await go(998)).toEqual(['state 938', 'commits 938-999']);
	for (let seq = 997; seq >= 938; seq--) expect(await go(seq)).toEqual([]);
	expect(await go(937)).toEqual(['state 877', 'commits 877-938']);
});

test('what is sparse is fetched as it is', async () => {
	const { go } = make();
	await go(100);
	expect(await go(50)).toEqual(['state 50']);
	expect(await go(20)).toEqual(['state 20']);
	expect(await go(50)).toEqual([]);
});

test('the head bounds what is asked for', async () => {
	const { go } = make();
	expect(await go(4990)).toEqual(['state 4989', 'commits 4989-5000']);
	expect(await go(5000)).toEqual([]);
});

test('commits that do not fit give way to the state', async () => {
	const { go, screen } = make();
	await go(1000);
	screen.broken = true;
	expect(await go(1001)).toEqual(['state 1001']);
});

test('of several moments asked for at once the last is shown', async () => {
	const { moments, screen } = make();
	const all = await Promise.all([moments.go(500), moments.go(900), moments.go(700)]);
	expect(all).toEqual([false, false, true]);
	expect(screen.seq).toBe(700);
});
