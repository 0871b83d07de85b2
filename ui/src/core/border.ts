// The results and small numbers of the border between page and core.

import type { Bytes } from './bytes';
import type { Box, Notice } from './model';

/** What a command did. */
export interface CommandResult {
	fault: number;
	made: number; // object number or -1
	entry: Bytes; // to be journalled; may be empty
	reply: Bytes;
	number: number; // of the journal entry
}

/** What a message from the socket did. */
export interface RemoteResult {
	flags: number;
	entry: Bytes;
	notices: Notice[];
}

/** Flags of a RemoteResult. */
export const Remote = { map: 1, presence: 2, role: 4, notices: 8, reconnect: 16, acked: 32 } as const;

/** Phases of a connection. */
export const Phase = { offline: 0, joining: 1, live: 2 } as const;

/** The state of the link and the map in numbers. */
export interface Status {
	unsaved: number;
	head: number;
	role: number;
	phase: number; // one of Phase
	undo: number;
	redo: number;
	version: number;
	presence: number;
}

/** What lies under a point. */
export interface Hit {
	num: number;
	part: number;
	handle: number;
}

/** Parts a hit can be on. */
export const Part = {
	none: 0,
	body: 1,
	title: 2,
	fold: 3,
	handle: 4,
	line: 5,
	middle: 6,
	eye: 7,
	link: 8,
} as const;

/** Phases and modifiers of a drag. */
export const Drag = { start: 0, move: 1, drop: 2, cancel: 3 } as const;
export const DragMod = { noReparent: 1, noSnap: 2 } as const;

/** Where and how a title is drawn, in 1/64 px. */
export interface TitleBox extends Box {
	size: number;
	lineHeight: number;
	weight: number;
	centred: boolean;
}
