// Everything the core and the desk report, as sentences for people.

import type { Connection, DeskEnding, DeskNotice } from '../core/desk';
import { Fault } from '../core/model';

/** "1 change", "3 changes". */
export function changes(n: number): string {
	return n === 1 ? '1 change' : `${n} changes`;
}

/** Why something was refused. */
export function refusal(fault: number): string {
	switch (fault) {
		case Fault.permission:
			return 'You may look at this map, but not change it.';
		case Fault.cycle:
			return 'A card cannot lie inside itself.';
		case Fault.gone:
			return 'Somebody deleted that in the meantime.';
		case Fault.conflict:
			return 'Somebody else was faster; that place is taken.';
		case Fault.limit:
			return 'This is as much as a map can hold.';
		case Fault.stale:
			return 'That change is too old to be merged.';
		default:
			return 'That change was not possible.';
	}
}

/** What to say about a notice; null when it needs no words. */
export function noticeText(notice: DeskNotice): string | null {
	switch (notice.kind) {
		case 'refused':
		case 'fault':
			return refusal(notice.fault);
		case 'undoSkipped':
			return 'Part of that was changed by somebody else since, and was left as it is.';
		case 'skipped':
			return `Undone, except for ${changes(notice.count)} somebody else has touched since.`;
		case 'textUndoDropped':
			return 'Typing from before the connection broke can no longer be undone.';
		case 'role':
			return notice.role === 1
				? 'You may now only look at this map.'
				: 'What you may do with this map has changed.';
		case 'noStore':
			return 'This browser gives no room to keep edits: they are only safe once saved.';
		case 'storeFull':
			return 'This browser has no more room to keep edits: they are only safe once saved.';
		case 'restarted':
			return 'Something stopped unexpectedly. Your edits were kept, and the map is back.';
		case 'setAside':
			return 'One of your edits could not be applied. It was set aside; you can download it.';
		case 'snapshot':
		case 'drain':
			return null;
	}
}

/** The connection in a few words. */
export function connectionText(connection: Connection): string {
	switch (connection.kind) {
		case 'opening':
			return 'Opening…';
		case 'saved':
			return 'Saved';
		case 'saving':
			return connection.late ? `${changes(connection.unsaved)} not saved yet` : 'Saving…';
		case 'offline':
			return connection.unsaved === 0 ? 'Offline' : `Offline, ${changes(connection.unsaved)} unsaved`;
		case 'viewing':
			return 'View only';
	}
}

/** The connection in a sentence or two. */
export function connectionDetail(connection: Connection, keepsEdits: boolean): string {
	switch (connection.kind) {
		case 'opening':
			return 'The map is being opened.';
		case 'saved':
			return 'Every change is on the server’s disk.';
		case 'saving':
			return 'Changes are on their way. They count as saved once the server has them on disk.';
		case 'offline':
			return keepsEdits
				? 'The server does not answer. Go on working: your edits are kept in this browser and sent when it is back.'
				: 'The server does not answer, and this browser cannot keep edits. Do not close this tab.';
		case 'viewing':
			return 'You see every change as it happens, but cannot make any.';
	}
}

/** Why the map cannot stay open. */
export function endingText(ending: DeskEnding): string {
	switch (ending) {
		case 'signedOut':
			return 'You are signed out. Sign in again to go on; unsaved edits are kept in this browser.';
		case 'forbidden':
			return 'This map is no longer shared with you.';
		case 'gone':
			return 'This map was deleted.';
		case 'tooOld':
			return 'There is a newer version of Plectica. Reload the page to go on; your edits are kept.';
		case 'left':
			return 'You signed out in another tab.';
		case 'broken':
			return 'This map stopped several times in a row. Your edits are kept. Reload the page to try again.';
	}
}
