// Everything the core and the desk report, as sentences for people.

import type { Connection, DeskEnding, DeskNotice } from '../core/desk';
import { Fault, Role } from '../core/model';
import { words } from '../words';

/** Why something was refused. */
export function refusal(fault: number): string {
	switch (fault) {
		case Fault.permission:
			return words.refusals.permission;
		case Fault.cycle:
			return words.refusals.cycle;
		case Fault.gone:
			return words.refusals.gone;
		case Fault.conflict:
			return words.refusals.conflict;
		case Fault.limit:
			return words.refusals.limit;
		case Fault.stale:
			return words.refusals.stale;
		default:
			return words.refusals.other;
	}
}

/** What to say about a notice; null when it needs no words. */
export function noticeText(notice: DeskNotice): string | null {
	switch (notice.kind) {
		case 'refused':
		case 'fault':
			return refusal(notice.fault);
		case 'undoSkipped':
			return words.notices.undoSkipped;
		case 'skipped':
			return words.notices.skipped(notice.count);
		case 'textUndoDropped':
			return words.notices.textUndoDropped;
		case 'role':
			return notice.role === Role.view ? words.notices.onlyLook : words.notices.roleChanged;
		case 'noStore':
			return words.notices.noStore;
		case 'storeFull':
			return words.notices.storeFull;
		case 'restarted':
			return words.notices.restarted;
		case 'setAside':
			return words.notices.setAside;
		case 'snapshot':
		case 'drain':
			return null;
	}
}

/** The connection in a few words. */
export function connectionText(connection: Connection): string {
	switch (connection.kind) {
		case 'opening':
			return words.connection.opening;
		case 'saved':
			return words.connection.saved;
		case 'saving':
			return connection.late ? words.connection.notSaved(connection.unsaved) : words.connection.saving;
		case 'offline':
			return connection.unsaved === 0
				? words.connection.offline
				: words.connection.offlineUnsaved(connection.unsaved);
		case 'viewing':
			return words.connection.viewing;
		case 'commenting':
			return words.connection.commenting;
	}
}

/** The connection in a sentence or two. */
export function connectionDetail(connection: Connection, keepsEdits: boolean): string {
	switch (connection.kind) {
		case 'opening':
			return words.connection.openingMore;
		case 'saved':
			return words.connection.savedMore;
		case 'saving':
			return words.connection.savingMore;
		case 'offline':
			return keepsEdits ? words.connection.offlineKept : words.connection.offlineLost;
		case 'viewing':
			return words.connection.viewingMore;
		case 'commenting':
			return words.connection.commentingMore;
	}
}

/** Why the map cannot stay open. */
export function endingText(ending: DeskEnding): string {
	return words.endings[ending];
}
