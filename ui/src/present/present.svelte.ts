// Presenting: stops one after the other, while others see the same; and following
// what somebody else sees.

import type { Editor } from '../canvas/editor';
import { Phase } from '../core/border';
import type { Bytes } from '../core/bytes';
import * as command from '../core/commands';
import { type Box, Field, type Stop, Type } from '../core/model';
import { narrowScreen } from '../panels/beside';
import { words } from '../words';

const patienceMs = 10_000; // for whom one follows to come back with the network
const lookMs = 1000; // how often it is looked whether they are back
const closest = 4; // zoom at which a card that is presented is not enlarged further

/** The presentation of one map, and whose view is followed. */
export class Present {
	stops: readonly Stop[] = $state.raw([]);
	/** Which stop is presented, or -1. */
	at = $state(-1);
	/** Notes are shown to who presents. */
	notes = $state(false);
	laser = $state(false);
	/** Whose view is followed, by author number, or 0. */
	following = $state(0);
	/** Their name, also while they are away. */
	leader = $state('');
	/** Since when the presentation runs, ms since 1970. */
	since = $state(0);
	private shown = 0; // the stop whose folds and eyes are in sight
	private lastCamera = '';
	private ident: Bytes | null = null; // of the stop that is presented
	private readonly offered = new Map<number, number>(); // who presents, and the toast that says so
	private waiting: ReturnType<typeof setTimeout> | undefined;

	constructor(
		readonly editor: Editor,
		/** Tells others at once what this person presents. */
		private readonly announce: () => void,
	) {
		editor.stage.onMoved = () => this.moved();
	}

	/** The stop that is presented. */
	get stop(): Stop | undefined {
		return this.stops[this.at];
	}

	/** Whether the chrome of the page makes room. */
	get presenting(): boolean {
		return this.at >= 0;
	}

	/** Reads the stops again, after a change of the map. */
	refresh(): void {
		const now = this.stop?.num;
		this.stops = this.editor.desk.use((core) => core.stops(), []);
		if (now === undefined) return;
		// The stop goes on under its number; where it is gone, its place does.
		const at = this.stops.findIndex((s) => s.num === now);
		if (at >= 0) this.at = at;
		else if (this.stops.length === 0) this.end();
		else this.go(Math.min(this.at, this.stops.length - 1));
	}

	/** A new core: numbers mean something else, and what was shown is shown again. */
	rebuilt(): void {
		this.shown = 0;
		const { ident } = this;
		const num = ident ? this.editor.desk.use((core) => core.lookup(ident), 0) : 0;
		this.stops = this.editor.desk.use((core) => core.stops(), []);
		if (this.following !== 0) this.wait();
		if (!this.presenting) return;
		const at = num > 0 ? this.stops.findIndex((s) => s.num === num) : -1;
		if (this.stops.length === 0) this.end();
		else this.go(at >= 0 ? at : Math.min(this.at, this.stops.length - 1));
	}

	/** Stops what is under way. */
	close(): void {
		clearTimeout(this.waiting);
	}

	/** Begins at the first stop; without one, shows how to make one. */
	begin(): void {
		if (this.stops.length > 0) this.start();
		else this.editor.state.drawer = 'presentation';
	}

	/** Begins at a stop. */
	start(at = 0): void {
		if (this.stops.length === 0) return;
		this.unfollow();
		this.since = Date.now();
		const { state } = this.editor;
		state.drawer = null;
		state.editing = null;
		this.editor.select([]);
		this.go(at);
	}

	/** Shows a stop. */
	go(at: number): void {
		const stop = this.stops[at];
		if (!stop) return;
		this.at = at;
		this.ident = this.editor.desk.use((core) => core.ident(stop.num), null);
		this.editor.state.presenting = { stop: stop.num, laser: this.laser };
		this.look(stop.num);
		this.announce();
	}

	next(): void {
		if (this.at < this.stops.length - 1) this.go(this.at + 1);
	}

	previous(): void {
		if (this.at > 0) this.go(this.at - 1);
	}

	/** The pointer points something out to everybody, or not any more. */
	toggleLaser(): void {
		this.laser = !this.laser;
		const { stop } = this;
		if (stop) this.editor.state.presenting = { stop: stop.num, laser: this.laser };
		this.announce();
	}

	/** Ends the presentation: what was folded and looked at before is so again. */
	end(): void {
		if (!this.presenting) return;
		this.at = -1;
		this.ident = null;
		this.laser = false;
		this.editor.state.presenting = null;
		this.editor.stage.unlead();
		this.giveBack();
		this.announce();
	}

	/** The keys of a presentation; false for those that are none. */
	key(combo: string): boolean {
		switch (combo) {
			case 'ArrowRight':
			case 'ArrowDown':
			case 'PageDown':
			case 'Space':
			case 'Enter':
				this.next();
				return true;
			case 'ArrowLeft':
			case 'ArrowUp':
			case 'PageUp':
			case 'Backspace':
				this.previous();
				return true;
			case 'Home':
				this.go(0);
				return true;
			case 'End':
				this.go(this.stops.length - 1);
				return true;
			case 'L':
				this.toggleLaser();
				return true;
			case 'N':
				this.notes = !this.notes;
				return true;
			case 'Escape':
				this.end();
				return true;
			default:
				return false;
		}
	}

	/** A stop of what is seen now, after the one that is presented or at the end. */
	add(): void {
		const { stage } = this.editor;
		this.run(command.addStop(0, stage.seenBox(), '', 0));
		this.editor.state.drawer = 'presentation';
	}

	/** A stop that shows the selected card. */
	addCard(): void {
		const num = this.editor.single(Type.card);
		if (num === 0) return;
		this.run(command.addStop(num, { x: 0, y: 0, w: 0, h: 0 }, this.editor.title(num), 0));
		this.editor.state.drawer = 'presentation';
	}

	/** Lets a stop show what is seen now. */
	retake(num: number): void {
		this.run(command.retakeStop(num, this.editor.stage.seenBox()));
		this.editor.state.say(words.present.retaken);
	}

	/** Moves a stop among the others. */
	move(num: number, delta: number): void {
		const at = this.stops.findIndex((s) => s.num === num);
		const to = at + delta;
		if (at < 0 || to < 0 || to >= this.stops.length) return;
		const before = delta > 0 ? this.stops[to + 1] : this.stops[to];
		this.run(command.moveStop(num, before?.num ?? 0));
	}

	/** Names a stop. */
	rename(num: number, name: string): void {
		this.editor.set([num], Field.name, name === '' ? null : name);
	}

	/** What who presents it wants to say. */
	note(num: number, notes: string): void {
		this.editor.set([num], Field.notes, notes === '' ? null : notes);
	}

	/** Takes a stop away. */
	remove(num: number): void {
		this.run(command.remove([num]));
	}

	/** Shows what a stop shows, without presenting it. */
	peek(num: number): void {
		this.look(num);
	}

	/** What was folded and looked at before peeking is so again. */
	unpeek(): void {
		if (this.presenting || this.following !== 0) return;
		this.editor.stage.unlead();
		this.giveBack();
	}

	/** Sees what somebody else sees, until this person moves the view. */
	follow(author: number): void {
		if (this.presenting) this.end();
		clearTimeout(this.waiting);
		this.waiting = undefined;
		this.following = author;
		this.editor.state.following = true; // others are not told of a view that is another's
		this.announce();
		// On a phone the drawer lies above what there is to see.
		if (matchMedia(narrowScreen).matches) this.editor.state.drawer = null;
		this.lastCamera = '';
		this.peersChanged();
	}

	/** Follows whoever presents, or is here; again, and it ends. */
	followSomebody(): void {
		const { peers } = this.editor.state;
		const peer = peers.find((p) => p.stop !== 0) ?? peers[0];
		if (this.following !== 0) this.unfollow();
		else if (peer) this.follow(peer.author);
	}

	/** Sees for oneself again. */
	unfollow(): void {
		if (this.following === 0) return;
		this.following = 0;
		this.editor.state.following = false;
		this.announce();
		clearTimeout(this.waiting);
		this.waiting = undefined;
		this.editor.stage.unlead();
		this.giveBack();
	}

	/** Others moved, came, went, began to present or ended it. */
	peersChanged(): void {
		this.offer();
		const { state, stage } = this.editor;
		if (this.following === 0) return;
		const peer = state.peers.find((p) => p.author === this.following);
		if (!peer) {
			this.wait();
			return;
		}
		clearTimeout(this.waiting);
		this.waiting = undefined;
		this.leader = peer.name;
		if (peer.stop === 0) this.giveBack();
		else if (peer.stop !== this.shown) this.foldAs(peer.stop);
		const { x, y, w, h } = peer.view;
		const camera = `${x} ${y} ${w} ${h}`;
		if (w <= 0 || h <= 0 || camera === this.lastCamera) return;
		this.lastCamera = camera;
		stage.lead(peer.view, Number.POSITIVE_INFINITY);
	}

	// Whom this person follows is not to be seen: while there is no network, and a while
	// after, they may come back.
	private wait(missed = Date.now()): void {
		if (this.waiting !== undefined) return;
		this.waiting = setTimeout(() => {
			this.waiting = undefined;
			const { state, desk } = this.editor;
			const live = desk.status.phase === Phase.live;
			if (live && state.peers.some((p) => p.author === this.following)) return;
			if (!live || Date.now() - missed < patienceMs) {
				this.wait(live ? missed : Date.now());
				return;
			}
			state.say(words.present.left);
			this.unfollow();
		}, lookMs);
	}

	// offer says that somebody presents, once for each time.
	private offer(): void {
		const { state } = this.editor;
		const presents = state.peers.filter((p) => p.stop !== 0);
		for (const [author, toast] of this.offered) {
			if (presents.some((p) => p.author === author)) continue;
			this.offered.delete(author);
			state.dismiss(toast);
		}
		for (const { author, name } of presents) {
			if (this.offered.has(author)) continue;
			const run = () => this.follow(author);
			const action = { label: words.present.follow, run };
			const followed = this.following === author;
			const toast = followed ? 0 : state.say(words.present.presents(name), { sticky: true, action });
			this.offered.set(author, toast);
		}
	}

	// The person moved the view: they see for themselves.
	private moved(): void {
		if (this.following !== 0) this.unfollow();
	}

	private look(num: number): void {
		const box = this.foldAs(num);
		const stop = this.stops.find((s) => s.num === num);
		if (box.w > 0) this.editor.stage.lead(box, stop && stop.frame.w > 0 ? Number.POSITIVE_INFINITY : closest);
	}

	private foldAs(num: number): Box {
		this.shown = num;
		const box = this.editor.desk.use((core) => core.show(num), { x: 0, y: 0, w: 0, h: 0 });
		this.changed();
		return box;
	}

	/** What was folded and looked at before is so again. */
	giveBack(): void {
		if (this.shown === 0) return;
		this.shown = 0;
		this.editor.desk.use((core) => core.show(0), null);
		this.changed();
	}

	private changed(): void {
		const { state, stage } = this.editor;
		state.folds++;
		state.looks++;
		stage.paintSoon();
	}

	private run(data: Parameters<Editor['desk']['run']>[0]): void {
		const { editor } = this;
		if (!editor.state.editable) return;
		editor.desk.run(data);
		this.refresh();
	}
}
