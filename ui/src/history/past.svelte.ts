// A map's history as somebody walks through it: its timeline, which moment is shown, what
// two moments differ by, and the way back.

import { Problem, say } from '../api';
import { type Bytes, Reader } from '../core/bytes';
import * as command from '../core/commands';
import type { DeskCalls } from '../core/desk';
import { type Change, Fault } from '../core/model';
import type { MapState } from '../panels/mapstate.svelte';
import { bytes, moment, words } from '../words';
import { type Author, fetchCommits, fetchState, historyApi, type Version } from './api';
import { Moments } from './moments';
import type { PastDesk } from './pastdesk';
import { barsOf, nextOf, nextVersion, playStep, previousOf, previousVersion, versionOf } from './timeline';

/** Where a comparison ends that goes on with the open map. */
export const now = -1;

const slowMs = 300; // before waiting is shown

/** What two moments are compared. */
export interface Ends {
	from: number;
	to: number; // or now
}

/** The history of one open map. */
export class Past {
	versions: readonly Version[] = $state.raw([]);
	head = $state(0);
	oldest = $state(0);
	more = $state(false);
	/** Whether the timeline is known. */
	known = $state(false);
	/** The change whose state is shown, or is about to be. */
	seq = $state(0);
	/** Who made the change that is shown, and when, where that is known exactly. */
	last: { by: string; at: number } | null = $state.raw(null);
	/** What is being waited for, in words; "" while nothing is. */
	waiting = $state('');
	trouble = $state('');
	playing = $state(false);
	speed = $state(1);
	ends: Ends | null = $state.raw(null);
	changes: readonly Change[] = $state.raw([]);
	readonly bars = $derived(barsOf(this.versions));
	readonly version = $derived(versionOf(this.versions, this.seq));
	private readonly moments: Moments;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private slow: ReturnType<typeof setTimeout> | undefined;
	private readonly flight = new AbortController();
	private before: Bytes | null = null; // the state a comparison begins with
	private said = 0; // the message of the last restore
	private turn = 0; // of what was asked for: a later one counts

	constructor(
		private readonly id: string,
		private readonly live: DeskCalls,
		private readonly map: MapState, // the open one, which says what was done
		readonly desk: PastDesk,
		/** What was shown before is somewhere else: the view may follow what changed. */
		private readonly shown: (touched: readonly number[]) => void,
	) {
		const told = (n: number) => {
			if (this.waiting !== '') this.waiting = words.history.loaded(bytes(n));
		};
		this.moments = new Moments(
			{
				state: (seq, signal) => fetchState(id, seq, signal, told),
				commits: (after, to, signal) => fetchCommits(id, after, to, signal),
			},
			desk,
		);
	}

	/** Ends it. */
	close(): void {
		this.pause();
		clearTimeout(this.slow);
		this.flight.abort();
		this.moments.close();
		this.desk.close();
	}

	/** Gets the timeline and shows a change, or the newest. */
	async open(seq: number): Promise<void> {
		await this.refresh();
		if (!this.known) return;
		const newest = this.versions[0]?.seq ?? 0;
		if (newest === 0) return;
		while (this.more && seq > 0 && seq < (this.versions.at(-1)?.first ?? 0)) await this.earlier();
		await this.go(seq === 0 ? newest : seq);
	}

	/** Asks what the newest versions are; those before them stay. */
	async refresh(): Promise<void> {
		await this.guarded(async () => {
			const t = await historyApi.timeline(this.id);
			const from = t.versions.at(-1)?.first ?? 0;
			const before = t.more ? this.versions.filter((v) => v.seq < from) : [];
			this.versions = [...t.versions, ...before];
			if (before.length === 0) this.more = t.more;
			this.head = t.head;
			this.oldest = t.oldest;
			this.moments.range = { oldest: t.oldest, head: t.head };
			this.known = true;
		});
	}

	/** Gets the versions before those that are known. */
	async earlier(): Promise<void> {
		const first = this.versions.at(-1)?.first ?? 0;
		await this.guarded(async () => {
			const t = await historyApi.timeline(this.id, first);
			this.versions = [...this.versions, ...t.versions.filter((v) => v.seq < first)];
			this.more = t.more && t.versions.length > 0;
		});
	}

	/** Shows the map after a change. */
	async go(seq: number): Promise<boolean> {
		if (this.ends) this.endComparing();
		this.seq = seq;
		return this.waited(async (mine) => {
			if (!(await this.moments.go(seq)) || !mine()) return false;
			if (this.moments.at !== seq) throw new Problem(0, words.history.unreadable);
			const { step } = this.moments;
			this.last = step ? { by: step.by, at: step.at } : null;
			this.shown(step?.touched ?? []);
			return true;
		});
	}

	/** Steps by one change or one version, back (-1) or on (1). */
	step(way: -1 | 1, byVersion: boolean): void {
		this.pause();
		const { versions, seq } = this;
		const to =
			way > 0
				? byVersion
					? nextVersion(versions, seq)
					: nextOf(versions, seq)
				: byVersion
					? previousVersion(versions, seq)
					: previousOf(versions, seq);
		if (to !== seq) void this.go(to);
		else if (way < 0 && this.more) void this.earlier();
	}

	/** Plays on, from the beginning where this is the end; again, and it stops. */
	toggle(): void {
		if (this.playing) {
			this.pause();
			return;
		}
		const first = this.versions.at(-1);
		this.playing = true;
		if (nextOf(this.versions, this.seq) === this.seq && first)
			void this.go(first.sparse ? first.seq : first.first).then(() => this.playOn());
		else this.playOn();
	}

	/** Stops playing. */
	pause(): void {
		this.playing = false;
		clearTimeout(this.timer);
	}

	private playOn(): void {
		if (!this.playing) return;
		const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
		const by = playStep(this.versions, this.seq, this.speed);
		// Whoever wants little motion sees version after version.
		const next = still ? { seq: nextVersion(this.versions, this.seq), after: 2000 / this.speed } : by;
		if (next.seq === this.seq) {
			this.pause();
			return;
		}
		this.timer = setTimeout(async () => {
			if (await this.go(next.seq)) this.playOn();
			else this.pause();
		}, next.after);
	}

	/** Compares two moments. */
	async compare(ends: Ends): Promise<void> {
		this.pause();
		const [from, to] = ends.to === now || ends.from <= ends.to ? [ends.from, ends.to] : [ends.to, ends.from];
		this.ends = { from, to };
		await this.waited(async (mine) => {
			const { signal } = this.flight;
			const [before, after] = await Promise.all([
				this.moments.state(from, signal),
				to === now ? this.live.use((core) => core.state(), null) : this.moments.state(to, signal),
			]);
			if (!mine()) return false;
			this.moments.forget();
			if (!after || !(await this.desk.show(after)) || !mine()) return false;
			this.last = null;
			this.before = before;
			this.changes = this.desk.compare(before);
			this.shown([]);
			return true;
		});
	}

	/** Compares with the open map as it is now, after it changed. */
	recompare(): void {
		if (this.ends?.to === now) void this.compare(this.ends);
	}

	/** Ends a comparison; the moment it began with is shown. */
	stopComparing(): void {
		const { ends } = this;
		if (!ends) return;
		this.endComparing();
		void this.go(ends.from);
	}

	private endComparing(): void {
		this.ends = null;
		this.changes = [];
		this.before = null;
		this.desk.compare(null);
		this.moments.forget();
	}

	/** Gives a version a name, or takes it away with "". */
	async name(seq: number, name: string): Promise<boolean> {
		try {
			await (name === '' ? historyApi.unname(this.id, seq) : historyApi.name(this.id, seq, name));
			await this.refresh();
			return true;
		} catch (error) {
			this.map.say(say(error));
			return false;
		}
	}

	/** Restores the map, a card or a branch, in the open map, to what is shown; in a comparison to
	 * what it begins with. */
	restore(num: number, branch: boolean): boolean {
		const scope = num === 0 ? null : this.desk.use((core) => core.ident(num), null);
		const state = this.ends ? this.before : this.desk.state();
		if (!state || (num !== 0 && !scope)) return false;
		const title = num === 0 ? '' : this.titleOf(num);
		const made = this.live.use((core) => core.cmd(command.restore(scope, branch, state)), null);
		if (made?.fault === Fault.gone) {
			this.map.say(words.history.notThere);
			return false;
		}
		const result = this.live.take(made);
		if (!result) return false;
		const r = new Reader(result.reply);
		this.tell(title, r.uint(), r.uint());
		return true;
	}

	// tell says what was done, with the way to take it back.
	private tell(title: string, changes: number, left: number): void {
		const { history, topBar, common } = words;
		this.map.dismiss(this.said); // only the last can be taken back at once
		if (changes === 0) {
			this.map.say(history.sameAlready);
			return;
		}
		const steps = this.live.status.undo;
		const run = () => {
			if (this.live.status.undo === steps) this.live.runStep(command.undo());
			else this.map.say(history.undoElse);
		};
		const when = moment(this.time);
		const text =
			title === ''
				? history.restored(changes, when)
				: history.restoredCard(title || common.untitledCard, changes, when);
		this.said = this.map.say(left === 0 ? text : `${text} ${history.leftOver(left)}`, {
			action: { label: topBar.undo, run },
		});
	}

	private titleOf(num: number): string {
		const text = (of: number) => this.desk.use((core) => core.text(of, 1).text, '');
		const d = this.desk.use((core) => core.describe(num), null);
		return (d && d.cardOn !== 0 ? text(d.cardOn) : text(num)) || words.common.untitledCard;
	}

	/** When what is shown was so. */
	get time(): number {
		const version = this.ends ? versionOf(this.versions, this.ends.from) : this.version;
		return this.last?.at ?? version?.ended ?? 0;
	}

	/** Who made what is shown. */
	get authors(): readonly Author[] {
		const { last, version } = this;
		if (!last) return version?.by ?? [];
		return [version?.by.find((a) => a.account === last.by) ?? { account: last.by }];
	}

	/** Tries again what did not work. */
	again(): void {
		this.trouble = '';
		if (!this.known) void this.open(this.seq);
		else if (this.ends) void this.compare(this.ends);
		else {
			this.moments.forget();
			void this.go(this.seq);
		}
	}

	// waited runs what shows something else; only the last of several counts.
	private async waited(run: (mine: () => boolean) => Promise<boolean>): Promise<boolean> {
		const turn = ++this.turn;
		const mine = () => turn === this.turn;
		clearTimeout(this.slow);
		this.slow = setTimeout(() => {
			if (mine()) this.waiting = words.history.loading;
		}, slowMs);
		let done = false;
		await this.guarded(async () => {
			done = await run(mine);
		});
		if (mine()) {
			clearTimeout(this.slow);
			this.waiting = '';
		}
		return done && mine();
	}

	private async guarded(run: () => Promise<void>): Promise<void> {
		try {
			await run();
			this.trouble = '';
		} catch (error) {
			if (this.flight.signal.aborted) return;
			this.pause();
			this.trouble = say(error);
		}
	}
}
