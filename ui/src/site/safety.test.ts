import { describe, expect, it } from 'vitest';
import type { Safety } from '../accountapi';
import { safetyDe } from '../words/safety.de';
import { safetyEn } from '../words/safety.en';
import { along, byUrgency, copies, holdsKey, marks, outcome, readChosen, whole } from './safety';

const server = import.meta.glob<string>('../../../internal/durability/durability.go', {
	query: '?raw',
	import: 'default',
	eager: true,
});

const now = Date.UTC(2026, 6, 1, 12);
const hour = 3_600_000; // ms

const good: Safety = {
	snapshotAge: 0,
	worstWeek: 12,
	backup: { id: 'a', at: now - 6 * hour, ok: true, took: 1500, maps: 3, ops: 120 },
	drill: { id: 'a', at: now - 4 * hour, ok: true, took: 900, maps: 3, ops: 120, age: 2 * hour },
	places: [
		{ name: 'here', age: 0 },
		{ name: 'there', age: 2 },
	],
	goodAt: now - 6 * hour,
	size: 40_000,
	missing: 0,
	wrong: [],
	saved: true,
	waiting: false,
	busy: false,
	alarms: [],
	clockAhead: 0,
	clockCatchesUp: 0,
	made: 5,
	failed: 0,
};
const notice = { code: 'one_place', since: now, urgent: false };
const urgent = { code: 'backup_failed', since: now, urgent: true };

describe('the state at a glance', () => {
	it('is the worst there is', () => {
		expect(whole(good)).toBe('good');
		expect(whole({ ...good, alarms: [notice] })).toBe('todo');
		expect(whole({ ...good, alarms: [notice], goodAt: 0 })).toBe('never');
		expect(whole({ ...good, alarms: [notice, urgent], goodAt: 0 })).toBe('urgent');
		expect(whole({ ...good, places: [], goodAt: 0, alarms: [notice] })).toBe('off');
	});

	it('has urgent alarms first', () => {
		expect(byUrgency([notice, urgent])).toEqual([urgent, notice]);
	});
});

describe('the picture', () => {
	const kinds = (of: Safety) => copies(of, now).map(({ kind, lacks, state }) => [kind, lacks, state]);

	it('says of each copy how far back it ends', () => {
		expect(kinds(good)).toEqual([
			['snapshots', 0, 'good'],
			['further', 2, 'good'],
			['backup', 6 * 3600, 'good'],
			['drill', 6 * 3600, 'good'],
		]);
	});

	it('has no bar where there is nothing', () => {
		const { backup, drill, ...fresh } = good;
		expect(kinds({ ...fresh, goodAt: 0 }).slice(2)).toEqual([
			['backup', null, 'yet'],
			['drill', null, 'yet'],
		]);
		expect(kinds({ ...fresh, places: [], goodAt: 0 })).toEqual([['snapshots', 0, 'good']]);
	});

	it('counts a trial that went wrong as none, and what is late as wrong', () => {
		const bad = {
			...good,
			snapshotAge: 301,
			alarms: [urgent],
			places: [good.places[0], { name: 'b', age: 301 }],
		};
		const drill = good.drill && { ...good.drill, ok: false };
		expect(kinds({ ...bad, drill } as Safety)).toEqual([
			['snapshots', 301, 'wrong'],
			['further', 301, 'wrong'],
			['backup', 6 * 3600, 'wrong'],
			['drill', null, 'wrong'],
		]);
	});

	it('has an axis from now to a week, on which seconds are seen too', () => {
		const at = [0, 5, marks.minute, marks.hour, marks.day, marks.week, Infinity].map(along);
		expect(at).toEqual([...at].sort((a, b) => a - b));
		expect([at[0], at.at(-2), at.at(-1)]).toEqual([0, 1, 1]);
		expect(at[1]).toBeGreaterThan(0.1);
		expect(along(-5)).toBe(0); // the clocks of two machines differ
	});
});

it('what was asked for went well if a new record says so', () => {
	const at = good.backup?.at ?? 0;
	expect(outcome(good, 'backup', 0)).toBe(true);
	expect(outcome(good, 'backup', at)).toBe(null);
	expect(outcome({ ...good, drill: undefined } as unknown as Safety, 'drill', 0)).toBe(null);
});

describe('a file that shall hold the key', () => {
	const half = 'AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L';
	const file = `# The recovery key\n# public half: age1abc\n${half}\n`;

	it('holds it, whatever a program made of the lines', () => {
		for (const text of [file, file.replaceAll('\n', '\r\n'), half, `note\n${half}  \n`])
			expect(holdsKey(text, file), text).toBe(true);
	});

	it('does not hold another, half of it, or nothing', () => {
		for (const text of ['', half.slice(0, -1), `${half}A`, file.replace('QPZ', 'QPX'), `x${half}`])
			expect(holdsKey(text, file), text).toBe(false);
		expect(holdsKey('', '')).toBe(false);
	});

	it('is not read where it is too large', async () => {
		expect(await readChosen(new Blob([file]))).toBe(file);
		expect(await readChosen(new Blob([file.repeat(50)]))).toBe('');
	});
});

describe('the words', () => {
	const { safety: en } = safetyEn;
	const { safety: de } = safetyDe;

	it.each([
		[1, 'lacks the last second', 'es fehlt die letzte Sekunde'],
		[12.2, 'lacks the last 13 seconds', 'es fehlen die letzten 13 Sekunden'],
		[91, 'lacks the last 2 minutes', 'es fehlen die letzten 2 Minuten'],
		[6 * 3600, 'lacks the last 6 hours', 'es fehlen die letzten 6 Stunden'],
		[50 * 3600, 'lacks the last 3 days', 'es fehlen die letzten 3 Tage'],
	])('say how much %d s are', (seconds, english, german) => {
		expect(en.lacks(seconds)).toBe(english);
		expect(de.lacks(seconds)).toBe(german);
	});

	it('have the forms of each language', () => {
		expect(en.snapshotsWeek(0.4)).toBe('Every change of the last week was in a snapshot within 1 second.');
		expect(de.snapshotsWeek(260_000)).toContain('nach höchstens 4 Tagen in einem');
		expect(en.drillGood(1, 1200)).toBe('1 map with 1,200 changes came back exactly as they were.');
		expect(de.drillGood(2, 1)).toContain('2 Maps mit 1 Änderung');
		expect(de.missing(1)).toBe('Eine Datei konnte dafür nicht gelesen werden.');
		expect(en.snapshotsFailed(1)).toBe('1 try at one failed since then.');
	});

	it('have a sentence and a way out for each alarm', () => {
		const codes = [...String(Object.values(server)[0]).matchAll(/^\t\w+ +Code = "(\w+)"$/gm)].map(
			([, code]) => code,
		);
		expect(codes.length).toBeGreaterThan(8);
		expect(Object.keys(safetyEn.alarms)).toEqual([...codes, 'other']);
		expect(Object.keys(safetyEn.alarmHelp)).toEqual(Object.keys(safetyEn.alarms));
	});
});
