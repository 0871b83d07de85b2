// The numbers behind the chart of records over time.

import type { Entry, Part } from './api';
import type { Between, Drawn } from './query';

/** A bar: some time, and what there was in it. */
export interface Bar extends Between {
	records: number;
	bad: number;
}

/** The bars of what the server counted. */
export function barsOf(parts: readonly Part[], { until }: Drawn): Bar[] {
	return parts.map(({ at, records, bad }, i) => ({
		since: at,
		until: parts[i + 1]?.at ?? until,
		records,
		bad,
	}));
}

/** Counts records that came just now. Bars leave at the beginning as others come at the end. */
export function counted(bars: readonly Bar[], fresh: readonly Entry[]): Bar[] {
	let list = [...bars];
	for (const { at, result } of fresh) {
		list = reaching(list, at);
		const i = list.findIndex((bar) => at >= bar.since && at < bar.until);
		const bar = list[i];
		if (bar) list[i] = { ...bar, records: bar.records + 1, bad: bar.bad + Number(result !== 'ok') };
	}
	return list;
}

/** The bars moved on until a moment is in the last one. */
export function reaching(bars: readonly Bar[], at: number): Bar[] {
	const last = bars.at(-1);
	if (!last || at < last.until) return [...bars];
	const step = last.until - last.since;
	const steps = Math.min(bars.length, Math.floor((at - last.until) / step) + 1);
	const begin = last.until + (Math.floor((at - last.until) / step) + 1 - steps) * step;
	const added = Array.from({ length: steps }, (_, i): Bar => {
		const since = begin + i * step;
		return { since, until: since + step, records: 0, bad: 0 };
	});
	return [...bars.slice(steps), ...added];
}

/** What there was in all bars that lie in a while. */
export function totals(bars: readonly Bar[], of: Between | null): { records: number; bad: number } {
	const sum = { records: 0, bad: 0 };
	for (const bar of bars) {
		if (of && (bar.since >= of.until || bar.until <= of.since)) continue;
		sum.records += bar.records;
		sum.bad += bar.bad;
	}
	return sum;
}

/** The height of the chart: a round number, not less than any bar. */
export function topOf(bars: readonly Bar[]): number {
	const most = Math.max(1, ...bars.map((bar) => bar.records));
	const ten = 10 ** Math.floor(Math.log10(most));
	return ([1, 2, 5, 10].find((n) => n * ten >= most) ?? 10) * ten;
}

const least = 3; // parts in a hundred; what is there is seen

/** How high a bar is, in parts of a hundred: what went well, and above it what did not. */
export function heights(bar: Bar, top: number): { good: number; bad: number } {
	const of = (n: number): number => (n === 0 ? 0 : Math.max(least, (n / top) * 100));
	const bad = of(bar.bad);
	return { good: Math.min(of(bar.records - bar.bad), 100 - bad), bad };
}

const minute = 60_000; // ms
const hour = 60 * minute;
const day = 24 * hour;
const steps = [minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, day, 2 * day, 7 * day, 30 * day];
const mostTicks = 5;

/** A mark of the axis. */
export interface Tick {
	at: number; // ms since 1970
	place: number; // 0 to 1
	/** It is a day's beginning, in the time of whoever looks. */
	day: boolean;
}

/** The marks of the axis, at round times. */
export function ticks(
	{ since, until }: Between,
	zone = new Date(until).getTimezoneOffset() * minute,
): Tick[] {
	const step = steps.find((s) => (until - since) / s <= mostTicks) ?? 30 * day;
	const first = (Math.floor((since - zone) / step) + 1) * step + zone;
	const out: Tick[] = [];
	for (let at = first; at < until; at += step)
		out.push({ at, place: (at - since) / (until - since), day: (at - zone) % day === 0 });
	return out;
}
