// What the report on how safe everything is comes to: the state as a whole, how much each
// copy lacks, and whether a file holds the recovery key.

import type { Alarm, Made, Safety } from '../accountapi';

/** The state at a glance. */
export type Whole = 'good' | 'todo' | 'urgent' | 'never' | 'off';

/** What is to be said first. */
export function whole(of: Safety): Whole {
	if (of.alarms.some((alarm) => alarm.urgent)) return 'urgent';
	if (of.places.length === 0) return 'off';
	if (of.goodAt === 0) return 'never';
	return of.alarms.length > 0 ? 'todo' : 'good';
}

/** The alarms, those first that are urgent. */
export function byUrgency(alarms: readonly Alarm[]): Alarm[] {
	return [...alarms].sort((a, b) => Number(b.urgent) - Number(a.urgent));
}

/** A copy of everything, as the picture draws it. */
export interface Copy {
	kind: 'snapshots' | 'backup' | 'further' | 'drill';
	/** The place of a further copy. */
	place: string;
	/** How far back from now it ends, in seconds; null: there is nothing. */
	lacks: number | null;
	/** Whether that is as it should be, is still to come, or is not. */
	state: State;
}

/** How it is with a copy. */
export type State = 'good' | 'yet' | 'wrong';

// From when on the server calls changes late that are in no snapshot or not at a further
// place, in seconds.
const late = 300;

/** The copies there are, from the nearest. */
export function copies(of: Safety, now: number): Copy[] {
	const raised = (...codes: string[]): boolean => of.alarms.some(({ code }) => codes.includes(code));
	const back = (at: number): number => Math.max(0, (now - at) / 1000);
	const unless = (wrong: boolean): State => (wrong ? 'wrong' : 'good');
	const snapshots: Copy = {
		kind: 'snapshots',
		place: '',
		lacks: of.snapshotAge,
		state: unless(of.snapshotAge > late || raised('snapshot_damaged', 'log_broken')),
	};
	if (of.places.length === 0) return [snapshots];
	const further = of.places
		.slice(1)
		.map(({ name, age }): Copy => ({ kind: 'further', place: name, lacks: age, state: unless(age > late) }));
	const { drill, goodAt } = of;
	const backup: Copy = {
		kind: 'backup',
		place: '',
		lacks: goodAt === 0 ? null : back(goodAt),
		state: raised('backup_failed', 'backup_late') ? 'wrong' : goodAt === 0 ? 'yet' : 'good',
	};
	const tried: Copy = {
		kind: 'drill',
		place: '',
		lacks: drill?.ok ? back(drill.at - drill.age) : null,
		state: drill?.ok === false || raised('drill_late') ? 'wrong' : drill ? 'good' : 'yet',
	};
	return [snapshots, ...further, backup, tried];
}

const week = 7 * 86_400; // seconds

/** How far along the axis a time lies, 0 to 1: seconds near its start, a week at its end. */
export function along(seconds: number): number {
	return Math.min(1, Math.log1p(Math.max(0, seconds)) / Math.log1p(week));
}

/** The marks of the axis, in seconds. */
export const marks = { minute: 60, hour: 3600, day: 86_400, week };

/** What is asked of the server on this page. */
export type Asked = 'backup' | 'drill';

/** Whether what was asked for went well, or null where nothing of it was recorded. */
export function outcome(of: Safety, asked: Asked, before: number): boolean | null {
	const last: Made | undefined = of[asked];
	return last && last.at !== before ? last.ok : null;
}

// The largest file that is read, in bytes; a key's is some 300.
const maxFile = 4096;

/** Reads what a person has chosen; nothing, where it is too large for a key. */
export async function readChosen(file: Blob): Promise<string> {
	return file.size > maxFile ? '' : file.text();
}

/** Whether a text holds the private half that is in a key's file. */
export function holdsKey(text: string, file: string): boolean {
	const wanted = privateHalf(file);
	return wanted !== '' && privateHalf(text) === wanted;
}

// The line with a private half; what else is in a file does not count.
function privateHalf(text: string): string {
	return /^AGE-SECRET-KEY-1[A-Z0-9]+(?=\s*$)/m.exec(text)?.[0] ?? '';
}
