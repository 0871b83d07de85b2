import { beforeEach, describe, expect, it, vi } from 'vitest';
import { browserName } from './agent';
import type { Entry, Found } from './api';
import { type Bar, barsOf, counted, heights, reaching, ticks, topOf, totals } from './bars';
import { entryOf, Live } from './live.svelte';
import { Log } from './log.svelte';
import { folded, mostRows, noRows, withNew, withOld } from './rows';
import { suggestions } from './suggest';
import { aside, tell, told } from './telling';

const id = '0123456789abcdefghijklmnop';
const ada = { kind: 'account', alias: 'abc', id, name: 'Ada' } as const;

function entry(seq: number, more: Partial<Entry> = {}): Entry {
	return { seq, at: seq * 1000, act: 'map.open', by: ada, on: `map:${id}`, result: 'ok', ...more };
}

function range(from: number, to: number): Entry[] {
	return Array.from({ length: to - from }, (_, i) => entry(from + i));
}

const seqs = (list: readonly Entry[]): number[] => list.map(({ seq }) => seq);

describe('a sentence', () => {
	it('tells who did what to what', () => {
		expect(told(entry(1))).toBe('Ada opened map …klmnop');
		expect(told(entry(1), () => 'Water')).toBe('Ada opened map “Water”');
		expect(told(entry(1, { act: 'people.lock', on: `account:${id}`, onName: 'Ben' }))).toBe('Ada locked Ben');
		expect(told(entry(1, { act: 'org.create', on: '' }))).toBe('Ada created an organisation');
		expect(told(entry(1, { act: 'map.rename', on: '' }))).toBe('Ada renamed a map');
	});

	it('tells why something was not done', () => {
		const stranger = { kind: 'stranger', alias: 'x' } as const;
		const refused = { by: stranger, on: '', result: 'refused', code: 'auth' } as const;
		expect(told(entry(1, { ...refused, act: 'signin' }))).toBe(
			'Somebody tried to sign in, refused: wrong address or password',
		);
		expect(told(entry(1, { result: 'failed', code: 'internal' }))).toBe(
			'Ada tried to open map …klmnop, which failed: a fault of the server',
		);
		expect(told(entry(1, { result: 'refused', code: 'toString' }))).toBe(
			'Ada tried to open map …klmnop, refused',
		);
	});

	it('has a name for everybody', () => {
		const name = (by: Entry['by']) => tell(entry(1, { by }))[0];
		expect(name({ kind: 'account', alias: 'abc' })).toEqual({
			text: 'Somebody who was forgotten',
			name: true,
		});
		expect(name({ kind: 'visit', alias: 'v', id })?.text).toBe('A visitor');
		expect(name({ kind: 'server', alias: '' })?.text).toBe('The server');
		expect(name({ kind: 'toString' as 'server', alias: '' })?.text).toBe('Somebody');
	});

	it('takes a name for a name, whatever is in it', () => {
		const evil = '\ue001$& <b>{}';
		expect(tell(entry(1, { by: { ...ada, name: evil } }))).toEqual([
			{ text: evil, name: true },
			{ text: ' opened ', name: false },
			{ text: 'map …klmnop', name: true },
		]);
	});

	it('falls back to the name of an act', () => {
		expect(told(entry(1, { act: 'some.thing' }))).toBe('Ada: some.thing');
		expect(told(entry(1, { act: 'toString' }))).toBe('Ada: toString');
	});

	it('says beside how often, how much, from where', () => {
		const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
		const one = (more: Partial<Entry>) => aside({ key: 1, all: [entry(1, more)] });
		expect(one({ counts: { times: 12, changes: 1, ops: 3 }, addr: '192.0.2.1', agent })).toEqual([
			'12 times',
			'1 change',
			'192.0.2.1',
			'Firefox on Linux',
		]);
		expect(one({ counts: { times: 1 } })).toEqual([]);
	});
});

it.each([
	[
		'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0',
		'Edge',
	],
	['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', 'Safari'],
	[
		'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36',
		'Chrome',
	],
	['curl/8.5.0', 'curl'],
	['', ''],
	['x'.repeat(200), `${'x'.repeat(23)}…`],
])('%s is %j', (agent, name) => {
	expect(browserName(agent)).toBe(name);
});

describe('rows', () => {
	it('take what is new once, the last first', () => {
		const rows = withNew(withNew(noRows, range(1, 4)), [entry(3), entry(5), entry(4)]);
		expect(seqs(rows.list)).toEqual([5, 4, 3, 2, 1]);
	});

	it('are never more than a page holds, at either end', () => {
		const full = withNew(noRows, range(0, mostRows + 100));
		expect([full.list.length, full.list[0]?.seq, full.cutOld, full.cutNew]).toEqual([
			mostRows,
			mostRows + 99,
			true,
			false,
		]);
		const back = withOld(full, range(0, 100).reverse());
		expect([back.list.length, back.list.at(-1)?.seq, back.cutOld, back.cutNew]).toEqual([
			mostRows,
			0,
			false,
			true,
		]);
	});
});

describe('a fold', () => {
	const changes = (n: number) => ({ act: 'map.push', counts: { changes: n } });
	const keys = (list: readonly Entry[], apart: readonly number[] = []) =>
		folded(list, new Set(apart)).map(({ key, all }) => [key, all.length]);

	it('is of what says the same, one after another', () => {
		const list = [entry(9, changes(2)), entry(8, changes(3)), entry(7), entry(6, changes(1))];
		expect(keys(list)).toEqual([
			[8, 2],
			[7, 1],
			[6, 1],
		]);
		const [first] = folded(list, new Set());
		expect(first && aside(first)).toEqual(['2 records alike', '5 changes']);
	});

	it('is not of what differs, is long ago or stands apart', () => {
		expect(keys([entry(3), entry(2, { result: 'refused' }), entry(1, { session: 'x' })]).length).toBe(3);
		expect(keys([entry(3), entry(2, { by: { kind: 'visit', alias: 'abc' } })]).length).toBe(2);
		expect(keys([entry(2000), entry(1300)]).length).toBe(2);
		expect(keys([entry(3), entry(2), entry(1)], [2])).toEqual([
			[3, 1],
			[2, 1],
			[1, 1],
		]);
	});

	it('has the same name while more comes', () => {
		expect(keys([entry(4), entry(3), entry(2)])).toEqual([[2, 3]]);
		expect(keys([entry(5), entry(4), entry(3), entry(2)])).toEqual([[2, 4]]);
	});
});

describe('bars', () => {
	const bars: Bar[] = barsOf(
		[
			{ at: 0, records: 3, bad: 1 },
			{ at: 10_000, records: 0, bad: 0 },
		],
		{ since: 0, until: 20_000, parts: 2 },
	);

	it('count what comes, and move on with it', () => {
		const later = counted(bars, [entry(12), entry(13, { result: 'refused' })]);
		expect(later[1]).toEqual({ since: 10_000, until: 20_000, records: 2, bad: 1 });
		expect(counted(bars, [entry(20)])).toEqual([
			{ since: 10_000, until: 20_000, records: 0, bad: 0 },
			{ since: 20_000, until: 30_000, records: 1, bad: 0 },
		]);
		expect(reaching(bars, 95_000).map(({ since }) => since)).toEqual([80_000, 90_000]);
		expect(counted([], [entry(1)])).toEqual([]);
	});

	it('have sums and a round top', () => {
		expect(totals(bars, null)).toEqual({ records: 3, bad: 1 });
		expect(totals(bars, { since: 10_000, until: 20_000 })).toEqual({ records: 0, bad: 0 });
		const top = (records: number) => topOf([{ since: 0, until: 1, records, bad: 0 }]);
		expect([0, 1, 3, 10, 11, 51, 4711].map(top)).toEqual([1, 1, 5, 10, 20, 100, 5000]);
	});

	it('show the one that went wrong among thousands', () => {
		const high = heights({ since: 0, until: 1, records: 5000, bad: 1 }, 5000);
		expect(high.bad).toBeGreaterThanOrEqual(3);
		expect(high.good + high.bad).toBeLessThanOrEqual(100);
		expect(heights({ since: 0, until: 1, records: 0, bad: 0 }, 10)).toEqual({ good: 0, bad: 0 });
	});

	it('have few marks, at round times', () => {
		const hour = 3_600_000; // ms
		const marks = ticks({ since: 1.5 * hour, until: 25.5 * hour }, 0);
		expect(marks.map(({ at }) => at / hour)).toEqual([6, 12, 18, 24]);
		expect(marks.map(({ day }) => day)).toEqual([false, false, false, true]);
		for (const days of [1 / 24, 1, 7, 30, 90])
			expect(ticks({ since: 0, until: days * 24 * hour }, 0).length).toBeLessThan(6);
	});
});

describe('a log', () => {
	const answers = (...list: Found[]) => {
		const asked: string[] = [];
		const ask = (query: URLSearchParams): Promise<Found> => {
			asked.push(query.get('before') ?? '');
			return Promise.resolve(list.shift() ?? { records: [] });
		};
		return { asked, log: new Log(ask, 2) };
	};

	it('goes further back while nothing is found', async () => {
		const { log, asked } = answers(
			{ records: [], next: 90 },
			{ records: [], next: 40 },
			{ records: [entry(7)] },
		);
		await log.search(new URLSearchParams());
		expect(asked).toEqual(['', '90', '40']);
		expect([seqs(log.rows.list), log.more]).toEqual([[7], false]);
	});

	it('ends to look after a while, and goes on when asked to', async () => {
		const { log, asked } = answers(...Array.from({ length: 20 }, (_, i) => ({ records: [], next: 100 - i })));
		await log.search(new URLSearchParams());
		expect([asked.length, log.more, log.rows.list]).toEqual([8, true, []]);
		await log.earlier();
		expect(asked[8]).toBe('93');
	});

	it('goes on with what was cut off', async () => {
		const { log, asked } = answers({ records: [entry(1)] }, { records: [entry(4)] });
		await log.search(new URLSearchParams());
		log.add(range(5, 5 + mostRows));
		expect(log.more).toBe(true);
		await log.earlier();
		expect([asked[1], log.rows.list.at(-1)?.seq, log.rows.cutNew]).toEqual(['5', 4, true]);
	});

	it('shows the answer to the last search alone', async () => {
		const waiting: ((found: Found) => void)[] = [];
		const log = new Log(() => new Promise((resolve) => waiting.push(resolve)));
		const [a, b] = [log.search(new URLSearchParams('a')), log.search(new URLSearchParams('b'))];
		waiting[1]?.({ records: [entry(2)] });
		waiting[0]?.({ records: [entry(1)] });
		await Promise.all([a, b]);
		expect(seqs(log.rows.list)).toEqual([2]);
	});
});

describe('the stream', () => {
	let frames: (() => void)[] = [];
	let sources: Source[] = [];

	class Source {
		static readonly CLOSED = 2;
		readyState = 1;
		onopen = (): void => {};
		onerror = (): void => {};
		onmessage = (_: { data: string }): void => {};
		constructor() {
			sources.push(this);
		}
		close(): void {}
		send(list: readonly Entry[]): void {
			for (const r of list) this.onmessage({ data: JSON.stringify(r) });
		}
	}

	function open() {
		const calls = { shown: [] as number[][], anew: 0, counted: 0 };
		const live = new Live(
			'/live',
			{
				count: (list) => (calls.counted += list.length),
				show: (list) => calls.shown.push(seqs(list)),
				anew: () => calls.anew++,
			},
			({ result }) => result === 'ok',
		);
		live.open();
		return { live, calls };
	}

	function frame(): void {
		for (const run of frames.splice(0)) run();
	}

	beforeEach(() => {
		[frames, sources] = [[], []];
		vi.useFakeTimers();
		vi.stubGlobal('EventSource', Source);
		vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
		vi.stubGlobal('cancelAnimationFrame', () => {});
		return () => {
			vi.useRealTimers();
			vi.unstubAllGlobals();
		};
	});

	it('tells once for each frame', () => {
		const { calls } = open();
		sources[0]?.onopen();
		sources[0]?.send([...range(1, 4), entry(4, { result: 'refused' })]);
		expect(calls.shown).toEqual([]);
		frame();
		expect(calls).toEqual({ shown: [[1, 2, 3]], anew: 0, counted: 4 });
	});

	it('holds what comes while it is paused, and no more than a page holds', () => {
		const { live, calls } = open();
		sources[0]?.onopen();
		live.pause();
		sources[0]?.send(range(1, 3));
		frame();
		expect([live.held, calls.shown]).toEqual([2, []]);
		live.resume();
		expect([live.held, calls.shown]).toEqual([0, [[1, 2]]]);
		live.pause();
		for (let i = 0; i < 3; i++) {
			sources[0]?.send(range(i * 300, i * 300 + 300));
			frame();
		}
		expect([live.held, live.over]).toEqual([mostRows, true]);
		live.resume();
		expect([calls.anew, calls.shown.length]).toEqual([1, 1]);
	});

	it('looks anew where a page had no frame for long', () => {
		const { calls } = open();
		sources[0]?.onopen();
		sources[0]?.send(range(0, mostRows + 1));
		frame();
		expect([calls.anew, calls.shown]).toEqual([1, []]);
	});

	it('is opened anew where the browser gave up, and looks at what it missed', async () => {
		const { live, calls } = open();
		sources[0]?.onopen();
		await live.begun;
		if (sources[0]) sources[0].readyState = Source.CLOSED;
		sources[0]?.onerror();
		expect(live.state).toBe('lost');
		vi.advanceTimersByTime(5000);
		expect(sources.length).toBe(2);
		sources[1]?.onopen();
		expect([live.state, calls.anew]).toEqual(['on', 1]);
	});

	it('keeps no page waiting that comes late', async () => {
		const { live, calls } = open();
		vi.advanceTimersByTime(2000);
		await live.begun;
		sources[0]?.onopen();
		expect(calls.anew).toBe(1);
		live.close();
	});

	it('takes nothing that is no record', () => {
		for (const data of ['', '{', 'null', '{"seq":"1"}', '[]', '{"seq":1,"at":2,"act":"a"}'])
			expect(entryOf(data), data).toBe(null);
	});
});

describe('suggestions', () => {
	it('are people, by whom and to whom', () => {
		const list = suggestions('ad', [{ id, name: 'Ada', email: 'ada@example.org' }]);
		expect(list.map(({ text, change }) => [text, change])).toEqual([
			['Done by Ada', { by: id }],
			['Done to Ada', { on: `account:${id}` }],
		]);
	});

	it('are the map whose address it is', () => {
		expect(suggestions(`/maps/${id}`, []).map(({ text, change }) => [text, change])).toEqual([
			['Done on map …klmnop', { on: `map:${id}` }],
		]);
	});
});
