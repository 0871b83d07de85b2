// What panels show of the open map, as reactive values. Written by the page and
// the editor, read by every panel.

import type { Backlink } from '../api';
import type { Status } from '../core/border';
import type { Connection, DeskEnding } from '../core/desk';
import { type Lens, noLens } from '../core/lens';
import { type Peer, Role } from '../core/model';
import { Names } from '../history/names.svelte';

/** What the pointer does. */
export type Tool = 'select' | 'hand' | 'card' | 'comment' | Join;

/** How two objects are joined: one acts on the other, or looks at it. */
export type Join = 'relation' | 'view';

/** What somebody looks for in the palette. */
export interface Seeking {
	/** Cards alone, not commands. */
	cardsOnly: boolean;
	placeholder: string;
	/** What was typed before it opened. */
	first: string;
	/** What is done with the card that is chosen. */
	take(num: number): void;
	/** What was said about the map is sought too. */
	said?: boolean;
	/** What is done with words that are on no card, where that makes sense. */
	fresh?(title: string): void;
}

/** A message that shows for a while, or until it is closed. */
export interface Toast {
	id: number;
	text: string;
	/** What the person may do about it. */
	action?: { label: string; run: () => void };
	sticky: boolean;
}

const minimapKey = 'plectica.minimap';

function rememberedMinimap(): boolean {
	try {
		return localStorage.getItem(minimapKey) !== 'off';
	} catch {
		return true;
	}
}

function rememberMinimap(on: boolean): void {
	try {
		localStorage.setItem(minimapKey, on ? 'on' : 'off');
	} catch {
		// No room: it is as before the next time.
	}
}

const toastMs = 6000;
const mostToasts = 4;

/** The reactive state of one open map. */
export class MapState {
	/** What is dragged here from elsewhere would do this; empty without. */
	dropping = $state('');
	/** The card it would go to. */
	dropOn = 0;
	/** The file that is shown in full, and its card. */
	viewing: { num: number; hash: string } | null = $state.raw(null);
	connection: Connection = $state.raw({ kind: 'opening' });
	status: Status | null = $state.raw(null);
	selection: readonly number[] = $state.raw([]);
	peers: readonly Peer[] = $state.raw([]);
	tool: Tool = $state('select');
	/** The card whose title is being typed. */
	editing: { num: number; all: boolean } | null = $state.raw(null);
	/** What a relationship or a look starts from, while its other end is sought. */
	joining: { from: number; as: Join } | null = $state.raw(null);
	/** The stop this person presents, and whether their pointer points something out. */
	presenting: { stop: number; laser: boolean } | null = $state.raw(null);
	/** What this person sees is what another sees. */
	following = $state(false);
	zoom = $state(1);
	empty = $state(false);
	/** Rises with every change of the camera or the map: the overlay editor moves. */
	moved = $state(0);
	ended: DeskEnding | null = $state.raw(null);
	/** Rises when this person folds or unfolds: no change of the map, but of its picture. */
	folds = $state(0);
	/** Rises when this person opens or shuts an eye. */
	looks = $state(0);
	/** What this person singled out. */
	lens: Lens = $state.raw(noLens);
	helpOpen = $state(false);
	/** What the palette is open for. */
	palette: Seeking | null = $state.raw(null);
	/** What lies open at the side. */
	drawer: 'outline' | 'perspectives' | 'discussions' | 'presentation' | 'insight' | 'filter' | null =
		$state(null);
	/** Whether the outline has the focus: titles are written there. */
	inOutline = $state(false);
	movesOpen = $state(false);
	tableOpen = $state(false);
	membersOpen = $state(false);
	/** Whether this person came by a link and has no account. */
	visited = $state(false);
	inspectorOpen = $state(true);
	/** Whether the minimap is wanted, in this browser. */
	minimap = $state(rememberedMinimap());
	/** Whether the map's history lies open over it. */
	history = $state(false);
	/** The change whose state this is, 0 for the open map. */
	past = $state(0);
	/** What those are called who take part in it. */
	readonly names: Names;
	/** The card that is being linked to a map, or 0. */
	linking = $state(0);
	/** Cards of other maps that lead to this one. */
	backlinks: readonly Backlink[] = $state.raw([]);
	toasts: readonly Toast[] = $state.raw([]);
	/** Whether edits survive a closed tab, and whether the page opens offline. */
	keepsEdits = $state(true);
	opensOffline: 'yes' | 'no' | 'unknown' = $state('unknown');
	private nextToast = 1;

	constructor(
		/** The map's identifier, as addresses have it. */
		readonly id: string,
	) {
		this.names = new Names(id);
	}

	/** Whether this person may change the map, and is not showing it to others. */
	get editable(): boolean {
		return this.mayDo(Role.edit);
	}

	/** Whether this person may take part in what is said about the map. */
	get discusses(): boolean {
		return this.mayDo(Role.comment);
	}

	// Without a word of the server, everything may be tried.
	private mayDo(least: number): boolean {
		const role = this.status?.role ?? Role.none;
		return (role === Role.none || role >= least) && this.ended === null && this.presenting === null;
	}

	/** Shows the minimap or takes it away, and remembers that. */
	toggleMinimap(): void {
		this.minimap = !this.minimap;
		rememberMinimap(this.minimap);
	}

	/** Shows a message and returns its number; the newest few stay. */
	say(text: string, options: { action?: Toast['action']; sticky?: boolean } = {}): number {
		const same = this.toasts.find((toast) => toast.text === text);
		if (same) return same.id;
		const toast: Toast = {
			id: this.nextToast++,
			text,
			action: options.action,
			sticky: options.sticky ?? false,
		};
		this.toasts = [...this.toasts, toast].slice(-mostToasts);
		if (!toast.sticky) setTimeout(() => this.dismiss(toast.id), toastMs);
		return toast.id;
	}

	/** Takes a message away. */
	dismiss(id: number): void {
		this.toasts = this.toasts.filter((toast) => toast.id !== id);
	}
}
