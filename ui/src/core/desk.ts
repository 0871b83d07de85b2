// The desk joins core, journal and link for one open map. It holds three
// promises: an edit is sent only after its journal entry is durable; a core that
// panicked is dropped and rebuilt from the journal; what the page says about
// the connection is true.

import { keyed } from '../bearer';
import { type CommandResult, Phase, Remote, type RemoteResult, type Status } from './border';
import { type Bytes, encodeId, Reader, randomId } from './bytes';
import { Core, CoreDead, compile } from './core';
import type { IdbStore } from './idb';
import { Journal, type StoredEntry } from './journal';
import { type Ending, hiddenTick, Link, visibleTick } from './link';
import { MemoryStore } from './memorystore';
import { type Notice, Role } from './model';
import { type Held, holdQueue, onSignOut, openOrNull } from './queue';

/** What the page may say about the connection. */
export type Connection =
	| { kind: 'opening' }
	| { kind: 'saved' }
	| { kind: 'saving'; unsaved: number; late: boolean }
	| { kind: 'offline'; unsaved: number }
	| { kind: 'viewing' }
	| { kind: 'commenting' };

/** What the page tells the person, beside the core's own notices. */
export type DeskNotice =
	| Notice
	| { kind: 'fault'; fault: number }
	| { kind: 'skipped'; count: number }
	| { kind: 'noStore' }
	| { kind: 'storeFull' }
	| { kind: 'restarted' }
	| { kind: 'setAside'; entries: Bytes[] };

/** Why a desk goes no further: broken means the core stopped again and again, left
 * that the person signed out in another tab. */
export type DeskEnding = Ending | 'broken' | 'left';

/** What the desk tells its owner. */
export interface DeskEvents {
	/** Something to paint or show changed. */
	changed(status: Status): void;
	/** A new instance: object numbers changed. */
	rebuilt(): void;
	notice(notice: DeskNotice): void;
	/** It goes no further. */
	ended(why: DeskEnding): void;
}

/** Which map, whose, and how to reach it. */
export interface DeskOptions {
	map: Bytes;
	account: Bytes;
	socketUrl: string;
	/** What opens the socket once, where no cookie does. */
	ticket?: () => Promise<string>;
	/** False: nothing of the map stays in this browser. */
	keeps?: boolean;
	probe(): Promise<Ending | null>;
	events: DeskEvents;
}

/** What panels and the canvas ask of a desk: an open map, or one as it was. */
export type DeskCalls = Pick<
	Desk,
	'status' | 'connection' | 'durable' | 'editable' | 'use' | 'run' | 'runStep' | 'take' | 'presence' | 'hurry'
>;

/** The numbers of a map that is not open. */
export const noStatus: Status = {
	unsaved: 0,
	head: 0,
	role: 0,
	phase: 0,
	undo: 0,
	redo: 0,
	version: 0,
	presence: 0,
};
const lateMs = 3000; // an ack later than this counts as missing
const snapshotPatience = 60_000; // ms
const deathsAllowed = 3;
const deathWindow = 60_000; // ms
const outboxTurns = 16; // messages per turn, so that sending never blocks a frame
const noteMs = 1000;

/** One open map. */
export class Desk {
	status: Status = noStatus;
	private core: Core | null = null;
	private readonly journal: Journal;
	private readonly link: Link;
	private readonly suspects = new Map<number, number>();
	private deaths: number[] = [];
	private waitingSince = 0;
	private noted = -1;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private noteTimer: ReturnType<typeof setTimeout> | undefined;
	private closed = false;
	private stopHearing: () => void = () => undefined;

	private constructor(
		private readonly options: DeskOptions,
		private readonly module: WebAssembly.Module,
		private readonly store: IdbStore | null,
		private readonly held: Held,
	) {
		this.journal = new Journal(store ?? new MemoryStore(), held.key, {
			durable: (number) => {
				this.use((core) => core.persisted(number), undefined);
				this.pump();
			},
			failed: () => options.events.notice({ kind: 'storeFull' }),
		});
		this.link = new Link(options.socketUrl, {
			opened: () => this.use((core) => core.hello(randomId(), performance.now()), null),
			message: (data) => this.receive(data),
			closed: () => {
				this.use((core) => core.lost(), undefined);
				this.changed();
			},
			ended: (why) => options.events.ended(why),
			probe: () => options.probe(),
			ticket: options.ticket,
		});
	}

	/** Opens a map: from this browser first, so that it works without a network. With
	 * a queue that is held already, it goes on with that one. */
	static async open(options: DeskOptions, queue?: Held): Promise<Desk> {
		const [module, store] = await Promise.all([compile(), options.keeps === false ? null : openOrNull()]);
		const held = queue ?? (await holdQueue(store, options.map, options.account));
		const desk = new Desk(options, module, store, held);
		if (!store) options.events.notice({ kind: 'noStore' });
		await desk.build();
		desk.start();
		return desk;
	}

	/** The connection, as it is. */
	get connection(): Connection {
		if (!this.core) return { kind: 'opening' };
		const { unsaved, role, phase } = this.status;
		if (!this.link.open || phase !== Phase.live) return { kind: 'offline', unsaved };
		if (role === Role.view) return { kind: 'viewing' };
		if (unsaved === 0) return { kind: role === Role.comment ? 'commenting' : 'saved' };
		return { kind: 'saving', unsaved, late: performance.now() - this.waitingSince > lateMs };
	}

	/** Whether edits survive a closed tab. */
	get durable(): boolean {
		return this.store !== null && this.journal.keeps;
	}

	/** Whether this person may edit. Without a word of the server, they may try. */
	get editable(): boolean {
		const { role } = this.status;
		return role === Role.none || role >= Role.edit;
	}

	/** Calls the core, or gives the other value while there is none. */
	use<T>(f: (core: Core) => T, otherwise: T): T {
		const core = this.core;
		if (!core) return otherwise;
		try {
			return f(core);
		} catch (error) {
			if (!(error instanceof CoreDead)) throw error;
			this.onDeath(error);
			return otherwise;
		}
	}

	/** Runs a command; null when there is no core or it was refused. */
	run(command: Bytes): CommandResult | null {
		return this.take(this.use((core) => core.cmd(command), null));
	}

	/** Runs undo or redo and says what was left out. */
	runStep(command: Bytes): void {
		const result = this.run(command);
		if (!result || result.reply.length === 0) return;
		const reply = new Reader(result.reply);
		reply.uint();
		const count = reply.uint();
		if (count > 0) this.options.events.notice({ kind: 'skipped', count });
	}

	/** Journals and sends what a command or a drop did. */
	take(result: CommandResult | null): CommandResult | null {
		if (!result) return null;
		if (result.entry.length > 0) this.journal.local(result.entry, result.number);
		this.changed();
		this.pump();
		if (result.fault === 0) return result;
		this.options.events.notice({ kind: 'fault', fault: result.fault });
		return null;
	}

	/** Tells others about our cursor, selection and editing. */
	presence(data: Bytes): void {
		this.use((core) => core.presence(data), undefined);
		this.pump();
	}

	/** Tries to connect now: the person asked, or the network came back. */
	hurry(): void {
		this.link.connect();
	}

	/** Closes the map. Everything unsaved stays in this browser. */
	async close(): Promise<void> {
		if (!this.stop()) return;
		await this.journal.flush();
		await this.note();
		this.release();
	}

	/** Closes the map and forgets its queue, unsaved edits included. */
	async forget(): Promise<void> {
		if (!this.stop()) return;
		this.core = null;
		await this.journal.drop();
		this.release();
	}

	// stop ends all that runs by itself; false when it was stopped before.
	private stop(): boolean {
		if (this.closed) return false;
		this.closed = true;
		clearTimeout(this.timer);
		clearTimeout(this.noteTimer);
		removeEventListener('online', this.onOnline);
		removeEventListener('offline', this.onOffline);
		removeEventListener('pagehide', this.onHide);
		document.removeEventListener('visibilitychange', this.onVisibility);
		this.stopHearing();
		this.link.stop();
		return true;
	}

	private release(): void {
		this.core = null;
		this.held.release();
		this.store?.close();
	}

	private start(): void {
		this.stopHearing = onSignOut(encodeId(this.options.account), () => {
			void this.forget();
			this.options.events.ended('left');
		});
		addEventListener('online', this.onOnline);
		addEventListener('offline', this.onOffline);
		addEventListener('pagehide', this.onHide);
		document.addEventListener('visibilitychange', this.onVisibility);
		this.link.connect();
		this.tick();
	}

	private readonly onOnline = (): void => this.link.connect();

	// The machine lost its network: a server elsewhere cannot be heard any more, and
	// one on this machine answers at once.
	private readonly onOffline = (): void => this.link.reconnect();

	private readonly onHide = (): void => {
		void this.journal.flush();
		void this.note();
	};

	private readonly onVisibility = (): void => {
		if (document.visibilityState === 'hidden') {
			this.onHide();
			return;
		}
		this.link.connect();
		this.tick();
	};

	private readonly tick = (): void => {
		clearTimeout(this.timer);
		if (this.closed) return;
		const visible = document.visibilityState === 'visible';
		// A page that slept has not heard the answers yet: it listens before it judges.
		if (!this.link.tick(performance.now(), visible)) this.pump();
		if (this.journal.long) {
			const entry = this.use((core) => core.checkpoint(), null);
			// Empty while the core is catching up: the journal is all there is then.
			if (entry && entry.length > 0) this.journal.rewrite(entry);
		}
		this.changed(); // an ack may have become late
		this.timer = setTimeout(this.tick, visible ? visibleTick : hiddenTick);
	};

	private receive(data: Bytes): void {
		this.takeRemote(this.use((core) => core.remote(data, performance.now()), null));
	}

	private takeRemote(result: RemoteResult | null): void {
		if (!result) return;
		this.journal.remote(result.entry);
		if (result.flags & Remote.acked) this.waitingSince = performance.now();
		for (const notice of result.notices) this.obey(notice);
		if (result.flags & Remote.reconnect) this.link.reconnect();
		this.pump();
		this.changed();
	}

	private obey(notice: Notice): void {
		if (notice.kind === 'snapshot') void this.fetchSnapshot(notice.url);
		else if (notice.kind === 'drain') this.link.drain(notice.afterMs + Math.random() * notice.jitterMs);
		else this.options.events.notice(notice);
	}

	private async fetchSnapshot(url: string): Promise<void> {
		const core = this.core;
		try {
			const address = new URL(url, location.origin);
			if (address.origin !== location.origin) throw new Error('a snapshot of another origin');
			const response = await fetch(address, {
				signal: AbortSignal.timeout(snapshotPatience),
				headers: keyed(),
			});
			if (!response.ok) throw new Error(`snapshot: ${response.status}`);
			const data = new Uint8Array(await response.arrayBuffer());
			// Meant for the instance that asked: a newer one says hello itself.
			if (this.core === core) this.takeRemote(this.use((c) => c.snapshot(data), null));
		} catch {
			this.link.reconnect();
		}
	}

	// pump sends what the core has to say. Only the core knows what may go.
	private pump(): void {
		for (let i = 0; i < outboxTurns && this.link.open; i++) {
			const out = this.use((core) => core.outbox(performance.now()), null);
			if (out?.gone) this.link.reconnect();
			if (!out || out.gone || out.data.length === 0 || !this.link.send(out.data)) return;
		}
	}

	private changed(): void {
		if (this.closed) return;
		const status = this.use((core) => core.status(), null);
		if (!status) return;
		if (this.status.unsaved === 0 && status.unsaved > 0) this.waitingSince = performance.now();
		this.status = status;
		this.noteSoon(status.unsaved);
		this.options.events.changed(status);
	}

	// What sign-out and other tabs know of this queue. Whether something is unsaved
	// is noted at once, how much lazily.
	private noteSoon(unsaved: number): void {
		if (this.noted === unsaved) return;
		const now = this.noted <= 0 || unsaved === 0;
		this.noted = unsaved;
		if (now) void this.note();
		else this.noteTimer ??= setTimeout(() => void this.note(), noteMs);
	}

	private async note(): Promise<void> {
		clearTimeout(this.noteTimer);
		this.noteTimer = undefined;
		try {
			await this.store?.note({
				queue: this.held.key,
				map: encodeId(this.options.map),
				account: encodeId(this.options.account),
				client: encodeId(this.held.name.client),
				unsaved: this.status.unsaved,
				touched: Date.now(),
			});
		} catch {
			// The journal's own failure already told the person.
		}
	}

	private onDeath(error: CoreDead): void {
		if (!this.core) return;
		console.error(error);
		this.core = null;
		const now = performance.now();
		this.deaths = [...this.deaths.filter((at) => now - at < deathWindow), now];
		if (this.deaths.length > deathsAllowed) {
			this.link.stop();
			this.options.events.ended('broken');
			return;
		}
		this.options.events.notice({ kind: 'restarted' });
		this.build().then(
			() => {
				this.options.events.rebuilt();
				this.link.reconnect(); // the new instance says hello anew
				this.changed();
			},
			() => this.options.events.ended('broken'),
		);
	}

	// build makes an instance from the journal.
	private async build(): Promise<void> {
		for (;;) {
			const entries = await this.journal.load();
			const core = await Core.make(this.module);
			const bad = this.replay(core, entries);
			if (!bad) {
				this.core = core;
				this.status = core.status();
				return;
			}
			await this.suspect(bad);
		}
	}

	// replay returns the entry that stopped the core or was refused, if one was.
	private replay(core: Core, entries: readonly StoredEntry[]): StoredEntry | null {
		const { map, account } = this.options;
		const seed = new DataView(randomId().buffer).getUint32(0);
		core.open(this.held.name.client, account, map, seed);
		for (const entry of entries) {
			try {
				if (!core.replay(entry.data)) return entry;
			} catch (error) {
				if (!(error instanceof CoreDead)) throw error;
				return entry;
			}
		}
		core.ready();
		return null;
	}

	// An entry that stops the core twice is kept for download and left out.
	private async suspect(entry: StoredEntry): Promise<void> {
		const times = (this.suspects.get(entry.key) ?? 0) + 1;
		this.suspects.set(entry.key, times);
		if (times < 2) return;
		await this.store?.putAside({ queue: this.held.key, at: Date.now(), data: entry.data });
		await this.journal.setAside(entry.key);
		this.options.events.notice({ kind: 'setAside', entries: [entry.data] });
	}
}
