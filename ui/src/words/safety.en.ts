// The words about how safe everything is that people made: snapshots, backups, trials,
// alarms, and the recovery key.

import type { WordsOf } from './word';

const count = new Intl.NumberFormat('en');

const many = (n: number, one: string, more: string): string => `${count.format(n)} ${n === 1 ? one : more}`;

const minute = 60; // seconds
const hour = 60 * minute;
const day = 24 * hour;

// A time in the unit that is read at once, in seconds; rounded up, as what is promised is.
function span(seconds: number): string {
	if (seconds <= 90) return many(Math.max(1, Math.ceil(seconds)), 'second', 'seconds');
	if (seconds <= 90 * minute) return many(Math.ceil(seconds / minute), 'minute', 'minutes');
	if (seconds <= 2 * day) return many(Math.ceil(seconds / hour), 'hour', 'hours');
	return many(Math.ceil(seconds / day), 'day', 'days');
}

const held = (maps: number, changes: number): string =>
	`${many(maps, 'map', 'maps')} with ${many(changes, 'change', 'changes')}`;

export const safetyEn = {
	safety: {
		title: 'Safety',
		good: 'Everything that people made is safe.',
		todo: 'Nothing is wrong, but something is left for you to do.',
		urgent: 'Something is wrong and needs you.',
		never: 'There is no backup yet. The first is made soon after the server was started, or now.',
		off: 'Nothing is backed up.',
		alarms: 'What needs you',
		isUrgent: 'Urgent',
		isNotice: 'Notice',
		since: (when: string) => `since ${when}`,
		clockCatchesUp: (by: number, left: number) =>
			`By ${span(by)}. What is old goes so much later; as usual again in ${span(left)}.`,
		clockStays: (by: number) =>
			`By ${span(by)}. What is old goes so much later, until the clock is set right or the server is started again.`,
		picture: 'What each copy lacks',
		pictureHint: 'How far back from now a copy ends. The shorter the bar, the less it lacks.',
		now: 'now',
		tickMinute: '1 minute',
		tickHour: '1 hour',
		tickDay: '1 day',
		tickWeek: '1 week',
		complete: 'lacks nothing',
		lacks: (seconds: number) => (seconds <= 1 ? 'lacks the last second' : `lacks the last ${span(seconds)}`),
		nothing: 'nothing there yet',
		snapshots: 'Snapshots',
		snapshotsWeek: (seconds: number) =>
			`Every change of the last week was in a snapshot within ${span(seconds)}.`,
		snapshotsIdle: 'No change waits for a snapshot.',
		snapshotsWait: (seconds: number) => `The oldest change that is in none yet is ${span(seconds)} old.`,
		snapshotsMade: (n: number) => `${many(n, 'snapshot', 'snapshots')} since the server was started.`,
		snapshotsFailed: (n: number) => `${many(n, 'try', 'tries')} at one failed since then.`,
		backup: 'Last backup',
		backupIs: (when: string, maps: number, changes: number, size: string) =>
			`${when}: ${held(maps, changes)}, ${size}.`,
		backupTook: (seconds: number) => `It took ${span(seconds)}.`,
		backupTook0: 'It took less than a second.',
		backupFailed: (when: string, why: string) => `The one of ${when} failed: ${why}`,
		lastGood: (when: string) => `The last that went well is of ${when}.`,
		missing: (n: number) => `${many(n, 'file', 'files')} could not be read for it.`,
		took: (places: string) => `Kept at: ${places}.`,
		tookNot: (place: string, why: string) => `${place} did not take it: ${why}`,
		further: (place: string) => `Changes at ${place}`,
		furtherHint: 'Changes go there as they are made, between two backups.',
		drill: 'Restored for trial',
		drillIs: (when: string, of: string) => `${when}, the backup of ${of}.`,
		drillGood: (maps: number, changes: number) => `${held(maps, changes)} came back exactly as they were.`,
		drillWrong: (when: string) => `The trial of ${when} found something wrong:`,
		drillNever: 'No backup has been restored for trial yet. Only that shows that one can be.',
		backUp: 'Back up now',
		tryOut: 'Restore for trial now',
		tryOutHint: 'A trial changes nothing: it restores into a place of its own and compares.',
		tryOutFirst: 'There has to be a backup first.',
		backingUp: 'A backup is being made…',
		tryingOut: 'The last backup is being restored for trial…',
		working: 'A backup or a trial is under way…',
		backedUp: 'The backup is made.',
		triedOut: 'The trial went well.',
		wentWrong: 'It did not go well. What was wrong stands above.',
	},

	copyState: {
		good: 'As it should be:',
		yet: 'Still to come:',
		wrong: 'Not as it should be:',
	},

	alarms: {
		snapshots_late: 'Changes wait more than five minutes for a snapshot.',
		snapshot_damaged: 'A snapshot was found damaged. It was passed over, and another one is made.',
		log_broken: 'The log of a map does not lead to the state it had, or its beginning is damaged.',
		backup_failed: 'The last backup failed, or a place did not take it.',
		backup_late: 'There has been no backup for more than a day.',
		backups_off: 'No place for backups is set. Losing the server loses everything.',
		drill_failed: 'The last backup could not be restored for trial as it was.',
		drill_late: 'No backup has been restored for trial for more than a day.',
		shipping_late: 'A further place has not had the latest changes for more than five minutes.',
		clock_ahead: 'The clock of the server is ahead of the time that passed while it ran.',
		key_unsaved:
			'Nobody has saved the recovery key. Without it nobody can open a backup once the server is lost.',
		one_place:
			'Backups lie in one place only. If that is on the server itself, losing the server loses everything: no copy is elsewhere.',
		other: (code: string) => `The server reports “${code}”.`,
	},

	alarmHelp: {
		snapshots_late:
			'They are in the log of the map. Is the disk full, or does the place for snapshots not answer?',
		snapshot_damaged: 'Have a look at the disk, and run plectica verify.',
		log_broken: 'Run plectica verify, which says what is wrong in which map.',
		backup_failed: 'Why stands below. It is tried again by itself.',
		backup_late: 'Make one now, and see whether it goes well.',
		backups_off:
			'Name one in the configuration, as places in [backup]. After a restore: plectica backup adopt.',
		drill_failed: 'What was wrong stands below. Make another backup, and try that one.',
		drill_late: 'Try the last one now.',
		shipping_late: 'Which one stands below. Does it answer?',
		clock_ahead:
			'Is the clock right? If so and the server was off, it catches up by itself; if it was set right just now, start the server again. If not, set it.',
		key_unsaved: 'Saving it takes a minute.',
		one_place:
			'Name a second place in the configuration, as places in [backup]: another machine, or a service that keeps files. After a restore: plectica backup adopt.',
		other: 'The log of the server says more.',
	},

	recoveryKey: {
		title: 'The recovery key',
		open: 'Save the recovery key…',
		saved: 'Somebody has saved the recovery key.',
		waiting: 'Another recovery key waits to be saved. Until then backups are made for the one before.',
		opens:
			'It opens every backup of this server. Backups are sealed, and nobody can help without it: no copy of it is anywhere else.',
		keep: 'Keep it off the server: printed, on a stick in a drawer, in a manager of passwords. Whoever has it and a backup can read everything.',
		once: 'It can be had until you have shown that you saved it, and never again.',
		save: 'Save the key',
		saveAgain: 'Save it once more',
		fileName: 'plectica-recovery-key.txt',
		given: 'The file plectica-recovery-key.txt was given to your browser.',
		public: 'Its public half, by which to know it again',
		have: 'I have saved it…',
		show: 'Choose the file where you have put it, to show that it is there. It is read in this browser alone, and sent nowhere.',
		choose: 'The saved file',
		notIt: 'This is not the file: it does not hold the key that was just given.',
		done: 'The key is saved. The server and this page have forgotten it. A backup that it opens is being made.',
		another: 'Make another key…',
		anotherTitle: 'Another recovery key',
		anotherWhy: 'Do this if the key is lost, or if somebody may have seen it.',
		anotherMeans:
			'Once you have saved the new one, backups are made for it alone. Those made before need the key you have now: keep both as long as there are such backups.',
		makeAnother: 'Make another key',
	},
};

/** What every language has to say about it. */
export type SafetyWords = WordsOf<typeof safetyEn>;
