import { describe, expect, it } from 'vitest';
import type { Version } from './api';
import {
	barsOf,
	colourOf,
	initials,
	nextOf,
	nextVersion,
	placeOf,
	playStep,
	previousOf,
	previousVersion,
	seqAt,
	speeds,
	tickMs,
	versionOf,
} from './timeline';

const day = 24 * 3600_000;

function version(first: number, seq: number, began: number, more: Partial<Version> = {}): Version {
	return { first, seq, began, ended: began + 1000, by: [], changes: seq - first + 1, ...more };
}

// Newest first, as the server tells them: 1..3 is only known by its end.
const versions = [
	version(31, 130, 2 * day),
	version(11, 30, day + 5000),
	version(4, 10, day),
	version(1, 3, 0, { sparse: true }),
];
const bars = barsOf(versions);
const all = [3, ...Array.from({ length: 127 }, (_, i) => i + 4)]; // moments that can be seen

describe('bars', () => {
	it('run from the oldest to the newest, without overlap', () => {
		expect(bars.map((b) => b.version.first)).toEqual([1, 4, 11, 31]);
		expect(bars[0]?.from).toBe(0);
		expect(bars.at(-1)?.to).toBeCloseTo(1);
		for (const [i, bar] of bars.entries()) {
			expect(bar.to).toBeGreaterThan(bar.from);
			expect(bars[i + 1]?.from ?? 2).toBeGreaterThan(bar.to);
			expect(bar.height).toBeGreaterThan(0);
			expect(bar.height).toBeLessThanOrEqual(1);
		}
	});

	it('say where a day begins', () => {
		expect(bars.map((b) => b.day)).toEqual([true, true, false, true]);
	});

	it('are none of nothing', () => {
		expect(barsOf([])).toEqual([]);
		expect(placeOf([], 3)).toBe(0);
		expect(seqAt([], 0.5)).toBe(0);
	});
});

describe('places', () => {
	it('lead to a moment and back', () => {
		for (const seq of all) expect(seqAt(bars, placeOf(bars, seq))).toBe(seq);
	});

	it('rise with the changes', () => {
		const places = all.map((seq) => placeOf(bars, seq));
		expect(places).toEqual([...places].sort((a, b) => a - b));
	});

	it('outside of the strip are its ends', () => {
		expect(seqAt(bars, -1)).toBe(3);
		expect(seqAt(bars, 2)).toBe(130);
	});
});

describe('steps', () => {
	it('go through every moment that can be seen, and back', () => {
		const there = [3];
		for (let n = 0; n < all.length; n++) there.push(nextOf(versions, there.at(-1) ?? 0));
		expect(there).toEqual([...all, 130]);
		const back = [130];
		for (let n = 0; n < all.length; n++) back.push(previousOf(versions, back.at(-1) ?? 0));
		expect(back.reverse()).toEqual([3, ...all]); // there it stays
	});

	it('by versions stop at their ends', () => {
		expect([3, 5, 10, 30, 130].map((seq) => nextVersion(versions, seq))).toEqual([10, 10, 30, 130, 130]);
		expect([130, 60, 30, 10, 3].map((seq) => previousVersion(versions, seq))).toEqual([30, 30, 10, 3, 3]);
	});

	it('know the version they are in', () => {
		expect(versionOf(versions, 30)?.first).toBe(11);
		expect(versionOf(versions, 131)).toBeNull();
	});
});

describe('playing', () => {
	it.each(speeds)('at %i times ends at the newest, in bounded time', (speed) => {
		let seq = 3;
		let ms = 0;
		for (let step = playStep(versions, seq, speed); step.seq !== seq; step = playStep(versions, seq, speed)) {
			expect(step.seq).toBeGreaterThan(seq);
			expect(step.after).toBeGreaterThanOrEqual(Math.min(tickMs, 480 / speed));
			seq = step.seq;
			ms += step.after;
		}
		expect(seq).toBe(130);
		expect(ms).toBeLessThan((versions.length * 7000) / speed + 4000);
	});
});

it('gives a person one colour', () => {
	expect(colourOf('abc')).toBe(colourOf('abc'));
	for (const account of ['', 'a', 'someone else', 'ü']) {
		expect(colourOf(account)).toBeGreaterThanOrEqual(1);
		expect(colourOf(account)).toBeLessThanOrEqual(12);
	}
	expect(initials('Grace Brewster Hopper')).toBe('GH');
});
