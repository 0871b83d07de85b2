// Brings the past desk to any moment: by stepping forward where that is near, else by
// fetching the state. What was fetched is kept for a while, so that going back and forth
// asks for nothing.

import { type Bytes, Reader, Writer } from '../core/bytes';
import type { Step } from '../core/model';

const nearby = 400; // changes that are stepped over rather than fetched as a state
const ahead = 200; // changes fetched at once
const behind = 60; // how far before a moment its state is fetched, for whoever goes back
const statesKept = 48 << 20; // bytes
const framesKept = 20_000; // changes
const commitKind = 17;

/** What shows a moment. */
export interface Shows {
	/** Shows a state, or only takes it in on the way to another. */
	show(state: Bytes, onTheWay: boolean): Promise<boolean>;
	advance(commits: Bytes, to: number): Step | null;
}

/** Where moments come from. */
export interface Source {
	state(seq: number, signal: AbortSignal): Promise<Bytes>;
	/** The commits after a change, up to another or not as far. */
	commits(after: number, to: number, signal: AbortSignal): Promise<Bytes>;
}

interface Frame {
	data: Bytes; // with its length before it
	last: number; // change
}

/** The moments of one map. */
export class Moments {
	/** The change that is shown, -1 before the first. */
	at = -1;
	/** What the last move was, where it stepped forward. */
	step: Step | null = null;
	/** From this change on every moment is kept, up to the head. */
	range = { oldest: 0, head: 0 };
	private readonly states = new Map<number, Bytes>();
	private readonly frames = new Map<number, Frame>(); // by each change in them
	private size = 0;
	private flight = new AbortController();

	constructor(
		private readonly source: Source,
		private readonly desk: Shows,
	) {}

	/** Stops what is under way. */
	close(): void {
		this.flight.abort();
	}

	/** The state after a change, as bytes. */
	async state(seq: number, signal: AbortSignal): Promise<Bytes> {
		const kept = this.states.get(seq);
		if (kept) {
			this.states.delete(seq); // the oldest go first
			this.states.set(seq, kept);
			return kept;
		}
		const state = await this.source.state(seq, signal);
		this.keep(seq, state);
		return state;
	}

	/** Shows the map after a change; false when another was asked for meanwhile. */
	async go(seq: number): Promise<boolean> {
		this.flight.abort();
		const flight = new AbortController();
		this.flight = flight;
		try {
			const base = this.base(seq);
			if (base === this.at) return await this.walk(seq, flight.signal);
			const [state] = await Promise.all([
				this.state(base, flight.signal),
				base < seq ? this.fetch(base, seq, flight.signal) : null,
			]);
			if (flight.signal.aborted || !(await this.show(base, state, base !== seq))) return false;
			return flight.signal.aborted ? false : await this.walk(seq, flight.signal);
		} catch (error) {
			if (flight.signal.aborted) return false;
			throw error;
		}
	}

	/** What is shown counts no more: the core that showed it is gone. */
	forget(): void {
		this.at = -1;
	}

	// base is the change whose state a walk to another begins with.
	private base(seq: number): number {
		const { oldest, head } = this.range;
		if (seq < oldest || seq > head) return seq;
		const from = this.at;
		if (from >= oldest && from <= seq && seq - from <= nearby) return from;
		const near = [...this.states.keys()].filter((s) => s >= oldest && s <= seq && this.covers(s, seq));
		if (near.length > 0) return Math.max(...near);
		const back = from > seq && from - seq <= nearby;
		return Math.max(oldest, seq - (back ? behind : 1)); // who made a change is known by stepping over it
	}

	private covers(from: number, to: number): boolean {
		if (to - from > nearby) return false;
		for (let at = from; at < to; ) {
			const frame = this.frames.get(at + 1);
			if (!frame) return false;
			at = frame.last;
		}
		return true;
	}

	private async show(seq: number, state: Bytes, onTheWay: boolean): Promise<boolean> {
		this.step = null;
		const ok = await this.desk.show(state, onTheWay);
		this.at = ok ? seq : -1;
		return ok;
	}

	// walk steps forward to a change.
	private async walk(seq: number, signal: AbortSignal): Promise<boolean> {
		if (seq === this.at) return true;
		await this.fetch(this.at, seq, signal);
		if (signal.aborted) return false;
		const list = new Writer();
		for (let at = this.at; at < seq; ) {
			const frame = this.frames.get(at + 1);
			if (!frame) return false;
			list.raw(frame.data);
			at = frame.last;
		}
		this.step = this.desk.advance(list.done(), seq);
		if (this.step) {
			this.at = seq;
			return true;
		}
		this.at = -1; // what was fetched does not fit: the state says it
		return this.show(seq, await this.state(seq, signal), false);
	}

	// fetch gets the commits between two changes, and some more for who goes on.
	private async fetch(from: number, to: number, signal: AbortSignal): Promise<void> {
		for (let at = from; at < to; ) {
			const frame = this.frames.get(at + 1);
			if (frame) {
				at = frame.last;
				continue;
			}
			const last = this.take(await this.source.commits(at, this.upTo(at, to), signal));
			if (last <= at || signal.aborted) return;
			at = last;
		}
	}

	// upTo is how far to ask for commits: up to those that are there.
	private upTo(after: number, to: number): number {
		const most = Math.min(this.range.head, Math.max(to, after + ahead));
		let upTo = after + 1;
		while (upTo < most && !this.frames.has(upTo + 1)) upTo++;
		return upTo;
	}

	// take keeps commits and returns the last change of them.
	private take(data: Bytes): number {
		if (this.frames.size > framesKept) this.frames.clear();
		let last = 0;
		for (const r = new Reader(data); r.left > 0; ) {
			const bytes = r.bytes();
			const head = new Reader(bytes);
			if (head.u8() !== commitKind) return last;
			const first = head.uint();
			last = first + head.uint() - 1;
			const frame = { data: new Writer().bytes(bytes).done(), last };
			for (let seq = first; seq <= last; seq++) this.frames.set(seq, frame);
		}
		return last;
	}

	private keep(seq: number, state: Bytes): void {
		this.states.set(seq, state);
		this.size += state.length;
		for (const [old, data] of this.states) {
			if (this.size <= statesKept || old === seq) break;
			this.states.delete(old);
			this.size -= data.length;
		}
	}
}
