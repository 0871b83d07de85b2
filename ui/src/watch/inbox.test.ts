import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alert, AlertCalls } from './alertapi';
import { Inbox } from './inbox.svelte';

const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
	id,
	kind: 'stuffing',
	at: Number(id),
	since: Number(id),
	times: 1,
	score: 1,
	severity: 'notice',
	figures: [],
	evidence: [],
	answers: [],
	...more,
});

let there: Alert[];
let down: boolean;
let asked: string[];

// A server that is small, and does what the real one does.
const calls: AlertCalls = {
	site: true,
	list: async (open, limit, before = Infinity) => {
		asked.push(open ? 'open' : 'all');
		if (down) throw new Error('down');
		const list = there.filter((a) => (!open || !a.closed) && a.at < before);
		return list.sort((a, b) => b.at - a.at).slice(0, limit);
	},
	close: async (id) => {
		there = there.map((a) => (a.id === id ? { ...a, closed: 1, closedBy: 'Ada' } : a));
	},
	reopen: async (id) => {
		there = there.map(({ closed, ...a }) => (a.id === id || !closed ? a : { ...a, closed }));
	},
	answer: async (id, answer) => {
		const done = [{ answer, at: 1, by: 'Ada', automatic: false }];
		there = there.map((a) => (a.id === id ? { ...a, done } : a));
		return { done: 3, left: [] };
	},
	orgs: async () => new Map([['w', 'Works']]),
	unlock: async () => undefined,
	proof: () => Promise.reject(new Error('nothing is proven here')),
	record: async () => ({ records: [] }),
	settings: async () => ({ sensitivity: 1, off: [], kinds: [] }),
	setSettings: async () => undefined,
};

const ids = (inbox: Inbox): string[] => inbox.list.map(({ id }) => id);

function one(inbox: Inbox, id: string): Alert {
	const found = inbox.list.find((a) => a.id === id);
	if (!found) throw new Error(`no alert ${id}`);
	return found;
}

beforeEach(() => {
	vi.useFakeTimers();
	const page = {
		visibilityState: 'visible',
		activeElement: null,
		addEventListener() {},
		removeEventListener() {},
	};
	vi.stubGlobal('document', page);
	there = [alert('1'), alert('2', { severity: 'critical' }), alert('3')];
	asked = [];
	down = false;
});

afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

describe('an inbox', () => {
	it('looks while somebody sees it, until it ends', async () => {
		const inbox = new Inbox(calls);
		const end = inbox.begin();
		await vi.advanceTimersByTimeAsync(0);
		expect(ids(inbox)).toEqual(['2', '3', '1']);
		expect(inbox.fresh.size).toBe(0);
		there.push(alert('4', { severity: 'warning' }));
		await vi.advanceTimersByTimeAsync(15_000);
		expect(ids(inbox)).toEqual(['2', '4', '3', '1']);
		expect([...inbox.fresh]).toEqual(['4']);
		inbox.read('4');
		expect(inbox.fresh.size).toBe(0);
		end();
		const before = asked.length;
		await vi.advanceTimersByTimeAsync(60_000);
		expect(asked).toHaveLength(before);
	});

	it('keeps what is there in its place while one is read', async () => {
		const inbox = new Inbox(calls);
		await inbox.look();
		inbox.read('1');
		there = [
			...there.filter(({ id }) => id !== '1'),
			alert('1', { severity: 'critical', at: 9 }),
			alert('5'),
		];
		await inbox.look();
		expect(ids(inbox)).toEqual(['5', '2', '3', '1']);
		expect(one(inbox, '1').severity).toBe('critical');
	});

	it('keeps what was dealt with here, and takes it back', async () => {
		const inbox = new Inbox(calls);
		await inbox.look();
		inbox.read('2');
		expect(await inbox.close(one(inbox, '2'))).toBe(true);
		expect(one(inbox, '2').closed).toBeGreaterThan(0);
		await inbox.look();
		expect(ids(inbox)).toEqual(['2', '3', '1']);
		await inbox.reopen(one(inbox, '2'));
		expect(one(inbox, '2').closed).toBeUndefined();
		await inbox.look();
		expect(ids(inbox)).toEqual(['2', '3', '1']);
		await inbox.close(one(inbox, '3'));
		await inbox.show(true);
		expect(ids(inbox)).toEqual(['3', '2', '1']);
		expect(one(inbox, '3').closedBy).toBe('Ada');
		await inbox.show(false);
		expect(ids(inbox)).toEqual(['2', '1']);
	});

	it('says what came of an answer, whether that dealt with it or not', async () => {
		const inbox = new Inbox(calls);
		await inbox.look();
		await inbox.answer(one(inbox, '2'), 'lock');
		expect(inbox.outcomes['2']).toEqual({ answer: 'lock', done: 3, left: [] });
		expect(one(inbox, '2')).toMatchObject({ done: [{ by: 'Ada' }] });
		expect(one(inbox, '2').closed).toBeUndefined();
		await inbox.unlock(one(inbox, '2'));
		expect(inbox.outcomes['2']).toBeUndefined();
		expect(inbox.unlocked.has('2')).toBe(true);
		const closing = new Inbox({
			...calls,
			answer: async (id) => {
				await calls.close(id);
				return { done: 1, left: [] };
			},
		});
		await closing.look();
		await closing.answer(one(closing, '2'), 'lock');
		expect(one(closing, '2').closed).toBeGreaterThan(0);
	});

	it('leaves what was seen where a look fails', async () => {
		const inbox = new Inbox(calls);
		await inbox.look();
		down = true;
		await inbox.look();
		expect(ids(inbox)).toEqual(['2', '3', '1']);
		expect(inbox.trouble).not.toBe('');
		down = false;
		await inbox.look();
		expect(inbox.trouble).toBe('');
	});

	it('goes back page by page', async () => {
		there = Array.from({ length: 250 }, (_, i) => alert(String(i + 1)));
		const inbox = new Inbox(calls);
		await inbox.look();
		expect([inbox.list.length, inbox.more]).toEqual([100, true]);
		await inbox.earlier();
		await inbox.earlier();
		expect([inbox.list.length, inbox.more]).toEqual([250, false]);
		expect(inbox.fresh.size).toBe(0);
		await inbox.look();
		expect(inbox.list).toHaveLength(250);
	});

	it('names organisations', async () => {
		there = [alert('1', { org: 'w' }), alert('2', { org: 'unknown' })];
		const inbox = new Inbox(calls);
		await inbox.look();
		expect(inbox.list.map(({ orgName }) => orgName)).toEqual([undefined, 'Works']);
	});
});
